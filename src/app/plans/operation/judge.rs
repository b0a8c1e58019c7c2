//! What speaks for and against doing something to one environment.

use std::time::Duration;

use super::super::super::state::State;
use super::Deed;
use super::deploy;
use super::target::Target;
use crate::model::activity::ActivityKind;
use crate::model::health::Level;
use crate::model::id::Platform;
use crate::model::operation::action::Action;
use crate::model::operation::plan::Aim;
use crate::model::promotion::{self, Check, Verdict};

/// How long anything may take that nobody has seen yet.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// An environment with what is done to it, and what speaks for and against that.
pub(super) struct Judged<'s> {
    /// Where.
    pub target: Target<'s>,
    /// What is done; none where it cannot be.
    pub action: Option<Action>,
    /// Why it cannot be done at all.
    pub refused: Option<String>,
    /// The checks that stand in the way.
    pub failed: Vec<String>,
    /// What else a person should know.
    pub remarks: Vec<(Verdict, String)>,
    /// What it resolves to, beside where.
    pub lines: Vec<(&'static str, String)>,
    /// What the plan rests on: if any of it is another when it is confirmed, it is another plan.
    pub rests_on: Vec<String>,
    /// How long the last one took.
    pub took: Option<Duration>,
}

impl<'s> Judged<'s> {
    pub fn new(target: Target<'s>) -> Self {
        let (failed, remarks, lines, rests_on) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { target, action: None, refused: None, failed, remarks, lines, rests_on, took: None }
    }

    /// Refuses it. The first reason counts.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.refused.get_or_insert(why.into());
    }

    /// Takes in a check.
    pub fn check(&mut self, verdict: Verdict, sentence: String) {
        match verdict.counted(self.target.is_production()) {
            Verdict::Fail => self.failed.push(sentence),
            Verdict::Warn | Verdict::Unknown | Verdict::Pass => self.remarks.push((verdict, sentence)),
        }
    }

    /// Takes in checks whose sentences tell ages: the plan rests on how they came out.
    pub fn checks(&mut self, checks: &[Check]) {
        for check in checks {
            self.rests_on.push(format!("{} {:?} {:?}", self.target.name(), check.subject, check.verdict));
            self.check(check.verdict, check.sentence.clone());
        }
    }

    /// A check that always says the same.
    pub fn rest(&mut self, verdict: Verdict, sentence: String) {
        self.rests_on.push(sentence.clone());
        self.check(verdict, sentence);
    }

    /// What the engine is told to do there.
    pub fn aim(&self) -> Option<Aim> {
        let took = self.took.unwrap_or_default();
        Some(Aim { place: self.target.place.clone(), action: self.action.clone()?, patience: PATIENCE.max(took * 3), expected: self.took })
    }
}

/// What speaks for and against this deed there.
pub(super) fn judge<'s>(state: &'s State, deed: &Deed, target: Target<'s>) -> Judged<'s> {
    let mut judged = Judged::new(target);
    judge_ready(state, &mut judged);
    if !matches!(deed, Deed::Deploy(_)) {
        judge_condition(&mut judged);
    }
    match deed {
        Deed::Deploy(label) => deploy::deploy(state, &mut judged, label),
        Deed::Redeploy => deploy::redeploy(state, &mut judged),
        Deed::Restart => {
            judged.action = Some(Action::Restart);
            judged.took = judged.target.environment.last_took(ActivityKind::Restart);
            barriers(state, &mut judged);
            let means = "every instance's application server restarts at once: requests may fail for a moment; the version stays";
            judged.lines.push(("means", means.to_owned()));
        }
        Deed::Rebuild => {
            judged.action = Some(Action::Rebuild);
            judged.took = judged.target.environment.last_took(ActivityKind::Rebuild);
            barriers(state, &mut judged);
            let means = "DESTROYS its load balancer, Auto Scaling group, instances and a database that belongs to it, and makes them anew: \
                         nothing serves meanwhile, and what only they held is gone";
            judged.lines.push(("means", means.to_owned()));
        }
        Deed::Resize { fewest, most } => resize(state, &mut judged, *fewest, *most),
        // Those have plans of their own.
        Deed::Abort | Deed::Swap(_) | Deed::Instance(..) => judged.refuse("that is done in another way"),
    }
    judged
}

fn resize(state: &State, judged: &mut Judged<'_>, fewest: u32, most: u32) {
    let known = judged.target.environment.strategy().map(|told| *told.value);
    let of = |bound: Option<u32>| bound.map_or_else(|| "?".to_owned(), |bound| bound.to_string());
    let (before_fewest, before_most) = known.map_or((None, None), |strategy| (strategy.fewest, strategy.most));
    if fewest > most {
        judged.refuse(format!("{fewest} is more than {most}: the fewest cannot be more than the most"));
    }
    if known.is_some_and(|strategy| strategy.is_single) {
        judged.refuse(format!("{} has a single instance and no load balancer: it keeps one", judged.target.name()));
    }
    if (before_fewest, before_most) == (Some(fewest), Some(most)) {
        judged.refuse(format!("{} keeps {fewest} to {most} instances already", judged.target.name()));
    }
    judged.action = Some(Action::Resize { fewest, most });
    judged.took = judged.target.environment.last_took(ActivityKind::Configuration);
    barriers(state, judged);
    if most == 0 {
        judged.rest(Verdict::Fail, format!("{} would have no instance: nothing would serve", judged.target.name()));
    }
    judged.lines.push(("instances", format!("{} to {} → {fewest} to {most}", of(before_fewest), of(before_most))));
    judged.lines.push(("means", "its Auto Scaling group starts or ends instances; the version stays".to_owned()));
}

/// What holds for whatever is done: nobody else is at it, it is ready, and how it is is known.
pub(super) fn judge_ready(state: &State, judged: &mut Judged<'_>) {
    judge_others(state, judged);
    let name = judged.target.name();
    let environment = judged.target.environment;
    match environment.activity().map(|told| told.value) {
        Some(Some(activity)) => {
            let way_out = match judged.target.key().platform {
                Platform::Beanstalk => "It must be Ready; X stops an update",
                _ => "A target joins or leaves it: wait until that is over",
            };
            judged.refuse(format!("{name} is busy: {}. {way_out}", activity.kind.phrase()));
        }
        Some(None) => {}
        None => judged.rest(Verdict::Unknown, format!("whether {name} is Ready is not known")),
    }
    judge_known(judged);
}

/// What holds for whatever is done: how it is is known, and of now.
pub(super) fn judge_known(judged: &mut Judged<'_>) {
    let name = judged.target.name();
    let environment = judged.target.environment;
    if environment.level() == Level::Unknown {
        let told = environment.health().and_then(|told| told.value.word.clone());
        let why = told.map_or_else(String::new, |word| format!(": it is {word}"));
        judged.rest(Verdict::Unknown, format!("how {name} is is not known{why}"));
    }
    if environment.listing_fault().is_some() {
        judged.rest(Verdict::Unknown, format!("{name} could not be read again: what is known of it is old"));
    }
}

/// How it is now: nobody acts on what is unwell without knowing it. No plan rests on it, since that comes and goes.
pub(super) fn judge_condition(judged: &mut Judged<'_>) {
    let level = judged.target.environment.level();
    if matches!(level, Level::Warning | Level::Degraded | Level::Severe) {
        judged.check(Verdict::Warn, format!("{} is {} now", judged.target.name(), level.word()));
    }
}

/// What holds for whatever is done: no other operation is at it.
pub(super) fn judge_others(state: &State, judged: &mut Judged<'_>) {
    let name = judged.target.name();
    if let Some(other) = state.operations.changing(judged.target.key()) {
        judged.refuse(format!("{name} is being changed by another operation of this machine: {}", other.operation.plan().title));
    }
    if let Some(other) = state.operations.interrupted_at(judged.target.key()) {
        let sentence =
            format!("an operation of {name} was interrupted and not finished, put back or left: {}", other.operation.plan().title);
        judged.rest(Verdict::Fail, sentence);
    }
    if let Some(why) = state.operations.doubt() {
        judged.rest(Verdict::Unknown, format!("whether an operation of this machine is at {name} is not known: {why}"));
    }
    for id in state.operations.unreadable.keys() {
        let sentence =
            format!("whether the operation {id} has left something half done at {name} is not known: its journal cannot be read");
        judged.rest(Verdict::Unknown, sentence);
    }
}

/// The freezes and locks in its way.
pub(super) fn barriers(state: &State, judged: &mut Judged<'_>) {
    let apps = [judged.target.environment.app()];
    let environments = [judged.target.key().clone()];
    let aim = promotion::Aim { environments: &environments, apps: &apps, is_whole: true };
    for check in promotion::barriers(aim, &state.fleet, &state.locks, state.now) {
        judged.rest(check.verdict, check.sentence);
    }
}
