//! Operations to look at: made of facts, as journals tell them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quarterdeck::app::event::Event;
use quarterdeck::app::operations::{Carrier, Known, News, Note};
use quarterdeck::model::id::{EnvironmentKey, VersionLabel};
use quarterdeck::model::operation::action::{Action, Place};
use quarterdeck::model::operation::evidence::{Baseline, Outcome};
use quarterdeck::model::operation::fact::{Fact, Spot, Stamped};
use quarterdeck::model::operation::operation::Operation;
use quarterdeck::model::operation::plan::{Actor, Aim, Kind, OnFailure, OperationId, Origin, Waved, environments, waves};

use super::fleet::{ago, key};

/// The environments of the wave.
const AGENCIES: [&str; 8] = ["staging", "acme", "bell", "cole", "dyer", "east", "ford", "gale"];

/// A first step of a unit.
pub const fn step(unit: u32) -> Spot {
    Spot::Step { unit, step: 0 }
}

fn aim(name: &str) -> Aim {
    let place = Place {
        environment: key("us-west-1", &format!("orchid-{name}")),
        id: Some("e-fgakvzguyp".into()),
        instance: None,
        connection: Some("default".into()),
        writer: None,
    };
    Aim {
        place,
        action: Action::Deploy(VersionLabel::from("v413")),
        patience: Duration::from_secs(3_600),
        expected: Some(Duration::from_secs(180)),
    }
}

/// The facts of a wave of so many seconds ago: staging, a canary, then the rest; checked and begun.
pub fn wave(salt: u32, seconds: i64, on_failure: OnFailure) -> Vec<Stamped> {
    let actor = Actor { identity: Some("arn:aws:sts::111122223333:assumed-role/deploy/ada".into()), login: None };
    let origin = Origin { id: OperationId::new(ago(seconds), salt), actor, reason: Some("hotfix \u{1b}[31m".into()), on_failure };
    let bake = Duration::from_secs(300);
    let wave =
        |name: &str, of: &[&str], at_once| Waved { name: name.into(), aims: of.iter().map(|name| aim(name)).collect(), at_once, bake };
    let waved = vec![wave("before production", &AGENCIES[..1], 1), wave("canary", &AGENCIES[1..2], 1), wave("the rest", &AGENCIES[2..], 3)];
    let plan = waves(origin, "deploy v413 to 8 of 9 environments".to_owned(), waved).unwrap();
    let mut facts = vec![Stamped { at: ago(seconds), fact: Fact::Planned { plan: Arc::new(plan) } }];
    for (step, _) in (0..).zip(AGENCIES) {
        let outcome = Outcome::Done("nothing stands in its way".into());
        facts.push(Stamped { at: ago(seconds - 1), fact: Fact::Ended { spot: Spot::Before { step }, outcome } });
    }
    facts
}

/// The facts of a restart of these environments, one at a time: planned so many seconds ago, checked and not begun.
pub fn restart(salt: u32, seconds: i64, keys: &[EnvironmentKey]) -> Vec<Stamped> {
    of_each(salt, seconds, keys, (Kind::Restart, "restart the servers", &Action::Restart))
}

/// The same of a deploy of this label.
pub fn deploy(salt: u32, seconds: i64, keys: &[EnvironmentKey], label: &str) -> Vec<Stamped> {
    of_each(salt, seconds, keys, (Kind::Deploy, "deploy a version", &Action::Deploy(label.into())))
}

fn of_each(salt: u32, seconds: i64, keys: &[EnvironmentKey], (kind, title, action): (Kind, &str, &Action)) -> Vec<Stamped> {
    let aim = |key: &EnvironmentKey| {
        let mut aim = aim("any");
        (aim.place.environment, aim.action) = (key.clone(), action.clone());
        aim
    };
    let origin = Origin { id: OperationId::new(ago(seconds), salt), actor: Actor::default(), reason: None, on_failure: OnFailure::Stop };
    let plan = environments(origin, kind, title.to_owned(), keys.iter().map(aim).collect(), 1).unwrap();
    let mut facts = vec![Stamped { at: ago(seconds), fact: Fact::Planned { plan: Arc::new(plan) } }];
    for (step, _) in (0..).zip(keys) {
        let outcome = Outcome::Done("nothing stands in its way".into());
        facts.push(Stamped { at: ago(seconds - 1), fact: Fact::Ended { spot: Spot::Before { step }, outcome } });
    }
    facts
}

/// It was begun so many seconds ago.
pub fn began(spot: Spot, seconds: i64) -> Stamped {
    Stamped { at: ago(seconds), fact: Fact::Began { spot, baseline: Baseline::default() } }
}

/// It was done so many seconds ago.
pub fn done(spot: Spot, seconds: i64) -> Stamped {
    let outcome = Outcome::Done("orchid runs v413 on 2 of 2 instances, is Ready, and no event tells of an error".into());
    Stamped { at: ago(seconds), fact: Fact::Ended { spot, outcome } }
}

/// It failed so many seconds ago.
pub fn failed(spot: Spot, seconds: i64) -> Stamped {
    let outcome = Outcome::Failed("command failed on \u{202e}instance i-0a11; it runs v412".into());
    Stamped { at: ago(seconds), fact: Fact::Ended { spot, outcome } }
}

/// A wave in its last part: staging and canary are through, three are under way.
pub fn under_way() -> Vec<Stamped> {
    let mut facts = wave(1, 1_200, OnFailure::Stop);
    for unit in 0..2 {
        let begun = 1_190 - i64::from(unit) * 490;
        facts.extend([began(step(unit), begun), done(step(unit), begun - 180)]);
        facts.extend([began(Spot::Watch { unit, step: 0 }, begun - 181), done(Spot::Watch { unit, step: 0 }, begun - 481)]);
    }
    facts.extend([began(step(2), 190), began(step(3), 189), began(step(4), 188), done(step(2), 20), began(step(5), 18)]);
    facts
}

/// What is told of an operation with these facts.
pub fn told(facts: &[Stamped], carrier: Carrier, notes: &[(Spot, Note)]) -> Event {
    let operation = Arc::new(Operation::replay(facts).unwrap());
    let notes: BTreeMap<Spot, Note> = notes.iter().cloned().collect();
    Event::Operations(News::Known(Box::new(Known { operation, carrier, notes: Arc::new(notes), broken: None })))
}

/// What goes on at a spot.
pub fn note(parts: (u32, u32), sentence: &str) -> Note {
    Note { parts: Some(parts), sentence: Some(sentence.into()), is_trouble: false }
}
