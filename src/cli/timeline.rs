//! `quarterdeck timeline`: what changed, newest first.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::select::{self, Unclear};
use super::session::{self, Session};
use super::{Common, Exit, Since, answer, complain};
use crate::app::github::GitHubState;
use crate::app::history::Place;
use crate::app::state::State;
use crate::app::timeline::{Row, collect, listed, markdown};
use crate::model::clock::Timestamp;
use crate::model::id::{EnvironmentKey, Platform, Repository};
use crate::model::safe_text::{harmless_json, safe};
use crate::model::sighting::{Question, Source};
use crate::model::timeline::Entry;

/// How long the listings, their events and GitHub are waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How far the list goes back unless told otherwise.
const SINCE: Since = Since::Ago(Duration::from_secs(3 * 3_600));

/// What `timeline` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Only these environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// From when on: 90s, 15m, 2h, 1d, or a time as RFC 3339 writes it. Unless told otherwise the last three hours.
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    since: Option<Since>,
    /// Print JSON; its shape is fixed.
    #[arg(long)]
    json: bool,
    /// Print Markdown, for the channel in which people talk about it.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

/// Runs `quarterdeck timeline`.
pub async fn run(common: &Common, options: Options) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let mut session = Session::open(&settings);
    session.go(Place::Timeline(Vec::new()));
    session.until(PATIENCE, is_told).await;
    let state = &session.state;
    let about = match chosen(state, &options.environments) {
        Ok(about) => about,
        Err(unclear) => return session::unfound(state, &unclear),
    };
    let since = options.since.unwrap_or(SINCE).moment(state.now);
    let collected = collect(state, &about, since);
    let unread = collected.unread.clone();
    let rows = listed(collected);
    let text = match (options.json, options.markdown) {
        (true, _) => json(state, since, &rows, &unread),
        (false, true) => markdown::of_rows(&rows, state.now),
        (false, false) => table(&rows),
    };
    if answer(&text) { exit(state, &unread) } else { Exit::Failed }
}

fn chosen(state: &State, named: &[String]) -> Result<Vec<EnvironmentKey>, Unclear> {
    let mut about: Vec<EnvironmentKey> = named.iter().map(|text| select::one(&state.fleet, text)).collect::<Result<_, _>>()?;
    about.sort();
    about.dedup();
    Ok(about)
}

/// Whether all is listed, with its events, and GitHub and the journals have told.
fn is_told(state: &State) -> bool {
    let scopes = state.reading.scopes.iter().flatten().filter(|scope| scope.platform == Platform::Beanstalk);
    let holds_any =
        |scope: &&std::sync::Arc<_>| state.fleet.environments().any(|it| it.source().is_some_and(|source| source.scope == **scope));
    let mut sources = scopes.filter(holds_any).map(|scope| Source { question: Question::Events, scope: scope.clone() });
    let has_events = |source: Source| {
        let known = state.fleet.source(&source);
        known.is_some_and(|known| known.answered.is_some() || known.current_fault().is_some())
    };
    let has_github = !GitHubState::is_used(&state.fleet) || session::is_compared(state);
    session::is_listed(state) && sources.all(has_events) && has_github && !state.operations.is_unread
}

/// Says what could not be read; the exit code that this makes.
fn exit(state: &State, unread: &[String]) -> Exit {
    let troubles = session::troubles(state);
    for sentence in troubles.iter().chain(unread) {
        complain(&safe(sentence));
    }
    match (troubles.is_empty() && unread.is_empty() && session::is_listed(state), state.fleet.environments().next().is_none()) {
        (true, _) => Exit::Complete,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Partial,
    }
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let at = row.at().strftime("%Y-%m-%d %H:%M:%SZ");
        let line = match row {
            Row::Entry(entry) => of_entry(entry, &at.to_string()),
            Row::Update(update) => of_entry(&update.told, &at.to_string()),
            Row::Horizon(horizon) => format!("  {at}  -- {}", horizon.sentence()),
            Row::Cut(_, left) => format!("  {at}  -- {left} older changes are not listed"),
        };
        text.push_str(&safe(line.trim_end()));
        text.push('\n');
    }
    text
}

fn of_entry(entry: &Entry, at: &str) -> String {
    let seen = if entry.is_seen() { "~" } else { " " };
    let name = |key: &EnvironmentKey| key.region.as_ref().map_or_else(|| key.name.to_string(), |region| format!("{}@{region}", key.name));
    let mut about: Vec<String> = entry.about.iter().map(name).collect();
    about.extend(entry.repository.iter().map(ToString::to_string));
    let who = entry.who.as_ref().map_or_else(String::new, |who| format!("  by {who}"));
    format!("{seen} {at}  {:<9} {}  {}{who}", entry.kind.word(), about.join(", "), entry.text)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    at: Timestamp,
    since: Timestamp,
    changes: Vec<Change<'a>>,
    /// Before these moments nothing is known.
    horizons: Vec<Reach<'a>>,
    /// What could not be read.
    unread: &'a [String],
}

#[derive(Serialize)]
struct Change<'a> {
    at: Timestamp,
    /// Whether it was only seen at that moment, and came about before.
    seen: bool,
    kind: &'static str,
    tone: &'static str,
    told_by: &'static str,
    environments: &'a [EnvironmentKey],
    repository: Option<&'a str>,
    text: &'a str,
    who: Option<&'a str>,
    detail: Vec<&'a str>,
}

#[derive(Serialize)]
struct Reach<'a> {
    at: Timestamp,
    told_by: &'static str,
    of: Vec<&'a str>,
}

fn json(state: &State, since: Timestamp, rows: &[Row], unread: &[String]) -> String {
    let changes = rows.iter().filter_map(Row::entry).map(|entry| Change {
        at: entry.at,
        seen: entry.is_seen(),
        kind: entry.kind.word(),
        tone: entry.tone.word(),
        told_by: entry.origin.word(),
        environments: &entry.about,
        repository: entry.repository.as_ref().map(Repository::as_str),
        text: &entry.text,
        who: entry.who.as_deref(),
        detail: entry.detail.iter().map(|line| &**line).collect(),
    });
    let horizons = rows.iter().filter_map(|row| if let Row::Horizon(horizon) = row { Some(horizon) } else { None });
    let horizons = horizons.map(|horizon| Reach {
        at: horizon.at,
        told_by: horizon.origin.word(),
        of: horizon.of.iter().map(|name| &**name).collect(),
    });
    let document = Document { schema: 1, at: state.now, since, changes: changes.collect(), horizons: horizons.collect(), unread };
    serde_json::to_string_pretty(&document).map_or_else(|_| String::new(), |text| harmless_json(&text) + "\n")
}
