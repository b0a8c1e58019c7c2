//! The mouse, by the sequences that a terminal sends (xterm's SGR encoding, modes 1000 and 1006), and files of the screen.

use std::os::unix::fs::PermissionsExt as _;

use vt100::MouseProtocolMode;

use crate::support::program::Folder;
use crate::support::pty::{Opening, Terminal};

fn steady(folder: &Folder) -> Terminal {
    let mut terminal = Opening::quarterdeck(folder, &["demo", "--scenario", "steady"]).open();
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    terminal
}

/// The line on which a text stands, from 1, as terminals count.
fn line_of(terminal: &Terminal, text: &str) -> usize {
    terminal.screen().contents().lines().position(|line| line.contains(text)).unwrap() + 1
}

fn click(terminal: &mut Terminal, column: usize, line: usize) {
    terminal.send(&format!("\x1b[<0;{column};{line}M\x1b[<0;{column};{line}m"));
}

fn selected(screen: &vt100::Screen) -> String {
    screen.contents().lines().find(|line| line.contains('▌')).unwrap_or_default().to_owned()
}

#[test]
fn click_wheel_headings_and_double_click() {
    let folder = Folder::new();
    let mut terminal = steady(&folder);
    let line = line_of(&terminal, "shop-staging");
    click(&mut terminal, 10, line);
    terminal.wait_until("the clicked row", |screen| selected(screen).contains("shop-staging"));
    // The wheel: 64 is up, 65 down.
    terminal.send(&"\x1b[<64;10;10M".repeat(10));
    terminal.wait_until("the first row", |screen| !selected(screen).contains("shop-staging"));
    terminal.send(&"\x1b[<65;10;10M".repeat(10));
    terminal.wait_until("the last row", |screen| !selected(screen).is_empty());
    // The heading of the names sorts by them, once more the other way round.
    click(&mut terminal, 6, 2);
    terminal.wait_until("sorted", |screen| {
        screen.contents().lines().nth(1).is_some_and(|line| line.contains('▲') || line.contains('↑') || line.contains('▴'))
    });
    let line = line_of(&terminal, "shop-staging");
    click(&mut terminal, 10, line);
    click(&mut terminal, 10, line);
    terminal.wait_for("fleet › shop-staging");
    terminal.send("q");
    terminal.wait_for("fleet › all");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn one_key_leaves_the_mouse_to_the_terminal() {
    let folder = Folder::new();
    let mut terminal = steady(&folder);
    assert_eq!(terminal.screen().mouse_protocol_mode(), MouseProtocolMode::PressRelease);
    terminal.send("\x14");
    terminal.wait_until("no mouse", |screen| screen.mouse_protocol_mode() == MouseProtocolMode::None);
    terminal.wait_for("the mouse is the terminal's own");
    terminal.send("\x14");
    terminal.wait_until("the mouse", |screen| screen.mouse_protocol_mode() == MouseProtocolMode::PressRelease);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_given_back();
}

#[test]
fn the_configuration_leaves_the_mouse_to_the_terminal() {
    let folder = Folder::new();
    let text = "[display]\nmouse = false\n[[hosts]]\nname = \"lion-1\"\n[[hosts.apps]]\nname = \"wit\"\n";
    let configuration = folder.write("config.toml", text);
    let mut terminal = Opening::quarterdeck(&folder, &["--config", configuration.to_str().unwrap()]).open();
    terminal.wait_for("▾ wit");
    assert_eq!(terminal.screen().mouse_protocol_mode(), MouseProtocolMode::None);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn the_screen_is_saved_into_files_that_only_this_person_reads() {
    let folder = Folder::new();
    let mut terminal = steady(&folder);
    for keys in ["\r", "j\r"] {
        terminal.send("\x13");
        terminal.wait_for("save the screen");
        terminal.send(keys);
        terminal
            .wait_until("word of it", |screen| screen.contents().contains("saved in ") && !screen.contents().contains("save the screen"));
        terminal.send("?");
        terminal.wait_for("esc closes");
        terminal.send("\x1b");
        terminal.wait_until("the fleet", |screen| !screen.contents().contains("esc closes"));
    }
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let saved: Vec<String> = folder.names().into_iter().filter(|name| name.starts_with("quarterdeck-fleet-")).collect();
    assert_eq!(saved.len(), 2, "{saved:?}");
    for name in &saved {
        let path = folder.path().join(name);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("shop-staging") && text.starts_with("<svg") == name.contains("Z.svg"), "{name}\n{text}");
    }
}

#[test]
fn a_click_gives_the_keys_to_the_pane_under_it() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", "steady"]).sized(170, 40).open();
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    // ctrl-w, and v.
    terminal.send("\x17v");
    let heading = |screen: &vt100::Screen| screen.contents().lines().nth(1).unwrap_or_default().to_owned();
    terminal.wait_until("the second pane", |screen| heading(screen).starts_with("── fleet") && heading(screen).contains("│━━ fleet"));
    let line = line_of(&terminal, "shop-staging");
    click(&mut terminal, 10, line);
    terminal.wait_until("the keys on the left", |screen| heading(screen).starts_with("━━ fleet"));
    // The right one has a selected row of its own.
    terminal.wait_until("the clicked row", |screen| screen.contents().lines().any(|line| line.starts_with("▌  shop-staging")));
    // The wheel over the right one leaves the keys where they are; q closes the pane that has them, then the other one.
    terminal.send(&"\x1b[<65;120;10M".repeat(3));
    terminal.send("q");
    terminal.wait_until("one pane", |screen| !heading(screen).contains('━'));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
