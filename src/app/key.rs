//! Keys, as this program names them: independent of any terminal library.

use std::fmt;
use std::str::FromStr;

/// What a key press means, without its modifiers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Code {
    /// A character, as typed: a capital is its own character.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// A key press.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With control held.
    pub ctrl: bool,
    /// Pressed behind [`Key::PREFIX`].
    pub behind: bool,
}

impl Key {
    /// The key before the keys of panes: the one that vim and helix have for it.
    pub const PREFIX: Self = Self::ctrl('w');

    /// A plain character.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self { code: Code::Char(character), ctrl: false, behind: false }
    }

    /// A character with control held.
    #[must_use]
    pub const fn ctrl(character: char) -> Self {
        Self { code: Code::Char(character), ctrl: true, behind: false }
    }

    /// A key without modifiers.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self { code, ctrl: false, behind: false }
    }

    /// The same behind [`Self::PREFIX`].
    #[must_use]
    pub const fn behind_prefix(self) -> Self {
        Self { behind: true, ..self }
    }
}

/// The names of keys that are not characters, as help shows them and as they are written.
const NAMES: [(&str, Code); 15] = [
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("backspace", Code::Backspace),
    ("del", Code::Delete),
    ("tab", Code::Tab),
    ("backtab", Code::BackTab),
    ("↑", Code::Up),
    ("↓", Code::Down),
    ("←", Code::Left),
    ("→", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("space", Code::Char(' ')),
];

/// What else they are called by those who write them: nothing here is shown.
const ALIASES: [(&str, Code); 10] = [
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("return", Code::Enter),
    ("escape", Code::Esc),
    ("delete", Code::Delete),
    ("shift-tab", Code::BackTab),
    ("pageup", Code::PageUp),
    ("pagedown", Code::PageDown),
];

impl Key {
    /// Whether it is a capital: those write.
    #[must_use]
    pub const fn is_capital(self) -> bool {
        matches!(self.code, Code::Char(character) if character.is_ascii_uppercase()) && !self.ctrl && !self.behind
    }

    /// Whether it is pressed with nothing held and nothing before it: a letter, a digit, a sign or a named key; no capital.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        !self.ctrl && !self.behind && !self.is_capital() && !matches!(self.code, Code::F(_))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_owned());
        let name = name.unwrap_or_else(|| match self.code {
            Code::Char(character) => character.to_string(),
            Code::F(number) => format!("f{number}"),
            other => format!("{other:?}").to_lowercase(),
        });
        let name = if self.ctrl { format!("ctrl-{name}") } else { name };
        f.pad(&if self.behind { format!("{} {name}", Self::PREFIX) } else { name })
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(behind) = text.strip_prefix("ctrl-w ") {
            return behind.parse().map(Self::behind_prefix);
        }
        let (ctrl, name) = text.strip_prefix("ctrl-").map_or((false, text), |rest| (true, rest));
        let named = NAMES.iter().chain(&ALIASES).find(|(known, _)| *known == name).map(|(_, code)| *code);
        let mut characters = name.chars();
        let code = match (named.or_else(|| function(name)), characters.next(), characters.next()) {
            (Some(code), _, _) => code,
            (None, Some(character), None) if !character.is_control() => Code::Char(character),
            (None, _, _) => {
                return Err(format!(
                    "\"{text}\" is not a key: write a character, a name such as enter, pgdn or f5, or ctrl- before a letter"
                ));
            }
        };
        if ctrl { held(code).map_err(|why| format!("\"{text}\" {why}")) } else { Ok(Self::of(code)) }
    }
}

/// `f1` to `f12`.
fn function(name: &str) -> Option<Code> {
    let number = name.strip_prefix('f').filter(|digits| !digits.starts_with('0'))?.parse().ok()?;
    (1..=12).contains(&number).then_some(Code::F(number))
}

/// A key with control held, as far as a terminal tells it from others: it sends ctrl and a letter as one control
/// character, of which some are keys of their own (ECMA-48).
fn held(code: Code) -> Result<Key, String> {
    let same = match code {
        Code::Char('i') => "tab",
        Code::Char('m') => "enter",
        Code::Char('[') => "esc",
        Code::Char(capital) if capital.is_ascii_uppercase() => {
            let lower = capital.to_ascii_lowercase();
            return Err(format!("is sent as ctrl-{lower} by a terminal: write that"));
        }
        Code::Char('a'..='z' | '\\' | ' ')
        | Code::Up
        | Code::Down
        | Code::Left
        | Code::Right
        | Code::Home
        | Code::End
        | Code::PageUp
        | Code::PageDown
        | Code::Delete
        | Code::F(_) => return Ok(Key { ctrl: true, ..Key::of(code) }),
        Code::Char(_) | Code::Enter | Code::Esc | Code::Backspace | Code::Tab | Code::BackTab => {
            return Err("cannot be told from the same key without ctrl: write ctrl- before a letter".to_owned());
        }
    };
    Err(format!("is the same key as {same} for a terminal: write {same}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_they_are_written() {
        for text in [
            "j",
            "G",
            "ctrl-d",
            "enter",
            "space",
            "↑",
            "ctrl-\\",
            "-",
            "pgdn",
            "f1",
            "f12",
            "ctrl-f5",
            "f",
            "ctrl-w v",
            "ctrl-w →",
            "ctrl-w ctrl-d",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        for (written, meant) in [("up", "↑"), ("return", "enter"), ("shift-tab", "backtab"), ("ctrl-right", "ctrl-→")] {
            assert_eq!(written.parse::<Key>().unwrap().to_string(), meant);
        }
        for no_key in ["ctrl-", "", "f0", "f13", "f01", "ctrl-1", "ctrl-enter", "\u{1b}", "aa", "ctrl-w ", "ctrl-w aa"] {
            assert!(no_key.parse::<Key>().is_err(), "{no_key}");
        }
        assert_eq!("ctrl-m".parse::<Key>(), Err("\"ctrl-m\" is the same key as enter for a terminal: write enter".to_owned()));
        assert_eq!("ctrl-D".parse::<Key>(), Err("\"ctrl-D\" is sent as ctrl-d by a terminal: write that".to_owned()));
        assert!("enterr".parse::<Key>().is_err());
    }
}
