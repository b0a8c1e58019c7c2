//! The dialog in which is said how several environments are gone through, or between how many instances are kept.

use std::sync::Arc;

use super::form::{self, Entry, Value};
use super::key::Key;
use super::plans::operation::{Deed, Tempo, Wanted};
use super::state::State;
use crate::model::dispatch::{Input, InputKind};
use crate::model::operation::plan::OnFailure;

const CANARY: &str = "canary";
const BATCH: &str = "batch (0: all)";
const AT_ONCE: &str = "at once";
const BAKE: &str = "watch, minutes";
const ON_FAILURE: &str = "if one fails";
const WITH_FAILED: &str = "failed checks too";
const FEWEST: &str = "fewest";
const MOST: &str = "most";

/// What a failure does, as it is chosen.
const FAILURES: [(&str, OnFailure); 3] = [("stop", OnFailure::Stop), ("ask", OnFailure::Pause), ("carry on", OnFailure::CarryOn)];

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setup {
    /// What is to be done, and where.
    pub wanted: Wanted,
    /// What is entered.
    pub entries: Vec<Entry>,
    /// Which entry has the keys.
    pub at: usize,
    /// What is wrong with what was entered; not yet safe to show.
    pub error: Option<String>,
}

impl Setup {
    /// How many instances are kept in these: what is kept now is entered, where it is one answer.
    #[must_use]
    pub fn of_capacity(state: &State, wanted: Wanted) -> Self {
        let strategies: Vec<_> =
            wanted.environments.iter().map(|key| state.fleet.get(key).and_then(|it| it.strategy().map(|told| *told.value))).collect();
        let first =
            strategies.first().copied().flatten().filter(|first| strategies.iter().all(|other| other.is_some_and(|other| other == *first)));
        let known = |bound: Option<u32>| bound.map(|bound| bound.to_string());
        let mut inputs = vec![
            number(
                FEWEST,
                "The fewest instances that its Auto Scaling group keeps (MinSize).",
                known(first.and_then(|first| first.fewest)),
            ),
            number(MOST, "The most instances that its Auto Scaling group keeps (MaxSize).", known(first.and_then(|first| first.most))),
        ];
        if wanted.environments.len() > 1 {
            inputs.extend(pace(&wanted));
        }
        Self::with(wanted, inputs)
    }

    /// How these are gone through.
    #[must_use]
    pub fn of_several(wanted: Wanted) -> Self {
        let inputs = pace(&wanted);
        Self::with(wanted, inputs)
    }

    fn with(wanted: Wanted, inputs: Vec<Input>) -> Self {
        Self { wanted, entries: inputs.into_iter().map(Entry::new).collect(), at: 0, error: None }
    }

    /// Takes a key; what is wanted now, once it is asked for and all is filled in.
    pub fn press(&mut self, key: Key) -> Option<Wanted> {
        self.error = None;
        if form::press(&mut self.entries, &mut self.at, key) == form::Pressed::On {
            return None;
        }
        let wanted = form::fault(&self.entries).map_or_else(|| self.wanted(), Err);
        match wanted {
            Ok(wanted) => Some(wanted),
            Err((at, sentence)) => {
                self.at = at;
                self.error = Some(sentence);
                None
            }
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        if let Some(Entry { value: Value::Text(field), .. }) = self.entries.get_mut(self.at) {
            field.insert(text);
        }
    }

    fn text(&self, name: &str) -> Option<(usize, String)> {
        self.entries.iter().position(|entry| *entry.input.name == *name).and_then(|at| Some((at, self.entries.get(at)?.text())))
    }

    /// A whole number that was entered, at least so much; none where it is not asked for.
    fn number(&self, name: &str, least: u32) -> Result<Option<u32>, (usize, String)> {
        let Some((at, text)) = self.text(name) else { return Ok(None) };
        match text.parse::<u32>().ok().filter(|number| (least..=MOST_OF_ANYTHING).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err((at, format!("{name} is a whole number from {least} to {MOST_OF_ANYTHING}"))),
        }
    }

    fn wanted(&self) -> Result<Wanted, (usize, String)> {
        let usual = self.wanted.tempo;
        let failure = self.text(ON_FAILURE).and_then(|(_, word)| FAILURES.into_iter().find(|(name, _)| *name == word));
        let tempo = Tempo {
            canary: self.number(CANARY, 0)?.unwrap_or(usual.canary),
            batch: self.number(BATCH, 0)?.unwrap_or(usual.batch),
            at_once: self.number(AT_ONCE, 1)?.unwrap_or(usual.at_once),
            bake: self.number(BAKE, 0)?.unwrap_or(usual.bake),
            on_failure: failure.map_or(usual.on_failure, |(_, failure)| failure),
            with_failed: self.text(WITH_FAILED).map_or(usual.with_failed, |(_, text)| text == "true"),
        };
        let deed = match (self.number(FEWEST, 0)?, self.number(MOST, 0)?) {
            (Some(fewest), Some(most)) => Deed::Resize { fewest, most },
            _ => self.wanted.deed.clone(),
        };
        Ok(Wanted { deed, tempo, ..self.wanted.clone() })
    }
}

/// No Auto Scaling group is larger, and nobody waits longer.
const MOST_OF_ANYTHING: u32 = 10_000;

fn pace(wanted: &Wanted) -> Vec<Input> {
    let usual = wanted.tempo;
    let mut inputs = Vec::new();
    let deploys = matches!(wanted.deed, Deed::Deploy(_));
    if deploys {
        let canary = "So many of production go alone, before the rest: the healthiest. What is not production goes before them.";
        inputs.push(number(CANARY, canary, Some(usual.canary.to_string())));
        let batch = "So many of the rest are one wave; 0: all of them.";
        inputs.push(number(BATCH, batch, Some(usual.batch.to_string())));
    }
    inputs.push(number(AT_ONCE, "So many are under way at once.", Some(usual.at_once.to_string())));
    if deploys {
        let bake = "For so many minutes the health of each wave is watched before the next one begins.";
        inputs.push(number(BAKE, bake, Some(usual.bake.to_string())));
    }
    inputs.push(Input {
        kind: InputKind::Choice(FAILURES.iter().map(|(name, _)| Arc::from(*name)).collect()),
        ..number(
            ON_FAILURE,
            "stop: nothing else begins; ask: nothing else begins until you say so; carry on: the rest goes on.",
            FAILURES.iter().find(|(_, failure)| *failure == usual.on_failure).map(|(name, _)| (*name).to_owned()),
        )
    });
    inputs.push(Input {
        kind: InputKind::Tick,
        required: false,
        ..number(WITH_FAILED, "Those of which a check stands in the way go along: that needs a reason. Without it they are left out.", None)
    });
    inputs
}

fn number(name: &str, description: &str, default: Option<String>) -> Input {
    let (name, description) = (name.into(), description.into());
    Input { name, description, kind: InputKind::Number, required: true, default: default.map(Arc::from) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::Code;

    fn setup() -> Setup {
        let key = |name: &str| format!("beanstalk:1:us-west-1:{name}").parse().unwrap();
        Setup::of_several(Wanted::new(Deed::Deploy("v2".into()), vec![key("a"), key("b")]))
    }

    fn press(setup: &mut Setup, codes: &[Code]) -> Option<Wanted> {
        codes.iter().map(|code| setup.press(Key::of(*code))).last().flatten()
    }

    #[test]
    fn what_is_entered_becomes_the_tempo() {
        let mut setup = setup();
        assert_eq!(press(&mut setup, &[Code::Enter]).map(|wanted| wanted.tempo), Some(Tempo::default()));
        let replace = |digit| [Code::Backspace, Code::Char(digit), Code::Down];
        let keys: Vec<Code> = ['2', '4', '9', '0'].into_iter().flat_map(replace).collect();
        assert_eq!(press(&mut setup, &keys), None);
        let wanted = press(&mut setup, &[Code::Right, Code::Down, Code::Char(' '), Code::Enter]).unwrap();
        let expected = Tempo { canary: 2, batch: 4, at_once: 9, bake: 0, on_failure: OnFailure::Pause, with_failed: true };
        assert_eq!(wanted.tempo, expected);
    }

    #[test]
    fn what_lets_none_begin_or_is_no_number_is_said_where_it_stands() {
        let mut setup = setup();
        press(&mut setup, &[Code::Down, Code::Down, Code::Backspace, Code::Char('0'), Code::Up]);
        assert_eq!(press(&mut setup, &[Code::Enter]), None);
        assert_eq!((setup.at, setup.error.as_deref()), (2, Some("at once is a whole number from 1 to 10000")));
        press(&mut setup, &[Code::Backspace, Code::Char('1'), Code::Char('.'), Code::Char('5'), Code::Enter]);
        assert!(setup.error.is_some(), "half an environment");
    }
}
