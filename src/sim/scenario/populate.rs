//! From a scenario to a world.
//!
//! Owns the meaning of every key, and refuses what makes no sense with the
//! line it stands on. The world begins early enough for whatever the script
//! dates before the start, and is then brought up to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::{
    ApplicationEntry, EnvironmentEntry, HappeningEntry, Mistake, Scenario, Source, VersionEntry,
};
use crate::application::{Application, Processed, Version};
use crate::chance::{Draws, hash, mix, spell};
use crate::environment::{
    Batch, Deployment, Environment, Incident, Instance, Name, Place, Policy, Progress, STACKS,
    Settings, Stack, Status,
};
use crate::events::{Event, Severity};
use crate::health::{Health, Light};
use crate::history::History;
use crate::moment::{DAY, HOUR, MINUTE, Millis, Moment, SECOND, parse_length};
use crate::script::{Deed, Script};
use crate::world::{Account, What, World};

/// Regions that every AWS account has enabled.
pub const USUAL_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Builds the world of a scenario, as it is at `start`.
///
/// # Errors
///
/// The first thing in the scenario that makes no sense, with its line.
pub fn build(
    source: &Source,
    seed: Option<u64>,
    speed: f64,
    start: Moment,
) -> Result<World, Mistake> {
    let scenario = source.read()?;
    let seed = seed.or(scenario.seed).unwrap_or(1);
    let mut builder = Builder {
        source,
        start,
        world: World::new(seed, start, speed),
    };
    builder.accounts(&scenario)?;
    builder.regions(&scenario);
    builder.applications(&scenario)?;
    let early = builder.environments(&scenario)?;
    if let Some(generate) = &scenario.generate {
        crate::generate::generate(&mut builder, generate)?;
    }
    let scripts = builder.happenings(&scenario)?;
    for fault in &scenario.fault {
        let at = fault.span().start;
        let fault = fault.get_ref().clone();
        fault
            .check()
            .map_err(|sentence| source.mistake(at, sentence))?;
        let until = fault.for_s.map(|s| start.plus(seconds(s)));
        builder.world.faults.add(fault, until);
    }
    Ok(builder.finish(early.into_iter().chain(scripts).collect()))
}

/// Seconds of a person's making as milliseconds.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    reason = "checked to be below 1e9 seconds"
)]
pub fn seconds(seconds: f64) -> Millis {
    (seconds * 1_000.0) as Millis
}

/// A line of the script with its time.
pub type Planned = (Millis, Script);

/// A world being built.
pub struct Builder<'a> {
    /// The scenario's text, for mistakes.
    pub source: &'a Source,
    /// When the world starts.
    pub start: Moment,
    /// The world.
    pub world: World,
}

impl Builder<'_> {
    fn accounts(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        for entry in &scenario.account {
            let id = entry.id.get_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let sentence =
                    format!("\"{id}\" is not an account: an AWS account id has twelve digits");
                return Err(self.source.mistake(entry.id.span().start, sentence));
            }
            self.world.accounts.push(Account {
                id: id.as_str().into(),
                access_key: entry.access_key.clone().unwrap_or_else(|| key(id)).into(),
                secret_key: entry
                    .secret_key
                    .clone()
                    .unwrap_or_else(|| secret(id))
                    .into(),
                caller: user(id, entry.user.as_deref().unwrap_or("operator")),
            });
        }
        if self.world.accounts.is_empty() {
            let id = "111122223333";
            self.world.accounts.push(Account {
                id: id.into(),
                access_key: key(id).into(),
                secret_key: secret(id).into(),
                caller: user(id, "operator"),
            });
        }
        Ok(())
    }

    fn regions(&mut self, scenario: &Scenario) {
        let further = scenario
            .enabled_regions
            .iter()
            .flatten()
            .map(String::as_str);
        let mut all: Vec<Name> = USUAL_REGIONS
            .into_iter()
            .chain(further)
            .map(Name::from)
            .collect();
        all.sort();
        all.dedup();
        self.world.regions = all;
    }

    /// Makes sure a region is enabled where something is.
    pub fn enable(&mut self, region: &str) {
        if let Err(index) = self
            .world
            .regions
            .binary_search_by(|known| (**known).cmp(region))
        {
            self.world.regions.insert(index, region.into());
        }
    }

    fn account(&self, named: Option<&Spanned<String>>) -> Result<Name, Mistake> {
        let Some(named) = named else {
            return Ok(self
                .world
                .accounts
                .first()
                .map_or_else(|| "".into(), |a| Arc::clone(&a.id)));
        };
        let known = self
            .world
            .accounts
            .iter()
            .find(|account| *account.id == **named.get_ref());
        known.map(|account| Arc::clone(&account.id)).ok_or_else(|| {
            let sentence = format!("account \"{}\" has no [[account]] entry", named.get_ref());
            self.source.mistake(named.span().start, sentence)
        })
    }

    fn applications(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        for spanned in &scenario.application {
            let entry = spanned.get_ref();
            let account = entry
                .account
                .clone()
                .map(|id| Spanned::new(spanned.span(), id));
            let account = self.account(account.as_ref())?;
            let mut regions: Vec<&str> = entry.regions.iter().map(String::as_str).collect();
            if regions.is_empty() {
                let of = |e: &&Spanned<EnvironmentEntry>| e.get_ref().app == entry.name;
                let here = scenario.environment.iter().filter(of);
                regions = here
                    .map(|e| e.get_ref().region.get_ref().as_str())
                    .collect();
                regions.sort_unstable();
                regions.dedup();
            }
            for region in regions {
                let place = Place {
                    account: Arc::clone(&account),
                    region: region.into(),
                };
                self.application(&place, entry)?;
            }
        }
        Ok(())
    }

    fn application(&mut self, place: &Place, entry: &ApplicationEntry) -> Result<(), Mistake> {
        self.enable(&place.region);
        let mut application = Application {
            name: entry.name.as_str().into(),
            created: self.start.plus(-400 * DAY),
            versions: Vec::new(),
            keep: entry.keep,
        };
        for version in &entry.version {
            application.add(self.version(place, &entry.name, version)?);
        }
        let site = self.world.sites.entry(place.clone()).or_default();
        site.applications
            .insert(Arc::clone(&application.name), application);
        Ok(())
    }

    fn version(
        &self,
        place: &Place,
        app: &str,
        spanned: &Spanned<VersionEntry>,
    ) -> Result<Version, Mistake> {
        let entry = spanned.get_ref();
        let at = spanned.span().start;
        let label = self.label(&entry.label, at)?;
        let status = match entry.status.as_ref().map(|s| s.get_ref().as_str()) {
            None | Some("Processed") => Processed::Processed,
            Some("Unprocessed") => Processed::Unprocessed,
            Some("Processing") => Processed::Processing,
            Some("Failed") => Processed::Failed,
            Some(other) => {
                let sentence = format!(
                    "\"{other}\" is no status of a version; write Processed, Unprocessed, Processing or Failed"
                );
                return Err(self.source.mistake(at, sentence));
            }
        };
        Ok(Version {
            bundle: Some(bundle(place, app, &label)),
            label,
            description: entry.description.as_deref().unwrap_or("").into(),
            created: self.start.plus(self.length(entry.created.as_ref(), -DAY)?),
            status,
            fails_at: entry.fails_at,
        })
    }

    fn length(&self, text: Option<&Spanned<String>>, default: Millis) -> Result<Millis, Mistake> {
        let Some(text) = text else { return Ok(default) };
        parse_length(text.get_ref())
            .map_err(|sentence| self.source.mistake(text.span().start, sentence))
    }

    /// A label with its `{-3d%Y%m%d}` filled in.
    fn label(&self, pattern: &str, at: usize) -> Result<Name, Mistake> {
        let mut label = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            label.push_str(before);
            let filled = after.split_once('}').and_then(|(inside, rest)| {
                let (length, format) = inside.split_at(inside.find('%')?);
                let moment = self.start.plus(parse_length(length).ok()?);
                Some((moment.strftime(format)?, rest))
            });
            let Some((time, next)) = filled else {
                let sentence = format!(
                    "in \"{pattern}\" a time is written {{LENGTH%FORMAT}}, such as {{-3d%Y%m%dT%H%M%SZ}}"
                );
                return Err(self.source.mistake(at, sentence));
            };
            label.push_str(&time);
            rest = next;
        }
        label.push_str(rest);
        if label.is_empty() || label.chars().count() > 100 {
            let sentence =
                format!("\"{label}\" cannot be a version label: those have 1 to 100 characters");
            return Err(self.source.mistake(at, sentence));
        }
        Ok(label.into())
    }

    fn environments(&mut self, scenario: &Scenario) -> Result<Vec<Planned>, Mistake> {
        let mut planned = Vec::new();
        for spanned in &scenario.environment {
            let entry = spanned.get_ref();
            let at = spanned.span().start;
            let names: Vec<&String> = entry.name.iter().chain(&entry.names).collect();
            if names.is_empty() {
                return Err(self
                    .source
                    .mistake(at, "an environment needs a `name`, or several `names`"));
            }
            for name in names {
                if let Some(launch) = self.environment(entry, name, at)? {
                    planned.push(launch);
                }
            }
        }
        Ok(planned)
    }

    fn environment(
        &mut self,
        entry: &EnvironmentEntry,
        name: &str,
        at: usize,
    ) -> Result<Option<Planned>, Mistake> {
        let length = name.chars().count();
        if !(4..=40).contains(&length)
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            let sentence = format!(
                "\"{name}\" cannot be an environment: names have 4 to 40 letters, digits and hyphens"
            );
            return Err(self.source.mistake(at, sentence));
        }
        let account = self.account(entry.account.as_ref())?;
        let place = Place {
            account,
            region: entry.region.get_ref().as_str().into(),
        };
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
        Ok(Some((
            when,
            Script {
                deed,
                every: None,
                done: 0,
            },
        )))
    }

    fn others(&self, entry: &EnvironmentEntry, at: usize) -> Result<Vec<(Name, usize)>, Mistake> {
        entry
            .other
            .iter()
            .map(|other| Ok((self.label(&other.version, at)?, other.instances)))
            .collect()
    }

    fn draft(
        &self,
        entry: &EnvironmentEntry,
        name: &str,
        place: Place,
        at: usize,
    ) -> Result<Environment, Mistake> {
        let label = self.label(&entry.version, at)?;
        let tier = match &entry.tier {
            None => tier_of(name),
            Some(tier) => self.one_of(
                tier,
                &["production", "staging", "development", "preview", "unknown"],
            )?,
        };
        let number = mix(
            self.world.seed,
            hash(&format!("{}/{}/{name}", place.account, place.region)),
        );
        let deployed = self.length(entry.deployed.as_ref(), -2 * DAY)?;
        let mut environment = blank(place, &entry.app, name, number);
        environment.tier = tier.into();
        environment.description = entry.description.as_deref().map(Into::into);
        environment.label = Arc::clone(&label);
        environment.expected = label;
        environment.created = self
            .start
            .plus(self.length(entry.created.as_ref(), -300 * DAY)?);
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
            let words = [
                "AllAtOnce",
                "Rolling",
                "RollingWithAdditionalBatch",
                "Immutable",
            ];
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

    fn batch(&self, text: &Spanned<String>) -> Result<Batch, Mistake> {
        let word = text.get_ref();
        let read = match word.strip_suffix('%') {
            Some(share) => share
                .parse()
                .ok()
                .filter(|n| (1..=100).contains(n))
                .map(Batch::Percentage),
            None => word.parse().ok().filter(|n| *n > 0).map(Batch::Fixed),
        };
        read.ok_or_else(|| {
            let sentence = format!("\"{word}\" is no size of a batch; write \"25%\" or \"2\"");
            self.source.mistake(text.span().start, sentence)
        })
    }

    fn stack(&self, text: &Spanned<String>) -> Result<&'static Stack, Mistake> {
        let word = text.get_ref();
        STACKS
            .iter()
            .find(|stack| stack.branch == word || stack.name() == *word)
            .ok_or_else(|| {
                let known: Vec<&str> = STACKS.iter().map(|stack| stack.branch).collect();
                let sentence = format!(
                    "there is no platform \"{word}\"; there are {}",
                    known.join(", ")
                );
                self.source.mistake(text.span().start, sentence)
            })
    }

    fn one_of<'w>(&self, text: &Spanned<String>, words: &[&'w str]) -> Result<&'w str, Mistake> {
        words
            .iter()
            .find(|word| *word == text.get_ref())
            .copied()
            .ok_or_else(|| {
                let sentence = format!("\"{}\" is not one of {}", text.get_ref(), words.join(", "));
                self.source.mistake(text.span().start, sentence)
            })
    }

    /// Gives an environment its instances; `others` run other versions.
    #[must_use]
    pub fn furnish(
        &self,
        mut environment: Environment,
        count: usize,
        others: &[(Name, usize)],
    ) -> Environment {
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
            let deployment = Deployment {
                label: Arc::clone(label),
                id,
                at: environment.updated,
                progress: Progress::Deployed,
            };
            let instance = Instance {
                id: draws.bits(),
                launched: environment
                    .updated
                    .plus(-(HOUR + Millis::try_from(draws.below(86_400_000)).unwrap_or(0))),
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
            (
                -4 * SECOND,
                "New application version was deployed to running EC2 instances.",
            ),
            (0, "Environment update completed successfully."),
        ];
        let events = story
            .map(|(offset, message)| event(&environment, updated.plus(offset), &request, message));
        let site = self
            .world
            .sites
            .entry(environment.place.clone())
            .or_default();
        for event in events {
            site.journal.add(event);
        }
        self.world.add(environment)
    }

    /// Makes sure that the application is there.
    fn host(&mut self, environment: &Environment) -> &mut Application {
        let created = environment.created;
        let site = self
            .world
            .sites
            .entry(environment.place.clone())
            .or_default();
        site.applications
            .entry(Arc::clone(&environment.app))
            .or_insert_with(|| Application {
                name: Arc::clone(&environment.app),
                created: created.plus(-DAY),
                versions: Vec::new(),
                keep: None,
            })
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
        let found: Vec<usize> = (0..self.world.environments.len())
            .filter(|&slot| self.world.environments.get(slot).is_some_and(fits))
            .collect();
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

    fn happenings(&mut self, scenario: &Scenario) -> Result<Vec<Planned>, Mistake> {
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
                        return Err(self
                            .source
                            .mistake(every.span().start, "`every` is a second at least"));
                    }
                },
            };
            check_keys(entry).map_err(|sentence| self.source.mistake(at, sentence))?;
            let deed = self.deed(entry, at)?;
            planned.push((
                when,
                Script {
                    deed,
                    every,
                    done: 0,
                },
            ));
        }
        Ok(planned)
    }

    fn deed(&mut self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let slot = |builder: &Self| match &entry.environment {
            Some(named) => builder.find(named),
            None => Err(builder.source.mistake(
                at,
                format!("do = \"{}\" needs an `environment`", entry.deed.get_ref()),
            )),
        };
        Ok(match entry.deed.get_ref().as_str() {
            "deploy" => {
                let slot = slot(self)?;
                self.deploy(entry, slot, at)?
            }
            "config" => Deed::Configure {
                slot: slot(self)?,
                properties: entry.properties.clone().into_iter().collect(),
            },
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
                    return Err(self
                        .source
                        .mistake(at, "do = \"swap\" needs `with`, the other environment"));
                }
            },
            "fault" => self.fault(entry, at)?,
            other => {
                let sentence = format!(
                    "\"{other}\" is nothing that can happen; write one of {}",
                    DEEDS.join(", ")
                );
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
            return Err(self.source.mistake(
                at,
                "do = \"deploy\" needs a `version`, or several `versions`",
            ));
        }
        let created = self
            .start
            .plus(self.length(Some(&entry.at), 0)?)
            .plus(-3 * MINUTE);
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
        Ok(Deed::Deploy {
            slot,
            labels,
            fails_at: entry.fails_at,
            unnoticed: entry.unnoticed,
        })
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
        Ok(Deed::Incident {
            slot,
            incident,
            lasts,
        })
    }

    fn fault(&self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let Some(fault) = entry.fault.clone() else {
            return Err(self.source.mistake(at, "do = \"fault\" needs a `fault`"));
        };
        fault
            .check()
            .map_err(|sentence| self.source.mistake(at, sentence))?;
        let lasts = match &entry.lasts {
            None => fault.for_s.map(seconds),
            some => Some(self.length(some.as_ref(), 0)?),
        };
        Ok(Deed::Fault(fault, lasts))
    }

    /// Lets the world run from its first happening up to the start.
    fn finish(mut self, planned: Vec<Planned>) -> World {
        let earliest = planned.iter().map(|(at, _)| *at).min().unwrap_or(0).min(0);
        let world = &mut self.world;
        world.now = self.start.plus(world.scaled(earliest)).plus(-MINUTE);
        for slot in 0..world.environments.len() {
            world.settle(slot);
        }
        for (at, script) in planned {
            let index = world.scripts.len();
            world.scripts.push(script);
            let when = self.start.plus(world.scaled(at));
            world.schedule(when, What::Script(index));
        }
        world.started = self.start;
        world.advance_to(self.start);
        self.world
    }
}

/// Everything that can happen.
const DEEDS: [&str; 13] = [
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
];

/// Says which key means nothing for what the happening does.
fn check_keys(entry: &HappeningEntry) -> Result<(), String> {
    let deed = entry.deed.get_ref().as_str();
    let given: [(&str, bool, &[&str]); 12] = [
        ("version", entry.version.is_some(), &["deploy"]),
        ("versions", !entry.versions.is_empty(), &["deploy"]),
        ("fails_at", entry.fails_at.is_some(), &["deploy"]),
        ("unnoticed", entry.unnoticed, &["deploy"]),
        ("properties", !entry.properties.is_empty(), &["config"]),
        ("level", entry.level.is_some(), &["incident"]),
        ("causes", !entry.causes.is_empty(), &["incident"]),
        ("failing", entry.failing.is_some(), &["incident"]),
        ("unhealthy", entry.unhealthy.is_some(), &["incident"]),
        ("lasts", entry.lasts.is_some(), &["incident", "fault"]),
        ("with", entry.with.is_some(), &["swap"]),
        ("fault", entry.fault.is_some(), &["fault"]),
    ];
    for (key, is_given, deeds) in given {
        if is_given && DEEDS.contains(&deed) && !deeds.contains(&deed) {
            return Err(format!("`{key}` means nothing for do = \"{deed}\""));
        }
    }
    Ok(())
}

/// The access key of an account whose scenario gives none.
fn key(account: &str) -> String {
    format!("AKIASIM0{account}")
}

/// The ARN of a user.
fn user(account: &str, name: &str) -> Name {
    format!("arn:aws:iam::{account}:user/{name}").into()
}

fn secret(account: &str) -> String {
    let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    format!("simulated{}", spell(hash(account), letters, 31))
}

/// A version as a deploy script makes one.
fn version(place: &Place, app: &str, label: Name, created: Moment) -> Version {
    Version {
        bundle: Some(bundle(place, app, &label)),
        label,
        description: "".into(),
        created,
        status: Processed::Processed,
        fails_at: None,
    }
}

/// Where the bundle of a version lies.
fn bundle(place: &Place, app: &str, label: &str) -> (String, String) {
    (
        crate::aws::beanstalk::bucket(place),
        format!("{app}/{label}.zip"),
    )
}

/// The tier that a name speaks of.
#[must_use]
pub fn tier_of(name: &str) -> &'static str {
    let words: Vec<&str> = name.split('-').collect();
    let any = |known: &[&str]| {
        words
            .iter()
            .any(|word| known.contains(&word.to_ascii_lowercase().as_str()))
    };
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
