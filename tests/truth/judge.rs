//! Holds what was told against what was true.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::fleet::Fleet;
use quarterdeck::model::health::Level;
use quarterdeck::model::sighting::{Observation, Question};
use serde_json::Value;

use crate::support::sim::Sim;

/// When the answer to a question arrived, by when it was asked; and what failed since.
#[derive(Default)]
pub struct Answered {
    arrived: BTreeMap<Timestamp, Timestamp>,
}

impl Answered {
    /// Notes an answer that arrived now.
    pub fn note(&mut self, observation: &Observation, now: Timestamp) {
        if let Observation::Seen(sighting) = observation {
            self.arrived.insert(sighting.stamp.asked_at, now);
        }
    }
}

/// A value that was told, and when it was asked for.
pub type Told<T> = Option<(T, Timestamp)>;

/// Something going on: its kind, how many instances are done, of how many.
type Busy = (String, Option<(u32, u32)>);

/// How many instances, how many of them serve, how many run each version.
type Machines = (usize, Option<usize>, BTreeMap<String, usize>);

/// A row as it was told.
pub struct Row {
    key: String,
    tier: String,
    label: Told<String>,
    sha: Option<String>,
    level: Told<Level>,
    causes: Vec<String>,
    busy: Told<Option<Busy>>,
    instances: Told<Machines>,
}

/// The rows that a fleet tells now.
///
/// # Panics
/// When a row's listing has failed since it answered and the row does not say so.
pub fn rows(fleet: &Fleet) -> Vec<Row> {
    for (source, state) in fleet.sources().filter(|(source, _)| source.question == Question::Listing) {
        let Some((failed, _)) = state.current_fault() else { continue };
        for environment in fleet.environments().filter(|environment| environment.source() == Some(source)) {
            let fault = environment.fault().unwrap_or_else(|| panic!("{} is shown as fresh though its listing failed", environment.key()));
            assert_eq!(fault.at, failed.asked_at);
        }
    }
    fleet.environments().map(|environment| row(&environment)).collect()
}

fn row(environment: &Environment<'_>) -> Row {
    let version = environment.version();
    let health = environment.health();
    let instances = environment.instances().map(|told| {
        let versions = told.value.versions().into_iter().map(|(label, count)| (label.to_string(), count)).collect();
        ((told.value.total(), told.value.healthy(), versions), told.at)
    });
    Row {
        key: environment.key().to_string(),
        tier: environment.tier().word().to_owned(),
        sha: version.as_ref().and_then(|told| told.value.sha.as_ref().map(ToString::to_string)),
        label: version.map(|told| (told.value.label.to_string(), told.at)),
        level: health.map(|told| (told.value.level, told.at)),
        causes: health.map(|told| told.value.causes.iter().map(ToString::to_string).collect()).unwrap_or_default(),
        busy: environment
            .activity()
            .map(|told| (told.value.map(|activity| (activity.kind.word().to_owned(), activity.done.zip(activity.total))), told.at)),
        instances,
    }
}

/// The same, in order.
pub fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Judges rows by the world's own history.
pub struct Judge<'a> {
    sim: &'a Sim,
    answered: Answered,
    /// The world at moments that were asked for already: rows by key.
    worlds: HashMap<Timestamp, HashMap<String, Value>>,
    judged: BTreeMap<&'static str, usize>,
    lies: Vec<String>,
}

/// How finely the time between question and answer is looked through.
const STEPS: i32 = 8;

impl<'a> Judge<'a> {
    /// A judge of what this world answered.
    pub fn new(sim: &'a Sim, answered: Answered) -> Self {
        Self { sim, answered, worlds: HashMap::new(), judged: BTreeMap::new(), lies: Vec::new() }
    }

    /// The environment's true rows from when a question was asked until its answer arrived.
    async fn truths(&mut self, key: &str, asked: Timestamp) -> Vec<Value> {
        let arrived = self.answered.arrived.get(&asked).copied().unwrap_or(asked);
        let span = arrived.duration_since(asked);
        let mut truths = Vec::new();
        for step in 0..=STEPS {
            let moment = asked + span * step / STEPS;
            if !self.worlds.contains_key(&moment) {
                let world = self.sim.get(&format!("/_sim/world?at={moment}")).await;
                let rows =
                    world["environments"].as_array().unwrap().iter().map(|row| (row["key"].as_str().unwrap().to_owned(), row.clone()));
                self.worlds.insert(moment, rows.collect());
            }
            truths.extend(self.worlds[&moment].get(key).cloned());
        }
        truths
    }

    async fn check(&mut self, what: &'static str, row: &Row, asked: Timestamp, told: String, agrees: impl Fn(&Value) -> bool) {
        let truths = self.truths(&row.key, asked).await;
        *self.judged.entry(what).or_default() += 1;
        if !truths.iter().any(agrees) {
            let mut seen: Vec<String> = truths.iter().map(ToString::to_string).collect();
            seen.dedup();
            self.lies.push(format!("{} {what} at {asked}: told {told}, true was one of {seen:#?}", row.key));
        }
    }

    /// Judges a row.
    pub async fn row(&mut self, row: &Row) {
        if let Some((label, at)) = &row.label {
            self.check("label", row, *at, label.clone(), |truth| truth["version"]["label"] == label.as_str()).await;
            if let Some(sha) = &row.sha {
                let fits = |truth: &Value| {
                    truth["version"]["sha"].as_str().is_none_or(|known| known.starts_with(sha.as_str()) || sha.starts_with(known))
                };
                self.check("sha", row, *at, sha.clone(), fits).await;
            }
            if row.tier != "unknown" {
                self.check("tier", row, *at, row.tier.clone(), |truth| truth["tier"] == row.tier.as_str() || truth["tier"] == "unknown")
                    .await;
            }
        }
        if let Some((level, at)) = &row.level {
            let fits = |truth: &Value| {
                let causes = &truth["health"]["causes"];
                truth["health"]["level"] == level.word() && (row.causes.is_empty() || *causes == Value::from(row.causes.clone()))
            };
            self.check("health", row, *at, format!("{level} {:?}", row.causes), fits).await;
        }
        if let Some((busy, at)) = &row.busy {
            self.check("activity", row, *at, format!("{busy:?}"), |truth| activity_agrees(busy.as_ref(), &truth["activity"])).await;
        }
        if let Some(((total, healthy, versions), at)) = &row.instances {
            // Health without versions is a load balancer's word: environments with basic health have no other.
            let by_balancer = healthy.is_some() && versions.is_empty() && *total > 0;
            let fits = |truth: &Value| {
                let counts: BTreeMap<String, usize> = truth["instances"]["versions"].as_array().unwrap().iter().map(count).collect();
                truth["instances"]["total"] == *total
                    && healthy.is_none_or(|healthy| truth["instances"]["healthy"] == healthy)
                    && (versions.is_empty() || counts == *versions)
            };
            let what = if by_balancer { "targets" } else { "instances" };
            self.check(what, row, *at, format!("{total} {healthy:?} {versions:?}"), fits).await;
        }
    }

    /// Fails when something told was not true, or when too little was told for the test to mean anything.
    pub fn verdict(self, looks: usize, wanted: &[&str]) {
        assert!(
            self.lies.is_empty(),
            "{} of {:?} values in {looks} looks were not true:\n{}",
            self.lies.len(),
            self.judged,
            self.lies.join("\n")
        );
        for what in wanted {
            assert!(self.judged.get(*what).copied().unwrap_or(0) >= 2 * looks.min(10), "hardly any {what} was told: {:?}", self.judged);
        }
    }
}

fn count(row: &Value) -> (String, usize) {
    (row["label"].as_str().unwrap().to_owned(), usize::try_from(row["count"].as_u64().unwrap()).unwrap())
}

/// Whether so many instances serve in truth, where the truth knows.
///
fn activity_agrees(told: Option<&Busy>, truth: &Value) -> bool {
    let Some((kind, progress)) = told else { return truth.is_null() };
    let known = kind == "unknown" || truth["kind"] == kind.as_str();
    let done = progress.is_none_or(|(done, total)| truth["done"] == done && truth["total"] == total);
    !truth.is_null() && known && done
}
