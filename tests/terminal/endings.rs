//! However the console ends, the terminal is as it was.

use rustix::process::Signal;

use crate::support::program::Folder;
use crate::support::pty::{Opening, Terminal};

fn opened(folder: &Folder, variables: &[(&str, &str)]) -> Terminal {
    let mut terminal = Opening::watched(folder, &["demo"]).with(variables.iter().copied()).open();
    terminal.wait_for_fleet();
    assert!(terminal.screen().hide_cursor() && terminal.screen().bracketed_paste());
    terminal
}

#[test]
fn q_quits_and_gives_the_terminal_back() {
    let folder = Folder::new();
    let mut terminal = opened(&folder, &[]);
    terminal.send("q");
    terminal.wait_for_restored(0);
    let raw = String::from_utf8_lossy(terminal.raw()).into_owned();
    assert!(!raw.contains("\x1b[?1003h"), "movements of the mouse are not asked for");
}

#[test]
fn ctrl_c_twice_offers_to_quit_and_y_does() {
    let folder = Folder::new();
    let mut terminal = opened(&folder, &[]);
    terminal.send("\x03");
    terminal.wait_for("press ctrl-c again to quit");
    terminal.send("\x03");
    terminal.wait_for("Quit Quarterdeck?");
    terminal.send("n");
    terminal.wait_until("the question is gone", |screen| !screen.contents().contains("Quit Quarterdeck?"));
    terminal.send("\x03\x03");
    terminal.wait_for("Quit Quarterdeck?");
    terminal.send("y");
    terminal.wait_for_restored(0);
}

#[test]
fn a_signal_that_asks_to_end_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let folder = Folder::new();
        let mut terminal = opened(&folder, &[]);
        terminal.signal(signal);
        terminal.wait_for_restored(0);
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_console_without_a_panic() {
    let folder = Folder::new();
    let log = folder.path().join("log");
    let mut terminal = Opening::quarterdeck(&folder, &["demo"]).with([("QUARTERDECK_LOG", log.to_str().unwrap())]).open();
    terminal.wait_for_fleet();
    let status = terminal.close();
    let logged = std::fs::read_to_string(&log).unwrap_or_default();
    assert!(status.signal().is_none() && status.exit_code() <= 1, "{status:?}\n{logged}");
}

/// Release builds cannot be made to panic.
#[cfg(debug_assertions)]
mod panics {
    use super::*;

    #[test]
    fn a_panic_gives_the_terminal_back_and_is_reported_after_it() {
        let folder = Folder::new();
        let mut terminal = opened(&folder, &[("QUARTERDECK_PANIC", "screen")]);
        // Read again: what the rehearsed panic waits for.
        terminal.send("\x12");
        terminal.wait_for_restored(101);
        let text = terminal.screen().contents();
        for line in ["a panic was asked for", "src/bugs.rs", "mistake in Quarterdeck"] {
            assert!(text.contains(line), "the report tells: {line}\n{text}");
        }
        let raw = String::from_utf8_lossy(terminal.raw()).into_owned();
        assert_eq!(raw.matches("\x1b[?1049l").count(), 1, "the terminal is given back once");
    }

    #[test]
    fn the_report_has_no_colors_where_none_are_wanted() {
        let folder = Folder::new();
        let mut terminal = opened(&folder, &[("QUARTERDECK_PANIC", "screen"), ("NO_COLOR", "1")]);
        terminal.send("\x12");
        terminal.wait_for_restored(101);
        let raw = String::from_utf8_lossy(terminal.raw()).into_owned();
        let (_, report) = raw.rsplit_once("\x1b[?1049l").unwrap();
        assert!(report.contains("a panic was asked for"));
        assert!(!report.replace("\x1b[?25h", "").contains('\x1b'), "{report:?}");
    }

    #[test]
    fn a_panic_beside_the_screen_is_logged_and_the_screen_goes_on() {
        let folder = Folder::new();
        let log = folder.path().join("log");
        let mut terminal = opened(&folder, &[("QUARTERDECK_PANIC", "task"), ("QUARTERDECK_LOG", log.to_str().unwrap())]);
        terminal.send("\x12");
        terminal.wait_for("reading again");
        terminal.send("?");
        terminal.wait_for("─ help ─");
        terminal.send("?");
        terminal.wait_until("the help is gone", |screen| !screen.contents().contains("─ help ─"));
        terminal.send("q");
        terminal.wait_for_restored(0);
        assert!(!terminal.screen().contents().contains("panic"), "nothing was written over the screen");
        let logged = std::fs::read_to_string(&log).unwrap();
        assert!(logged.contains("a panic was asked for") && logged.contains("src/bugs.rs"), "{logged}");
    }
}
