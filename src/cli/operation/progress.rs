//! What is new in an operation, line by line: what is told while it is followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::operations::Known;
use crate::model::clock::Timestamp;
use crate::model::operation::fact::Spot;
use crate::model::operation::look::spoken;
use crate::model::operation::verdict::{Standing, Tally};
use crate::ui::operations_units::standing_in_words;

/// What was told already.
#[derive(Default)]
pub struct Progress {
    units: BTreeMap<u32, String>,
    closed: u32,
    asked: BTreeSet<Spot>,
}

impl Progress {
    /// What is new, a line each; not yet safe to show.
    pub fn news(&mut self, known: &Known, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        for unit in known.operation.units() {
            let Some(line) = line(known, unit) else { continue };
            if self.units.get(&unit) != Some(&line) {
                lines.push(line.clone());
                self.units.insert(unit, line);
            }
        }
        for (spot, why) in known.operation.questions() {
            if self.asked.insert(spot) {
                lines.push(question(known, spot, &why));
            }
        }
        let tally = known.operation.tally();
        let closed = tally.done + tally.failed + tally.skipped + tally.stopped;
        if closed > self.closed && known.operation.plan().units.len() > 1 {
            lines.push(whole(known, tally, now));
        }
        self.closed = closed;
        lines
    }
}

/// How a unit stands, and what is said of it; none while nothing of it has begun.
fn line(known: &Known, unit: u32) -> Option<String> {
    let operation = &known.operation;
    let standing = operation.standing(unit);
    let said = match &standing {
        Standing::Waiting => return None,
        Standing::Failed { why, .. } => why.to_string(),
        Standing::Skipped { reason } => reason.to_string(),
        Standing::Underway(spot) | Standing::PuttingBack(spot) => noted(known, *spot),
        Standing::Done => operation.found_by(unit).map_or_else(String::new, ToString::to_string),
        Standing::Asks(_) | Standing::Baking | Standing::Stopped(_) => String::new(),
    };
    let name = operation.unit(unit).map_or("", |unit| &*unit.name);
    let words = standing_in_words(known, &standing).plain();
    Some(if said.is_empty() { format!("{name}  {words}") } else { format!("{name}  {words}: {said}") })
}

fn noted(known: &Known, spot: Spot) -> String {
    let Some(note) = known.notes.get(&spot) else { return String::new() };
    let parts = note.parts.map(|(done, of)| format!("{done}/{of}"));
    parts.into_iter().chain(note.sentence.as_deref().map(str::to_owned)).collect::<Vec<_>>().join(" ")
}

/// What a person is asked; not yet safe to show.
pub fn question(known: &Known, spot: Spot, why: &str) -> String {
    let words = known.operation.deed(spot).map(|deed| deed.words().into_owned()).unwrap_or_default();
    let name = spot.unit().and_then(|unit| known.operation.unit(unit)).map_or("", |unit| &*unit.name);
    format!("? nobody can tell what became of \"{words}\" {name}: {why}")
}

/// How far the whole is.
fn whole(known: &Known, tally: Tally, now: Timestamp) -> String {
    let counts = [
        (tally.done, "done"),
        (tally.failed, "failed"),
        (tally.stopped, "stopped"),
        (tally.skipped, "left out"),
        (tally.under_way, "under way"),
        (tally.waiting, "not begun"),
    ];
    let counted: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let timing = known.operation.timing(now);
    let left = match timing.left {
        _ if known.operation.is_over() => String::new(),
        Some(left) if left.is_zero() => ", longer than expected".to_owned(),
        Some(left) => format!(", about {} left", spoken(left)),
        None => ", how long it will take is not known".to_owned(),
    };
    format!("of {}: {}; {} taken{left}", known.operation.plan().units.len(), counted.join(", "), spoken(timing.taken))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::app::operations::{Carrier, Note};
    use crate::model::operation::action::{Action, Place};
    use crate::model::operation::evidence::{Baseline, Outcome};
    use crate::model::operation::fact::{Fact, Stamped};
    use crate::model::operation::operation::Operation;
    use crate::model::operation::plan::{Actor, Aim, Kind, OnFailure, OperationId, Origin, environments};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// Two restarts, checked already.
    fn facts() -> Vec<Stamped> {
        let aim = |name: &str| Aim {
            place: Place {
                environment: format!("beanstalk:1:us-west-1:{name}").parse().unwrap(),
                id: None,
                instance: None,
                connection: None,
                writer: None,
            },
            action: Action::Restart,
            patience: Duration::from_secs(60),
            expected: None,
        };
        let origin = Origin { id: OperationId::new(at(0), 1), actor: Actor::default(), reason: None, on_failure: OnFailure::CarryOn };
        let plan = environments(origin, Kind::Restart, "restart".to_owned(), vec![aim("a"), aim("b")], 1).unwrap();
        let checks = u32::try_from(plan.before.len()).unwrap();
        let mut facts = vec![Stamped { at: at(0), fact: Fact::Planned { plan: Arc::new(plan) } }];
        let checked = |step| Fact::Ended { spot: Spot::Before { step }, outcome: Outcome::Done("fine".into()) };
        facts.extend((0..checks).map(|step| Stamped { at: at(1), fact: checked(step) }));
        facts
    }

    fn known(facts: &[Stamped], notes: &[(Spot, Note)]) -> Known {
        let operation = Arc::new(Operation::replay(facts).unwrap());
        Known { operation, carrier: Carrier::Here, notes: Arc::new(notes.iter().cloned().collect()), broken: None }
    }

    #[test]
    fn each_thing_is_told_once_and_the_whole_whenever_a_unit_ends() {
        let (mut progress, mut facts) = (Progress::default(), facts());
        assert!(progress.news(&known(&facts, &[]), at(1)).is_empty(), "nothing has begun");
        let spot = Spot::Step { unit: 0, step: 0 };
        facts.push(Stamped { at: at(2), fact: Fact::Began { spot, baseline: Baseline::default() } });
        let begun = progress.news(&known(&facts, &[]), at(2));
        assert!(
            matches!(begun.as_slice(), [line] if line.starts_with("a us-west-1  ") && line.ends_with("restart the application servers")),
            "{begun:?}"
        );
        let note = Note { parts: Some((1, 3)), sentence: Some("a is Updating".into()), is_trouble: false };
        let noted = progress.news(&known(&facts, &[(spot, note.clone())]), at(3));
        assert!(matches!(noted.as_slice(), [line] if line.ends_with(": 1/3 a is Updating")), "{noted:?}");
        assert!(progress.news(&known(&facts, &[(spot, note)]), at(4)).is_empty(), "nothing is new");
        facts.push(Stamped { at: at(12), fact: Fact::Ended { spot, outcome: Outcome::Failed("it is Red".into()) } });
        let failed = progress.news(&known(&facts, &[]), at(12));
        assert!(failed.len() == 2 && failed[0].ends_with("failed: it is Red"), "{failed:?}");
        assert!(failed[1].starts_with("of 2: 1 failed, 1 not begun; 12 s taken"), "{failed:?}");
    }

    #[test]
    fn what_nobody_can_tell_is_asked_once() {
        let (mut progress, mut facts) = (Progress::default(), facts());
        let spot = Spot::Step { unit: 0, step: 0 };
        facts.push(Stamped { at: at(2), fact: Fact::Began { spot, baseline: Baseline::default() } });
        facts.push(Stamped { at: at(90), fact: Fact::Unclear { spot, why: "two could be it".into() } });
        let asked = progress.news(&known(&facts, &[]), at(90));
        let question = "? nobody can tell what became of \"restart the application servers\" a us-west-1: two could be it";
        assert!(asked.iter().any(|line| line == question), "{asked:?}");
        assert!(progress.news(&known(&facts, &[]), at(91)).is_empty());
    }
}
