//! A disk that takes no more: what cannot be written down is not sent, whichever line does not fit, and it is said.
//!
//! The disk is real: a limit of the system on how long a file may be, a device that is always full, and a folder in which nobody
//! may write. None of them needs a mount, and each holds for root as well.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::desk::{Desk, TILL_CONFIGURATION};
use crate::support::program::{Ended, Folder, Program};

/// Where a program keeps what it does, below its home.
const STATE: &str = ".local/state/quarterdeck";
/// What is done to an environment that is not production.
const TYPED: [&str; 3] = ["redeploy", "till-staging", "--yes"];

/// Another person's home, from which the same world is reached.
fn home() -> Folder {
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", TILL_CONFIGURATION);
    folder
}

/// The command, run by this one: `sh -c SCRIPT`, to which program and arguments are given.
fn through(program: &Program<'_>, script: &str) -> Ended {
    let plain = program.command();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script, "sh"]).arg(plain.get_program()).args(plain.get_args()).env_clear();
    shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(plain.get_current_dir().unwrap());
    Ended::of(&shell.output().unwrap())
}

/// No file may be longer than so many bytes: what would be is refused as on a full disk, without a signal.
fn limited(program: &Program<'_>, bytes: usize) -> Ended {
    through(program, &format!("trap '' XFSZ; exec prlimit --fsize={bytes} \"$@\""))
}

/// The only journal in a home.
fn journal(folder: &Folder) -> PathBuf {
    let mut entries = std::fs::read_dir(folder.path().join(STATE).join("operations")).unwrap();
    let journal = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    journal
}

fn id(journal: &Path) -> String {
    journal.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Of each journal there is room for so many lines, and for a half of the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_line_does_not_fit_on_the_disk_nothing_is_sent_without_it_and_nothing_twice() {
    let desk = Desk::quick().await;
    let whole = home();
    let ended = Program::new(&whole, TYPED).with(desk.variables.clone()).run();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let text = std::fs::read_to_string(journal(&whole)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let begun = lines.iter().position(|line| line.contains("\"began\":{\"spot\":{\"step\"")).unwrap();
    // The plan, the first change, the answer to it, its end: of each a half.
    for fitting in [0, begun, begun + 1, lines.len() - 1] {
        let before = desk.sim.writes().await.len();
        let room = lines[..fitting].iter().map(|line| line.len() + 1).sum::<usize>() + lines[fitting].len() / 2;
        let folder = home();
        let program = |typed: &[&str]| Program::new(&folder, typed).with(desk.variables.clone());
        let ended = limited(&program(&TYPED), room);
        let sent = desk.sim.writes().await.len() - before;
        assert_eq!(sent, usize::from(fitting > begun), "{fitting} lines fit: {ended:?}");
        assert!(!matches!(ended.code, None | Some(0)), "{ended:?}");
        assert!(ended.stderr.contains("cannot be written") && ended.stderr.contains("File too large"), "{fitting}: {ended:?}");
        if fitting == 0 {
            assert!(ended.code == Some(4) && ended.stderr.contains("nothing was sent: "), "{ended:?}");
            continue;
        }
        // With room again it is carried on, and ends: all in all it was sent once.
        let resumed = program(&["operations", "resume", &id(&journal(&folder)), "--yes"]).run();
        assert_eq!((resumed.code, desk.sim.writes().await.len() - before), (Some(0), 1), "{fitting}: {resumed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_recorded_since_the_disk_is_full_is_not_sent() {
    let desk = Desk::quick().await;
    std::fs::create_dir_all(desk.folder.path().join(STATE)).unwrap();
    std::os::unix::fs::symlink("/dev/full", desk.folder.path().join(STATE).join("audit.jsonl")).unwrap();
    let ended = desk.run(&TYPED);
    assert!(ended.code == Some(4) && ended.stderr.contains("nothing was sent: "), "{ended:?}");
    assert!(ended.stderr.contains("No space left on device"), "{ended:?}");
    assert!(desk.sim.writes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_folder_is_read_only_nothing_is_sent() {
    let desk = Desk::quick().await;
    let state = desk.folder.path().join(STATE);
    std::fs::create_dir_all(&state).unwrap();
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere, unless it lets go of that.
    let ended = through(
        &desk.program(&TYPED),
        "[ \"$(id -u)\" -ne 0 ] && exec \"$@\"; exec setpriv --bounding-set=-dac_override --inh-caps=-dac_override \"$@\"",
    );
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(ended.code == Some(4) && ended.stderr.contains("nothing was sent: "), "{ended:?}");
    assert!(ended.stderr.contains("Permission denied"), "{ended:?}");
    assert!(desk.sim.writes().await.is_empty());
}
