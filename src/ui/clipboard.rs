//! The terminal's clipboard, by OSC 52, which works over SSH; through tmux as well.
//!
//! tmux stands between a program and the terminal. With `set-clipboard on` it takes OSC 52 itself and hands it on, with
//! `allow-passthrough on` it hands on what is wrapped for it, and as it is by default (`external`, `off`) it does
//! neither, but `tmux load-buffer -w` hands on what it is told. So in tmux all three are done; the clipboard gets the
//! same text from each.

use std::io::Write as _;
use std::process::{Command as Program, Stdio};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

/// What has a terminal, and a tmux before it, put a text into the clipboard.
#[must_use]
pub fn sequences(text: &str, is_in_tmux: bool) -> String {
    let mut plain = String::new();
    // Writing into a text cannot fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain);
    if !is_in_tmux {
        return plain;
    }
    // Within the wrapping every escape stands twice.
    let wrapped = format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"));
    plain + &wrapped
}

/// Hands a text to the tmux that this program runs in, on a thread that nothing waits for. Where that fails, the
/// sequences may have done it: nobody can tell.
pub fn hand_to_tmux(text: &str) {
    let text = text.to_owned();
    std::thread::spawn(move || {
        let mut program = Program::new("tmux");
        program.args(["load-buffer", "-w", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut tmux) = program.spawn() else { return };
        if let Some(mut input) = tmux.stdin.take() {
            let _ = input.write_all(text.as_bytes());
        }
        let _ = tmux.wait();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_gets_it_plain_and_wrapped() {
        let plain = sequences("hi", false);
        assert_eq!(plain, "\x1b]52;c;aGk=\x1b\\");
        assert_eq!(sequences("hi", true), format!("{plain}\x1bPtmux;\x1b\x1b]52;c;aGk=\x1b\x1b\\\x1b\\"));
    }
}
