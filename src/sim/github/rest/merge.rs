//! Merging pull requests: whether one can be, and doing it.
//!
//! Owns GitHub's reasons against it. Git says whether there is a conflict; what
//! a merge makes is [`super::super::merging`]'s.

use serde_json::{Value, json};

use super::super::git::ask::{Changes, Fact, Facts, Question};
use super::super::merging::{Merging, Method};
use super::super::repository::{Pull, Repository};
use super::rules::{lacks, protected};
use super::writes::body;
use super::{Answered, Cx, Refusal, Reply, Request, checks, statuses};
use crate::environment::Name;
use crate::world::World;

/// How a pull request stands to its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether there is no conflict; `None` for one that is not open.
    pub mergeable: Option<bool>,
    /// `mergeable_state`.
    pub word: &'static str,
    /// The commit with which that was tried.
    pub trial: Option<Name>,
}

/// Two commits that git cannot merge by itself.
#[derive(Clone, Copy, Debug)]
struct Conflict;

/// What merging a pull request changes now; `None` until git was asked.
fn changes(cx: &Cx<'_>, place: usize, repository: &Repository, pull: &Pull) -> Option<Result<Changes, Conflict>> {
    let id = |place: usize| repository.history.at(place).map(|commit| commit.id.clone());
    match &*cx.fact(Question::Merge(place, None, id(repository.head)?, id(pull.head)?))? {
        Fact::Merge(changes) => Some(changes.clone().ok_or(Conflict)),
        Fact::Log(_) | Fact::Compare(_) | Fact::Diff(_) => None,
    }
}

/// How a pull request stands; `None` until git was asked.
#[must_use]
pub fn standing(cx: &Cx<'_>, place: usize, pull: &Pull) -> Option<Standing> {
    let repository = cx.repository(place).ok()?;
    if pull.merged.is_some() {
        return Some(Standing { mergeable: None, word: "unknown", trial: None });
    }
    let changes = changes(cx, place, repository, pull)?.ok();
    let mergeable = changes.is_some();
    let word = if !mergeable {
        "dirty"
    } else if pull.draft {
        "draft"
    } else if protected(repository, &repository.branch) && lacks(repository, pull.head, cx.now).is_some() {
        "blocked"
    } else if all_well(repository, pull.head, cx) {
        "clean"
    } else {
        "unstable"
    };
    Some(Standing {
        mergeable: Some(mergeable),
        word,
        trial: repository.trial(pull.number, &changes.unwrap_or_default()).filter(|_| mergeable),
    })
}

fn all_well(repository: &Repository, commit: usize, cx: &Cx<'_>) -> bool {
    let run = |check: &checks::Check| matches!(check.conclusion, Some("success" | "skipped" | "neutral"));
    let told = statuses::of(repository, commit, cx.now);
    checks::of(repository, commit, cx.now).iter().all(run) && told.iter().all(|(_, _, state, _)| *state == "success")
}

/// `PUT …/pulls/{pull_number}/merge`.
///
/// # Errors
///
/// What git has to be asked first.
pub fn answer(world: &mut World, facts: &Facts, request: &Request<'_>, place: usize, number: &str) -> Result<Answered, Vec<Question>> {
    let cx = Cx::new(world, facts, request);
    let planned = plan(&cx, request, place, number);
    let needs = cx.needs.into_inner();
    if !needs.is_empty() {
        return Err(needs);
    }
    Ok(planned.and_then(|merging| {
        let commit = world.merge_pull(place, &merging).ok_or_else(Refusal::not_found)?;
        let found = world.github.repositories.get(place).and_then(|found| found.history.at(commit));
        let sha = found.ok_or_else(Refusal::not_found)?.id.clone();
        Ok(Reply::json(json!({ "sha": &*sha, "merged": true, "message": "Pull Request successfully merged" })))
    }))
}

/// The merge that is asked for, where nothing stands against it.
fn plan(cx: &Cx<'_>, request: &Request<'_>, place: usize, number: &str) -> Result<Merging, Refusal> {
    let repository = cx.repository(place)?;
    let wanted = number.parse::<u64>().map_err(|_| Refusal::not_found())?;
    let place_of = |pull: &Pull| pull.number == wanted && pull.opened <= cx.now;
    let at = repository.pulls.iter().position(place_of).ok_or_else(Refusal::not_found)?;
    let pull = repository.pulls.get(at).ok_or_else(Refusal::not_found)?;
    let body = if request.body.is_empty() { json!({}) } else { body(request)? };
    let of = |name: &str| body.get(name).and_then(Value::as_str);
    let method = method(repository, of("merge_method"))?;
    let not = || Refusal::new(405, "Pull Request is not mergeable");
    if pull.merged.is_some() {
        return Err(not());
    }
    let head = repository.history.at(pull.head).map_or("", |head| &*head.id);
    if of("sha").is_some_and(|sha| sha != head) {
        return Err(Refusal::new(409, "Head branch was modified. Review and try the merge again."));
    }
    if pull.draft {
        return Err(Refusal::new(405, "Pull Request is still a draft"));
    }
    if let Some((name, wrong)) = lacks(repository, pull.head, cx.now).filter(|_| protected(repository, &repository.branch)) {
        let sentence = format!("Required status check \"{name}\" is {wrong}.");
        let rules = format!("Repository rule violations found\n\n{sentence}\n\n");
        return Err(Refusal::new(405, if repository.classic { sentence } else { rules }));
    }
    let changes = changes(cx, place, repository, pull).ok_or_else(not)?.map_err(|Conflict| not())?;
    let text = |name: &str| of(name).map(str::to_owned);
    Ok(Merging { pull: at, method, title: text("commit_title"), message: text("commit_message"), changes })
}

fn method(repository: &Repository, word: Option<&str>) -> Result<Method, Refusal> {
    let word = word.unwrap_or("merge");
    let method = Method::read(word).ok_or_else(|| {
        Refusal::new(
            422,
            "Invalid request.\n\nFor 'properties/merge_method', the value is not a member of [\"merge\", \"squash\", \"rebase\"].",
        )
    })?;
    if repository.methods.contains(&method) {
        return Ok(method);
    }
    let name = match method {
        Method::Merge => "Merge commits",
        Method::Squash => "Squash merges",
        Method::Rebase => "Rebase merges",
    };
    Err(Refusal::new(405, format!("{name} are not allowed on this repository.")))
}
