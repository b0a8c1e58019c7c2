//! `[[happening]]`: the script.
//!
//! Owns which keys belong to what can happen, and whom it happens to.

use toml::Spanned;

use std::sync::Arc;

use super::populate::{Builder, Planned, seconds, version};
use super::{HappeningEntry, Mistake, Scenario};
use crate::environment::{Environment, Incident};
use crate::github::build::{is_pull, is_repository};
use crate::health::Light;
use crate::moment::{MINUTE, SECOND};
use crate::script::{Deed, Script};

impl Builder<'_> {
    /// The environment that a happening names.
    fn find(&self, named: &Spanned<String>) -> Result<usize, Mistake> {
        let text = named.get_ref();
        let mut parts = text.split('@');
        let (name, region, account) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let fits = |e: &Environment| {
            *e.name == *name
                && region.is_none_or(|region| *e.place.region == *region)
                && account.is_none_or(|account| *e.place.account == *account)
        };
        let found: Vec<usize> =
            (0..self.world.environments.len()).filter(|&slot| self.world.environments.get(slot).is_some_and(fits)).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.source.mistake(
                named.span().start,
                format!("there is no environment \"{text}\"; write name, name@region or name@region@account of an [[environment]] without `launches`"),
            )),
            _ => Err(self.source.mistake(
                named.span().start,
                format!("\"{text}\" is several environments; write name@region or name@region@account"),
            )),
        }
    }

    pub(super) fn happenings(&mut self, scenario: &Scenario) -> Result<Vec<Planned>, Mistake> {
        let mut planned = Vec::new();
        for spanned in &scenario.happening {
            let entry = spanned.get_ref();
            let at = spanned.span().start;
            let when = self.length(Some(&entry.at), 0)?;
            let every = match &entry.every {
                None => None,
                Some(every) => match self.length(Some(every), 0)? {
                    length if length >= SECOND => Some(length),
                    _ => {
                        return Err(self.source.mistake(every.span().start, "`every` is a second at least"));
                    }
                },
            };
            check_keys(entry).map_err(|sentence| self.source.mistake(at, sentence))?;
            let deed = self.deed(entry, at)?;
            planned.push((when, Script { deed, every, done: 0 }));
        }
        Ok(planned)
    }

    fn deed(&mut self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let slot = |builder: &Self| match &entry.environment {
            Some(named) => builder.find(named),
            None => Err(builder.source.mistake(at, format!("do = \"{}\" needs an `environment`", entry.deed.get_ref()))),
        };
        Ok(match entry.deed.get_ref().as_str() {
            "deploy" => {
                let slot = slot(self)?;
                self.deploy(entry, slot, at)?
            }
            "config" => Deed::Configure { slot: slot(self)?, properties: entry.properties.clone().into_iter().collect() },
            "restart" => Deed::Restart(slot(self)?),
            "rebuild" => Deed::Rebuild(slot(self)?),
            "abort" => Deed::Abort(slot(self)?),
            "terminate" => Deed::Terminate(slot(self)?),
            "recover" => Deed::Recover(slot(self)?),
            "suspend" => Deed::Suspend(slot(self)?),
            "resume" => Deed::Resume(slot(self)?),
            "replace-instance" => Deed::Replace(slot(self)?),
            "incident" => self.incident(entry, slot(self)?)?,
            "swap" => match &entry.with {
                Some(with) => Deed::Swap(slot(self)?, self.find(with)?),
                None => {
                    return Err(self.source.mistake(at, "do = \"swap\" needs `with`, the other environment"));
                }
            },
            "fault" => self.fault(entry, at)?,
            "deploy-host" => self.host_deed(entry, at)?,
            "answer" if entry.host.is_some() => self.host_deed(entry, at)?,
            "roll" | "replace" | "register" | "deregister" | "answer" | "reboot-instance" | "terminate-instance" | "scale-out" => {
                Deed::Compute(self.compute_deed(entry, at)?)
            }
            "merge" => self.merge(entry, at)?,
            "force-push" => {
                let (repository, commit) = self.commit_of(entry, at)?;
                Deed::ForcePush(repository, commit)
            }
            "delete-runs" => {
                let (repository, commit) = self.commit_of(entry, at)?;
                Deed::DeleteRuns(repository, commit)
            }
            other => {
                let sentence = format!("\"{other}\" is nothing that can happen; write one of {}", DEEDS.join(", "));
                return Err(self.source.mistake(entry.deed.span().start, sentence));
            }
        })
    }

    fn deploy(&mut self, entry: &HappeningEntry, slot: usize, at: usize) -> Result<Deed, Mistake> {
        let mut labels = Vec::new();
        for pattern in entry.version.iter().chain(&entry.versions) {
            labels.push(self.label(pattern, at)?);
        }
        if labels.is_empty() {
            return Err(self.source.mistake(at, "do = \"deploy\" needs a `version`, or several `versions`"));
        }
        let created = self.start.plus(self.length(Some(&entry.at), 0)?).plus(-3 * MINUTE);
        let Some(place) = self.world.environments.get(slot).map(|e| e.place.clone()) else {
            return Err(self.source.mistake(at, "there is no such environment"));
        };
        if let Some(environment) = self.world.environments.get(slot).cloned() {
            let application = self.host(&environment);
            for label in &labels {
                if application.version(label).is_none() {
                    let app = Arc::clone(&application.name);
                    application.add(version(&place, &app, Arc::clone(label), created));
                }
            }
        }
        Ok(Deed::Deploy { slot, labels, fails_at: entry.fails_at, unnoticed: entry.unnoticed })
    }

    fn incident(&self, entry: &HappeningEntry, slot: usize) -> Result<Deed, Mistake> {
        let level = match &entry.level {
            None => Light::Severe,
            Some(level) => match self.one_of(level, &["warning", "degraded", "severe"])? {
                "warning" => Light::Warning,
                "degraded" => Light::Degraded,
                _ => Light::Severe,
            },
        };
        let lasts = match &entry.lasts {
            None => None,
            some => Some(self.length(some.as_ref(), 0)?),
        };
        let incident = Incident {
            number: 0,
            level,
            causes: entry.causes.clone(),
            failing: entry.failing.unwrap_or(0.0).clamp(0.0, 100.0) / 100.0,
            unhealthy: entry.unhealthy.unwrap_or(0),
            slow: entry.slow.unwrap_or(1.0).clamp(0.01, 1_000.0),
        };
        Ok(Deed::Incident { slot, incident, lasts })
    }

    fn merge(&self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let Some(pull) = &entry.pull else {
            return Err(self.source.mistake(at, "do = \"merge\" needs `pull`, such as \"name#12\""));
        };
        let repositories = self.world.github.repositories.iter().enumerate();
        let mut found = repositories.filter_map(|(place, repository)| {
            let name = repository.full_name();
            let number = repository.pulls.iter().position(|known| is_pull(pull.get_ref(), &name, known.number))?;
            Some(Deed::Merge(place, number))
        });
        found.next().ok_or_else(|| {
            let sentence = format!(
                "there is no pull request \"{}\"; write the name of a [[repository]], # and the number of a commit of it",
                pull.get_ref()
            );
            self.source.mistake(pull.span().start, sentence)
        })
    }

    /// The repository and the commit that a happening names.
    fn commit_of(&self, entry: &HappeningEntry, at: usize) -> Result<(usize, usize), Mistake> {
        let Some(commit) = &entry.commit else {
            let sentence = format!("do = \"{}\" needs `commit`, such as \"repository/name\"", entry.deed.get_ref());
            return Err(self.source.mistake(at, sentence));
        };
        let found = commit.get_ref().rsplit_once('/').and_then(|(name, commit)| {
            let place = self.world.github.repositories.iter().position(|known| is_repository(name, &known.full_name()))?;
            let history = &self.world.github.repositories.get(place)?.history;
            Some((place, history.named(commit)?))
        });
        found.ok_or_else(|| {
            let sentence = format!(
                "there is no commit \"{}\"; write the name of a [[repository]], a slash and the `name` of a commit of it",
                commit.get_ref()
            );
            self.source.mistake(commit.span().start, sentence)
        })
    }

    fn fault(&self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let Some(fault) = entry.fault.clone() else {
            return Err(self.source.mistake(at, "do = \"fault\" needs a `fault`"));
        };
        fault.check().map_err(|sentence| self.source.mistake(at, sentence))?;
        let lasts = match &entry.lasts {
            None => fault.for_s.map(seconds),
            some => Some(self.length(some.as_ref(), 0)?),
        };
        Ok(Deed::Fault(fault, lasts))
    }
}

/// Everything that can happen.
const DEEDS: [&str; 25] = [
    "deploy",
    "config",
    "restart",
    "rebuild",
    "abort",
    "swap",
    "terminate",
    "incident",
    "recover",
    "suspend",
    "resume",
    "replace-instance",
    "fault",
    "merge",
    "force-push",
    "delete-runs",
    "roll",
    "replace",
    "register",
    "deregister",
    "answer",
    "reboot-instance",
    "terminate-instance",
    "scale-out",
    "deploy-host",
];

/// Those that happen to environments of Elastic Beanstalk.
const OF_ENVIRONMENTS: [&str; 12] = [
    "deploy",
    "config",
    "restart",
    "rebuild",
    "abort",
    "swap",
    "terminate",
    "incident",
    "recover",
    "suspend",
    "resume",
    "replace-instance",
];

/// Those that happen to one instance.
const OF_INSTANCES: [&str; 5] = ["register", "deregister", "answer", "reboot-instance", "terminate-instance"];

/// Says which key means nothing for what the happening does.
fn check_keys(entry: &HappeningEntry) -> Result<(), String> {
    let deed = entry.deed.get_ref().as_str();
    let given: [(&str, bool, &[&str]); 24] = [
        ("version", entry.version.is_some(), &["deploy"]),
        ("versions", !entry.versions.is_empty(), &["deploy"]),
        ("fails_at", entry.fails_at.is_some(), &["deploy", "roll"]),
        ("unhealthy_at", entry.unhealthy_at.is_some(), &["roll"]),
        ("tag", entry.tag.is_some(), &["roll"]),
        ("answers", entry.answers.is_some(), &["answer"]),
        ("target_group", entry.target_group.is_some(), &["roll", "register", "deregister", "scale-out"]),
        ("instance", entry.instance.is_some(), &OF_INSTANCES),
        ("unnoticed", entry.unnoticed, &["deploy"]),
        ("properties", !entry.properties.is_empty(), &["config"]),
        ("level", entry.level.is_some(), &["incident"]),
        ("causes", !entry.causes.is_empty(), &["incident"]),
        ("failing", entry.failing.is_some(), &["incident"]),
        ("unhealthy", entry.unhealthy.is_some(), &["incident"]),
        ("lasts", entry.lasts.is_some(), &["incident", "fault", "answer"]),
        ("with", entry.with.is_some(), &["swap"]),
        ("fault", entry.fault.is_some(), &["fault"]),
        ("pull", entry.pull.is_some(), &["merge"]),
        ("commit", entry.commit.is_some(), &["force-push", "delete-runs", "roll", "replace", "deploy-host"]),
        ("host", entry.host.is_some(), &["answer", "deploy-host"]),
        ("tagged", entry.tagged.is_some(), &["replace"]),
        ("fails", entry.fails, &["replace", "deploy-host"]),
        ("status", entry.status.is_some(), &["replace"]),
        ("environment", entry.environment.is_some(), &OF_ENVIRONMENTS),
    ];
    for (key, is_given, deeds) in given {
        if is_given && DEEDS.contains(&deed) && !deeds.contains(&deed) {
            return Err(format!("`{key}` means nothing for do = \"{deed}\""));
        }
    }
    Ok(())
}
