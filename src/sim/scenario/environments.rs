//! `[[environment]]`: environments and their instances.
//!
//! Owns what an environment is like before anything happens to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::populate::{Builder, Planned, version};
use super::repeat::environments_of;
use super::{EnvironmentEntry, Mistake, Scenario};
use crate::chance::{Draws, hash, mix, spell};
use crate::environment::{Deployment, Environment, Instance, Name, Place, Progress, Status};
use crate::events::{Event, Severity};
use crate::health::Health;
use crate::history::History;
use crate::moment::{DAY, HOUR, MINUTE, Millis, Moment, SECOND};
use crate::script::{Deed, Script};
use crate::settings::{Batch, Policy, STACKS, Settings};

impl Builder<'_> {
    pub(super) fn environments(&mut self, scenario: &Scenario) -> Result<Vec<Planned>, Mistake> {
        let mut planned = Vec::new();
        for spanned in &scenario.environment {
            let (entry, at) = (spanned.get_ref(), spanned.span().start);
            if entry.app.is_empty() == entry.apps.is_empty() {
                return Err(self.source.mistake(at, "an environment needs an `app`, or several `apps`, and not both"));
            }
            for entry in environments_of(entry) {
                planned.extend(self.several(&entry, at)?);
            }
        }
        Ok(planned)
    }

    /// The environments of an entry, by their names.
    fn several(&mut self, entry: &EnvironmentEntry, at: usize) -> Result<Vec<Planned>, Mistake> {
        let names: Vec<&String> = entry.name.iter().chain(&entry.names).collect();
        if names.is_empty() {
            return Err(self.source.mistake(at, "an environment needs a `name`, or several `names`"));
        }
        let mut planned = Vec::new();
        for name in names {
            planned.extend(self.environment(entry, name, at)?);
        }
        Ok(planned)
    }

    fn environment(&mut self, entry: &EnvironmentEntry, name: &str, at: usize) -> Result<Option<Planned>, Mistake> {
        let length = name.chars().count();
        if !(4..=40).contains(&length) || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            let sentence = format!("\"{name}\" cannot be an environment: names have 4 to 40 letters, digits and hyphens");
            return Err(self.source.mistake(at, sentence));
        }
        let account = self.account_of(entry.account.as_ref())?;
        let place = Place { account, region: entry.region.get_ref().as_str().into() };
        if self.world.named(&place, name).is_some() {
            let sentence = format!("there are two environments \"{name}\" in {}", place.region);
            return Err(self.source.mistake(at, sentence));
        }
        self.enable(&place.region);
        let draft = self.draft(entry, name, place, at)?;
        let count = entry.instances.unwrap_or(2);
        let Some(launches) = &entry.launches else {
            let environment = self.furnish(draft, count, &self.others(entry, at)?);
            self.put(environment, entry.purged);
            return Ok(None);
        };
        let when = self.length(Some(launches), 0)?;
        self.publish(&draft);
        let deed = Deed::Launch(Box::new(draft), count);
        Ok(Some((when, Script { deed, every: None, done: 0 })))
    }

    fn others(&self, entry: &EnvironmentEntry, at: usize) -> Result<Vec<(Name, usize)>, Mistake> {
        entry.other.iter().map(|other| Ok((self.label(&other.version, at)?, other.instances))).collect()
    }

    fn draft(&self, entry: &EnvironmentEntry, name: &str, place: Place, at: usize) -> Result<Environment, Mistake> {
        let label = self.label(&entry.version, at)?;
        let tier = match &entry.tier {
            None => tier_of(name),
            Some(tier) => self.one_of(tier, &["production", "staging", "development", "preview", "unknown"])?,
        };
        let number = mix(self.world.seed, hash(&format!("{}/{}/{name}", place.account, place.region)));
        let deployed = self.length(entry.deployed.as_ref(), -2 * DAY)?;
        let mut environment = blank(place, &entry.app, name, number);
        environment.tier = tier.into();
        environment.description = entry.description.as_deref().map(Into::into);
        environment.label = Arc::clone(&label);
        environment.expected = label;
        environment.created = self.start.plus(self.length(entry.created.as_ref(), -300 * DAY)?);
        environment.updated = self.start.plus(deployed);
        environment.suspended = entry.suspended;
        environment.mixed_unnoticed = entry.unnoticed;
        environment.load = entry.requests.unwrap_or(20.0).clamp(0.0, 1e6);
        environment.settings = Arc::new(self.settings(entry)?);
        Ok(environment)
    }

    fn settings(&self, entry: &EnvironmentEntry) -> Result<Settings, Mistake> {
        let count = entry.instances.unwrap_or(2);
        let mut settings = usual_settings(count);
        if let Some(policy) = &entry.policy {
            let words = ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable"];
            let word = self.one_of(policy, &words)?;
            settings.policy = Policy::read(word).unwrap_or(Policy::Rolling);
        }
        if let Some(batch) = &entry.batch {
            settings.batch = self.batch(batch)?;
        }
        if let Some(health) = &entry.health {
            settings.enhanced = self.one_of(health, &["enhanced", "basic"])? == "enhanced";
        }
        if let Some(platform) = &entry.platform {
            settings.stack = self.stack(platform)?;
        }
        settings.balanced = entry.load_balanced.unwrap_or(true);
        settings.stream_logs = entry.stream_logs.unwrap_or(true);
        if let Some(kind) = &entry.instance_type {
            settings.instance_type.clone_from(kind);
        }
        if let Some(path) = &entry.health_path {
            settings.health_path.clone_from(path);
        }
        settings.properties.clone_from(&entry.properties);
        Ok(settings)
    }

    /// Gives an environment its instances; `others` run other versions.
    #[must_use]
    pub fn furnish(&self, mut environment: Environment, count: usize, others: &[(Name, usize)]) -> Environment {
        let mut draws = Draws::new(mix(self.world.seed, environment.number()));
        environment.last_deployment = 2 + draws.below(60);
        environment.expected_deployment = environment.last_deployment;
        let zones = crate::aws::ec2::zones_of(&environment.place.region).len();
        let mut odd: Vec<&Name> = Vec::new();
        for (label, times) in others {
            odd.extend(std::iter::repeat_n(label, *times));
        }
        for index in 0..count {
            let label = odd.get(index).map_or(&environment.label, |label| *label);
            let id = environment.expected_deployment - u64::from(odd.get(index).is_some());
            let deployment = Deployment { label: Arc::clone(label), id, at: environment.updated, progress: Progress::Deployed };
            let instance = Instance {
                id: draws.bits(),
                launched: environment.updated.plus(-(HOUR + Millis::try_from(draws.below(86_400_000)).unwrap_or(0))),
                zone: u8::try_from(index % zones.max(1)).unwrap_or(0),
                in_service: true,
                busy: false,
                deployment: Some(deployment),
                before: None,
            };
            environment.instances.push(instance);
        }
        environment
    }

    /// Adds an environment with its version and the traces of its last deploy.
    pub fn put(&mut self, environment: Environment, purged: bool) -> usize {
        if purged {
            self.host(&environment);
        } else {
            self.publish(&environment);
        }
        let request: Name = self.world.draws.request_id().into();
        let updated = environment.updated;
        let story = [
            (-70 * SECOND, "Environment update is starting."),
            (-64 * SECOND, "Deploying new version to instance(s)."),
            (-4 * SECOND, "New application version was deployed to running EC2 instances."),
            (0, "Environment update completed successfully."),
        ];
        let events = story.map(|(offset, message)| event(&environment, updated.plus(offset), &request, message));
        let site = self.world.sites.entry(environment.place.clone()).or_default();
        for event in events {
            site.journal.add(event);
        }
        self.world.add(environment)
    }

    /// Makes sure that the versions it runs are in the application's list.
    fn publish(&mut self, environment: &Environment) {
        let mut labels: Vec<Name> = vec![Arc::clone(&environment.label)];
        labels.extend(environment.versions().into_iter().map(|(label, _)| label));
        let place = environment.place.clone();
        let created = environment.updated.plus(-3 * MINUTE);
        let application = self.host(environment);
        for label in labels {
            if application.version(&label).is_none() {
                application.add(version(&place, &application.name.clone(), label, created));
            }
        }
    }
}

/// The tier that a name speaks of.
#[must_use]
pub fn tier_of(name: &str) -> &'static str {
    let words: Vec<&str> = name.split('-').collect();
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.to_ascii_lowercase().as_str()));
    if any(&["prod", "production", "live", "prd"]) {
        "production"
    } else if any(&["staging", "stage", "qa", "stg", "uat"]) {
        "staging"
    } else if any(&["dev", "development", "sandbox"]) {
        "development"
    } else if any(&["preview", "pr"]) {
        "preview"
    } else {
        "unknown"
    }
}

/// The configuration that an environment has unless it says otherwise.
#[must_use]
pub fn usual_settings(count: usize) -> Settings {
    let count = u32::try_from(count).unwrap_or(1);
    Settings {
        policy: Policy::Rolling,
        batch: Batch::Percentage(30),
        enhanced: true,
        balanced: true,
        min: count.max(1),
        max: count.max(1).saturating_mul(2),
        stream_logs: true,
        retention_days: 7,
        health_path: String::from("/_status"),
        instance_type: String::from("t3.medium"),
        stack: STACKS.first().unwrap_or(&STACKS[1]),
        properties: BTreeMap::new(),
        further: BTreeMap::new(),
    }
}

/// An environment with nothing in it yet.
#[must_use]
pub fn blank(place: Place, app: &str, name: &str, number: u64) -> Environment {
    let letters = "abcdefghijkmnpqrstuvwxyz23456789";
    let long_ago = Moment::from_millis(0);
    Environment {
        place,
        app: app.into(),
        name: name.into(),
        id: format!("e-{}", spell(number, letters, 10)).into(),
        tier: "unknown".into(),
        cname: format!("{name}.eba-{}", spell(mix(number, 2), letters, 8)).into(),
        description: None,
        label: "".into(),
        expected: "".into(),
        expected_deployment: 1,
        last_deployment: 1,
        created: long_ago,
        updated: long_ago,
        status: Status::Ready,
        operation: None,
        incident: None,
        suspended: false,
        mixed_unnoticed: false,
        load: 20.0,
        settings: Arc::new(usual_settings(2)),
        instances: Vec::new(),
        health: Health::default(),
        collected: Vec::new(),
        history: History::default(),
        rendered: None,
    }
}

/// An event of the past.
fn event(environment: &Environment, at: Moment, request: &Name, message: &str) -> Event {
    Event {
        number: 0,
        at,
        visible: at,
        severity: Severity::Info,
        app: Arc::clone(&environment.app),
        environment: Some(Arc::clone(&environment.name)),
        environment_id: Some(Arc::clone(&environment.id)),
        label: None,
        request: Some(Arc::clone(request)),
        message: message.to_owned(),
    }
}
