//! What a branch requires: by a ruleset, or by a branch protection.
//!
//! Owns who may see it: a ruleset everybody, a branch protection who administers
//! the repository.

use serde_json::{Value, json};

use super::super::repository::{Permission, Repository};
use super::checks::{self, ACTIONS};
use super::objects::url;
use super::page::encode_path;
use super::{Answered, Cx, Refusal, Reply, statuses};
use crate::environment::Name;
use crate::moment::Moment;

/// Whether a branch has rules of either kind.
#[must_use]
pub fn protected(repository: &Repository, branch: &str) -> bool {
    *repository.branch == *branch && !repository.required.is_empty()
}

/// The app that a required check has to come from; a status may come from anyone.
fn app(repository: &Repository, name: &Name) -> Option<u64> {
    repository.checks.contains(name).then_some(ACTIONS)
}

/// The first required check that a commit lacks, and what is wrong with it:
/// `expected`, `in progress` or `failing`.
#[must_use]
pub fn lacks(repository: &Repository, commit: usize, now: Moment) -> Option<(Name, &'static str)> {
    let (runs, told) = (checks::of(repository, commit, now), statuses::of(repository, commit, now));
    repository.required.iter().find_map(|name| {
        let run = runs.iter().filter(|run| *run.name == **name).map(|run| match (run.status, run.conclusion) {
            ("completed", Some("success" | "skipped" | "neutral")) => None,
            ("completed", _) => Some("failing"),
            _ => Some("in progress"),
        });
        let status = told.iter().filter(|(_, context, _, _)| context == name).map(|(_, _, state, _)| match *state {
            "success" => None,
            "pending" => Some("in progress"),
            _ => Some("failing"),
        });
        let wrong = run.chain(status).reduce(Option::or).unwrap_or(Some("expected"));
        wrong.map(|wrong| (name.clone(), wrong))
    })
}

/// `GET …/rules/branches/{branch}`.
///
/// # Errors
///
/// When the repository is gone.
pub fn of_branch(cx: &Cx<'_>, place: usize, branch: &str) -> Answered {
    let repository = cx.repository(place)?;
    if repository.classic || !protected(repository, branch) {
        return Ok(Reply::json(json!([])));
    }
    let source =
        json!({ "ruleset_source_type": "Repository", "ruleset_source": repository.full_name(), "ruleset_id": repository.id % 100_000 });
    let required = repository.required.iter().map(|name| match app(repository, name) {
        Some(app) => json!({ "context": &**name, "integration_id": app }),
        None => json!({ "context": &**name }),
    });
    let mut rules = [
        json!({ "type": "deletion" }),
        json!({ "type": "non_fast_forward" }),
        json!({
            "type": "required_status_checks",
            "parameters": {
                "required_status_checks": required.collect::<Vec<Value>>(),
                "strict_required_status_checks_policy": false,
                "do_not_enforce_on_create": false,
            },
        }),
    ];
    for rule in &mut rules {
        if let (Some(members), Some(source)) = (rule.as_object_mut(), source.as_object()) {
            members.extend(source.clone());
        }
    }
    Ok(Reply::json(json!(rules)))
}

/// `GET …/branches/{branch}/protection/required_status_checks`.
///
/// # Errors
///
/// When the viewer does not administer the repository, or no branch protection
/// requires anything.
pub fn protection(cx: &Cx<'_>, place: usize, branch: &str) -> Answered {
    let repository = cx.repository(place)?;
    if repository.permission < Permission::Admin {
        return Err(Refusal::new(403, "Must have admin rights to Repository."));
    }
    repository.branch_head(branch, cx.now).ok_or_else(|| Refusal::new(404, "Branch not found"))?;
    if !repository.classic || !protected(repository, branch) {
        return Err(Refusal::new(404, "Branch not protected"));
    }
    let link = format!("{}/branches/{}/protection/required_status_checks", url(&cx.base, repository), encode_path(branch));
    let names: Vec<&str> = repository.required.iter().map(|name| &**name).collect();
    let checks = repository.required.iter().map(|name| json!({ "context": &**name, "app_id": app(repository, name) }));
    Ok(Reply::json(json!({
        "url": link,
        "strict": false,
        "contexts": names,
        "contexts_url": format!("{link}/contexts"),
        "checks": checks.collect::<Vec<Value>>(),
    })))
}
