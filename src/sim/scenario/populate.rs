//! From a scenario to a world.
//!
//! Owns the meaning of every key, and refuses what makes no sense with the
//! line it stands on. Included scenarios follow the one that includes them. The world begins early enough for whatever the script
//! dates before the start, and is then brought up to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::{ApplicationEntry, EnvironmentEntry, MfaRoleEntry, Mistake, Scenario, Source, VersionEntry, include};
use crate::application::{Application, Processed, Version};
use crate::chance::{hash, spell};
use crate::environment::{Environment, Name, Place};
use crate::moment::{DAY, MINUTE, Millis, Moment};
use crate::script::Script;
use crate::world::{Account, MfaRole, What, World};

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
pub fn build(source: &Source, seed: Option<u64>, pace: f64, start: Moment) -> Result<World, Mistake> {
    let scenario = source.read()?;
    let included = include::included(source, &scenario)?;
    let seed = seed.or(scenario.seed).unwrap_or(1);
    let world = World::new(seed, start, pace);
    let mut builder = Builder { source, account: None, start, world, pasts: Vec::new(), machines: BTreeMap::new() };
    builder.accounts(&scenario)?;
    builder.regions(std::iter::once(&scenario).chain(included.iter().map(|part| &part.scenario)));
    builder.github(&scenario);
    let mut planned = builder.everything(&scenario)?;
    for part in &included {
        builder.account = Some(builder.account_of(part.account.as_ref())?);
        builder.source = &part.source;
        planned.extend(builder.everything(&part.scenario)?);
        builder.source = source;
    }
    for fault in &scenario.fault {
        let at = fault.span().start;
        let fault = fault.get_ref().clone();
        fault.check().map_err(|sentence| source.mistake(at, sentence))?;
        let until = fault.for_s.map(|s| start.plus(seconds(s)));
        builder.world.faults.add(fault, until);
    }
    Ok(builder.finish(planned))
}

/// Seconds of a person's making as milliseconds.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "checked to be below 1e9 seconds")]
pub fn seconds(seconds: f64) -> Millis {
    (seconds * 1_000.0) as Millis
}

/// A line of the script with its time.
pub type Planned = (Millis, Script);

/// A world being built.
pub struct Builder<'a> {
    /// The text of the scenario that is being read, for mistakes.
    pub source: &'a Source,
    /// The account of entries that name none; the first one where nobody said.
    pub(super) account: Option<Name>,
    /// When the world starts.
    pub start: Moment,
    /// The world.
    pub world: World,
    /// What was pushed to each repository before the start.
    pub(crate) pasts: Vec<Vec<crate::github::past::Past>>,
    /// The instances by what the scenario calls them.
    pub(super) machines: BTreeMap<String, usize>,
}

impl Builder<'_> {
    /// Adds all that a scenario holds, and tells what happens in it.
    fn everything(&mut self, scenario: &Scenario) -> Result<Vec<Planned>, Mistake> {
        // First, since version labels name commits.
        self.repositories(scenario)?;
        self.compute(scenario)?;
        self.circleci(scenario)?;
        self.hosts(scenario)?;
        self.applications(scenario)?;
        let early = self.environments(scenario)?;
        if let Some(generate) = &scenario.generate {
            crate::generate::generate(self, generate)?;
        }
        let scripts = self.happenings(scenario)?;
        Ok(early.into_iter().chain(scripts).collect())
    }

    fn accounts(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        let role = |entry: &MfaRoleEntry| {
            let text = |text: &str| Name::from(text);
            MfaRole { arn: text(&entry.arn), serial: text(&entry.serial), code: text(&entry.code) }
        };
        self.world.mfa_roles = scenario.mfa_role.iter().map(role).collect();
        for entry in &scenario.account {
            let id = entry.id.get_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let sentence = format!("\"{id}\" is not an account: an AWS account id has twelve digits");
                return Err(self.source.mistake(entry.id.span().start, sentence));
            }
            self.world.accounts.push(Account {
                id: id.as_str().into(),
                access_key: entry.access_key.clone().unwrap_or_else(|| key(id)).into(),
                secret_key: entry.secret_key.clone().unwrap_or_else(|| secret(id)).into(),
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

    fn regions<'s>(&mut self, scenarios: impl Iterator<Item = &'s Scenario>) {
        let further = scenarios.flat_map(|scenario| &scenario.enabled_regions).flatten().map(String::as_str);
        let mut all: Vec<Name> = USUAL_REGIONS.into_iter().chain(further).map(Name::from).collect();
        all.sort();
        all.dedup();
        self.world.regions = all;
    }

    /// Makes sure a region is enabled where something is.
    pub fn enable(&mut self, region: &str) {
        if let Err(index) = self.world.regions.binary_search_by(|known| (**known).cmp(region)) {
            self.world.regions.insert(index, region.into());
        }
    }

    /// The account that an entry names, or that of everything in its file.
    pub(super) fn account_of(&self, named: Option<&Spanned<String>>) -> Result<Name, Mistake> {
        let Some(named) = named else {
            let first = || self.world.accounts.first().map_or_else(|| "".into(), |a| Arc::clone(&a.id));
            return Ok(self.account.clone().unwrap_or_else(first));
        };
        let known = self.world.accounts.iter().find(|account| *account.id == **named.get_ref());
        known.map(|account| Arc::clone(&account.id)).ok_or_else(|| {
            let sentence = format!("account \"{}\" has no [[account]] entry", named.get_ref());
            self.source.mistake(named.span().start, sentence)
        })
    }

    fn applications(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        for spanned in &scenario.application {
            let entry = spanned.get_ref();
            let account = entry.account.clone().map(|id| Spanned::new(spanned.span(), id));
            let account = self.account_of(account.as_ref())?;
            let mut regions: Vec<&str> = entry.regions.iter().map(String::as_str).collect();
            if regions.is_empty() {
                let of = |e: &&Spanned<EnvironmentEntry>| e.get_ref().app == entry.name;
                let here = scenario.environment.iter().filter(of);
                regions = here.map(|e| e.get_ref().region.get_ref().as_str()).collect();
                regions.sort_unstable();
                regions.dedup();
            }
            for region in regions {
                let place = Place { account: Arc::clone(&account), region: region.into() };
                self.application(&place, entry)?;
            }
        }
        Ok(())
    }

    fn application(&mut self, place: &Place, entry: &ApplicationEntry) -> Result<(), Mistake> {
        self.enable(&place.region);
        let mut application =
            Application { name: entry.name.as_str().into(), created: self.start.plus(-400 * DAY), versions: Vec::new(), keep: entry.keep };
        for version in &entry.version {
            application.add(self.version(place, &entry.name, version)?);
        }
        let site = self.world.sites.entry(place.clone()).or_default();
        site.applications.insert(Arc::clone(&application.name), application);
        Ok(())
    }

    fn version(&self, place: &Place, app: &str, spanned: &Spanned<VersionEntry>) -> Result<Version, Mistake> {
        let entry = spanned.get_ref();
        let at = spanned.span().start;
        let label = self.label(&entry.label, at)?;
        let status = match entry.status.as_ref().map(|s| s.get_ref().as_str()) {
            None | Some("Processed") => Processed::Processed,
            Some("Unprocessed") => Processed::Unprocessed,
            Some("Processing") => Processed::Processing,
            Some("Failed") => Processed::Failed,
            Some(other) => {
                let sentence = format!("\"{other}\" is no status of a version; write Processed, Unprocessed, Processing or Failed");
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

    /// Makes sure that the application is there.
    pub(super) fn host(&mut self, environment: &Environment) -> &mut Application {
        let created = environment.created;
        let site = self.world.sites.entry(environment.place.clone()).or_default();
        site.applications.entry(Arc::clone(&environment.app)).or_insert_with(|| Application {
            name: Arc::clone(&environment.app),
            created: created.plus(-DAY),
            versions: Vec::new(),
            keep: None,
        })
    }

    /// Lets the world run from its first happening up to the start.
    fn finish(mut self, planned: Vec<Planned>) -> World {
        let earliest = planned.iter().map(|(at, _)| *at).min().unwrap_or(0).min(0);
        let world = &mut self.world;
        world.now = self.start.plus(world.scaled(earliest)).plus(-MINUTE);
        world.origin = world.now;
        for slot in 0..world.environments.len() {
            world.settle(slot);
        }
        world.compute_start();
        for slot in 0..world.hosts.len() {
            world.settle_host(slot);
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
pub(crate) fn version(place: &Place, app: &str, label: Name, created: Moment) -> Version {
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
    (crate::aws::beanstalk::bucket(place), format!("{app}/{label}.zip"))
}
