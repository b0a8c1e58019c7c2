//! Commands of a team's own, run as a person configures them: a real program, a real terminal, and the audit log.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::program::Folder;
use crate::support::pty::{Opening, Terminal};

const CONFIGURATION: &str = r#"
[[hosts]]
name = "lion-1"
[[hosts.apps]]
name = "wit"
path = "/opt/apps/wit"
tier = "staging"

[[commands]]
name = "tell"
key = "f5"
command = ["tell", "--of={key}", "{name}", "a b", "$(id)"]
reads = true

[[commands]]
name = "linger"
key = "f6"
command = ["sleep", "600"]
reads = true

[[commands]]
name = "ask"
key = "Y"
command = ["ask", "{name}"]
output = "terminal"
"#;

/// Says what it was given, each argument on a line of its own; fails for what is asked to.
const TELL: &str = "#!/bin/sh\nfor argument in \"$@\"; do echo \"<$argument>\"; done\necho beside >&2\nexit 3\n";
const ASK: &str = "#!/bin/sh\necho \"asked about $1\"\nread line\necho \"$line\" > answer\n";

fn opened(folder: &Folder, arguments: &[&str]) -> Terminal {
    let configuration = folder.write("config.toml", CONFIGURATION);
    for (name, text) in [("bin/tell", TELL), ("bin/ask", ASK)] {
        let path = folder.write(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.path().join("bin").display());
    let variables = [("QUARTERDECK_CONFIG", configuration.to_str().unwrap()), ("PATH", path.as_str())];
    let mut terminal = Opening::quarterdeck(folder, arguments).with(variables).open();
    // Nothing on AWS is asked, so that the footer counts no calls.
    terminal.wait_for("▾ wit");
    terminal
}

fn audit(folder: &Folder) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder.path().join(".local/state/quarterdeck/audit.jsonl")).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| (line["outcome"].as_str().unwrap().to_owned(), line["plan"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn each_argument_arrives_as_one_and_both_ends_are_written_down() {
    let folder = Folder::new();
    let mut terminal = opened(&folder, &[]);
    terminal.send("\x1b[15~");
    terminal.wait_for("it ended with exit status: 3");
    let text = terminal.screen().contents();
    for line in ["<--of=host:lion-1:-:wit>", "<wit>", "<a b>", "<$(id)>", "beside"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    terminal.send("q");
    terminal.wait_until("the fleet", |screen| !screen.contents().contains("<wit>"));
    let plan = "run tell: tell --of=host:lion-1:-:wit wit 'a b' '$(id)'".to_owned();
    assert_eq!(audit(&folder), [("intended".to_owned(), plan.clone()), ("unclear".to_owned(), plan)]);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn the_terminal_is_lent_to_one_that_asks_for_it_after_a_yes() {
    let folder = Folder::new();
    let mut terminal = opened(&folder, &[]);
    terminal.send("Y");
    terminal.wait_for("Run ask? ask wit");
    assert_eq!(audit(&folder), []);
    terminal.send("y");
    terminal.wait_until("the program", |screen| !screen.alternate_screen() && screen.contents().contains("asked about wit"));
    terminal.assert_given_back();
    terminal.send("?q\r");
    terminal.wait_until("the screen", |screen| screen.alternate_screen() && screen.contents().contains("ask: back from ask"));
    assert_eq!(std::fs::read_to_string(folder.path().join("answer")).unwrap(), "?q\n");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let outcomes: Vec<String> = audit(&folder).into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(outcomes.first().map(String::as_str), Some("intended"), "{outcomes:?}");
}

/// What runs is not ended by a key that was pressed in passing, and its end is written down.
#[test]
fn quitting_asks_while_one_runs_and_its_end_is_written_down() {
    let folder = Folder::new();
    let mut terminal = opened(&folder, &[]);
    terminal.send("\x1b[17~");
    terminal.wait_for("linger runs");
    terminal.send("q");
    terminal.wait_for("Quit, while linger runs?");
    terminal.send("\x1b");
    terminal.wait_until("the question is gone", |screen| !screen.contents().contains("Quit, while"));
    // The same where somebody presses ctrl-c twice.
    terminal.send("\x03\x03");
    terminal.wait_for("Quit, while linger runs?");
    terminal.send("y");
    assert!(terminal.wait_for_end().success());
    let outcomes: Vec<String> = audit(&folder).into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(outcomes, ["intended", "unclear"]);
    let text = std::fs::read_to_string(folder.path().join(".local/state/quarterdeck/audit.jsonl")).unwrap();
    assert!(text.contains("since Quarterdeck was quit while it ran"), "{text}");
    let said = String::from_utf8_lossy(terminal.raw()).into_owned();
    assert!(said.contains("a command that still ran was ended: the audit log says so"), "{said}");
}

#[test]
fn read_only_runs_only_what_says_that_it_reads_and_what_cannot_be_written_down_does_not_run() {
    let folder = Folder::new();
    // In the place of the folder of the audit log is a file.
    folder.write(".local/state/quarterdeck", "");
    let mut terminal = opened(&folder, &["--read-only"]);
    terminal.send("Y");
    terminal.wait_for("read-only: nothing is changed from here");
    terminal.send("\x1b[15~");
    terminal.wait_for("not run, since it cannot be written down");
    assert!(!terminal.screen().contents().contains("<wit>"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
