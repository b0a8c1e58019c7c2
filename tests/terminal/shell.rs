//! Under a shell with job control: ctrl-z and back.

use crate::support::program::{BINARY, Folder};
use crate::support::pty::{Opening, Terminal};

/// A shell at its prompt, which cannot be mistaken for what was typed.
fn shell(folder: &Folder) -> Terminal {
    let opening = Opening::bare(folder, &["/bin/sh", "-i"]).with(folder.variables());
    let mut terminal = opening.with([("TERM", "xterm-256color"), ("PS1", "ready> "), ("PS2", "more> ")]).open();
    terminal.wait_for("ready> ");
    terminal
}

fn stopped(terminal: &mut Terminal) {
    terminal.wait_until("the prompt, and word that it is stopped", |screen| {
        let text = screen.contents();
        !screen.alternate_screen() && text.contains("Stopped") && text.trim_end().ends_with("ready>")
    });
    terminal.assert_given_back();
}

/// The first and the last line: drawn anew only where everything is.
fn edges(terminal: &Terminal) -> (String, String) {
    let text = terminal.screen().contents();
    let lines: Vec<&str> = text.lines().collect();
    (lines[0].to_owned(), lines[lines.len() - 1].to_owned())
}

#[test]
fn ctrl_z_gives_the_prompt_and_fg_the_whole_screen() {
    let folder = Folder::new();
    let mut terminal = shell(&folder);
    terminal.send(&format!("{BINARY} demo --scenario steady\r"));
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    terminal.send("\x1a");
    stopped(&mut terminal);
    terminal.send("stty -a | tr ';' '\\n' | grep -cw -e '-icanon' -e '-echo'\r");
    terminal.wait_until("a line at a time, with an echo", |screen| screen.contents().lines().any(|line| line.trim() == "0"));
    // Smaller in the meantime: nothing tells a program that is stopped.
    terminal.resize(90, 26);
    terminal.send("fg\r");
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    let (first, last) = edges(&terminal);
    assert!(first.contains("QUARTERDECK") && first.contains('Z'), "{first}");
    assert!(last.contains("quit") || last.contains("help"), "{last}");
    assert!(terminal.screen().hide_cursor() && terminal.screen().bracketed_paste());
    // Keys are read as before, and it can be done again.
    terminal.send("\x1a");
    stopped(&mut terminal);
    terminal.send("fg\r");
    terminal.wait_for_fleet();
    terminal.send("q");
    terminal.wait_until("the prompt", |screen| !screen.alternate_screen() && screen.contents().trim_end().ends_with("ready>"));
    terminal.send("echo code=$?\r");
    terminal.wait_for("code=0");
}

#[test]
fn ctrl_z_without_a_shell_that_could_bring_it_back_goes_on() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", "steady"]).open();
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    terminal.send("\x1a");
    terminal.send("?");
    terminal.wait_for("─ help ─");
    terminal.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    terminal.send("\x1b");
    terminal.wait_until("the fleet below the help", |screen| !screen.contents().contains("─ help ─"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
