//! Promoting by merging a pull request: which, how, and what speaks for and against it.

use std::sync::Arc;

use super::super::act::Refusal;
use super::super::decision::{Decision, Draft, Proof};
use super::super::form::{Form, Merging, Purpose};
use super::super::menu::{Choice, Item, Menu};
use super::super::sheet::Seal;
use super::super::state::State;
use super::tag::{promoted, targets};
use super::{Intent, identity, may_write, names, older};
use crate::model::catalogue::{App, Way};
use crate::model::chain::Behind;
use crate::model::clock::Age;
use crate::model::commit::OpenPull;
use crate::model::dispatch::{Input, InputKind};
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{EnvironmentKey, PullNumber, Repository};
use crate::model::promotion::{self, Around, Proposed};
use crate::model::write::{MergeMethod, Premise, Write};

/// The name of the one input.
const METHOD: &str = "method";

/// The open pull requests whose merging promotes to this environment.
///
/// # Errors
/// Why there is none.
pub fn menu(state: &State, key: &EnvironmentKey) -> Result<Menu, Refusal> {
    let environment = state.fleet.get(key).ok_or("that environment is not there any more")?;
    let app = state.fleet.catalogue().app(&environment.app()).ok_or("nobody has said which app that is")?;
    let repository = app.repository.as_deref().map(Repository::from).ok_or("this app has no repository: say in the configuration which")?;
    may_write(state, &repository)?;
    let facts = state.github.forge.get(&repository).ok_or("nothing was read of that repository yet")?;
    let pulls = facts.open_pulls.value().ok_or("its open pull requests were not read yet")?;
    if pulls.each.is_empty() {
        return Err("no pull request is open: there is nothing to merge".into());
    }
    let item = |pull: &OpenPull| {
        let age = pull.created_at.map_or_else(String::new, |at| format!("  {}", Age::of(at, state.now)));
        let draft = if pull.is_draft { "  draft" } else { "" };
        Item {
            name: format!("#{} {}", pull.number, pull.title).into(),
            detail: format!("{}{age}{draft}", author(pull)).into(),
            choice: Choice::Merge { app: app.name.clone(), repository: repository.clone(), pull: pull.number },
        }
    };
    let more = if pulls.is_complete { "" } else { "  (there are more)" };
    Ok(Menu {
        title: "merge which pull request?",
        note: "⏎ how · esc merges nothing",
        heading: format!("{repository}{more}"),
        items: pulls.each.iter().map(item).collect(),
        at: 0,
        filter: None,
        takes: None,
    })
}

fn author(pull: &OpenPull) -> String {
    pull.author.as_ref().map_or_else(|| "(account gone)".to_owned(), |login| format!("@{login}"))
}

/// The form that asks how it is merged.
#[must_use]
pub fn form(repository: Repository, merging: Merging) -> Form {
    let input = Input {
        name: METHOD.into(),
        description: "merge: with a merge commit; squash: as one commit; rebase: its commits anew. A repository may allow only some."
            .into(),
        kind: InputKind::Choice(MergeMethod::ALL.iter().map(|method| method.word().into()).collect()),
        required: true,
        default: None,
    };
    Form::with(repository, Purpose::Merge(merging), vec![input])
}

fn pull(facts: &RepositoryFacts, number: PullNumber) -> Option<&OpenPull> {
    facts.open_pulls.value()?.each.iter().find(|pull| pull.number == number)
}

/// What has to be compared to know what merging it ships.
pub(super) fn comparisons(state: &State, form: &Form, merging: &Merging) -> Vec<Between> {
    let head = state.github.forge.get(&form.repository).and_then(|facts| pull(facts, merging.pull)).map(|pull| &pull.head);
    let Some(head) = head else { return Vec::new() };
    older::with_all_that_runs(state, &targets(state, &form.repository, |way| *way == Way::Merge), head)
}

/// The dialog that merges it.
///
/// # Errors
/// Why it cannot be merged.
pub(super) fn plan(state: &State, form: &Form, merging: &Merging) -> Result<Decision, String> {
    let repository = &form.repository;
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let app = state.fleet.catalogue().app(&merging.app).ok_or("that app is not configured any more")?;
    if app.promotion != Way::Merge {
        return Err("this app is not promoted by merging".to_owned());
    }
    let pull = pull(facts, merging.pull).ok_or_else(|| format!("#{} is not open any more", merging.pull))?;
    if pull.is_draft {
        return Err(format!("#{} is a draft: its author has to say first that it is ready", pull.number));
    }
    let word = form.values().remove(METHOD).unwrap_or_default();
    let method = MergeMethod::ALL.into_iter().find(|method| method.word() == word).ok_or("choose how it is merged")?;
    Ok(decided(state, form, app, facts, &Chosen { pull, method }))
}

struct Chosen<'a> {
    pull: &'a OpenPull,
    method: MergeMethod,
}

fn decided(state: &State, form: &Form, app: &App, facts: &RepositoryFacts, chosen: &Chosen<'_>) -> Decision {
    let Chosen { pull, method } = chosen;
    let repository = &form.repository;
    let environments = targets(state, repository, |way| *way == Way::Merge);
    let name = format!("#{}", pull.number);
    let (apps, none) = (promoted(state, &environments), [app.name.clone()]);
    let apps = if apps.is_empty() { &none[..] } else { &apps };
    let shipping = promotion::shipping::of(&state.fleet, &environments, apps);
    let around = Around { fleet: &state.fleet, github: facts, shipping: &shipping, locks: &state.locks, now: state.now };
    let proposed = Proposed { head: &pull.head, name: &name, environments: &environments, apps, is_merge: true };
    let found = promotion::proposal(proposed, around);
    let base = facts.overview.value().map(|overview| Arc::clone(&overview.branch)).unwrap_or_default();
    let places = if environments.is_empty() { "? where is not known".to_owned() } else { names(&environments) };
    let headline = format!("Merge {name} of {repository} into {base} ({}) at {}", method.word(), pull.head.short());
    let draft = Draft {
        repository: repository.clone(),
        write: Write::Merge { pull: pull.number, head: pull.head.clone(), method: *method },
        premise: Premise::Open { pull: pull.number, head: pull.head.clone(), base: Arc::clone(&base) },
        commit: Some(pull.head.clone()),
        plan: format!("merge {name} of {repository} at {} by {} ({places})", pull.head.short(), method.word()),
    };
    let proof = if environments.is_empty() { Proof::Typed(name) } else { Proof::of(&environments, found.production) };
    let commits = found.commits(&pull.head, facts).map_or_else(|| "? not known".to_owned(), |commits| commits.to_string());
    let mut decision = Decision::on(Intent::Merge(Box::new(form.clone())), headline, draft, proof)
        .with("title", pull.title.to_string())
        .with("author", author(pull))
        .with("ships to", places)
        .with("commits", commits)
        .with("then", "the branch moves, and what deploys it starts by itself");
    decision.seal = Some(Seal::of(&found, &pull.head));
    let beside = environments.iter().filter_map(|key| waits_already(state, key, &base)).collect();
    decision.with("as", identity(state)).checked(&found.checks, found.production).sealed_against(beside)
}

/// What of the branch does not run there yet: it ships with the merge, and none of the checks has looked at it.
fn waits_already(state: &State, key: &EnvironmentKey, base: &str) -> Option<String> {
    let place = names(std::slice::from_ref(key));
    match state.github.behind(key) {
        Some(Behind::Nothing) => None,
        Some(Behind::Pending { commits, .. } | Behind::Diverged { ahead: commits, .. }) => {
            Some(format!("{commits} commits of {base} that {place} does not run yet ship with it"))
        }
        Some(Behind::Beyond(commits)) => Some(format!("{place} runs {commits} commits that {base} does not have")),
        Some(Behind::Unknown(_) | Behind::Mixed | Behind::NotRead | Behind::Failed(_)) | None => {
            Some(format!("what else of {base} ships to {place} with it is not known"))
        }
    }
}
