//! Answering to a waiting run: approve or reject the chosen gates of the ship sheet that is open.

use super::super::decision::{Decision, Draft, Proof};
use super::super::state::State;
use super::{Intent, identity, may_write, names};
use crate::model::id::EnvironmentKey;
use crate::model::promotion::{Sheet, Verdict};
use crate::model::write::{Premise, Write};

/// The dialog that answers for the chosen gates of the sheet that is open.
///
/// # Errors
/// Why nobody can answer.
pub fn plan(state: &State, approve: bool) -> Result<Decision, String> {
    let screen = &state.sheet_screen;
    let sheet = screen.sheet.as_ref().ok_or("this run does not wait for anybody")?;
    let promotion = &sheet.promotion;
    may_write(state, &promotion.repository)?;
    if screen.given.as_ref().is_some_and(|given| given.sent.is_none()) {
        return Err("an answer is on its way".to_owned());
    }
    if !promotion.is_read {
        return Err("it is not known yet what the run waits for".to_owned());
    }
    if !promotion.may_approve() {
        return Err("GitHub does not let you answer for any of its environments".to_owned());
    }
    if sheet.chosen.is_empty() {
        return Err("no gate is chosen: space chooses".to_owned());
    }
    if let Some(refusal) = sheet.refused.filter(|_| approve) {
        return Err(refusal.to_owned());
    }
    let seal = screen.seal();
    let mut decision = on(sheet, approve);
    decision.seal = seal;
    let environments: Vec<EnvironmentKey> = sheet.environments().cloned().collect();
    let places = if environments.is_empty() { "? not known".to_owned() } else { names(&environments) };
    decision = decision.with("gates", gates(sheet)).with("ships to", places);
    decision = if approve {
        decision.with("commits", screen.commits.map_or_else(|| "? not known".to_owned(), |commits| commits.to_string()))
    } else {
        decision.with("then", "the jobs behind these gates fail; nothing is deployed by them")
    };
    decision = decision.with("as", identity(state));
    let failed = if approve { sheet.failed().map(|check| check.sentence.clone()).collect() } else { Vec::new() };
    if approve {
        // What the sheet warns of is covered by the dialog.
        let warned =
            sheet.checks.iter().filter(|check| matches!(check.verdict.counted(sheet.production), Verdict::Warn | Verdict::Unknown));
        decision.remarks.extend(warned.map(|check| (check.verdict, check.sentence.clone())));
    }
    Ok(decision.against(failed).commented())
}

fn gates(sheet: &Sheet) -> String {
    sheet.chosen_gates().map(|held| held.gate.name.to_string()).collect::<Vec<_>>().join(", ")
}

fn on(sheet: &Sheet, approve: bool) -> Decision {
    let (promotion, run) = (&sheet.promotion, &sheet.promotion.run);
    let intent = Intent::Review { approve };
    let (title, verb) = (intent.title(), if approve { "Approve" } else { "Reject" });
    let environments: Vec<String> = sheet.environments().map(ToString::to_string).collect();
    let places = if environments.is_empty() { "where that deploys to is not known".to_owned() } else { environments.join(", ") };
    let plan = format!("{title} #{} of {} at {}: {} ({places})", run.number, promotion.repository, run.head.short(), gates(sheet));
    let draft = Draft {
        repository: promotion.repository.clone(),
        write: Write::Review { run: run.id, gates: sheet.chosen.clone(), approve, comment: String::new() },
        premise: Premise::held(run, promotion.held.iter().map(|held| held.gate.id)),
        commit: Some(run.head.clone()),
        plan,
    };
    let headline = format!("{verb} run #{} of {} at {}", run.number, promotion.repository, run.head.short());
    Decision::on(intent, headline, draft, if approve { proof(sheet) } else { Proof::Yes })
}

/// Production, or more than one environment: the name typed, or the count.
fn proof(sheet: &Sheet) -> Proof {
    let environments: Vec<EnvironmentKey> = sheet.environments().cloned().collect();
    // Where it is not known what all a gate leads to, the run is named.
    if sheet.chosen_gates().any(|held| !held.is_whole) {
        return Proof::Typed(sheet.promotion.run.number.to_string());
    }
    match environments.as_slice() {
        [_] => Proof::of(&environments, sheet.production),
        several => Proof::Typed(several.len().max(sheet.chosen.len()).to_string()),
    }
}
