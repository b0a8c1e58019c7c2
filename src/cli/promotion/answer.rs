//! `quarterdeck approve` and `reject`: the ship sheet on the command line, and the answer.
//!
//! Naming the environments is the confirmation: who types them knows what they are.

use std::time::Duration;

use clap::Args;

use super::super::select::means;
use super::super::session::{Session, is_compared};
use super::super::{Common, Exit, answer, complain};
use super::{gathered, settings};
use crate::app::event::Effect;
use crate::app::history::Place;
use crate::app::plans;
use crate::app::state::State;
use crate::model::environment::Environment;
use crate::model::id::{EnvironmentKey, GateId, Repository, RunId};
use crate::model::lock::Known;
use crate::model::promotion::{Held, Promotion, Sheet, Shipment, Verdict};
use crate::model::safe_text::safe;
use crate::model::write::Sent;
use crate::ui::chain::{environments, verdict};

/// How long the instances and properties of a sheet's environments are waited for.
const DETAILS: Duration = Duration::from_secs(20);
/// How long the answer's answer is waited for.
const REPLY: Duration = crate::ops::LONGEST_WRITE;

/// What `approve` and `reject` take.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The run: its id, owner/name#NUMBER, or #NUMBER where that is unique.
    #[arg(value_name = "RUN")]
    run: String,
    /// A GitHub environment, or an environment it deploys to; may be given several times.
    #[arg(long = "environment", value_name = "ENV")]
    environments: Vec<String>,
    /// What is said with it; where a check stands in the way, it is the reason and must be given.
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    /// Print the ship sheet, and do nothing.
    #[arg(long)]
    plan: bool,
}

/// Runs `quarterdeck approve`, or `reject`.
pub async fn run(common: &Common, options: Options, approve: bool) -> Exit {
    let settings = match settings(common) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let mut session = gathered(&settings).await;
    let place = match meant(&session.state.github.promotions, &options.run) {
        Ok(place) => place,
        Err(sentence) => {
            complain(&safe(&sentence));
            return super::exit(&session).max_failed();
        }
    };
    session.go(Place::Sheet(place.0.clone(), place.1));
    session.until(DETAILS, |state| is_detailed(state) && is_compared(state)).await;
    if let Err(sentence) = choose(&mut session, &options) {
        complain(&safe(&sentence));
        return Exit::Usage;
    }
    session.go(Place::Sheet(place.0, place.1));
    session.state.stale_rows = true;
    session.until(Duration::ZERO, |_| true).await;
    let Some(sheet) = session.state.sheet_screen.sheet.clone() else {
        complain(&"the run does not wait any more");
        return Exit::Failed;
    };
    if !answer(&plan(&session.state, &sheet)) {
        return Exit::Failed;
    }
    if !options.plan {
        return give(session, &options, approve).await;
    }
    if answer(&confirmation(&sheet, &options, approve)) { Exit::Complete } else { Exit::Failed }
}

/// The run that is meant.
fn meant(promotions: &[Promotion], text: &str) -> Result<(Repository, RunId), String> {
    let (repository, number) = text.rsplit_once('#').map_or((None, None), |(repository, number)| (Some(repository), Some(number)));
    let fits = |promotion: &&Promotion| match number {
        Some(number) => {
            promotion.run.number.to_string() == number
                && repository.is_none_or(|name| name.is_empty() || promotion.repository.as_str() == name)
        }
        None => promotion.run.id.to_string() == text,
    };
    let found: Vec<&Promotion> = promotions.iter().filter(fits).collect();
    match found.as_slice() {
        [one] => Ok((one.repository.clone(), one.run.id)),
        [] => Err(format!("no run \"{text}\" waits for anybody: see quarterdeck promotions")),
        several => {
            let names: Vec<String> = several.iter().map(|it| format!("{}#{}", it.repository, it.run.number)).collect();
            Err(format!("\"{text}\" may mean {}", names.join(" or ")))
        }
    }
}

/// Whether all is known, or cannot be, that the sheet's checks look at: the instances of every environment
/// on it, and the property names of those that it ships to.
fn is_detailed(state: &State) -> bool {
    let screen = &state.sheet_screen;
    let Some(sheet) = &screen.sheet else { return false };
    let has = |key: &EnvironmentKey, is_known: &dyn Fn(&Environment<'_>) -> bool| {
        state.fleet.get(key).is_some_and(|environment| is_known(&environment) || environment.detail_fault().is_some())
    };
    let tells = |environment: &Environment<'_>| environment.identity().is_some_and(|identity| identity.tells_versions);
    let instances = |environment: &Environment<'_>| environment.instances().is_some() || !tells(environment);
    let properties = |environment: &Environment<'_>| environment.properties().is_some();
    let both = |environment: &Environment<'_>| instances(environment) && properties(environment);
    state.locks.known != Known::NotRead
        && screen.environments().iter().all(|key| has(key, &both))
        && sheet.tried_in.iter().all(|key| has(key, &instances))
}

/// Leaves out every gate that is not named.
fn choose(session: &mut Session, options: &Options) -> Result<(), String> {
    let Some(promotion) = session.state.sheet_screen.promotion.clone() else { return Err("the run does not wait any more".to_owned()) };
    let names: Vec<&str> = promotion.held.iter().map(|held| &*held.gate.name).collect();
    if options.environments.is_empty() && !options.plan {
        return Err(format!("say which: --environment may be {}", names.join(", ")));
    }
    let mut chosen: Vec<GateId> = Vec::new();
    for text in &options.environments {
        let fitting =
            promotion.held.iter().filter(|held| *held.gate.name == **text || held.environments.iter().any(|key| means(text, key)));
        let ids: Vec<GateId> = fitting.map(|held| held.gate.id).collect();
        let names_gate = promotion.held.iter().any(|held| *held.gate.name == **text);
        let alone = |held: &&Held| held.is_whole && held.environments.len() == 1;
        match ids.as_slice() {
            // Who names an environment means that one.
            [one] if !names_gate && !promotion.held.iter().filter(|held| held.gate.id == *one).any(|held| alone(&held)) => {
                let gate = promotion.held.iter().find(|held| held.gate.id == *one).map_or("", |held| &*held.gate.name);
                return Err(format!("\"{gate}\" ships to more than {text}, or may: to approve all of it, name it as GitHub does"));
            }
            [one] if !may_answer(&promotion, *one) => return Err(format!("GitHub does not let you answer for \"{text}\"")),
            [one] => chosen.push(*one),
            [] => return Err(format!("the run does not wait for \"{text}\": it waits for {}", names.join(", "))),
            _ => return Err(format!("\"{text}\" may mean several of {}: write name@region, or the name on GitHub", names.join(", "))),
        }
    }
    if !options.environments.is_empty() {
        let left_out = promotion.held.iter().map(|held| held.gate.id).filter(|id| !chosen.contains(id));
        session.state.sheet_screen.left_out = left_out.collect();
    }
    Ok(())
}

fn may_answer(promotion: &Promotion, gate: GateId) -> bool {
    promotion.held.iter().any(|held| held.gate.id == gate && held.gate.may_approve)
}

/// The sheet as text.
fn plan(state: &State, sheet: &Sheet) -> String {
    let run = &sheet.promotion.run;
    let mut lines = vec![format!("{}#{}  {}  {}", sheet.promotion.repository, run.number, run.head.short(), run.title)];
    lines.extend(sheet.chosen_gates().map(|held| format!("  {}: {}", held.gate.name, environments(&held.environments))));
    let from = |shipment: &Shipment| {
        let version = shipment.from.as_ref().map_or("?", |sha| sha.short());
        format!("  from {version} in {}", environments(&shipment.environments))
    };
    lines.extend(sheet.shipments.iter().map(from));
    lines.extend(state.sheet_screen.changes.iter().map(|change| {
        let author = change.author.as_ref().map_or_else(|| "(account gone)".to_owned(), |login| format!("@{login}"));
        format!("  {:<8} {}  {author}", change.name(), change.title)
    }));
    lines.extend(sheet.checks.iter().map(|check| {
        let word = match check.verdict.counted(sheet.production) {
            Verdict::Pass => "ok",
            Verdict::Warn => "warning",
            Verdict::Unknown => "unknown",
            Verdict::Fail => "in the way",
        };
        format!("{} {word}: {}", verdict(check.verdict).0, check.sentence)
    }));
    lines.iter().flat_map(|line| [safe(line), "\n".into()]).collect()
}

/// What would confirm it: the gates by their names, and what has to be said.
fn confirmation(sheet: &Sheet, options: &Options, approve: bool) -> String {
    let quoted = |name: &str| if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() };
    let gates: Vec<String> = sheet.chosen_gates().map(|held| format!("--environment {}", quoted(&held.gate.name))).collect();
    let in_the_way = sheet.checks.iter().filter(|check| check.verdict.counted(sheet.production) == Verdict::Fail).count();
    let reason = if approve && in_the_way > 0 { " --comment \"why\"" } else { "" };
    let verb = if approve { "approve" } else { "reject" };
    let way = match in_the_way {
        0 => String::new(),
        1 => "1 check is in the way\n".to_owned(),
        several => format!("{several} checks are in the way\n"),
    };
    let command = format!("confirmed with quarterdeck {verb} {} {}{reason}", quoted(&options.run), gates.join(" "));
    format!("{way}{}\n", safe(&command))
}

async fn give(mut session: Session, options: &Options, approve: bool) -> Exit {
    let mut decision = match plans::plan(&session.state, &plans::Intent::Review { approve }) {
        Ok(decision) => decision,
        Err(refusal) => return fail(&refusal, Exit::Failed),
    };
    if decision.needs_reason() && options.comment.trim().is_empty() {
        complain(&"a check stands in the way: say why it ships all the same, with --comment");
        return Exit::Usage;
    }
    decision.comment = crate::app::filter::TextField::with(&options.comment);
    let identity = session.state.github.forge.viewer.value().cloned();
    let Some(order) = decision.order(1, identity) else { return fail("an answer to gates is no operation", Exit::Failed) };
    let participle = order.write.participle();
    session.state.sheet_screen.given = Some(crate::app::sheet::Given { number: 1, participle, at: session.state.now, sent: None });
    session.perform(Effect::Write(Box::new(order)));
    let sent = |state: &State| state.sheet_screen.given.as_ref().and_then(|given| given.sent.clone());
    session.until(REPLY, |state| sent(state).is_some()).await;
    match sent(&session.state) {
        Some(sent @ (Sent::Done(_) | Sent::Found(_))) => {
            if matches!(sent, Sent::Found(_)) {
                complain(&safe(&sent.sentence()));
            }
            if answer(if approve { "approved\n" } else { "rejected\n" }) { Exit::Complete } else { Exit::Failed }
        }
        Some(sent @ (Sent::Refused(_) | Sent::Changed(_))) => fail(&sent.sentence(), Exit::Failed),
        Some(sent @ Sent::Unclear(_)) => fail(&sent.sentence(), Exit::Partial),
        None => fail("no answer came in time; it is not known whether GitHub has taken it: look at the run", Exit::Partial),
    }
}

fn fail(sentence: &str, exit: Exit) -> Exit {
    complain(&safe(sentence));
    exit
}
