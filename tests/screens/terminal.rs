//! The real terminal: taken and given back, in a pseudo-terminal.

use std::io::Read as _;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use quarterdeck::ui::term::Term;

/// What the child is to do: see [`child`].
const ROLE: &str = "QUARTERDECK_TEST_CHILD";

/// Runs [`child`] in a terminal of its own; returns all that it wrote there.
fn in_a_terminal(role: &str) -> String {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "screens::terminal::child", "--nocapture"]);
    command.env(ROLE, role);
    command.env("RUST_BACKTRACE", "0");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut written = Vec::new();
    // The read ends with an error when the child has closed its side.
    let mut chunk = [0; 4_096];
    while let Ok(count @ 1..) = reader.read(&mut chunk) {
        written.extend_from_slice(&chunk[..count]);
    }
    child.wait().unwrap();
    String::from_utf8_lossy(&written).into_owned()
}

#[test]
#[ignore = "the child of the tests beside it: it needs a terminal of its own"]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let term = Term::take(true).unwrap();
    assert!(role != "panics", "this panic was wanted");
    drop(term);
}

fn place(text: &str, part: &str) -> usize {
    text.find(part).unwrap_or_else(|| panic!("{part:?} is not in {text:?}"))
}

#[test]
fn a_panic_is_printed_after_the_terminal_was_given_back() {
    let written = in_a_terminal("panics");
    let (entered, left) = (place(&written, "\u{1b}[?1049h"), place(&written, "\u{1b}[?1049l"));
    assert!(entered < left && left < place(&written, "this panic was wanted"), "{written:?}");
    assert_eq!(written.matches("\u{1b}[?1049l").count(), 1, "it is given back once");
}

#[test]
fn everything_that_was_switched_on_is_switched_off() {
    let written = in_a_terminal("drops");
    for (on, off) in [("[?1049h", "[?1049l"), ("[?2004h", "[?2004l"), ("[?1000h", "[?1000l"), ("[?1006h", "[?1006l"), ("[?25l", "[?25h")] {
        assert!(place(&written, on) < place(&written, off), "{on}");
    }
    assert!(!written.contains("[?1003h"), "movements of the mouse are not asked for");
}
