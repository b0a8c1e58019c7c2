//! Commands of a team's own, as the configuration writes them: a program, its arguments, and places in
//! these for what tells the selection apart.
//!
//! What is filled in comes from outside and is hostile. The rules:
//!
//! - Each argument stays one argument: no shell reads it, and it is never split again.
//! - A value that begins with a hyphen is not filled in where an argument begins: the program would take it for an
//!   option. Neither is one that holds what a terminal obeys, nor an empty one, nor one that is not known.
//! - A program that hands its arguments to a shell all the same ([`READ_AGAIN`]) gets plain values only: letters,
//!   digits and `-_.:/@%+=,`. So does a shell that is given its script (`sh -c`). A place in that script, or behind
//!   an option of a shell that is not known to take no script, is a mistake of the configuration.

mod run;

use std::fmt;
use std::sync::Arc;

use super::command::Scope;
use crate::model::id::{EnvironmentKey, Platform};
use crate::model::link::Placeholder;
use crate::model::safe_text::is_harmful;

pub use run::{offered, prepare, subject};

/// Programs that have a shell read their arguments once more, on this machine or on another one.
pub const READ_AGAIN: [&str; 10] = ["ssh", "mosh", "su", "watch", "eval", "tmux", "screen", "script", "runuser", "parallel"];

/// Programs that read a script behind `-c`.
pub const SHELLS: [&str; 10] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh"];

/// Options of one letter that no shell takes a value for; behind `c` the script follows.
const FLAGS: &str = "aceilnuvx";

/// Long options that no shell takes a value for.
const LONG_FLAGS: [&str; 5] = ["--", "--login", "--noprofile", "--norc", "--posix"];

/// A command of a team's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Custom {
    /// Its name in the palette, in the help and in the audit log.
    pub name: Arc<str>,
    /// The screens that it is offered on.
    pub scope: Scope,
    /// Only for environments of these platforms; of any where empty.
    pub platforms: Vec<Platform>,
    /// The program, without a place in it, and its arguments.
    pub command: Vec<Argument>,
    /// Whether it changes nothing, so that it may run where nothing is written.
    pub reads: bool,
    /// Whether it is asked for before it runs.
    pub confirm: bool,
    /// Where what it writes goes.
    pub output: Output,
    /// For how many seconds it may run; one that the terminal is lent to ends by itself.
    pub seconds: u64,
}

impl Custom {
    /// What is run, as it is configured; not yet safe to show.
    #[must_use]
    pub fn summary(&self) -> String {
        let words: Vec<String> = self.command.iter().map(ToString::to_string).collect();
        format!("Runs {}", words.join(" "))
    }
}

/// Where what a command writes goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// Into a text that is read in place.
    Reader,
    /// Onto the terminal, which is lent to it.
    Terminal,
}

impl Output {
    /// Each, in the order in which they are listed to people.
    pub const ALL: [Self; 2] = [Self::Reader, Self::Terminal];

    /// The word for it in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Terminal => "terminal",
        }
    }
}

/// A command that is run, everything filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Its name.
    pub name: Arc<str>,
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// The environment that it is about.
    pub environment: Option<EnvironmentKey>,
    /// Whether it changes nothing.
    pub reads: bool,
    /// Where what it writes goes.
    pub output: Output,
    /// For how many seconds it may run.
    pub seconds: u64,
}

impl Run {
    /// Program and arguments as a person would type them: those that are not plain stand in quotes. Not yet safe to show.
    #[must_use]
    pub fn line(&self) -> String {
        self.command.iter().map(|word| as_typed(word)).collect::<Vec<_>>().join(" ")
    }
}

fn as_typed(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Whether no shell gives this character a meaning.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.:/@%+=,".contains(character)
}

/// What became of a command that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ran {
    /// The command.
    pub run: Run,
    /// How it ended, in a sentence, and whether badly; not yet safe to show.
    pub ended: Result<String, String>,
    /// What it wrote; not yet safe to show.
    pub written: String,
}

/// What has a place in an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Something of the environment.
    Of(Placeholder),
    /// The profile of the AWS configuration that it is read through.
    Profile,
    /// Where it is reached: the host's name, or a whole address.
    Url,
    /// The selected instance's id.
    Instance,
    /// The environment's key: `beanstalk:111122223333:us-west-1:h-prod`.
    Key,
}

impl Place {
    /// Those that are no placeholders of pages.
    const OWN: [(&'static str, Self); 4] =
        [("profile", Self::Profile), ("url", Self::Url), ("instance", Self::Instance), ("key", Self::Key)];

    /// Each with the word for it.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        Placeholder::ALL.into_iter().map(|(word, place)| (word, Self::Of(place))).chain(Self::OWN)
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::all().find(|(_, place)| *place == self).map_or("", |(word, _)| word)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Text(Arc<str>),
    Of(Place),
}

/// One argument, with places in it. Braces that are meant themselves are written twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Argument {
    pieces: Vec<Piece>,
}

/// Why a text is no argument with places in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArgumentError {
    /// A brace without its other one.
    Brace,
    /// Nothing is called that.
    Unknown(String),
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brace => f.write_str("a brace is alone here: places are written {name}, and braces that are meant themselves {{ and }}"),
            Self::Unknown(word) if word == "sha" => f.write_str("nothing is called {sha} here: the commit is {commit}"),
            Self::Unknown(word) => {
                let known: Vec<String> = Place::all().map(|(word, _)| format!("{{{word}}}")).collect();
                write!(f, "nothing is called {{{word}}} here: there are {}", known.join(", "))
            }
        }
    }
}

/// As it is configured.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Of(place) => write!(f, "{{{}}}", place.word()),
        })
    }
}

impl Argument {
    /// Reads an argument with places in it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, ArgumentError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(behind) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                plain.extend(from.chars().next());
                rest = behind;
                continue;
            }
            let (word, behind) = from.strip_prefix('{').and_then(|from| from.split_once('}')).ok_or(ArgumentError::Brace)?;
            if word.contains('{') {
                return Err(ArgumentError::Brace);
            }
            let place = Place::all().find(|(known, _)| *known == word).ok_or_else(|| ArgumentError::Unknown(word.to_owned()))?;
            pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
            pieces.push(Piece::Of(place.1));
            rest = behind;
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain.into()));
        pieces.retain(|piece| *piece != Piece::Text("".into()));
        Ok(Self { pieces })
    }

    /// What is filled in, in its order.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Of(place) => Some(*place),
            Piece::Text(_) => None,
        })
    }

    /// Its text, where nothing is filled in.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The argument with everything filled in.
    ///
    /// # Errors
    /// Which value is not known, or cannot be handed on, and why.
    pub fn fill(&self, plain_only: bool, value: impl Fn(Place) -> Option<String>) -> Result<String, String> {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Of(place) => {
                    let word = place.word();
                    let value = value(*place).filter(|value| !value.is_empty()).ok_or_else(|| format!("its {word} is not known"))?;
                    check(word, &value, whole.is_empty(), plain_only)?;
                    whole.push_str(&value);
                }
            }
        }
        Ok(whole)
    }
}

/// Whether a value may be handed to a program.
fn check(word: &str, value: &str, begins: bool, plain_only: bool) -> Result<(), String> {
    if begins && value.starts_with('-') {
        return Err(format!("its {word}, {value}, begins with a hyphen: the program would take it for an option"));
    }
    if value.chars().any(is_harmful) {
        return Err(format!("its {word} holds characters that cannot be seen or that a terminal would obey"));
    }
    if plain_only && !value.chars().all(is_plain) {
        return Err(format!("its {word}, {value}, is not plainly a name, and this program has a shell read it"));
    }
    Ok(())
}

/// The name of a program without its folder.
#[must_use]
pub fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Whether among these words is a program that has a shell read the rest, or a shell that is given its script.
#[must_use]
pub fn is_read_again(command: &[Argument]) -> bool {
    let is_again = |word: &Argument| word.literal().is_some_and(|word| READ_AGAIN.contains(&base(word)));
    command.iter().any(is_again) || behind_shells(command).any(|(_, rest)| rest.iter().filter_map(Argument::literal).any(takes_script))
}

/// The number of the word with places that a shell takes for its script, or may take for it.
#[must_use]
pub fn script_with_places(command: &[Argument]) -> Option<usize> {
    behind_shells(command).find_map(|(number, rest)| place_in_script(rest).map(|at| number + at))
}

/// What stands behind each shell, with the number of its first word.
fn behind_shells(command: &[Argument]) -> impl Iterator<Item = (usize, &[Argument])> {
    let is_shell = |word: &Argument| word.literal().is_some_and(|word| SHELLS.contains(&base(word)));
    let behind = move |(number, word)| is_shell(word).then(|| command.get(number + 1..).map(|rest| (number + 1, rest)))?;
    command.iter().enumerate().filter_map(behind)
}

/// Whether it is an option that a script follows, alone or among others (`-ec`).
fn takes_script(word: &str) -> bool {
    word.starts_with("--command") || (is_option(word) && !word.starts_with("--") && word.contains('c'))
}

/// Shells take some away with a `+`; a hyphen alone ends them.
fn is_option(word: &str) -> bool {
    word.starts_with(['-', '+'])
}

/// The word with places that may be the script of a shell with these arguments.
///
/// Behind its options stands the script, where one of them has `c`, else the name of a file; what follows is handed to
/// that. Which words are values of options only the shell knows: behind one that is not known nothing may have places.
fn place_in_script(arguments: &[Argument]) -> Option<usize> {
    let has_places = |argument: &Argument| argument.places().next().is_some();
    let mut wants_script = false;
    let mut has_script = false;
    let mut words = arguments.iter().enumerate();
    while let Some((at, argument)) = words.next() {
        let Some(word) = argument.literal() else {
            // An option that is filled in may be any.
            return (wants_script || is_option(&argument.to_string())).then_some(at);
        };
        if !is_option(word) {
            if !wants_script || has_script {
                return None;
            }
            // fish takes options behind the script, and further scripts.
            (wants_script, has_script) = (false, true);
            continue;
        }
        if LONG_FLAGS.contains(&word) {
            continue;
        }
        wants_script |= takes_script(word);
        let letters = word.get(1..).unwrap_or_default();
        // The `o` of `-euo pipefail` takes one word.
        let (flags, has_value) = letters.strip_suffix('o').map_or((letters, false), |flags| (flags, true));
        let value = if has_value { words.next() } else { None };
        if let Some((at, _)) = value.filter(|(_, value)| has_places(value)) {
            return Some(at);
        }
        let is_odd = value.is_some_and(|(_, value)| value.literal().is_some_and(is_option));
        if is_odd || !flags.chars().all(|flag| FLAGS.contains(flag)) {
            return words.find(|(_, argument)| has_places(argument)).map(|(at, _)| at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(argument: &str, value: &str) -> Result<String, String> {
        Argument::read(argument).map_err(|error| error.to_string())?.fill(false, |_| Some(value.to_owned()))
    }

    #[test]
    fn a_value_stays_within_its_argument() {
        for (argument, value, whole) in [
            ("{name}", "a b; rm -rf / $(id) `id`", "a b; rm -rf / $(id) `id`"),
            ("--name={name}", "-rf", "--name=-rf"),
            ("{{{name}}}", "x", "{x}"),
            ("{{name}}", "x", "{name}"),
            ("{name}/{region}", "{key}", "{key}/{key}"),
            ("", "x", ""),
        ] {
            assert_eq!(filled(argument, value).as_deref(), Ok(whole), "{argument}");
        }
    }

    #[test]
    #[expect(clippy::literal_string_with_formatting_args, reason = "the braces are placeholders of the configuration's own")]
    fn a_value_that_would_be_something_else_is_not_filled_in() {
        for value in ["-rf", "--help", "", "a\u{1b}[2J", "a\nb", "a\0b", "\u{202e}gpj"] {
            assert!(filled("{name}", value).is_err(), "{value:?}");
        }
        let name = Argument::read("{name}").unwrap();
        assert_eq!(name.fill(false, |_| None), Err("its name is not known".to_owned()));
        assert!(name.fill(true, |_| Some("a;b".to_owned())).is_err());
        assert_eq!(name.fill(true, |_| Some("h-prod.example.com:80".to_owned())).as_deref(), Ok("h-prod.example.com:80"));
    }

    #[test]
    fn what_is_no_argument_is_told() {
        for (text, error) in [
            ("{nmae}", ArgumentError::Unknown("nmae".to_owned())),
            ("{name", ArgumentError::Brace),
            ("name}", ArgumentError::Brace),
            ("{a{name}", ArgumentError::Brace),
        ] {
            assert_eq!(Argument::read(text), Err(error), "{text}");
        }
        assert!(Argument::read("{sha}").unwrap_err().to_string().ends_with("the commit is {commit}"));
    }

    #[test]
    fn a_shell_s_script_takes_no_places() {
        let command = |words: &[&str]| words.iter().map(|word| Argument::read(word).unwrap()).collect::<Vec<_>>();
        for (words, at) in [
            (&["sh", "-c", "echo {name}"][..], Some(2)),
            (&["sudo", "/bin/bash", "-e", "-xc", "echo {name}"], Some(4)),
            (&["sh", "-c", "echo \"$1\"", "sh", "{name}"], None),
            (&["sh", "script.sh", "{name}"], None),
            (&["echo", "-c", "{name}"], None),
            (&["bash", "-euo", "pipefail", "-c", "echo {name}"], Some(4)),
            (&["bash", "-c", "-o", "pipefail", "echo {name}"], Some(4)),
            (&["bash", "+e", "-c", "echo {name}"], Some(3)),
            (&["bash", "-c", "-", "echo {name}"], Some(3)),
            (&["bash", "-o", "{name}"], Some(2)),
            (&["ksh", "-o", "-c", "echo {name}"], Some(3)),
            (&["fish", "-c", "true", "-c", "echo {name}"], Some(4)),
            (&["bash", "--rcfile", "x", "-c", "echo {name}"], Some(4)),
            (&["fish", "--command", "echo {name}"], Some(2)),
            (&["fish", "--command=echo {name}"], Some(1)),
            (&["fish", "-C", "echo {name}"], Some(2)),
            (&["sh", "run.sh", "bash", "-c", "echo {name}"], Some(4)),
            (&["docker", "exec", "x", "ash", "-c", "echo {name}"], Some(5)),
            (&["busybox", "mksh", "-c", "echo {name}"], Some(3)),
            (&["bash", "-euo", "pipefail", "-c", "echo \"$1\"", "sh", "{name}"], None),
            (&["bash", "--norc", "-eu", "script.sh", "--name={name}"], None),
        ] {
            assert_eq!(script_with_places(&command(words)), at, "{words:?}");
        }
        for (words, is_again) in [
            (&["/usr/bin/ssh", "x"][..], true),
            (&["tmux", "split-window", "top {name}"], true),
            (&["bash", "-euo", "pipefail", "-c", "echo \"$1\"", "sh", "{name}"], true),
            (&["sh", "script.sh", "{name}"], false),
            (&["sshd"], false),
        ] {
            assert_eq!(is_read_again(&command(words)), is_again, "{words:?}");
        }
    }

    #[test]
    fn the_line_is_what_one_would_type() {
        let run = Run {
            name: "x".into(),
            command: ["echo", "a b", "it's", "", "--x=1"].map(str::to_owned).to_vec(),
            environment: None,
            reads: true,
            output: Output::Reader,
            seconds: 60,
        };
        assert_eq!(run.line(), "echo 'a b' 'it'\\''s' '' --x=1");
    }
}
