//! What is read: from AWS, GitHub and plain hosts, as the settings name them.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::aws::{Account, Beanstalk, Clients, ConnectionSettings, TaggedInstances, TargetGroups};
use crate::cli::environment_variable;
use crate::config::Settings;
use crate::forge::Way;
use crate::github::{CircleCi, CircleCiSettings, GitHub, GitHubSettings, WithWorkflows};
use crate::hosts::{Hosts, Probes};
use crate::model::compute::Compute;
use crate::model::id::{AppName, Connection, Platform};
use crate::ops::audit::Audit;
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::ops::port::{Forge, Prober, Source};
use crate::ops::reader::{ConnectionPlan, Parts, Report, Request};
use crate::ops::schedule::{Pace, Wanted};
use crate::shell::SystemClock;

/// The ways into AWS that the settings name.
#[must_use]
pub fn connections(settings: &Settings) -> Vec<ConnectionSettings> {
    let connection = |account: &crate::config::Account| ConnectionSettings {
        connection: account.connection.clone(),
        profile: account.profile.as_deref().map(str::to_owned),
        regions: settings.regions_of(account).map(<[_]>::to_vec),
        timeout: settings.reading.timeout,
        login: account.login.clone(),
        role: account.role.clone(),
        writing: account.writing.clone(),
        ..ConnectionSettings::default_chain()
    };
    settings.accounts.iter().map(connection).collect()
}

/// The way to GitHub that the settings and the environment name.
#[must_use]
pub fn github(settings: &Settings) -> Way {
    let command = (!settings.github.token_command.is_empty()).then(|| settings.github.token_command.clone());
    let base = settings.github.url.as_deref().map(str::to_owned);
    Way {
        settings: GitHubSettings {
            previews: settings.github.previews.clone(),
            ..GitHubSettings::find(base, command, environment_variable)
        },
        audit: Audit::usual(&environment_variable).map_err(|error| error.to_string()),
    }
}

/// A reader at work.
pub struct Reading {
    /// What it tells.
    pub reports: mpsc::UnboundedReceiver<Report>,
    /// What it is told; dropping this ends it.
    pub requests: mpsc::UnboundedSender<Request>,
    /// The budgets it asks out of.
    pub limiter: Limiter,
    /// What its answers are stamped with.
    pub stamps: Stamps,
    /// The ways in that it reads through.
    pub connections: Vec<Connection>,
    /// Those of them whose regions were named, and so need not be found out.
    pub settled: Vec<Connection>,
}

/// What reads each platform. What is not configured is not asked for.
fn sources(settings: &Settings, clients: &Clients, limiter: &Limiter, stamps: &Stamps) -> HashMap<Platform, Arc<dyn Source>> {
    let beanstalk: Arc<dyn Source> = Arc::new(Beanstalk::new(clients.clone(), limiter.clone()));
    let mut sources = HashMap::from([(Platform::Beanstalk, beanstalk)]);
    let Compute { target_groups: groups, tagged } = allowed(settings);
    if !groups.is_empty() {
        sources.insert(Platform::TargetGroup, target_groups(settings, clients.clone(), limiter.clone()));
    }
    if !tagged.is_empty() {
        let instances = tagged_instances(settings, clients.clone(), limiter.clone());
        let is_deployed = tagged.iter().any(|declared| declared.circleci.is_some());
        let told: Arc<dyn Source> =
            if is_deployed { Arc::new(WithWorkflows::new(instances, circleci(settings, limiter, stamps), tagged)) } else { instances };
        sources.insert(Platform::TaggedEc2, told);
    }
    sources
}

/// What reads target groups.
pub(crate) fn target_groups(settings: &Settings, clients: Clients, limiter: Limiter) -> Arc<dyn Source> {
    let http = crate::hosts::http::Prober::new(crate::hosts::http::Trust::Machine);
    let machines = Arc::new(crate::hosts::Machines::new(http, settings.reading.timeout, limiter.clone()));
    Arc::new(TargetGroups::new(clients, limiter, machines, allowed(settings).target_groups))
}

/// What reads tagged instances.
pub(crate) fn tagged_instances(settings: &Settings, clients: Clients, limiter: Limiter) -> Arc<dyn Source> {
    let http = crate::hosts::http::Prober::new(crate::hosts::http::Trust::Machine);
    let machines = Arc::new(crate::hosts::Machines::new(http, settings.reading.timeout, limiter.clone()));
    Arc::new(TaggedInstances::new(clients, limiter, machines, allowed(settings).tagged))
}

/// CircleCI, as the settings and the environment say. Nothing is asked of it where no environment is deployed by it.
pub(crate) fn circleci(settings: &Settings, limiter: &Limiter, stamps: &Stamps) -> CircleCi {
    let command = (!settings.circleci.token_command.is_empty()).then(|| settings.circleci.token_command.clone());
    let base = settings.circleci.url.as_deref().map(str::to_owned);
    CircleCi::new(CircleCiSettings::find(base, command, environment_variable), limiter.clone(), stamps.clone())
}

/// What is declared on EC2, and nothing sent for it where the console or the app is only to be looked at.
fn allowed(settings: &Settings) -> Compute {
    let mut compute = settings.compute.clone();
    let is_read_only = |app: &AppName| settings.read_only || settings.catalogue.app(app).is_some_and(|app| app.read_only);
    for declared in &mut compute.target_groups {
        declared.version.is_read_only = is_read_only(&declared.app);
    }
    for declared in &mut compute.tagged {
        declared.version.is_read_only = is_read_only(&declared.app);
    }
    compute
}

/// What a reader is made of.
pub(crate) fn parts(
    settings: &Settings,
    connections: Vec<ConnectionSettings>,
    limiter: Limiter,
    stamps: Stamps,
    wanted: Option<Arc<Wanted>>,
    forge: Option<Arc<dyn Forge>>,
) -> Parts {
    let plan =
        |settings: &ConnectionSettings| ConnectionPlan { connection: settings.connection.clone(), regions: settings.regions.clone() };
    let plans = connections.iter().map(plan).collect();
    let clients = Clients::new(connections, limiter.clone());
    let mut sources = sources(settings, &clients, &limiter, &stamps);
    let Outside { hosts, prober } = plain_hosts(settings, forge, &limiter);
    sources.extend(hosts.map(|hosts| (Platform::Host, hosts)));
    let (reading, usual) = (settings.reading, Pace::default());
    limiter.space_turns(reading.sweep);
    Parts {
        discovery: Arc::new(Account::new(clients, limiter.clone())),
        sources,
        prober,
        connections: plans,
        limiter,
        stamps,
        pace: Pace {
            listing: reading.listing,
            detail: reading.sweep,
            busy: usual.busy.min(reading.listing),
            // Who wants certain details looks once: one listing of each region is what that costs.
            relist: usual.relist.filter(|_| wanted.is_none()),
            ..usual
        },
        wanted,
    }
}

/// What reads without any cloud's API.
#[derive(Default)]
struct Outside {
    hosts: Option<Arc<dyn Source>>,
    prober: Option<Arc<dyn Prober>>,
}

/// What reads plain hosts, where some are declared, and what asks environments for their pages.
fn plain_hosts(settings: &Settings, forge: Option<Arc<dyn Forge>>, limiter: &Limiter) -> Outside {
    let (catalogue, patience) = (&settings.catalogue, settings.reading.timeout);
    if catalogue.hosts.is_empty() && catalogue.probes.is_empty() {
        return Outside::default();
    }
    let http = crate::hosts::http::Prober::new(crate::hosts::http::Trust::Machine);
    let hosts = || Hosts::new(&catalogue.hosts, patience, http.clone(), forge, limiter.clone());
    let source = (!catalogue.hosts.is_empty()).then(|| Arc::new(hosts()) as Arc<dyn Source>);
    let prober: Arc<dyn Prober> = Arc::new(Probes::new(Arc::new(catalogue.clone()), http.clone(), patience, limiter.clone()));
    Outside { hosts: source, prober: Some(prober) }
}

/// Who tells of the previews of plain hosts, where some have any. It keeps what it was told apart from what the screens ask for.
pub(crate) fn teller_of_previews(settings: &Settings, way: &GitHubSettings, limiter: &Limiter, stamps: &Stamps) -> Option<Arc<dyn Forge>> {
    let mut apps = settings.catalogue.hosts.iter().flat_map(|host| &host.apps);
    let has_previews = apps.any(|app| app.previews.is_some());
    has_previews.then(|| Arc::new(GitHub::new(way.clone(), limiter.clone(), stamps.clone())) as Arc<dyn Forge>)
}

/// Starts to read.
#[must_use]
pub fn read(settings: &Settings, connections: Vec<ConnectionSettings>, wanted: Option<Arc<Wanted>>) -> Reading {
    let stamps = Stamps::new(Arc::new(SystemClock));
    let limiter = Limiter::new(stamps.clone());
    let names = connections.iter().map(|settings| settings.connection.clone()).collect();
    let named = connections.iter().filter(|settings| settings.regions.is_some());
    let settled = named.map(|settings| settings.connection.clone()).collect();
    let forge = teller_of_previews(settings, &github(settings).settings, &limiter, &stamps);
    let (requests, reports) = crate::ops::reader::start(parts(settings, connections, limiter.clone(), stamps.clone(), wanted, forge));
    Reading { reports, requests, limiter, stamps, connections: names, settled }
}
