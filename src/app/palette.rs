//! The palette: commands and environments found by a few letters of their name.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::act;
use super::command::{Command, CommandId};
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
}

/// One line of the palette.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it stands for.
    pub target: Target,
    /// Its name; not yet safe to show.
    pub name: String,
    /// What is written behind it: a command's sentence, an environment's region.
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
        let pattern = Pattern::new(self.input.text(), CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut scored: Vec<(u32, Entry)> = Vec::new();
        let mut buffer = Vec::new();
        for mut entry in offers(state) {
            // The region is part of what tells two environments apart.
            let haystack = match entry.target {
                Target::Environment(_) => format!("{} {}", entry.name, entry.detail),
                Target::Command(_) | Target::Custom(_) => entry.name.clone(),
            };
            entry.matched.clear();
            let score = pattern.indices(Utf32Str::new(&haystack, &mut buffer), &mut matcher, &mut entry.matched);
            if let Some(score) = score {
                entry.matched.sort_unstable();
                entry.matched.dedup();
                scored.push((score, entry));
            }
        }
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.truncate(MOST);
        self.entries = scored.into_iter().map(|(_, entry)| entry).collect();
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

/// Commands, environments, and last of all the motions: a key is always quicker for those.
fn offers(state: &State) -> impl Iterator<Item = Entry> + '_ {
    let useful = act::available(state).filter(|command| !matches!(command.id, CommandId::Palette | CommandId::Escape | CommandId::Cancel));
    let (motions, commands): (Vec<&Command>, Vec<&Command>) = useful.partition(|command| command.id.is_motion());
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
