//! The variables of the environment that say something about the configuration.

use std::fmt;

use super::nearest::no_such_word;
use super::settings::{Overrides, Theme};
use super::source::quoted;
use crate::model::safe_text::safe;

/// The file to use.
pub(super) const CONFIG: &str = "QUARTERDECK_CONFIG";
const READ_ONLY: &str = "QUARTERDECK_READ_ONLY";
const THEME: &str = "QUARTERDECK_THEME";

/// A variable whose value means nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadVariable {
    /// The variable.
    pub name: &'static str,
    /// What is wrong and what to write instead. Harmless to show.
    pub sentence: String,
}

impl fmt::Display for BadVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.sentence)
    }
}

/// A variable that says something; an empty one says nothing.
pub(super) fn said(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    env(name).filter(|value| !value.is_empty())
}

impl Overrides {
    /// What the environment says.
    ///
    /// # Errors
    /// Every variable whose value means nothing.
    pub fn from_environment(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<BadVariable>> {
        let mut bad = Vec::new();
        let read_only = said(env, READ_ONLY).and_then(|value| {
            let read_only = truth(&value);
            if read_only.is_none() {
                bad.push(variable(READ_ONLY, &format!("{} is neither true nor false: write true, false, 1 or 0", quoted(&value))));
            }
            read_only
        });
        let theme = said(env, THEME).and_then(|value| {
            let theme = Theme::ALL.into_iter().find(|theme| theme.word() == value);
            if theme.is_none() {
                bad.push(variable(THEME, &no_such_word("theme", &value, Theme::ALL.into_iter().map(Theme::word))));
            }
            theme
        });
        if bad.is_empty() { Ok(Self { read_only, theme, colors: None }) } else { Err(bad) }
    }
}

fn truth(value: &str) -> Option<bool> {
    match value {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn variable(name: &'static str, sentence: &str) -> BadVariable {
    BadVariable { name, sentence: safe(sentence).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Overrides, String> {
        let env = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Overrides::from_environment(&env).map_err(|bad| bad.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn the_environment_s_words_are_exact() {
        assert_eq!(read(&[]), Ok(Overrides::default()));
        assert_eq!(read(&[("QUARTERDECK_READ_ONLY", ""), ("QUARTERDECK_THEME", "")]), Ok(Overrides::default()));
        for (value, read_only) in [("true", true), ("1", true), ("false", false), ("0", false)] {
            assert_eq!(read(&[("QUARTERDECK_READ_ONLY", value)]).unwrap().read_only, Some(read_only));
        }
        assert_eq!(read(&[("QUARTERDECK_THEME", "mono")]).unwrap().theme, Some(Theme::Mono));
        let expected = "QUARTERDECK_READ_ONLY: \"yes␛\" is neither true nor false: write true, false, 1 or 0\n\
            QUARTERDECK_THEME: there is no theme \"drak\": did you mean \"dark\"?";
        assert_eq!(read(&[("QUARTERDECK_READ_ONLY", "yes\u{1b}"), ("QUARTERDECK_THEME", "drak")]), Err(expected.to_owned()));
    }
}
