//! The terminal's events in the app's words.
//!
//! Knows no screen. Key releases are dropped, repeats are presses; focus is
//! not asked for and ignored.

use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use super::colour::Rgb;
use crate::app::event::Event;
use crate::app::key::{Code, Key};

/// Rows for one notch of the wheel.
const NOTCH: i16 = 3;

/// What came of an event of the terminal.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// Something for the app.
    App(Event),
    /// The terminal told its background.
    Background(Rgb),
}

/// Reads a terminal's events, one after the other.
///
/// The answer to "which background have you?" (OSC 11) arrives between keys,
/// and the terminal library takes it for alt-] and letters: it is picked out
/// here. Whatever turns out not to be that answer was typed and is handed on.
#[derive(Debug, Default)]
pub struct Reader {
    /// The part of an answer read so far.
    answer: Option<String>,
}

/// How the answer begins, behind the introducer.
const ANSWER: &str = "11;rgb:";
/// The longest answer: four digits for each of three channels, possibly a fourth.
const LONGEST: usize = ANSWER.len() + 4 * 5;

impl Reader {
    /// What an event means, if anything.
    pub fn read(&mut self, raw: Raw) -> Option<Input> {
        match raw {
            Raw::Key(key) => self.key(key),
            Raw::Paste(text) => Some(Input::App(Event::Paste(text))),
            Raw::Resize(width, height) => Some(Input::App(Event::Resized { width, height })),
            Raw::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollDown => Some(Input::App(Event::Wheel { rows: NOTCH, column: mouse.column, row: mouse.row })),
                MouseEventKind::ScrollUp => Some(Input::App(Event::Wheel { rows: -NOTCH, column: mouse.column, row: mouse.row })),
                MouseEventKind::Down(MouseButton::Left) => Some(Input::App(Event::Click { column: mouse.column, row: mouse.row })),
                MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
                | MouseEventKind::Up(_)
                | MouseEventKind::Drag(_)
                | MouseEventKind::Moved
                | MouseEventKind::ScrollLeft
                | MouseEventKind::ScrollRight => None,
            },
            Raw::FocusGained | Raw::FocusLost => None,
        }
    }

    fn key(&mut self, event: KeyEvent) -> Option<Input> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        if alt && event.code == KeyCode::Char(']') {
            self.answer = Some(String::new());
            return None;
        }
        if let Some(mut answer) = self.answer.take() {
            let ends = (alt && event.code == KeyCode::Char('\\')) || (ctrl(&event) && event.code == KeyCode::Char('g'));
            if ends {
                return background(&answer).map(Input::Background);
            }
            if let KeyCode::Char(character) = event.code {
                answer.push(character);
                if answer.len() <= LONGEST && (ANSWER.starts_with(&answer) || answer.starts_with(ANSWER)) {
                    self.answer = Some(answer);
                    return None;
                }
            }
        }
        app_key(&event).map(|key| Input::App(Event::Key(key)))
    }
}

const fn ctrl(event: &KeyEvent) -> bool {
    event.modifiers.contains(KeyModifiers::CONTROL)
}

/// The colour in an answer: the first two digits of each channel.
fn background(answer: &str) -> Option<Rgb> {
    let mut channels = answer.strip_prefix(ANSWER)?.split('/').map(|digits| match digits.len() {
        1 => u8::from_str_radix(digits, 16).ok().map(|digit| digit * 17),
        _ => digits.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()),
    });
    let mut next = || channels.next().flatten();
    Some(Rgb(next()?, next()?, next()?))
}

/// The app's key for a key press; `None` for keys it has no name for.
fn app_key(event: &KeyEvent) -> Option<Key> {
    let code = match event.code {
        // Terminals that report shift beside a control character send the capital.
        KeyCode::Char(character) if ctrl(event) => Code::Char(character.to_ascii_lowercase()),
        KeyCode::Char(character) => Code::Char(character),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::F(number),
        KeyCode::Insert
        | KeyCode::Null
        | KeyCode::CapsLock
        | KeyCode::ScrollLock
        | KeyCode::NumLock
        | KeyCode::PrintScreen
        | KeyCode::Pause
        | KeyCode::Menu
        | KeyCode::KeypadBegin
        | KeyCode::Media(_)
        | KeyCode::Modifier(_) => return None,
    };
    // A key with alt or a logo key held is another key than the one without.
    let foreign = KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
    if event.modifiers.intersects(foreign) {
        return None;
    }
    let key = Key { ctrl: ctrl(event), ..Key::of(code) };
    Some(ctrl_backslash(key))
}

/// Terminals send the byte 0x1c for ctrl-\, which the terminal library reads as ctrl-4.
fn ctrl_backslash(key: Key) -> Key {
    if key == Key::ctrl('4') { Key::ctrl('\\') } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Raw {
        Raw::Key(KeyEvent::new(code, modifiers))
    }

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        match Reader::default().read(press(code, modifiers)) {
            Some(Input::App(Event::Key(key))) => Some(key.to_string()),
            Some(other) => panic!("{other:?}"),
            None => None,
        }
    }

    #[test]
    fn keys_have_the_app_s_names() {
        let none = KeyModifiers::NONE;
        for (code, modifiers, name) in [
            (KeyCode::Char('G'), KeyModifiers::SHIFT, Some("G")),
            (KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, Some("ctrl-c")),
            (KeyCode::Char('4'), KeyModifiers::CONTROL, Some("ctrl-\\")),
            (KeyCode::Tab, KeyModifiers::SHIFT, Some("backtab")),
            (KeyCode::PageDown, none, Some("pgdn")),
            (KeyCode::Char(' '), none, Some("space")),
            (KeyCode::Char('y'), KeyModifiers::ALT, None),
            (KeyCode::F(5), none, Some("f5")),
            (KeyCode::Insert, none, None),
        ] {
            assert_eq!(key(code, modifiers).as_deref(), name);
        }
    }

    #[test]
    fn a_release_is_no_press_and_a_repeat_is_one() {
        let of = |kind| Raw::Key(KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, kind));
        assert_eq!(Reader::default().read(of(KeyEventKind::Release)), None);
        assert_eq!(Reader::default().read(of(KeyEventKind::Repeat)), Some(Input::App(Event::Key(Key::char('j')))));
    }

    /// Types an answer as the terminal library hands it on.
    fn answered(text: &str, end: (KeyCode, KeyModifiers)) -> Vec<Input> {
        let mut reader = Reader::default();
        let mut read: Vec<Input> = reader.read(press(KeyCode::Char(']'), KeyModifiers::ALT)).into_iter().collect();
        read.extend(text.chars().filter_map(|character| reader.read(press(KeyCode::Char(character), KeyModifiers::NONE))));
        read.extend(reader.read(press(end.0, end.1)));
        read
    }

    #[test]
    fn the_terminal_s_answer_is_picked_out_of_the_keys() {
        let bell = (KeyCode::Char('g'), KeyModifiers::CONTROL);
        let terminator = (KeyCode::Char('\\'), KeyModifiers::ALT);
        assert_eq!(answered("11;rgb:1e1e/1e1e/2e2e", terminator), [Input::Background(Rgb(0x1e, 0x1e, 0x2e))]);
        assert_eq!(answered("11;rgb:ff/ff/ff", bell), [Input::Background(Rgb(255, 255, 255))]);
        let typed = answered("1j", (KeyCode::Char('k'), KeyModifiers::NONE));
        assert_eq!(typed, [Input::App(Event::Key(Key::char('j'))), Input::App(Event::Key(Key::char('k')))]);
    }
}
