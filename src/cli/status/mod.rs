//! `quarterdeck status`: the facts of the console without a screen.
//!
//! Lists everything, with what GitHub's record says of it, then reads the details of what is unwell
//! or busy, as far as the time allows: the budgets are the console's own.

mod json;
mod record;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use record::Record;

use super::select::{self, Unclear};
use super::{Common, Exit, TierArgument, answer, complain};
use crate::model::account::Standby;
use crate::model::clock::Timestamp;
use crate::model::environment::Environment;
use crate::model::fault::Fault;
use crate::model::fleet::Fleet;
use crate::model::fleet::SourceState;
use crate::model::id::{AppName, Connection, EnvironmentKey, Region};
use crate::model::safe_text::safe;
use crate::model::sighting::{Scope, Source};
use crate::ops::clock::Clock as _;
use crate::ops::forge_reader::Told;
use crate::ops::limit::Limiter;
use crate::ops::reader::Report;
use crate::ops::schedule::Wanted;
use crate::shell::SystemClock;
use crate::sources::{self, Reading};

/// What `status` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Only these environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Print JSON; its shape is fixed.
    #[arg(long)]
    json: bool,
    /// Only this app.
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Only this tier.
    #[arg(long, value_enum, value_name = "TIER")]
    tier: Option<TierArgument>,
    /// How many seconds to read details for, once everything is listed, up to 3600: at most one call a second and region.
    /// 10 unless told otherwise; with --all, as long as it takes.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=3_600))]
    wait: Option<u64>,
    /// Read the details of every environment, not only of those that are unwell or busy.
    #[arg(long)]
    all: bool,
}

impl Options {
    /// For how long details are read.
    fn patience(&self) -> Duration {
        Duration::from_secs(self.wait.unwrap_or(if self.all { 3_600 } else { 10 }))
    }

    /// The environments whose details are wanted though they are well: all, or those that are named.
    fn wanted(&self) -> Arc<Wanted> {
        let (all, named) = (self.all, self.environments.clone());
        Arc::new(move |key| all || named.iter().any(|text| select::means(text, key)))
    }

    /// Why no row is printed though there are environments.
    fn unfitting(&self, fleet: &Fleet) -> String {
        let count = fleet.environments().count();
        let apps: BTreeSet<AppName> = fleet.environments().map(|environment| environment.app()).collect();
        match &self.app {
            Some(app) if !apps.iter().any(|known| known.as_str() == app) => {
                let known: Vec<&str> = apps.iter().map(AppName::as_str).collect();
                format!("no app is called \"{}\": there are {}", safe(app), safe(&known.join(", ")))
            }
            Some(_) | None => format!("none of the {count} environments is all of that at once: leave out one of --app, --tier, ENV"),
        }
    }
}

/// How much longer than one call may take the listings are waited for: for credentials, and for the budgets.
const GRACE: Duration = Duration::from_secs(12);

/// Everything that was read.
struct Gathered {
    fleet: Fleet,
    at: Timestamp,
    accounts: BTreeMap<Connection, String>,
    /// Ways in through which what there is to read could not be found out.
    closed: BTreeMap<Connection, Fault>,
    /// What was to be read.
    /// What there is to list, once it is told.
    scopes: Option<Vec<Arc<Scope>>>,
    /// Whether all details that were wanted were read in time.
    swept: bool,
    connections: Vec<Connection>,
    /// Those of them that lead into accounts which others read.
    standby: Vec<Standby>,
    limiter: Limiter,
    record: Record,
}

/// Runs `quarterdeck status`.
pub async fn run(common: &Common, options: Options) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let reading = sources::read(&settings, sources::connections(&settings), Some(options.wanted()));
    let patience = Patience { listings: settings.reading.timeout + GRACE, details: options.patience() };
    let record = Record::new(sources::github(&settings).settings, reading.limiter.clone(), reading.stamps.clone());
    let gathered = gather(Fleet::new(settings.catalogue.into()), reading, record, patience).await;
    let rows = match chosen(&gathered, &options) {
        Ok(rows) => rows,
        Err(unclear) => return gathered.exit_unclear(&unclear),
    };
    let text = if options.json { json::render(&gathered, &rows) } else { table::render(&gathered, &rows, crate::ui::term::columns()) };
    if !answer(&text) {
        return Exit::Failed;
    }
    if !options.json {
        table::complain_of(&gathered);
        // Where nothing is listed, no time would help.
        if !gathered.swept && options.wait != Some(0) && !rows.is_empty() {
            complain(&"some details were not read in time; --wait says for how many seconds to read them");
        }
        if rows.is_empty() && gathered.fleet.environments().next().is_some() {
            complain(&options.unfitting(&gathered.fleet));
        }
    }
    gathered.exit()
}

/// For how long is waited.
#[derive(Clone, Copy)]
struct Patience {
    /// For what there is to read, and once more for the listings.
    listings: Duration,
    /// For the details after that.
    details: Duration,
}

/// Something that was told.
enum Heard {
    Report(Report),
    Record(Told),
}

/// Reads until everything wanted was read or the time is up.
async fn gather(fleet: Fleet, mut reading: Reading, record: Record, patience: Patience) -> Gathered {
    let mut gathered = Gathered {
        fleet,
        at: SystemClock.now(),
        accounts: BTreeMap::new(),
        closed: BTreeMap::new(),
        scopes: None,
        swept: false,
        connections: reading.connections.clone(),
        standby: Vec::new(),
        limiter: reading.limiter.clone(),
        record,
    };
    let mut found: BTreeSet<Connection> = reading.settled.iter().cloned().collect();
    let mut deadline = Instant::now() + patience.listings;
    let mut listed = false;
    loop {
        let heard = tokio::select! {
            // What was told before the time was up counts.
            biased;
            report = reading.reports.recv() => report.map(Heard::Report),
            told = gathered.record.next() => Some(Heard::Record(told)),
            () = tokio::time::sleep_until(deadline) => None,
        };
        let Some(heard) = heard else { break };
        if matches!(heard, Heard::Report(Report::Scopes(_))) && gathered.scopes.is_none() {
            deadline = Instant::now() + patience.listings;
        }
        let failed = matches!(heard, Heard::Report(Report::DiscoveryFailed { .. }));
        gathered.take(heard, &mut found);
        gathered.record.want(&mut gathered.fleet);
        let all_found = found.len() == gathered.connections.len();
        // Nobody waits at a prompt for credentials to be renewed elsewhere, where no other way in leads anywhere.
        let are_all_closed = gathered.closed.len() == gathered.connections.len();
        if failed && all_found && are_all_closed && gathered.listed_scopes().is_empty() {
            break;
        }
        // Another way in reads instead of one whose credentials are not good: that is waited for as well.
        if listed && !has_listed(&gathered.fleet, gathered.listed_scopes()) {
            listed = false;
            deadline = Instant::now() + patience.listings;
        }
        if !listed
            && all_found
            && gathered.knows_what_to_list()
            && has_listed(&gathered.fleet, gathered.listed_scopes())
            && gathered.record.is_known()
        {
            listed = true;
            deadline = Instant::now() + patience.details;
        }
        if gathered.swept && gathered.record.is_known() {
            break;
        }
    }
    gathered.at = SystemClock.now();
    gathered
}

/// Whether every listing was answered or failed.
fn has_listed(fleet: &Fleet, scopes: &[Arc<Scope>]) -> bool {
    let told = |scope: &Arc<Scope>| fleet.sources().any(|(source, _)| source.question.lists() && source.scope == *scope);
    scopes.iter().all(told)
}

/// The environments that were asked for, in an order that does not change from call to call.
fn chosen<'a>(gathered: &'a Gathered, options: &Options) -> Result<Vec<Environment<'a>>, Unclear> {
    let fleet = &gathered.fleet;
    let named: Vec<EnvironmentKey> = options.environments.iter().map(|text| select::one(fleet, text)).collect::<Result<_, _>>()?;
    let wanted = |environment: &Environment<'_>| {
        (named.is_empty() || named.contains(&environment.key()))
            && options.app.as_ref().is_none_or(|app| environment.app().as_str() == app)
            && options.tier.is_none_or(|tier| environment.tier() == tier.into())
    };
    let mut rows: Vec<Environment<'a>> = fleet.environments().filter(wanted).collect();
    rows.sort_by_cached_key(|environment| (environment.app(), environment.key().name, environment.key()));
    Ok(rows)
}

impl Gathered {
    fn take(&mut self, heard: Heard, found: &mut BTreeSet<Connection>) {
        match heard {
            Heard::Record(told) => self.record.take(&mut self.fleet, told),
            Heard::Report(Report::Scopes(known)) => self.scopes = Some(known),
            Heard::Report(Report::Found(connection)) => {
                self.closed.remove(&connection);
                found.insert(connection);
            }
            Heard::Report(Report::Identified(connection, identity)) => {
                self.accounts.insert(connection, identity.account.to_string());
            }
            Heard::Report(Report::DiscoveryFailed { connection, fault, .. }) => {
                self.closed.insert(connection.clone(), fault);
                found.insert(connection);
            }
            Heard::Report(Report::Observed(observation)) => drop(self.fleet.observe(observation)),
            Heard::Report(Report::StandBy(standby)) => self.standby = standby,
            Heard::Report(Report::Calls(_) | Report::Revealed(..)) => {}
            Heard::Report(Report::Swept) => self.swept = true,
        }
    }

    /// What there is to list, as far as it is told.
    fn listed_scopes(&self) -> &[Arc<Scope>] {
        self.scopes.as_deref().unwrap_or_default()
    }

    /// Whether there is something to list, or it is known of every way in that there is nothing. While one has not said
    /// yet into which account it leads, nobody knows.
    fn knows_what_to_list(&self) -> bool {
        let has_told = |connection: &Connection| {
            self.fleet.sources().any(|(source, _)| source.question.lists() && source.scope.connection == *connection)
        };
        let is_known = |connection: &Connection| {
            self.accounts.contains_key(connection) || self.closed.contains_key(connection) || has_told(connection)
        };
        self.scopes.is_some() && self.connections.iter().all(is_known)
    }

    /// Says what is unclear about an environment that was asked for: one that is not found may be
    /// one that could not be read.
    fn exit_unclear(&self, unclear: &Unclear) -> Exit {
        complain(unclear);
        let exit = self.exit();
        if exit == Exit::Complete || matches!(unclear, Unclear::Several { .. }) {
            return Exit::Usage;
        }
        complain(&"not everything could be read, so it may be there all the same:");
        table::complain_of(self);
        exit
    }

    /// Why there is nothing to tell of an environment that is only declared, if no fault says it already.
    fn why_unseen(&self, environment: &Environment<'_>) -> Option<String> {
        if !environment.is_unseen() {
            return None;
        }
        let key = environment.key();
        let place = key.region.as_ref().map_or("-", Region::as_str);
        let listed = self.fleet.sources().any(|(source, state)| {
            source.question.lists()
                && state.answered.is_some()
                && source.scope.platform == key.platform
                && source.scope.region == key.region
                && (key.account.is_none() || state.account == key.account)
        });
        let by = environment.declared_by().unwrap_or("the configuration");
        let why = if listed { "lists no environment of that name" } else { "was not read" };
        Some(format!("{} is declared in {by}, but {place} {why}", key.name))
    }

    /// Whether all, some or none of the listings answered.
    fn exit(&self) -> Exit {
        let sources = self.sources();
        let answered = sources.iter().any(|source| source.kind == Kind::Listing && source.ok);
        match (answered, sources.iter().all(|source| source.ok)) {
            (false, _) => Exit::Failed,
            (true, true) => Exit::Complete,
            (true, false) => Exit::Partial,
        }
    }

    /// Every source, by name: the listings, and what each way in was asked beside them.
    fn sources(&self) -> Vec<SourceRow> {
        let mut rows: Vec<SourceRow> =
            self.fleet.sources().filter(|(source, _)| source.question.lists()).map(|(source, state)| self.listing(source, state)).collect();
        let told = |scope: &&Arc<Scope>| self.fleet.sources().any(|(source, _)| source.question.lists() && source.scope == **scope);
        rows.extend(self.listed_scopes().iter().filter(|scope| !told(scope)).map(|scope| self.unanswered(scope)));
        rows.extend(self.connections.iter().filter_map(|connection| self.discovery(connection)));
        rows.extend(self.record.source());
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        rows
    }

    fn listing(&self, source: &Source, state: &SourceState) -> SourceRow {
        let scope = &source.scope;
        let fault = state.current_fault().or_else(|| state.current_flaw());
        let account = state.account.as_ref().map_or_else(|| self.account(&scope.connection), ToString::to_string);
        let region = scope.region.as_ref().map_or("-", |region| region.as_str());
        SourceRow {
            kind: Kind::Listing,
            name: format!("{} {account} {region}", scope.platform),
            ok: fault.is_none(),
            at: state.answered.map(|stamp| stamp.asked_at),
            calls: self.limiter.calls_to(&scope.connection, scope.region.as_ref()),
            error: fault.map(|(stamp, fault)| sentence(fault, stamp.asked_at)),
        }
    }

    /// A listing that neither answered nor failed before the time was up.
    fn unanswered(&self, scope: &Scope) -> SourceRow {
        let region = scope.region.as_ref().map_or("-", Region::as_str);
        SourceRow {
            kind: Kind::Listing,
            name: format!("{} {} {region}", scope.platform, self.account(&scope.connection)),
            ok: false,
            at: None,
            calls: self.limiter.calls_to(&scope.connection, scope.region.as_ref()),
            error: Some(format!(
                "{region} had not answered when the time was up: timeout_seconds in the configuration says how long that is"
            )),
        }
    }

    /// What a way in was asked of the account as a whole: who it is, which regions there are.
    fn discovery(&self, connection: &Connection) -> Option<SourceRow> {
        let listed = |region: Option<&Region>| {
            self.fleet.sources().any(|(source, _)| {
                source.question.lists() && source.scope.connection == *connection && source.scope.region.as_ref() == region
            })
        };
        let calls = self
            .limiter
            .regions_called(connection)
            .into_iter()
            .filter(|(region, _)| !listed(region.as_ref()))
            .map(|(_, calls)| calls)
            .sum();
        let fault = self.closed.get(connection);
        (calls > 0 || fault.is_some()).then(|| SourceRow {
            kind: Kind::Discovery,
            name: self.standby.iter().find(|standby| standby.connection == *connection).map_or_else(
                || format!("account {}", self.account(connection)),
                |standby| format!("account {} ({connection} stands by for {})", self.account(connection), standby.reader),
            ),
            ok: fault.is_none(),
            at: None,
            calls,
            error: fault.map(|fault| fault.sentence.to_string()),
        })
    }

    /// A connection's account; its own name where the account is not known.
    fn account(&self, connection: &Connection) -> String {
        // Where nobody has said yet whose credentials they are, an answer through them may have shown it.
        let sources = self.fleet.sources().filter(|(source, _)| source.scope.connection == *connection);
        let shown = || sources.filter_map(|(_, state)| state.account.as_ref()).map(ToString::to_string).next();
        self.accounts.get(connection).cloned().or_else(shown).unwrap_or_else(|| connection.to_string())
    }
}

/// What a source is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Environments.
    Listing,
    /// What there is to list.
    Discovery,
    /// What GitHub knows of them.
    Record,
}

/// One source, as it is told.
struct SourceRow {
    kind: Kind,
    name: String,
    ok: bool,
    at: Option<Timestamp>,
    calls: u64,
    error: Option<String>,
}

/// A fault's sentence with the time at which it was met.
fn sentence(fault: &Fault, at: Timestamp) -> String {
    format!("{} (asked {})", fault.sentence.trim_end_matches('.'), at.strftime("%H:%M:%SZ"))
}
