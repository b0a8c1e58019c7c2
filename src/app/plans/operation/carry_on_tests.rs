//! Tests of what is said where an operation that comes to an early end cannot be put back.

use std::sync::Arc;

use super::*;
use crate::app::act::Act;
use crate::app::command::CommandId;
use crate::app::operate;
use crate::app::operations::News;
use crate::app::state::Size;
use crate::model::account::{WayIn, Writer, Writing};
use crate::model::catalogue::Catalogue;
use crate::model::clock::Timestamp;
use crate::model::operation::action::Registration;
use crate::model::operation::evidence::{Baseline, Outcome};
use crate::model::operation::fact::{Command, Fact, Spot, Stamped, Wish};
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::{Actor, OnFailure, Origin, Target, Times, take_out};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const WHY: &str = "its plan says that till-prod us-west-1 is written by profile deployer, and the configuration of main says profile \
                   spare now: what would put back what is half done is refused until that is configured as it was";

/// An instance that was taken out by the profile deployer, by nobody carried on.
fn half_done() -> Known {
    let place = Place {
        environment: "target-group:111122223333:us-west-1:till-prod".parse().unwrap(),
        id: None,
        instance: Some("i-1".into()),
        connection: Some("main".into()),
        writer: Some(Writer::Profile("deployer".into())),
    };
    let what = Target { place, name: "i-1".into(), groups: vec![Registration { group: "arn:g".into(), port: None, keep: 0 }] };
    let origin = Origin { id: OperationId::new(NOW, 1), actor: Actor::default(), reason: None, on_failure: OnFailure::Stop };
    let plan = take_out(origin, &what, &Times::default()).unwrap();
    let spot = Spot::Step { unit: 0, step: 0 };
    let facts = [
        Fact::Planned { plan: plan.into() },
        Fact::Began { spot, baseline: Baseline::default() },
        Fact::Ended { spot, outcome: Outcome::Done("it is out".into()) },
    ];
    let operation = Operation::replay(&facts.map(|fact| Stamped { at: NOW, fact })).unwrap();
    Known { operation: operation.into(), carrier: Carrier::Nobody, notes: Arc::default(), broken: None }
}

/// A console in which this profile is configured to write.
fn console(known: &Known, writes: &str) -> State {
    let way = WayIn { connection: "main".into(), profile: None, role: None, writing: Some(Writing::Profile(writes.into())) };
    let catalogue = Catalogue { accounts: vec![way], ..Catalogue::default() };
    let mut state = State::new(Arc::new(catalogue), NOW, Size { width: 120, height: 40 });
    state.operations.take(News::Known(Box::new(known.clone())));
    let id = known.id().clone();
    state.operations_screen.cursor.select_id(&id, std::slice::from_ref(&id), 20);
    state
}

#[test]
fn an_operation_that_comes_to_an_early_end_says_that_its_undo_will_be_refused() {
    let mut known = half_done();
    let stop = Command { by: "ada".into(), wish: Wish::Stop };
    let fact = known.operation.heeds_interrupted(&stop).unwrap();
    Arc::make_mut(&mut known.operation).evolve(&Stamped { at: NOW, fact });
    assert!(known.operation.is_halting());
    let decision = |writes: &str| plan(&console(&known, writes), known.id()).unwrap();
    assert!(decision("spare").remarks.contains(&(Verdict::Warn, WHY.to_owned())), "{:?}", decision("spare").remarks);
    assert!(decision("deployer").remarks.is_empty());
}

#[test]
fn who_asks_to_put_it_back_is_told_that_too() {
    let known = half_done();
    let question = |writes: &str| match operate::on_operation(&console(&known, writes), CommandId::PutBack) {
        Ok(Act::Confirm { question, .. }) => question,
        other => panic!("{other:?}"),
    };
    assert!(question("spare").ends_with(&format!(". But {WHY}")), "{}", question("spare"));
    assert!(!question("deployer").contains("But"), "{}", question("deployer"));
}
