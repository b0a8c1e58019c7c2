//! Restarting what runs on a plain host, by the system's ssh.

use std::time::Duration;

use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::state::State;
use super::judge::{Judged, barriers, judge_condition, judge_known, judge_others};
use super::target::Target;
use super::{Wanted, decision, origin};
use crate::model::host::{Host, HostedApp};
use crate::model::operation::action::{Action, Way};
use crate::model::operation::look::spoken;
use crate::model::operation::plan::{Aim, environments};
use crate::model::promotion::Verdict;

/// How long a restart may take: then it is ended there.
const LIMIT: Duration = Duration::from_secs(300);
/// How long its end may take to be told.
const PATIENCE: Duration = Duration::from_secs(360);

/// The dialog.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn restart(state: &State, wanted: &Wanted, target: Target<'_>) -> Result<Decision, String> {
    let name = target.name();
    let host = state.fleet.catalogue().host(target.key()).ok_or_else(|| format!("nobody said which server {name} is on"))?;
    let login = host.login.as_ref().ok_or_else(|| {
        format!("nobody said how to log in to {}: write ssh in its [[hosts]] section, or start the workflow that deploys it (D)", host.name)
    })?;
    let command = command(host, &target)?;
    let mut judged = Judged::new(target);
    judge_others(state, &mut judged);
    match judged.target.environment.activity().map(|told| told.value) {
        Some(Some(activity)) => judged
            .rest(Verdict::Fail, format!("{name} is {}: what is restarted may be another version in a moment", activity.kind.phrase())),
        Some(None) => {}
        None => judged.rest(Verdict::Unknown, format!("whether something is deployed to {name} right now is not known")),
    }
    judge_known(&mut judged);
    judge_condition(&mut judged);
    barriers(state, &mut judged);
    if let Some(refused) = judged.refused {
        return Err(refused);
    }
    let run = Action::Run { way: Way::Ssh(login.to.clone()), command: command.clone(), limit: LIMIT };
    let aim = Aim { place: judged.target.place.clone(), action: run, patience: PATIENCE, expected: None };
    let title = format!("restart {name} on {}", host.name);
    let origin = origin(state, &[&judged.target], wanted.tempo.on_failure);
    let plan = environments(origin, wanted.kind(), title, vec![aim], 1).map_err(|error| error.to_string())?;
    let undertaking = Undertaking { plan, rests_on: judged.rests_on.clone() };
    let proof = Proof::of(std::slice::from_ref(judged.target.key()), judged.target.is_production());
    let mut decision = decision(state, wanted, undertaking, proof)
        .with("where", format!("{} · {} of {}", login.to, judged.target.tier, judged.target.environment.app()))
        .with("command", command)
        .with("means", "its containers are stopped and started again: requests fail for a moment; the version stays")
        .with("takes", format!("{} at most: then it is ended there", spoken(LIMIT)))
        .with("as", format!("who {} lets in over ssh", login.to));
    decision.remarks = judged.remarks;
    Ok(decision.against(judged.failed))
}

/// What is run there: what is configured, or what the layout of docker compose that Quarterdeck knows wants.
fn command(host: &Host, target: &Target<'_>) -> Result<String, String> {
    let name = &target.key().name;
    let (app, pull) = host.app_of(name).ok_or_else(|| format!("{name} is not among the apps of {}", host.name))?;
    match (&app.restart, pull) {
        (Some(command), None) => Ok(command.to_string()),
        (_, Some(_)) | (None, None) => usual(host, app, name.as_str(), pull.is_some()),
    }
}

/// `docker compose restart` in the app's folder. Where two slots take turns, the file that says whose turn it is names
/// the project.
fn usual(host: &Host, app: &HostedApp, name: &str, is_preview: bool) -> Result<String, String> {
    let unsaid = || format!("nobody said where {name} lives on {}: write path, or folder for the server", host.name);
    let path = host.path(app).ok_or_else(unsaid)?;
    // A preview's folder stands beside its app's, and is called as it is itself.
    let path = if is_preview { path.rsplit_once('/').map(|(above, _)| format!("{above}/{name}")).ok_or_else(unsaid)? } else { path };
    let path = quoted(&path);
    Ok(format!(
        "cd {path} && slot=$(cat .deploy-slot 2>/dev/null || true) && docker compose -p {name}${{slot:+-$slot}} -f deploy/docker-compose.yml restart"
    ))
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_for_a_shell() {
        assert_eq!(quoted("/opt/apps/wit"), "'/opt/apps/wit'");
        assert_eq!(quoted("/srv/it's $HOME"), r"'/srv/it'\''s $HOME'");
    }
}
