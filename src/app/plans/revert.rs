//! Rolling forward: a pull request that takes a merged one back.

use super::super::decision::{Decision, Draft, Proof};
use super::super::pending::Change;
use super::super::state::State;
use super::{Intent, identity, may_write};
use crate::model::id::Repository;
use crate::model::write::{Premise, Write};

/// The dialog that opens a pull request which takes this change back.
///
/// # Errors
/// Why there cannot be one.
pub fn plan(state: &State, repository: &Repository, change: &Change) -> Result<Decision, String> {
    may_write(state, repository)?;
    let number = change.pull.ok_or("no pull request brought this commit: revert it with git")?;
    let author = change.author.as_ref().map_or_else(|| "(account gone)".to_owned(), |login| format!("@{login}"));
    let body = format!("Reverts #{number}, from Quarterdeck.");
    let draft = Draft {
        repository: repository.clone(),
        write: Write::Revert { pull: number, body },
        premise: Premise::Unreverted(number),
        commit: Some(change.newest.clone()),
        plan: format!("open a pull request in {repository} that reverts #{number}"),
    };
    let headline = format!("Open a pull request that reverts #{number} of {repository}");
    let decision = Decision::on(Intent::Revert(repository.clone(), Box::new(change.clone())), headline, draft, Proof::agreed()).commented();
    Ok(decision
        .with("title", change.title.to_string())
        .with("author", author)
        .with("then", "nothing is merged or deployed by it: review it, merge it, and it ships like any change")
        .with("as", identity(state)))
}
