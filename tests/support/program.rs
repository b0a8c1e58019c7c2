//! The shipped binary, run as a person or a script runs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The binary.
pub const BINARY: &str = env!("CARGO_BIN_EXE_quarterdeck");

/// A folder of a test's own: home, working directory and place for temporary files in one.
pub struct Folder(TempDir);

impl Folder {
    /// An empty one.
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, its folders included.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The names of what is in it.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    /// The variables that lead into it, and keep the SDK from asking a metadata service.
    pub fn variables(&self) -> Vec<(String, String)> {
        let here = self.path().to_str().unwrap();
        let named = [("HOME", here), ("TMPDIR", here), ("AWS_EC2_METADATA_DISABLED", "true")];
        named.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// What came of a run.
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A run of the binary: with an environment that holds nothing but a folder of its own and what is said here.
pub struct Program<'a> {
    folder: &'a Folder,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl<'a> Program<'a> {
    pub fn new<T: AsRef<str>>(folder: &'a Folder, arguments: impl IntoIterator<Item = T>) -> Self {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        Self { folder, arguments, variables: folder.variables().into_iter().collect() }
    }

    /// The same with these variables beside the others, or in their place.
    #[must_use]
    pub fn with<N: Into<String>, V: Into<String>>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// The command, for tests that want its ends for themselves.
    pub fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.args(&self.arguments).env_clear().envs(&self.variables).current_dir(self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self) -> Ended {
        Ended::of(&self.command().output().unwrap())
    }
}
