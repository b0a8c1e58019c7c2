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
}

/// A key press.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With control held.
    pub ctrl: bool,
}

impl Key {
    /// A plain character.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self { code: Code::Char(character), ctrl: false }
    }

    /// A character with control held.
    #[must_use]
    pub const fn ctrl(character: char) -> Self {
        Self { code: Code::Char(character), ctrl: true }
    }

    /// A key without modifiers.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self { code, ctrl: false }
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

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_owned());
        let name = name.unwrap_or_else(|| match self.code {
            Code::Char(character) => character.to_string(),
            other => format!("{other:?}").to_lowercase(),
        });
        f.pad(&if self.ctrl { format!("ctrl-{name}") } else { name })
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (ctrl, name) = text.strip_prefix("ctrl-").map_or((false, text), |rest| (true, rest));
        let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
        let mut characters = name.chars();
        let code = match (named, characters.next(), characters.next()) {
            (Some(code), _, _) => code,
            (None, Some(character), None) => Code::Char(character),
            (None, _, _) => {
                return Err(format!("\"{text}\" is not a key: write a character, a name such as enter or pgdn, or ctrl- before either"));
            }
        };
        Ok(Self { code, ctrl })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_they_are_written() {
        for text in ["j", "G", "ctrl-d", "enter", "space", "↑", "ctrl-\\", "-", "pgdn"] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        assert!("ctrl-".parse::<Key>().is_err());
        assert!("enterr".parse::<Key>().is_err());
    }
}
