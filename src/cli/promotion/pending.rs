//! `quarterdeck pending`: what has not arrived, for every step of every chain.

use clap::Args;
use serde::Serialize;

use super::super::{Common, Exit, answer, complain};
use super::{exit, gathered, settings};
use crate::app::history::Place;
use crate::app::pending::{Change, PendingScreen, Step};
use crate::model::chain::{Behind, Upstream};
use crate::model::clock::Timestamp;
use crate::model::commit::CheckState;
use crate::model::id::{AppName, EnvironmentKey, Login, Sha};
use crate::model::safe_text::{harmless_json, safe};
use crate::ui::{chain, pending};

/// What `pending` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Only this app.
    #[arg(value_name = "APP")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Only your own changes.
    #[arg(long)]
    mine: bool,
}

/// Runs `quarterdeck pending`.
pub async fn run(common: &Common, options: Options) -> Exit {
    let settings = match settings(common) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let app = options.app.as_deref().map(AppName::from);
    let has_repository = |name: &AppName| settings.catalogue.app(name).is_some_and(|app| app.repository.is_some());
    if let Some(name) = app.as_ref().filter(|name| !has_repository(name)) {
        let known: Vec<&str> = settings.catalogue.apps.iter().filter(|app| app.repository.is_some()).map(|app| app.name.as_str()).collect();
        complain(&safe(&format!("no app with a repository is called \"{name}\": there are {}", known.join(", "))));
        return Exit::Usage;
    }
    let mut session = gathered(&settings).await;
    session.go(Place::Pending(app));
    let mut screen = std::mem::take(&mut session.state.pending_screen);
    screen.mine = options.mine;
    let Place::Pending(app) = session.state.place().clone() else { return Exit::Failed };
    screen.arrange(&session.state.github, app.as_ref(), usize::MAX);
    let text = if options.json { json(&screen, session.state.now) } else { table(&screen) };
    if answer(&text) { exit(&session) } else { Exit::Failed }
}

fn shown<'s>(screen: &'s PendingScreen, step: &'s Step) -> Vec<&'s Change> {
    let first = step.environments.first();
    let rows = screen.rows.iter().filter(|row| screen.step(row).and_then(|step| step.environments.first()) == first);
    rows.filter_map(|row| screen.change(row)).collect()
}

/// The name of what feeds a step; none where the branch is not known.
fn upstream(step: &Step) -> Option<&str> {
    match &step.upstream {
        Upstream::Branch(branch) => branch.as_deref(),
        Upstream::Environment(key) => Some(key.name.as_str()),
    }
}

fn table(screen: &PendingScreen) -> String {
    let mut lines = Vec::new();
    for step in &screen.steps {
        let changes = shown(screen, step);
        if screen.mine && changes.is_empty() {
            continue;
        }
        let short = |sha: Option<&Sha>| sha.map_or("?", Sha::short).to_owned();
        let (running, offered) = (short(step.running.as_ref()), short(step.offered.as_ref()));
        let places = chain::environments(&step.environments);
        let behind = pending::behind(step).plain();
        let running = if step.shares.is_empty() { running } else { pending::shares(step) };
        let unknown = step.unknown().map(|unknown| format!(", {unknown}")).unwrap_or_default();
        lines.push(format!("{}  {places} <- {}  {running} -> {offered}  {behind}{unknown}", step.app, upstream(step).unwrap_or("?")));
        lines.extend(changes.into_iter().map(|change| {
            let author = change.author.as_ref().map_or_else(|| "(account gone)".to_owned(), |login| format!("@{login}"));
            format!("  {:<8} {}  {author}  {}", change.name(), change.title, place(change))
        }));
    }
    lines.iter().flat_map(|line| [safe(line), "\n".into()]).collect()
}

/// Where a change is: on how many instances it runs already, where that are some of several.
fn place(change: &Change) -> String {
    match change.arrived {
        Some((arrived, all)) if arrived > 0 => format!("runs on {arrived} of {all}"),
        Some(_) | None => change.whereabouts.words().to_owned(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    at: Timestamp,
    steps: Vec<StepRow<'a>>,
}

#[derive(Serialize)]
struct StepRow<'a> {
    app: &'a AppName,
    repository: &'a str,
    environments: &'a [EnvironmentKey],
    upstream: Option<&'a str>,
    running: Option<&'a str>,
    /// What its instances run where those are several commits and all known; else nothing.
    shares: Vec<ShareRow<'a>>,
    offered: Option<&'a str>,
    /// Commits pending; null where that is not known.
    commits: Option<u64>,
    /// How many of them are not among the changes: more than GitHub tells.
    unlisted: u64,
    /// Whether some of them may touch nothing of the app's folder.
    vague: bool,
    diverged: bool,
    error: Option<&'a str>,
    changes: Vec<ChangeRow<'a>>,
}

#[derive(Serialize)]
struct ShareRow<'a> {
    commit: &'a str,
    instances: usize,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    pull: Option<u64>,
    title: &'a str,
    author: Option<&'a Login>,
    at: Option<Timestamp>,
    commits: usize,
    newest: &'a str,
    state: &'static str,
    checks: Option<&'static str>,
    /// On how many instances it runs already; null unless those run several versions.
    arrived: Option<usize>,
    url: Option<&'a str>,
}

/// The word of a commit's checks.
const fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Success => "success",
        CheckState::Failure => "failure",
        CheckState::Pending => "pending",
        CheckState::Neutral => "neutral",
        CheckState::Unknown => "unknown",
    }
}

fn json(screen: &PendingScreen, at: Timestamp) -> String {
    let steps = screen.steps.iter().map(|step| StepRow {
        app: &step.app,
        repository: step.repository.as_str(),
        environments: &step.environments,
        upstream: upstream(step),
        running: step.running.as_ref().map(Sha::as_str),
        shares: step.shares.iter().map(|share| ShareRow { commit: share.commit.as_str(), instances: share.instances }).collect(),
        offered: step.offered.as_ref().map(Sha::as_str),
        commits: step.behind.commits(),
        unlisted: step.unlisted,
        vague: step.vague.is_some(),
        diverged: matches!(step.behind, Behind::Diverged { .. }),
        error: if let Behind::Failed(why) = &step.behind { Some(&**why) } else { None },
        changes: shown(screen, step).into_iter().map(row).collect(),
    });
    let document = Document { schema: 1, at, steps: steps.collect() };
    serde_json::to_string_pretty(&document).map_or_else(|_| String::new(), |text| harmless_json(&text) + "\n")
}

fn row(change: &Change) -> ChangeRow<'_> {
    ChangeRow {
        pull: change.pull.map(|number| number.0),
        title: &change.title,
        author: change.author.as_ref(),
        at: change.at,
        commits: change.commits,
        newest: change.newest.as_str(),
        state: change.whereabouts.words(),
        checks: change.checks.map(word),
        arrived: change.arrived.map(|(arrived, _)| arrived),
        url: change.url.as_deref(),
    }
}
