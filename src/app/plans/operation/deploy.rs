//! Deploying a version label, another or the one that runs: by the ship sheet's checks, and around no workflow unasked.

use super::super::super::state::State;
use super::failed;
use super::judge::{Judged, barriers, judge_condition};
use super::labels;
use super::target::{self, Deployer, Target, deployer};
use crate::model::activity::ActivityKind;
use crate::model::catalogue::App;
use crate::model::clock::Age;
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{EnvironmentKey, Repository, Sha, VersionLabel};
use crate::model::operation::action::Action;
use crate::model::planning::Releases;
use crate::model::promotion::{self, Around, Proposed, Verdict};
use crate::model::sighting::Question;

/// How many labels are named where another one is meant, perhaps.
const NAMED: usize = 3;

/// Judges deploying this label.
pub(super) fn deploy(state: &State, judged: &mut Judged<'_>, label: &VersionLabel) {
    let environment = judged.target.environment;
    let from = environment.label();
    if from == Some(label) && environment.is_uniform() != Some(false) {
        judged.refuse(format!("{} runs {label} already: redeploy that, or choose another", judged.target.name()));
    }
    around_workflow(state, judged);
    judged.action = Some(Action::Deploy(label.clone()));
    judged.took = environment.last_took(ActivityKind::Deploy);
    judged.lines.push(("version", format!("{} → {label}", from.map_or("? not known", VersionLabel::as_str))));
    is_there(state, judged, label);
    failed_before(state, judged, label);
    shipped(state, judged, label);
    judged.lines.push(("how", judged.target.strategy_in_words()));
}

/// What failed there once is likely to fail again.
fn failed_before(state: &State, judged: &mut Judged<'_>, label: &VersionLabel) {
    let Some((at, why)) = failed::failed(state, judged.target.key(), label) else { return };
    let name = judged.target.name();
    judged.rests_on.push(format!("{label} failed in {name}"));
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    judged.check(Verdict::Warn, format!("{label} failed in {name} {} ago{why}", Age::of(at, state.now)));
}

/// Whether there is such a version: an application's lifecycle policy, or a person, removes old ones.
fn is_there(state: &State, judged: &mut Judged<'_>, label: &VersionLabel) {
    let name = judged.target.name();
    match labels::releases(state, judged.target.key()) {
        Some(releases) => match releases.get(label).map(|release| &release.unfit) {
            None => {
                judged.refuse(format!("{label} is not among {}: it was removed, or never was{}", releases.of, instead(releases, label)));
            }
            Some(Some(why)) => judged.refuse(format!("{label} cannot be deployed: {why}")),
            Some(None) => {}
        },
        None if labels::is_known(state, &judged.target, label) => {}
        None => {
            let fault = judged.target.environment.fault_of(Question::Planning);
            let why = fault.map_or_else(|| "is looked at first".to_owned(), |fault| format!("is not known: {}", fault.value.sentence));
            judged.rest(Verdict::Warn, format!("{name} has not shown {label} yet: whether there is such a version {why}"));
        }
    }
}

/// What else there is, where somebody has perhaps written a label wrong.
fn instead(releases: &Releases, label: &VersionLabel) -> String {
    let listed = |found: Vec<&VersionLabel>| found.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(", ");
    let near = releases.near(label, NAMED);
    if !near.is_empty() {
        return format!("; like it there are {}", listed(near));
    }
    let newest: Vec<&VersionLabel> = releases.each.iter().filter(|one| one.unfit.is_none()).map(|one| &one.label).take(NAMED).collect();
    if newest.is_empty() { String::new() } else { format!("; the newest are {}", listed(newest)) }
}

/// Judges deploying the label that runs, once more.
pub(super) fn redeploy(state: &State, judged: &mut Judged<'_>) {
    let environment = judged.target.environment;
    around_workflow(state, judged);
    match environment.label() {
        None => judged.refuse(format!("what {} runs is not known", judged.target.name())),
        Some(label) => {
            judged.action = Some(Action::Deploy(label.clone()));
            judged.lines.push(("version", format!("{label}, once more")));
            if environment.is_uniform() == Some(false) {
                let sentence = format!("instances of {} run other versions: all would run {label}", judged.target.name());
                judged.rest(Verdict::Warn, sentence);
            }
        }
    }
    judged.took = environment.last_took(ActivityKind::Deploy);
    barriers(state, judged);
    judged.lines.push(("how", judged.target.strategy_in_words()));
}

/// Where a workflow deploys it, it is gone around only where that is configured; and then that is said.
pub(super) fn around_workflow(state: &State, judged: &mut Judged<'_>) {
    let is_configured = judged.target.app.is_some_and(|app| app.shipping.direct);
    let name = judged.target.name();
    match (deployer(state, judged.target.key()), is_configured) {
        (Deployer::Nobody, _) => {}
        (Deployer::Workflow(workflow), false) => {
            let started = started_by(state, judged.target.key()).map_or_else(String::new, |command| format!(" ({command})"));
            judged
                .refuse(format!("the workflow {workflow} deploys {name}: start that{started}, or allow going around it (direct_deploys)"));
        }
        (Deployer::Workflow(workflow), true) => {
            judged.rest(Verdict::Warn, format!("goes around the workflow {workflow}, which deploys {name}: GitHub does not know of it"));
        }
        (Deployer::Unknown(why), false) => judged.refuse(format!(
            "whether a workflow deploys {name} is not known: {why}; allow going around it (direct_deploys), or deploy it there"
        )),
        (Deployer::Unknown(why), true) => {
            judged.rest(Verdict::Warn, format!("may go around a workflow that deploys {name}: {why}"));
        }
    }
}

/// What starts the workflow that deploys there, from any prompt: GitHub's own command, where a person may start it by hand
/// (GitHub CLI's manual, "gh workflow run"). Nothing that a shell would take for something else is part of it.
fn started_by(state: &State, key: &EnvironmentKey) -> Option<String> {
    let (repository, overview, pipeline) = target::pipeline(state, key)?;
    let file = pipeline.workflow.rsplit('/').next()?;
    let words = [file, repository.as_str(), &*overview.branch];
    let is_plain = |word: &&str| !word.starts_with('-') && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    let command = || format!("gh workflow run {file} --repo {repository} --ref {}", overview.branch);
    (pipeline.on_dispatch && words.iter().all(is_plain)).then(command)
}

/// The app's repository, and what was read of it.
fn repository<'s>(state: &'s State, target: &Target<'s>) -> Option<(&'s App, Repository, Option<&'s RepositoryFacts>)> {
    let app = target.app?;
    let repository = app.repository.as_deref().map(Repository::from)?;
    let facts = state.github.forge.get(&repository);
    Some((app, repository, facts))
}

/// The commit of a label, by its whole hash where that is known.
fn commit(state: &State, target: &Target<'_>, label: &VersionLabel, facts: Option<&RepositoryFacts>) -> Option<Sha> {
    let sha = state.fleet.commit_of(&target.environment.app(), label)?;
    Some(facts.and_then(|facts| facts.full(&sha)).unwrap_or(sha))
}

/// What has to be compared: what runs, each version of it, with what would.
pub(super) fn comparisons(state: &State, target: &Target<'_>, label: &VersionLabel) -> Vec<(Repository, Between)> {
    let Some((_, repository, facts)) = repository(state, target) else { return Vec::new() };
    let Some(head) = commit(state, target, label, facts) else { return Vec::new() };
    let running = promotion::running(&target.environment, &state.fleet).into_iter().filter(|base| !base.agrees_with(&head));
    running.map(|base| (repository.clone(), Between { base, head: head.clone() })).collect()
}

/// What the ship sheet says of the environment as it is, where there is no sheet.
fn as_it_is(judged: &mut Judged<'_>) {
    judge_condition(judged);
    if judged.target.environment.is_uniform() == Some(false) {
        judged.check(Verdict::Warn, format!("instances of {} run different versions now", judged.target.name()));
    }
}

/// The ship sheet's checks, where the app has a repository.
pub(super) fn shipped(state: &State, judged: &mut Judged<'_>, label: &VersionLabel) {
    let Some((app, repository, facts)) = repository(state, &judged.target) else {
        as_it_is(judged);
        barriers(state, judged);
        judged.lines.push(("ships", "? its app has no repository: what changes is not known here".to_owned()));
        return;
    };
    let head = commit(state, &judged.target, label, facts);
    let (Some(facts), Some(head)) = (facts, head) else {
        as_it_is(judged);
        barriers(state, judged);
        let why =
            if facts.is_none() { format!("nothing was read of {repository} yet") } else { format!("{label} does not tell its commit") };
        judged.rest(Verdict::Unknown, format!("what {label} ships and undoes is not known: {why}"));
        return;
    };
    let around = Around { fleet: &state.fleet, github: facts, shipping: &app.shipping, locks: &state.locks, now: state.now };
    let (apps, environments) = ([app.name.clone()], [judged.target.key().clone()]);
    let proposed = Proposed { head: &head, name: label.as_str(), environments: &environments, apps: &apps, is_merge: false };
    let found = promotion::proposal(proposed, around);
    if let Some(refused) = found.refused {
        judged.refuse(format!("{}: {refused}", judged.target.name()));
    }
    let commits = found.commits(&head, facts).map_or_else(|| "? how many commits is not known".to_owned(), counted);
    judged.lines.push(("ships", commits));
    judged.checks(&found.checks);
}

fn counted(commits: u64) -> String {
    if commits == 1 { "1 commit".to_owned() } else { format!("{commits} commits") }
}
