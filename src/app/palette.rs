//! The palette: commands and environments found by a few letters of their name.
//!
//! Who types the name of a command that cannot act now is told why, and not offered something else in its place.

use std::borrow::Cow;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::act::{Refusal, prepare, scope_of};
use super::command::{COMMANDS, Command, CommandId, Risk, Scope};
use super::custom;
use super::filter::TextField;
use super::state::State;
use crate::model::id::EnvironmentKey;

/// How many lines are worth showing: who wants another types one letter more.
const MOST: usize = 50;

/// Something the palette offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A command that can act now.
    Command(CommandId),
    /// A command of a team's own, by its number.
    Custom(usize),
    /// An environment to open.
    Environment(EnvironmentKey),
    /// A command of this screen that cannot act now, and why.
    Refused(CommandId, Refusal),
}

/// One line of the palette.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it stands for.
    pub target: Target,
    /// Its name; not yet safe to show.
    pub name: String,
    /// What is written behind it: a command's sentence or why it cannot act, an environment's region; not yet safe to show.
    pub detail: String,
    /// Which characters of the name were typed, by number.
    pub matched: Vec<u32>,
}

/// The palette as it is open.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Palette {
    /// What is typed.
    pub input: TextField,
    /// What fits, best first.
    pub entries: Vec<Entry>,
    /// The number of the selected line.
    pub selected: usize,
}

impl Palette {
    /// A palette in which nothing is typed: commands first, then environments, motions last.
    #[must_use]
    pub fn open(state: &State) -> Self {
        let mut palette = Self::default();
        palette.search(state);
        palette
    }

    /// Finds again what fits.
    pub fn search(&mut self, state: &State) {
        let mut entries = fitting(self.input.text(), offers(state));
        let words = self.input.text().split_whitespace().count();
        if words > 0 {
            let (scattered, refused): (Vec<Entry>, Vec<Entry>) =
                fitting(self.input.text(), refused(state)).into_iter().partition(|entry| entry.is_scattered(words));
            // Behind all that can act, but before environments that only happen to have the letters somewhere.
            let is_meant = |entry: &Entry| !matches!(entry.target, Target::Environment(_)) || !entry.is_scattered(words);
            let at = entries.iter().rposition(is_meant).map_or(0, |last| last + 1);
            let _ = entries.splice(at..at, refused);
            entries.extend(scattered);
        }
        entries.truncate(MOST);
        self.entries = entries;
        self.selected = 0;
    }

    /// Moves the selection.
    pub fn move_by(&mut self, delta: isize) {
        self.selected = self.selected.saturating_add_signed(delta).min(self.entries.len().saturating_sub(1));
    }

    /// What is selected.
    #[must_use]
    pub fn chosen(&self) -> Option<Target> {
        self.entries.get(self.selected).map(|entry| entry.target.clone())
    }
}

impl Entry {
    /// What is searched. The region is part of what tells two environments apart.
    fn haystack(&self) -> Cow<'_, str> {
        match self.target {
            Target::Environment(_) => format!("{} {}", self.name, self.detail).into(),
            Target::Command(_) | Target::Custom(_) | Target::Refused(..) => self.name.as_str().into(),
        }
    }

    /// Whether the letters of so many words that were typed are found in more pieces than that: it is hardly what is meant.
    fn is_scattered(&self, words: usize) -> bool {
        let gaps = self.matched.iter().zip(self.matched.iter().skip(1)).filter(|(one, next)| **one + 1 != **next).count();
        gaps >= words
    }
}

/// Those of the entries that have the letters of this text, best first, each with where they are.
fn fitting(text: &str, entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let pattern = Pattern::new(text, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, Entry)> = Vec::new();
    for mut entry in entries {
        let mut matched = Vec::new();
        let score = pattern.indices(Utf32Str::new(&entry.haystack(), &mut buffer), &mut matcher, &mut matched);
        if let Some(score) = score {
            matched.sort_unstable();
            matched.dedup();
            entry.matched = matched;
            scored.push((score, entry));
        }
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

/// The commands of this screen, each with why it cannot act, where it cannot; but for those that make no sense from here.
fn commands(state: &State) -> impl Iterator<Item = (&'static Command, Option<Refusal>)> + '_ {
    let here = scope_of(state.place());
    let useful = move |command: &&Command| {
        command.scope.holds(here) && !matches!(command.id, CommandId::Palette | CommandId::Escape | CommandId::Cancel)
    };
    COMMANDS.iter().filter(useful).map(|command| (command, prepare(state, command.id).err()))
}

/// Commands, environments, and last of all the motions: a key is always quicker for those.
fn offers(state: &State) -> impl Iterator<Item = Entry> + '_ {
    let able = commands(state).filter_map(|(command, refusal)| refusal.is_none().then_some(command));
    let (motions, mut commands): (Vec<&Command>, Vec<&Command>) = able.partition(|command| command.id.is_motion());
    commands.sort_by_key(|command| (precedence(command), std::cmp::Reverse(command.hint.map_or(0, |(_, worth)| worth))));
    let entry = |command: &Command| Entry {
        target: Target::Command(command.id),
        name: command.name.to_owned(),
        detail: command.sentence.to_owned(),
        matched: Vec::new(),
    };
    let mut keys: Vec<EnvironmentKey> = state.fleet.environments().map(|environment| environment.key()).collect();
    keys.sort_by(|a, b| (&a.name, a).cmp(&(&b.name, b)));
    let environments = keys.into_iter().map(|key| Entry {
        name: key.name.to_string(),
        detail: key.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        target: Target::Environment(key),
        matched: Vec::new(),
    });
    let customs = custom::offered(state).map(|(number, custom)| Entry {
        target: Target::Custom(number),
        name: custom.name.to_string(),
        detail: custom.summary(),
        matched: Vec::new(),
    });
    customs.chain(commands.into_iter().map(entry)).chain(environments).chain(motions.into_iter().map(entry))
}

/// What acts before what only shows, and that before what is the same on every screen: those keys the hand knows. Among
/// equals what the footer finds worth more.
fn precedence(command: &Command) -> u8 {
    match (command.risk, command.scope) {
        (Risk::Writes | Risk::Stops, _) => 0,
        (Risk::Reads, Scope::Everywhere) => 2,
        (Risk::Reads, _) => 1,
    }
}

/// What of this screen cannot act now, with the reason where a command has its sentence.
fn refused(state: &State) -> impl Iterator<Item = Entry> + '_ {
    let unable = commands(state).filter(|(command, _)| !command.id.is_motion());
    unable.filter_map(|(command, refusal)| {
        let refusal = refusal?;
        let detail = refusal.clone().into_owned();
        Some(Entry { target: Target::Refused(command.id, refusal), name: command.name.to_owned(), detail, matched: Vec::new() })
    })
}
