//! A command as the shell on the other side has to be given it.

use std::fmt::Write as _;

/// A command line for a login shell of the Bourne kind.
///
/// ssh joins its arguments with blanks and leaves the rest to that shell, so every word is quoted
/// here: what a host or a forge has named can never become a command of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command(String);

impl Command {
    /// A program, with nothing behind it yet.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self(quoted(program))
    }

    /// A script of this program's own, run by `sh`; what is added behind are its `$1`, `$2`.
    #[must_use]
    pub fn script(text: &'static str) -> Self {
        Self::new("sh").arg("-c").arg(text).arg("quarterdeck")
    }

    /// The same with one more word.
    #[must_use]
    pub fn arg(mut self, word: &str) -> Self {
        let _ = write!(self.0, " {}", quoted(word));
        self
    }

    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A word that every shell of the Bourne kind reads as itself.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '=' | '@' | '%' | '+' | ',');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        let command = Command::new("docker").arg("ps").arg("a b").arg("it's").arg("").arg("$(id);`id`").arg("~");
        assert_eq!(command.as_str(), r"docker ps 'a b' 'it'\''s' '' '$(id);`id`' '~'");
    }

    #[test]
    fn the_shell_reads_what_was_meant() {
        for word in ["plain", "a b", "it's", "", "$HOME", "`id`", "a\nb", "\\", "\"", "*", "!x", "~root", "a'\"'b"] {
            let line = Command::new("printf").arg("%s").arg(word);
            let told = std::process::Command::new("sh").arg("-c").arg(line.as_str()).output().unwrap();
            assert_eq!(String::from_utf8(told.stdout).unwrap(), word);
        }
        let script = Command::script("printf '%s|' \"$@\"").arg("a b").arg("'");
        let told = std::process::Command::new("sh").arg("-c").arg(script.as_str()).output().unwrap();
        assert_eq!(String::from_utf8(told.stdout).unwrap(), "a b|'|");
    }
}
