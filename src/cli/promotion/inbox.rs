//! `quarterdeck promotions`: everything that waits for a person.

use clap::Args;
use serde::Serialize;

use super::super::{Common, Exit, answer};
use super::{exit, gathered, settings};
use crate::model::clock::{Age, Timestamp};
use crate::model::id::EnvironmentKey;
use crate::model::promotion::Promotion;
use crate::model::safe_text::{harmless_json, safe};

/// What `promotions` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs `quarterdeck promotions`.
pub async fn run(common: &Common, options: Options) -> Exit {
    let settings = match settings(common) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let session = gathered(&settings).await;
    let promotions = &session.state.github.promotions;
    let text = if options.json { json(promotions, session.state.now) } else { table(promotions, session.state.now) };
    if answer(&text) { exit(&session) } else { Exit::Failed }
}

fn table(promotions: &[Promotion], now: Timestamp) -> String {
    let line = |promotion: &Promotion| {
        let run = &promotion.run;
        let age = run.created_at.map_or_else(|| "?".to_owned(), |at| Age::of(at, now).to_string());
        let gates: Vec<&str> = promotion.held.iter().map(|held| &*held.gate.name).collect();
        let may = match (promotion.is_read, promotion.may_approve()) {
            (false, _) => "whether you may approve is not known",
            (true, true) => "you may approve",
            (true, false) => "you may not approve",
        };
        let line = format!(
            "{}#{}  {}  {}  waits {age}  {may}  {}",
            promotion.repository,
            run.number,
            run.head.short(),
            gates.join(", "),
            run.title
        );
        format!("{}\n", safe(&line))
    };
    promotions.iter().map(line).collect()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    at: Timestamp,
    promotions: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    repository: &'a str,
    run: u64,
    number: u64,
    title: &'a str,
    sha: &'a str,
    actor: Option<&'a str>,
    created_at: Option<Timestamp>,
    url: &'a str,
    /// Null where it could not be read.
    gates: Option<Vec<GateRow<'a>>>,
}

#[derive(Serialize)]
struct GateRow<'a> {
    id: u64,
    name: &'a str,
    may_approve: bool,
    reviewers: Vec<&'a str>,
    wait_minutes: u64,
    environments: &'a [EnvironmentKey],
}

fn json(promotions: &[Promotion], at: Timestamp) -> String {
    let document = Document { schema: 1, at, promotions: promotions.iter().map(row).collect() };
    serde_json::to_string_pretty(&document).map_or_else(|_| String::new(), |text| harmless_json(&text) + "\n")
}

fn row(promotion: &Promotion) -> Row<'_> {
    let run = &promotion.run;
    let gates = promotion.held.iter().map(|held| GateRow {
        id: held.gate.id.0,
        name: &held.gate.name,
        may_approve: held.gate.may_approve,
        reviewers: held.gate.reviewers.iter().map(|name| &**name).collect(),
        wait_minutes: held.gate.wait_minutes,
        environments: &held.environments,
    });
    Row {
        repository: promotion.repository.as_str(),
        run: run.id.0,
        number: run.number,
        title: &run.title,
        sha: run.head.as_str(),
        actor: run.actor.as_ref().map(crate::model::id::Login::as_str),
        created_at: run.created_at,
        url: &run.url,
        gates: promotion.is_read.then(|| gates.collect()),
    }
}
