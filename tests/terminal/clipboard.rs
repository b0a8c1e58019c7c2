//! What is copied reaches the terminal that somebody sits at: as it is, and through tmux however that is set.

use std::process::Command;

use crate::support::program::{BINARY, Folder};
use crate::support::pty::{Opening, Terminal};
use crate::support::sshd::Sshd;

/// OSC 52 with "shop-prod".
const COPIED: &str = "\x1b]52;c;c2hvcC1wcm9k";

fn has(terminal: &Terminal, sequence: &str) -> bool {
    let raw = terminal.raw();
    raw.windows(sequence.len()).any(|window| window == sequence.as_bytes())
}

/// Copies the name of the environment that is called so.
fn copy(terminal: &mut Terminal) {
    terminal.wait_for("shop-prod");
    terminal.send("/name:^shop-prod\r");
    terminal.wait_until("one row", |screen| !screen.contents().contains("shop-staging"));
    terminal.send("c");
    terminal.wait_for("the table, as Markdown");
    terminal.send("\r");
    terminal.wait_for("clipboard: shop-prod");
}

#[test]
fn a_terminal_is_told_by_osc_52() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", "steady"]).open();
    terminal.wait_for_fleet();
    copy(&mut terminal);
    assert!(has(&terminal, COPIED));
    assert!(!has(&terminal, "\x1bPtmux;"));
    terminal.send("\x1b");
    terminal.wait_for("shop-staging");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

/// On another machine, where it knows of the terminal only what ssh hands on.
#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_it_reaches_the_terminal_that_somebody_sits_at() {
    let (sshd, folder) = (Sshd::start().await, Folder::new());
    tokio::task::block_in_place(|| {
        let (settings, here) = (sshd.config(), folder.path().display());
        let console = format!("cd {here} && test -n \"$SSH_TTY\" && HOME={here} exec {BINARY} demo --scenario steady");
        let words = ["ssh", "-tt", "-F", settings.to_str().unwrap(), "shop", &console];
        let path = std::env::var("PATH").unwrap_or_default();
        let variables = [("TERM", "xterm-256color"), ("PATH", path.as_str()), ("LC_ALL", "C.UTF-8")];
        let mut terminal = Opening::bare(&folder, &words).with(folder.variables()).with(variables).open();
        terminal.wait_for_fleet();
        copy(&mut terminal);
        assert!(has(&terminal, COPIED));
        terminal.send("\x1b");
        terminal.wait_for("shop-staging");
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    });
}

/// A tmux server of its own in this folder with these settings, in it the console, before it a terminal as wide as others.
fn in_tmux(folder: &Folder, settings: &str) -> Terminal {
    let settings = folder.write("tmux.conf", &format!("{settings}\nset -g status off\nset -s escape-time 0\n"));
    let console = format!("{BINARY} demo --scenario steady");
    let socket = folder.path().join("tmux");
    let words = ["tmux", "-S", socket.to_str().unwrap(), "-f", settings.to_str().unwrap(), "new-session", &console];
    let path = std::env::var("PATH").unwrap_or_default();
    let variables = [("TERM", "xterm-256color"), ("PATH", path.as_str()), ("LC_ALL", "C.UTF-8")];
    let mut terminal = Opening::bare(folder, &words).with(folder.variables()).with(variables).open();
    terminal.wait_for_fleet();
    terminal
}

/// What tmux itself has kept of what was copied, which `prefix ]` would paste.
fn kept_by_tmux(folder: &Folder) -> String {
    let told = Command::new("tmux").arg("-S").arg(folder.path().join("tmux")).arg("show-buffer").output().unwrap();
    String::from_utf8_lossy(&told.stdout).into_owned()
}

#[test]
fn tmux_that_takes_copies_from_programs_has_it_in_its_buffer() {
    let folder = Folder::new();
    let mut terminal = in_tmux(&folder, "set -s set-clipboard on\nset -g allow-passthrough on");
    assert_eq!(kept_by_tmux(&folder), "", "nothing was copied yet");
    copy(&mut terminal);
    // tmux takes it before it hands on what the console has drawn since.
    assert_eq!(kept_by_tmux(&folder), "shop-prod");
    // With a filter the key that goes back clears that first.
    terminal.send("q");
    terminal.wait_for("shop-staging");
    terminal.send("q");
    terminal.wait_for_end();
}

#[test]
fn tmux_hands_it_on_however_it_is_set() {
    // As it is by default; taking OSC 52 from programs; handing on what is wrapped for it.
    for settings in ["", "set -s set-clipboard on", "set -s set-clipboard off\nset -g allow-passthrough on"] {
        let folder = Folder::new();
        let mut terminal = in_tmux(&folder, settings);
        copy(&mut terminal);
        terminal.wait_for_raw(settings, |raw| {
            // tmux names the clipboard or leaves that to the terminal.
            let text = String::from_utf8_lossy(raw);
            text.split("\x1b]52;").skip(1).any(|rest| rest.split_once(';').is_some_and(|(_, rest)| rest.starts_with("c2hvcC1wcm9k")))
        });
        terminal.send("\x1b");
        terminal.wait_for("shop-staging");
        terminal.send("q");
        terminal.wait_for_end();
    }
}
