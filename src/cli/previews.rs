//! `quarterdeck previews`: what still runs of pull requests, and what of it nobody needs any more.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::session::{self, Session};
use super::{Common, Exit, answer, complain};
use crate::app::history::Place;
use crate::app::previews::{self, Preview};
use crate::app::state::State;
use crate::model::clock::{Age, Timestamp};
use crate::model::environment::{Doubt, Environment, Need};
use crate::model::id::{AppName, EnvironmentKey, Login, PullNumber, Sha, VersionLabel};
use crate::model::safe_text::{harmless_json, safe};

/// How long the listings and GitHub are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `previews` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Only previews whose pull request is over though they still run.
    #[arg(long)]
    orphans: bool,
    /// Print JSON; its shape is fixed.
    #[arg(long)]
    json: bool,
}

/// Runs `quarterdeck previews`.
pub async fn run(common: &Common, options: Options) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let mut session = Session::open(&settings);
    session.go(Place::Previews);
    session.until(PATIENCE, is_told).await;
    let state = &session.state;
    let all = previews::each(&state.fleet, previews::shut_out(state));
    let shown: Vec<&Preview> = all.iter().filter(|preview| !options.orphans || preview.need == Need::Orphan).collect();
    let text = if options.json { json(state, &shown) } else { table(state, &shown) };
    if !answer(&text) {
        return Exit::Failed;
    }
    exit(state, &all)
}

/// Whether all is listed and GitHub has told of every pull request, or why it does not.
fn is_told(state: &State) -> bool {
    let each = previews::each(&state.fleet, previews::shut_out(state));
    session::is_listed(state) && each.iter().all(|preview| preview.need != Need::Unknown(Doubt::NotTold))
}

/// Says what could not be read; the exit code that this makes.
fn exit(state: &State, all: &[Preview]) -> Exit {
    let troubles = session::troubles(state);
    for trouble in &troubles {
        complain(&safe(trouble));
    }
    let doubts = all.iter().filter_map(|preview| match &preview.need {
        Need::Unknown(doubt) => Some(format!("{}: whether it is needed is not known: {}", preview.key.name, doubt.sentence())),
        Need::Orphan | Need::Over | Need::Open => None,
    });
    let mut is_whole = troubles.is_empty() && session::is_listed(state);
    for doubt in doubts {
        complain(&safe(&doubt));
        is_whole = false;
    }
    match (is_whole, state.fleet.environments().all(|environment| environment.is_unseen())) {
        (true, _) => Exit::Complete,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Partial,
    }
}

fn table(state: &State, shown: &[&Preview]) -> String {
    let mut text = String::new();
    for preview in shown {
        let Some(environment) = state.fleet.get(&preview.key) else { continue };
        let pull = environment.pull().map(|told| told.value);
        let number = preview.pull.map_or_else(|| "?".to_owned(), |number| format!("#{number}"));
        let age = environment.there_since().map_or_else(|| "?".to_owned(), |at| Age::of(at, state.now).to_string());
        let version = environment.commit().map_or("?", Sha::short);
        let owner = pull.and_then(|pull| pull.author.as_ref()).map_or_else(String::new, |author| format!("@{author}"));
        let title = pull.map_or("", |pull| &pull.title);
        let line = format!("{:<24} {number:<7} {:<8} {age:>5}  {version:<8} {owner}  {title}", preview.key.name, preview.need.word());
        text.push_str(safe(line.trim_end()).as_ref());
        text.push('\n');
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    at: Timestamp,
    previews: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    key: &'a EnvironmentKey,
    app: AppName,
    pull: Option<PullNumber>,
    /// `orphan`, `over`, `open` or `unknown`.
    state: &'static str,
    /// Why the state is not known.
    why: Option<String>,
    /// Since when the preview is there.
    since: Option<Timestamp>,
    health: String,
    version: Option<&'a str>,
    commit: Option<&'a str>,
    title: Option<&'a str>,
    owner: Option<&'a Login>,
    branch: Option<&'a str>,
    opened_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// When GitHub was asked.
    asked_at: Option<Timestamp>,
    url: Option<&'a str>,
    pull_url: Option<&'a str>,
}

fn json(state: &State, shown: &[&Preview]) -> String {
    let rows = shown.iter().filter_map(|preview| Some(row(preview, &state.fleet.get(&preview.key)?)));
    let document = Document { schema: 1, at: state.now, previews: rows.collect() };
    serde_json::to_string_pretty(&document).map_or_else(|_| String::new(), |text| harmless_json(&text) + "\n")
}

fn row<'a>(preview: &'a Preview, environment: &Environment<'a>) -> Row<'a> {
    let told = environment.pull();
    let pull = told.map(|told| told.value);
    Row {
        key: &preview.key,
        app: environment.app(),
        pull: preview.pull,
        state: preview.need.word(),
        why: if let Need::Unknown(doubt) = &preview.need { Some(doubt.sentence()) } else { None },
        since: environment.there_since(),
        health: environment.level().to_string(),
        version: environment.label().map(VersionLabel::as_str),
        commit: environment.commit().map(Sha::as_str),
        title: pull.map(|pull| &*pull.title),
        owner: pull.and_then(|pull| pull.author.as_ref()),
        branch: pull.and_then(|pull| pull.branch.as_deref()),
        opened_at: pull.and_then(|pull| pull.created_at),
        closed_at: pull.and_then(|pull| pull.closed_at),
        asked_at: told.map(|told| told.at),
        url: environment.identity().and_then(|identity| identity.url.as_deref()),
        pull_url: pull.and_then(|pull| pull.url.as_deref()),
    }
}
