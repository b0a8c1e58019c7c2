//! The checks of a ship sheet. Each says how it came out and why; what is not known is said, never passed.

use std::sync::Arc;

use super::sheet::{Check, Shipment, Subject, Verdict};
use super::shipping::Shipping;
use super::{Aim, Held, Promotion, barriers, migrations, of_apps, older, place, running};
use crate::model::catalogue::Tier;
use crate::model::chain::{stage_of, tried_first};
use crate::model::clock::{Age, Timestamp, seconds_since};
use crate::model::commit::{self, ChangedFile, CheckState, Comparison, RequiredCheck};
use crate::model::environment::Environment;
use crate::model::event::{PlatformEvent, Severity};
use crate::model::fleet::Fleet;
use crate::model::folder::holds;
use crate::model::forge::{Between, LATEST, RepositoryFacts};
use crate::model::health::Level;
use crate::model::id::{AppName, EnvironmentKey, GateId, Sha};
use crate::model::lock::Locks;
use crate::model::pipeline::Target;
use crate::model::run::Run;
use crate::model::scan;
use crate::model::sighting::Question;

/// After so many days without an answer GitHub ends a run that waits
/// ("Reviewing deployments": a job that is not approved within 30 days fails).
const EXPIRES_AFTER_DAYS: u64 = 30;

/// What is to ship: by a run that waits, or by what a person is about to do.
#[derive(Clone, Copy)]
pub(super) struct Offer<'a> {
    /// The commit.
    pub head: &'a Sha,
    /// The run that waits, where one does.
    pub run: Option<&'a Run>,
    /// The apps that the repository has.
    pub apps: &'a [AppName],
    /// The gates, each with the environments behind it.
    pub held: &'a [Held],
    /// Whether it is merged into what runs: then nothing of that is undone.
    pub is_merge: bool,
}

impl<'a> Offer<'a> {
    pub fn of(promotion: &'a Promotion) -> Self {
        Self { head: &promotion.run.head, run: Some(&promotion.run), apps: &promotion.apps, held: &promotion.held, is_merge: false }
    }

    /// Whether a person started its run: then the commit is the branch's newest, whatever is deployed.
    pub fn is_dispatched(self) -> bool {
        self.run.is_some_and(Run::is_dispatched)
    }
}

/// The checks that a commit needs.
struct Required {
    each: Vec<RequiredCheck>,
    /// Whether all that there are count.
    all: bool,
}

impl Required {
    fn names(&self, check: &commit::Check) -> bool {
        self.each.iter().any(|required| required.is(check))
    }

    /// Those that are not among these.
    fn missing(&self, told: &[commit::Check]) -> Vec<String> {
        let absent = self.each.iter().filter(|required| !told.iter().any(|check| required.is(check)));
        let said = |required: &RequiredCheck| {
            let by_another = told.iter().any(|check| check.name == required.name);
            if by_another { format!("{} (by the app that has to report it)", required.name) } else { required.name.to_string() }
        };
        absent.map(said).collect()
    }
}

/// What a check is made from.
pub(super) struct About<'a> {
    pub offer: Offer<'a>,
    pub chosen: &'a [GateId],
    pub shipments: &'a [Shipment],
    /// What of the repository ships; all of it where empty.
    pub folders: &'a [Arc<str>],
    pub fleet: &'a Fleet,
    pub github: &'a RepositoryFacts,
    pub shipping: &'a Shipping,
    pub locks: &'a Locks,
    pub now: Timestamp,
}

pub(super) fn is_production(environment: Option<&Environment<'_>>) -> bool {
    environment.is_none_or(|environment| matches!(environment.tier(), Tier::Production | Tier::Unknown))
}

fn check(subject: Subject, verdict: Verdict, sentence: impl Into<String>) -> Check {
    Check { subject, verdict, sentence: sentence.into() }
}

impl<'a> About<'a> {
    pub fn held(&self) -> impl Iterator<Item = &'a Held> {
        self.offer.held.iter().filter(|held| self.chosen.contains(&held.gate.id))
    }

    pub fn targets(&self) -> impl Iterator<Item = (&'a EnvironmentKey, Option<Environment<'a>>)> {
        self.held().flat_map(|held| &held.environments).map(|key| (key, self.fleet.get(key)))
    }

    /// Why it is not known what ships where, if it is not.
    fn unknown(&self) -> Option<String> {
        if self.offer.is_dispatched() {
            return Some("somebody started this run by hand: its commit says nothing of what it deploys".to_owned());
        }
        let vague = self.held().find(|held| !held.is_whole)?;
        Some(format!("it is not known what all {} deploys to", vague.gate.name))
    }

    /// What was read of what ships. What is missing is told by the second: whether it is all.
    fn comparisons(&self) -> (Vec<&'a Comparison>, bool) {
        let wanted: Vec<&Shipment> =
            self.shipments.iter().filter(|shipment| shipment.between.is_some() || shipment.from.is_none()).collect();
        let read = |shipment: &&Shipment| self.github.comparisons.get(shipment.between.as_ref()?)?.value();
        let comparisons: Vec<&Comparison> = wanted.iter().filter_map(read).collect();
        let all = comparisons.len() == wanted.len() && self.unknown().is_none();
        (comparisons, all)
    }

    /// The files that differ in everything that ships, those of other folders too; and whether they are all.
    fn changed(&self) -> (Vec<ChangedFile>, bool) {
        let (comparisons, all) = self.comparisons();
        let complete = all && comparisons.iter().all(|comparison| comparison.files_complete);
        let mut files: Vec<ChangedFile> = comparisons.into_iter().flat_map(|comparison| comparison.files.iter().cloned()).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup();
        (files, complete)
    }

    /// Those of these files that ship.
    fn shipped(&self, files: &[ChangedFile]) -> Vec<ChangedFile> {
        let ships = |path: &str| self.folders.iter().any(|folder| holds(folder, path));
        let kept = |file: &&ChangedFile| self.folders.is_empty() || ships(&file.path) || file.before.as_deref().is_some_and(ships);
        files.iter().filter(kept).cloned().collect()
    }

    pub fn checks(&self) -> Vec<Check> {
        let mut checks = vec![self.checks_of_the_commit()];
        checks.extend(self.newest());
        checks.extend(self.reading());
        checks.extend(self.staging());
        checks.extend(self.agreement());
        checks.extend(self.condition());
        checks.extend(self.barriers());
        checks.extend(self.older());
        checks.extend(self.extent());
        let (changed, complete) = self.changed();
        let files = self.shipped(&changed);
        checks.push(migrations::check(self.offer.run, self.github, self.shipping, (&files, complete), self.now));
        checks.push(self.variables(&files, complete));
        checks.extend(self.platform(&changed));
        checks.extend(self.partial());
        checks.extend(self.expiry());
        checks
    }

    /// What the checks look at has to be read again and again: what could not be since is not known any more.
    fn reading(&self) -> Vec<Check> {
        let of = |sentence: String| check(Subject::Reading, Verdict::Unknown, sentence);
        let tried = self.tried_before();
        let targets = self.targets().map(|(key, _)| key);
        let mut keys: Vec<&EnvironmentKey> = targets.chain(&tried).collect();
        keys.sort();
        keys.dedup();
        let mut checks: Vec<Check> = keys.iter().filter_map(|key| stale(self.fleet, key)).map(of).collect();
        if let Some(fault) = self.github.runs.fault() {
            checks.push(of(format!("the runs could not be read again: {fault}")));
        }
        checks
    }

    fn newest(&self) -> Option<Check> {
        let run = self.offer.run?;
        let same = |other: &&Run| other.workflow == run.workflow && other.branch == run.branch && other.id != run.id;
        let known = self.github.known_runs().into_iter();
        let newer = known.filter(same).filter(|other| other.number > run.number && other.progress.is_live());
        // Whatever is newer than one of the latest is one of them.
        let latest = self.github.runs.value().into_iter().flatten().take(LATEST);
        let unknown = self.github.unknown_runs().filter(|_| !latest.into_iter().any(|other| other.id == run.id));
        Some(match newer.max_by_key(|other| other.number) {
            Some(newer) => check(Subject::Newest, Verdict::Fail, format!("run #{} is newer, and {}", newer.number, newer.progress.word())),
            None if self.github.runs.value().is_none() => check(Subject::Newest, Verdict::Unknown, "the runs could not be read"),
            None if unknown.is_some() => check(Subject::Newest, Verdict::Unknown, unknown.unwrap_or_default()),
            None => check(Subject::Newest, Verdict::Pass, "this is the newest waiting run"),
        })
    }

    /// The checks that the commit needs: those that the configuration names, else those that the branch's rulesets and
    /// its protection do, else all that there are. Where it is not known, all, and why.
    fn required(&self) -> (Required, Option<String>) {
        let named: Vec<RequiredCheck> = self.shipping.required.iter().map(|name| RequiredCheck::from(Arc::clone(name))).collect();
        if !named.is_empty() && !self.shipping.rules_count {
            return (Required { each: named, all: false }, None);
        }
        let protection = self.github.overview.value().map(|overview| overview.required.as_slice()).unwrap_or_default();
        let rules = &self.github.rules;
        let why = match (rules.value(), rules.fault()) {
            (Some(required), fault) => {
                let mut each: Vec<RequiredCheck> = required.iter().chain(protection).cloned().collect();
                let all = each.is_empty();
                each.extend(named);
                each.sort();
                each.dedup();
                let old = fault.or_else(|| self.github.overview.fault());
                let why = old.map(|fault| format!("which checks the branch requires may have changed since it was read: {fault}"));
                return (Required { each, all }, why);
            }
            (None, Some(fault)) => {
                format!("which checks the branch requires is not known; required_checks in the configuration can name them: {fault}")
            }
            (None, None) => "which checks the branch requires is not read yet".to_owned(),
        };
        (Required { each: named, all: true }, Some(why))
    }

    /// How the checks that the commit needs came out on exactly this commit. One that is not there, or not over, has
    /// not succeeded: how it will come out is not known.
    fn checks_of_the_commit(&self) -> Check {
        let head = self.offer.head;
        let of = |verdict, sentence: String| check(Subject::Checks, verdict, sentence);
        let Some(told) = self.github.commits.get(head).and_then(|detail| detail.checks.as_ref()) else {
            return of(Verdict::Unknown, format!("the checks of {} are not known", head.short()));
        };
        let (required, why) = self.required();
        let is_counted = |check: &commit::Check| required.names(check) || (required.all && self.github.is_counted(&check.name));
        let named = |state| {
            let counted = told.iter().filter(|check| check.state == state && is_counted(check));
            counted.map(|check| &*check.name).collect::<Vec<_>>()
        };
        let (failed, pending) = (named(CheckState::Failure), named(CheckState::Pending));
        let short = head.short();
        let missing = required.missing(told);
        let absent = if missing.is_empty() { String::new() } else { format!("did not run on {short}: {}", missing.join(", ")) };
        // "12 more" stands for checks that were not told.
        let unknown: Vec<&str> = told.iter().filter(|check| check.state == CheckState::Unknown).map(|check| &*check.name).collect();
        if !failed.is_empty() {
            let also = if absent.is_empty() { absent } else { format!("; {absent}") };
            return of(Verdict::Fail, format!("failed on {short}: {}{also}", failed.join(", ")));
        }
        if !absent.is_empty() {
            return of(Verdict::Unknown, absent);
        }
        if !unknown.is_empty() {
            return of(Verdict::Unknown, format!("how these came out on {short} is not known: {}", unknown.join(", ")));
        }
        if let Some(why) = why {
            return of(Verdict::Unknown, why);
        }
        if !pending.is_empty() {
            return of(Verdict::Unknown, format!("not over on {short}: {}", pending.join(", ")));
        }
        if named(CheckState::Success).is_empty() {
            return of(Verdict::Unknown, format!("no check has succeeded on {short}"));
        }
        let which = if required.all { "all checks" } else { "all required checks" };
        of(Verdict::Pass, format!("{which} succeeded on {short}"))
    }

    /// The environments that the jobs behind the gates need: what comes there was tried in them.
    pub fn tried_before(&self) -> Vec<EnvironmentKey> {
        let pipelines = self.github.overview.value().map_or(&[][..], |overview| &overview.pipelines);
        let ours = of_apps(self.fleet, self.offer.apps);
        let mut tried: Vec<EnvironmentKey> = Vec::new();
        for (key, _) in self.targets() {
            let Some((pipeline, stage)) = stage_of(pipelines, key) else {
                tried.extend(tried_first(self.fleet, key, &ours));
                continue;
            };
            let targets = pipeline.before(stage).into_iter().filter_map(|stage| stage.target.as_ref());
            let likeliest = |target: &Target| ours.iter().filter_map(|key| Some((target.fit(key)?, key))).min().map(|(_, key)| key.clone());
            tried.extend(targets.filter_map(likeliest));
        }
        tried.sort();
        tried.dedup();
        tried
    }

    /// Whether every environment in which it is tried runs exactly this commit, and has been well for long enough.
    fn staging(&self) -> Vec<Check> {
        let tried = self.tried_before();
        if self.offer.is_dispatched() {
            return vec![check(Subject::Staging, Verdict::Unknown, "what it deploys is not known, nor where that was tried")];
        }
        if tried.is_empty() && self.offer.is_merge {
            // Who promotes by merging has no place to try it in but the pull request's own.
            return vec![check(Subject::Staging, Verdict::Warn, "nothing tries it first: it goes to production when it is merged")];
        }
        if tried.is_empty() {
            let (verdict, sentence) = if self.targets().any(|(_, environment)| is_production(environment.as_ref())) {
                (Verdict::Unknown, "no environment of its app is known as staging, where this would be tried first: name one in [[tiers]]")
            } else {
                (Verdict::Pass, "no environment is known in which this is tried first")
            };
            return vec![check(Subject::Staging, verdict, sentence)];
        }
        tried.iter().map(|key| self.tried_in(key)).collect()
    }

    fn tried_in(&self, key: &EnvironmentKey) -> Check {
        let head = self.offer.head;
        let of = |verdict, sentence: String| check(Subject::Staging, verdict, sentence);
        let name = place(key);
        let Some(environment) = self.fleet.get(key) else { return of(Verdict::Unknown, format!("{name} is not known")) };
        let versions = running(&environment, self.fleet);
        match versions.as_slice() {
            [] => of(Verdict::Unknown, format!("it is not known what {name} runs")),
            [one] if one.agrees_with(head) => self.settled(&environment, &name),
            [one] => of(Verdict::Fail, format!("{name} runs {}, not {}", one.short(), head.short())),
            _ => of(Verdict::Fail, format!("{name} runs several versions")),
        }
    }

    /// Whether it has been well since it runs this version, for long enough.
    fn settled(&self, environment: &Environment<'_>, name: &str) -> Check {
        let of = |verdict, sentence: String| check(Subject::Staging, verdict, sentence);
        let level = environment.level();
        if !matches!(level, Level::Ok | Level::Info) {
            return of(
                if level == Level::Unknown { Verdict::Unknown } else { Verdict::Fail },
                format!("{name} runs it and is {}", level.word()),
            );
        }
        let Some(since) = well_since(environment) else {
            return of(Verdict::Unknown, format!("{name} runs it, but since when is not known"));
        };
        let age = Age::of(since, self.now);
        if seconds_since(since, self.now) < self.shipping.settle {
            let wanted = Age::from_seconds(self.shipping.settle);
            return of(Verdict::Warn, format!("{name} runs it and has been {} for {age} only (of {wanted})", level.word()));
        }
        of(Verdict::Pass, format!("{name} runs it, {} for {age}", level.word()))
    }

    fn agreement(&self) -> Option<Check> {
        let of = |verdict, sentence: String| Some(check(Subject::Agreement, verdict, sentence));
        let unknown: Vec<String> = self
            .shipments
            .iter()
            .filter(|shipment| shipment.from.is_none())
            .flat_map(|shipment| shipment.environments.iter().map(place))
            .collect();
        let known: Vec<&Sha> = self.shipments.iter().filter_map(|shipment| shipment.from.as_ref()).collect();
        match (unknown.is_empty(), known.as_slice()) {
            (true, []) => None,
            (false, _) => of(Verdict::Unknown, format!("it is not known what {} runs", unknown.join(", "))),
            (true, [one]) => of(Verdict::Pass, format!("all run {}", one.short())),
            (true, several) => of(
                Verdict::Warn,
                format!("they run different versions: {}", several.iter().map(|sha| sha.short()).collect::<Vec<_>>().join(", ")),
            ),
        }
    }

    fn condition(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for held in self.held().filter(|held| !held.is_whole) {
            checks.push(check(Subject::Condition, Verdict::Unknown, format!("it is not known what all {} deploys to", held.gate.name)));
        }
        for (key, environment) in self.targets() {
            let name = place(key);
            let Some(environment) = environment else {
                checks.push(check(Subject::Condition, Verdict::Unknown, format!("{name} is not known")));
                continue;
            };
            let level = environment.level();
            let busy = environment.activity().and_then(|told| told.value);
            let verdict = match level {
                Level::Ok | Level::Info => Verdict::Pass,
                Level::Unknown => Verdict::Unknown,
                Level::Warning => Verdict::Warn,
                Level::Degraded | Level::Severe => Verdict::Fail,
            };
            if verdict != Verdict::Pass {
                checks.push(check(Subject::Condition, verdict, format!("{name} is {} now", level.word())));
            }
            if let Some(activity) = busy {
                checks.push(check(Subject::Condition, Verdict::Fail, format!("{name} is busy: {}", activity.kind.phrase())));
            }
        }
        if checks.is_empty() && self.targets().next().is_some() {
            checks.push(check(Subject::Condition, Verdict::Pass, "none of them is unwell or busy"));
        }
        checks
    }

    /// What ships that is known to lack commits that run.
    pub fn goes_back(&self) -> impl Iterator<Item = (&'a Shipment, &'a Between)> {
        let compared = self.shipments.iter().filter_map(|shipment| Some((shipment, shipment.between.as_ref()?)));
        compared.filter(|(_, between)| !self.offer.is_merge && older::undoes(self.github, between))
    }

    fn older(&self) -> Vec<Check> {
        let places = |shipment: &Shipment| shipment.environments.iter().map(place).collect::<Vec<_>>().join(", ");
        let undone =
            |(shipment, between): (&Shipment, &Between)| older::undone(self.github, between, &places(shipment), &self.shipping.migrations);
        let told = self.goes_back().flat_map(undone);
        told.map(|(verdict, sentence)| check(Subject::Older, verdict, sentence)).collect()
    }

    fn barriers(&self) -> Vec<Check> {
        let environments: Vec<EnvironmentKey> = self.targets().map(|(key, _)| key.clone()).collect();
        let is_whole = self.held().all(|held| held.is_whole);
        barriers(Aim { environments: &environments, apps: self.offer.apps, is_whole }, self.fleet, self.locks, self.now)
    }

    fn extent(&self) -> Option<Check> {
        let of = |verdict, sentence: String| Some(check(Subject::Extent, verdict, sentence));
        let (comparisons, all) = self.comparisons();
        if let Some(why) = self.unknown() {
            return of(Verdict::Unknown, why);
        }
        if !all {
            return of(Verdict::Unknown, "what it ships is not read yet, or cannot be".to_owned());
        }
        if comparisons.iter().any(|comparison| !comparison.is_complete()) {
            return of(Verdict::Unknown, "it ships more commits than GitHub tells".to_owned());
        }
        None
    }

    fn variables(&self, files: &[ChangedFile], complete: bool) -> Check {
        let of = |verdict, sentence: String| check(Subject::Variables, verdict, sentence);
        let found = scan::variables(files, &self.shipping.variables);
        let mut worst = Verdict::Pass;
        let mut sentences = Vec::new();
        for variable in &found.variables {
            let (mut missing, mut unknown) = (Vec::new(), Vec::new());
            for (key, environment) in self.targets() {
                match environment.and_then(|environment| environment.properties()).map(|told| told.value.contains_key(&variable.name)) {
                    Some(true) => {}
                    Some(false) => missing.push(place(key)),
                    None => unknown.push(place(key)),
                }
            }
            if !missing.is_empty() {
                let (verdict, default) =
                    if variable.has_default { (Verdict::Warn, ", where it has a default") } else { (Verdict::Fail, "") };
                worst = worst.max(verdict);
                sentences.push((verdict, format!("{} is not set in {}{default}", variable.name, missing.join(", "))));
            } else if !unknown.is_empty() {
                worst = worst.max(Verdict::Unknown);
                sentences.push((Verdict::Unknown, format!("whether {} is set in {} is not known", variable.name, unknown.join(", "))));
            }
        }
        if let Some(path) = found.not_told.first() {
            worst = worst.max(Verdict::Unknown);
            let sentence = format!("the change of {path} is too large to be told: there may be new environment variables");
            sentences.push((Verdict::Unknown, sentence));
        }
        sentences.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
        match (sentences.is_empty(), complete) {
            (false, _) => of(worst, sentences.into_iter().map(|(_, sentence)| sentence).collect::<Vec<_>>().join("; ")),
            (true, false) => of(Verdict::Unknown, "not all files are known: there may be new environment variables".to_owned()),
            (true, true) if found.variables.is_empty() => of(Verdict::Pass, "no new environment variables".to_owned()),
            (true, true) => {
                let count = found.variables.len();
                of(Verdict::Pass, format!("{count} new environment {}, set everywhere", plural(count, "variable")))
            }
        }
    }

    /// Files of the platform that ship, or that are the whole repository's: its workflows, and what lies at its root.
    fn platform(&self, changed: &[ChangedFile]) -> Option<Check> {
        let ships = |path: &str| self.folders.is_empty() || self.folders.iter().any(|folder| holds(folder, path));
        let is_common = |path: &str| path.starts_with('.') || !path.contains('/');
        let ours = |path: &&str| ships(path) || is_common(path);
        let paths: Vec<&str> = scan::platform_files(changed).map(|file| &*file.path).filter(ours).collect();
        let more = if paths.len() > 2 { format!(" and {} more", paths.len() - 2) } else { String::new() };
        let named = paths.iter().take(2).copied().collect::<Vec<_>>().join(", ");
        (!paths.is_empty()).then(|| check(Subject::Platform, Verdict::Warn, format!("platform files change: {named}{more}")))
    }

    fn partial(&self) -> Option<Check> {
        let left: Vec<&str> =
            self.offer.held.iter().filter(|held| !self.chosen.contains(&held.gate.id)).map(|held| &*held.gate.name).collect();
        (!left.is_empty()).then(|| check(Subject::Partial, Verdict::Warn, format!("{} stays as it is: they will differ", left.join(", "))))
    }

    fn expiry(&self) -> Option<Check> {
        let days = seconds_since(self.offer.run?.created_at?, self.now) / 86_400;
        let left = EXPIRES_AFTER_DAYS.saturating_sub(days);
        (left <= 7).then(|| {
            check(Subject::Expiry, Verdict::Warn, format!("it has waited for {} and fails by itself in {}", in_days(days), in_days(left)))
        })
    }
}

/// That an environment could not be read again, where that is so: what was read before may not be so any more.
#[must_use]
pub fn stale(fleet: &Fleet, key: &EnvironmentKey) -> Option<String> {
    let environment = fleet.get(key)?;
    let details = [Question::Instances, Question::Events, Question::Properties];
    let fault = environment.listing_fault().or_else(|| details.into_iter().find_map(|question| environment.fault_of(question)))?;
    Some(format!("{} could not be read again: {}", place(key), fault.value.sentence))
}

fn in_days(days: u64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Since when an environment has run its version and its health has not changed, as far as its instances and events tell.
fn well_since(environment: &Environment<'_>) -> Option<Timestamp> {
    let label = environment.label()?;
    // Events that were never read may have told of anything.
    environment.answered_at(Question::Events)?;
    let instances = environment.instances()?.value;
    let deployments = instances.each.iter().filter_map(|instance| instance.deployment.as_ref());
    let deployed =
        deployments.filter(|deployment| deployment.label.as_ref() == Some(label)).filter_map(|deployment| deployment.at).max()?;
    // Elastic Beanstalk tells of the end of a trouble as Info, in these words.
    let tells = |event: &&PlatformEvent| event.severity >= Severity::Warning || event.message.contains("health has transitioned");
    let troubled = environment.events().filter(tells).map(|event| event.at).max();
    Some(troubled.map_or(deployed, |at| at.max(deployed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_facts::{NOW, added, fleet, forge, gate, key, repository, run, tell_properties};
    use crate::model::run::Progress;

    fn variables_of(files: &[ChangedFile]) -> (Verdict, String) {
        let mut fleet = fleet(&[("eu-west-1", "shop-live", 'a')]);
        tell_properties(&mut fleet, "eu-west-1", "shop-live", &["SET"]);
        let held = vec![Held { gate: gate(1, "live"), environments: vec![key("eu-west-1", "shop-live")], is_whole: true }];
        let run = run(9, 'b', Progress::Waiting);
        let promotion = Promotion { repository: repository(), apps: vec![], run, held, is_read: true, holds_group: false };
        let (forge, now) = (forge('b'), Timestamp::from_second(NOW).unwrap());
        let github = forge.get(&repository()).unwrap();
        let (chosen, shipping, locks) = ([GateId(1)], Shipping::default(), Locks::default());
        let about = About {
            offer: Offer::of(&promotion),
            chosen: &chosen,
            shipments: &[],
            folders: &[],
            fleet: &fleet,
            github,
            shipping: &shipping,
            locks: &locks,
            now,
        };
        let told = about.variables(files, true);
        (told.verdict, told.sentence)
    }

    #[test]
    fn what_concerns_the_whole_repository_concerns_each_of_its_folders() {
        let fleet = fleet(&[("eu-west-1", "shop-live", 'a')]);
        let promotion = Promotion::over(repository(), run(9, 'b', Progress::Waiting));
        let (forge, now, shipping) = (forge('b'), Timestamp::from_second(NOW).unwrap(), Shipping::default());
        let locks = Locks::default();
        let github = forge.get(&repository()).unwrap();
        let folders = [Arc::from("shop")];
        let about = About {
            offer: Offer::of(&promotion),
            chosen: &[],
            shipments: &[],
            folders: &folders,
            fleet: &fleet,
            github,
            shipping: &shipping,
            locks: &locks,
            now,
        };
        let changed =
            ["Dockerfile", "other/Dockerfile", ".github/workflows/deploy.yml", "shop/Procfile", "shop/a.py"].map(|path| added(path, ""));
        let told = about.platform(&changed).unwrap();
        assert_eq!(told.sentence, "platform files change: Dockerfile, .github/workflows/deploy.yml and 1 more");
        assert_eq!(about.shipped(&changed).iter().map(|file| &*file.path).collect::<Vec<_>>(), ["shop/Procfile", "shop/a.py"]);
    }

    #[test]
    fn code_that_is_too_large_to_be_told_may_read_new_variables() {
        let not_told = |path: &str| ChangedFile { patch: None, ..added(path, "") };
        let sentence = "the change of config.py is too large to be told: there may be new environment variables";
        let large = [not_told("config.py"), not_told("more.py")];
        assert_eq!(variables_of(&large), (Verdict::Unknown, sentence.to_owned()));
        assert_eq!(variables_of(&[not_told("logo.png")]), (Verdict::Pass, "no new environment variables".to_owned()));
        let set = [not_told("config.py"), added("shop.py", "environ[\"SET\"]")];
        assert_eq!(variables_of(&set), (Verdict::Unknown, sentence.to_owned()));
        let missing = [not_told("config.py"), added("shop.py", "environ[\"MISSING\"]")];
        assert_eq!(variables_of(&missing), (Verdict::Fail, format!("MISSING is not set in shop-live eu-west-1; {sentence}")));
    }
}
