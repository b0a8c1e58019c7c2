//! What to do next where the Fleet shows nothing: the console's first minute.
//!
//! Facts are `fleet_empty`'s; here stands only what a person may do about them.

use super::middle::Said;
use super::screen::key_name;
use super::view::View;
use crate::app::command::{CommandId, command};
use crate::app::login;
use crate::model::fault::FaultKind;
use crate::model::trouble::Trouble;

/// How the reading stands, as far as steps follow from it.
pub struct Standing<'a> {
    /// What cannot be read.
    pub troubles: &'a [Trouble<'a>],
    /// Something is still being read for the first time.
    pub is_waiting: bool,
    /// Where was read and nothing found.
    pub empty: &'a [String],
}

/// The steps, the quickest first. None in a simulated cloud: its world is as it is.
pub fn of(view: &View<'_>, standing: &Standing<'_>) -> Vec<Said> {
    let state = view.state;
    if state.world.is_some() {
        return Vec::new();
    }
    let has = |kind: FaultKind| standing.troubles.iter().any(|trouble| trouble.fault.kind == kind);
    let mut steps = Vec::new();
    if let Some((_, command)) = login::offered(state) {
        steps.push(Said::key(
            key(view, CommandId::Open),
            format!("runs `{}`: the terminal is lent to it, and reading goes on.", command.join(" ")),
        ));
    }
    if has(FaultKind::Expired) {
        steps.push(Said::step("quarterdeck doctor says which credentials are found, and what is missing."));
        steps.push(Said::step("quarterdeck demo shows this console without an account."));
    }
    if has(FaultKind::Unreachable) {
        steps.push(Said::step("Look at this machine's network, and at HTTPS_PROXY and AWS_ENDPOINT_URL where they are set."));
        steps.push(Said::step("quarterdeck doctor tries each account and GitHub, and says which of them answer."));
        steps.push(Said::step("quarterdeck demo shows this console without an account."));
    }
    if has(FaultKind::Denied) {
        steps.push(Said::step("quarterdeck doctor prints the policy statement that would allow it."));
        if let Some(region) = standing.empty.first() {
            let sentence =
                format!("Where not all regions are allowed, name those that are: --region {region}, or regions in the configuration.");
            steps.push(Said::step(sentence));
        }
    }
    if standing.troubles.is_empty() && !standing.is_waiting {
        steps.extend(nothing_found(view, standing));
    }
    steps
}

/// Where all was read, and nothing is there.
fn nothing_found(view: &View<'_>, standing: &Standing<'_>) -> Vec<Said> {
    let state = view.state;
    let mut steps = Vec::new();
    let identities = state.reading.connections.iter().filter_map(|(name, known)| Some((name, known.identity.as_ref()?)));
    for (name, (account, arn)) in identities.take(3) {
        let whose = format!("Looked at as {arn}, in account {account} ({name}): --profile NAME looks elsewhere.");
        steps.push(Said::step(whose));
    }
    if let [region] = standing.empty {
        steps.push(Said::step(format!("Only {region} is read: --region NAME, or regions in the configuration, reads others.")));
    }
    let catalogue = state.fleet.catalogue();
    if catalogue.target_groups.is_empty() && catalogue.tagged.is_empty() && catalogue.hosts.is_empty() {
        let sentence = "Only Elastic Beanstalk is found by itself. quarterdeck init finds target groups and tagged instances as well, and writes a configuration.";
        steps.push(Said::step(sentence));
    }
    steps.push(Said::step("quarterdeck doctor checks credentials, permissions and all the rest."));
    steps
}

/// The key that runs a command, as it is bound; its name in the palette where none does.
#[must_use]
pub fn key(view: &View<'_>, id: CommandId) -> String {
    view.state.keymap.keys(id).first().copied().map_or_else(|| format!(":{}", command(id).name), key_name)
}

/// What follows a fault.
#[must_use]
pub fn again(view: &View<'_>) -> String {
    format!("It is tried again by itself; {} tries now.", key(view, CommandId::ReadNow))
}

/// What to do about GitHub where it cannot be asked.
#[must_use]
pub fn without_github(view: &View<'_>, kind: FaultKind) -> Vec<Said> {
    match kind {
        FaultKind::Expired => vec![
            Said::step("In a shell: gh auth login, or export GITHUB_TOKEN=…; then start this console again."),
            Said::step("token_command in [github] names another program that prints a token, such as a password manager."),
            Said::step(format!(
                "quarterdeck doctor says which rights the token needs. The Fleet ({}) goes on without it.",
                key(view, CommandId::GoFleet)
            )),
        ],
        FaultKind::Denied | FaultKind::Missing => {
            vec![Said::step("quarterdeck doctor says which rights the token has, repository by repository.")]
        }
        FaultKind::Throttled(_)
        | FaultKind::Unsupported
        | FaultKind::Unreachable
        | FaultKind::Failed
        | FaultKind::Refused
        | FaultKind::Malformed => vec![Said::step(again(view))],
    }
}
