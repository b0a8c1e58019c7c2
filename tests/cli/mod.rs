//! The command line as a table of cases: arguments, environment and world in; code and sentences out.

mod accounts;
mod answers;
mod circleci;
mod configuration;
mod disk;
mod doctor;
mod document;
mod endings;
mod hindered;
mod init;
mod journals;
mod leases;
mod logs;
mod operation;
mod previews;
mod promotions;
mod read_only;
mod rivals;
mod rolls;
pub mod status;
mod timeline;
mod usage;
mod waves;
mod worlds;

use std::fmt::Write as _;

use crate::support::program::{Folder, Program};

/// What a stream must hold.
pub enum Told {
    /// Nothing at all.
    Nothing,
    /// This and nothing else.
    Exactly(&'static str),
    /// All of these, whatever else.
    Holds(&'static [&'static str]),
}

use Told::{Exactly, Holds, Nothing};

impl Told {
    fn fits(&self, text: &str) -> bool {
        match self {
            Nothing => text.is_empty(),
            Exactly(whole) => text == *whole,
            Holds(parts) => parts.iter().all(|part| text.contains(part)),
        }
    }
}

/// One row of a table.
pub struct Case {
    /// What is typed after the program's name.
    pub typed: &'static [&'static str],
    /// Variables beside those of the table.
    pub variables: &'static [(&'static str, &'static str)],
    pub code: i32,
    pub stdout: Told,
    pub stderr: Told,
}

/// A row without variables of its own.
pub const fn case(typed: &'static [&'static str], code: i32, stdout: Told, stderr: Told) -> Case {
    Case { typed, variables: &[], code, stdout, stderr }
}

/// Runs every case in this folder with these variables, and tells of all that end otherwise.
pub fn check(folder: &Folder, variables: &[(String, String)], cases: &[Case]) {
    let mut wrong = String::new();
    for case in cases {
        let own = case.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let ended = Program::new(folder, case.typed).with(variables.iter().cloned().chain(own)).run();
        if ended.code != Some(case.code) || !case.stdout.fits(&ended.stdout) || !case.stderr.fits(&ended.stderr) {
            let _ = writeln!(wrong, "{:?} {:?} ended with {:?}, not {}", case.typed, case.variables, ended.code, case.code);
            let _ = writeln!(wrong, "  standard output:\n{}\n  standard error:\n{}", ended.stdout, ended.stderr);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
