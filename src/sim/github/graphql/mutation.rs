//! Mutations: what changes something, through GraphQL.
//!
//! Owns which there are and why one is refused. One at a time: several in one
//! document would have to see what those before them did.

use graphql_parser::query::{Field, Selection, SelectionSet};
use serde_json::{Map, Value, json};

use super::execute::{Arguments, Problem, arguments};
use super::node::Node;
use crate::github::git::ask::{Changes, Fact, Question};
use crate::github::merging::Reverting;
use crate::github::node_id;
use crate::github::rest::{Cx, writes};
use crate::world::World;

/// The one mutation that is simulated.
pub const REVERT: &str = "revertPullRequest";

/// What a mutation would do, once nothing stands against it.
#[derive(Debug)]
pub struct Planned {
    repository: usize,
    reverting: Reverting,
    client: Value,
}

/// The field that a mutation consists of.
pub fn only<'a, 'q>(selection: &'a SelectionSet<'q, String>) -> Result<&'a Field<'q, String>, String> {
    match selection.items.as_slice() {
        [Selection::Field(field)] if field.name == REVERT => Ok(field),
        [Selection::Field(field)] => Err(format!("Field '{}' doesn't exist on type 'Mutation'", field.name)),
        _ => Err(format!("One mutation at a time is simulated: {REVERT}")),
    }
}

/// What a field would do. Where git has to be asked first, `cx` notes it.
///
/// # Errors
///
/// GitHub's kind of error and its sentence.
pub fn plan(cx: &Cx<'_>, field: &Field<'_, String>, variables: &Map<String, Value>) -> Result<Planned, Problem> {
    let arguments: Arguments = arguments(field, variables);
    let id = arguments.within("input", "pullRequestId").ok_or_else(|| {
        Problem::Other("INVALID", String::from("Argument 'pullRequestId' on InputObject 'RevertPullRequestInput' is required."))
    })?;
    let (repository, pull) = named(cx.world, id)
        .ok_or_else(|| Problem::Other("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'")))?;
    writes::may_write(cx.world, repository).map_err(|refusal| Problem::Other("FORBIDDEN", refusal.message))?;
    let changes = changes(cx, repository, pull)?;
    let text = |name: &str| arguments.within("input", name).map(str::to_owned);
    Ok(Planned {
        repository,
        reverting: Reverting { pull, title: text("title"), body: text("body"), draft: arguments.flag_within("input", "draft"), changes },
        client: json!(arguments.within("input", "clientMutationId")),
    })
}

/// The repository and the pull request of a node id.
fn named(world: &World, id: &str) -> Option<(usize, usize)> {
    world.github.repositories.iter().enumerate().find_map(|(place, repository)| {
        let is = |number: u64| node_id("PR", repository.id * 1_000 + number) == id;
        let pull = repository.pulls.iter().position(|pull| pull.opened <= world.now && is(pull.number))?;
        Some((place, pull))
    })
}

/// What taking a pull request back changes now.
fn changes(cx: &Cx<'_>, place: usize, pull: usize) -> Result<Changes, Problem> {
    let no = |sentence: &str| Problem::Other("UNPROCESSABLE", sentence.to_owned());
    let repository = cx.repository(place).map_err(|_| no("The repository is gone."))?;
    let merged = repository.pulls.get(pull).and_then(|pull| pull.merged.as_ref());
    let merged = merged.ok_or_else(|| no("The pull request can't be reverted because it hasn't been merged."))?;
    let commit = repository.history.at(merged.commit);
    let parent = commit.and_then(|commit| repository.history.at(*commit.parents.first()?));
    let (Some(commit), Some(parent), Some(head)) = (commit, parent, repository.head()) else {
        return Err(no("The pull request's commit has no parent to go back to."));
    };
    let question = Question::Merge(place, Some(commit.id.clone()), head.id.clone(), parent.id.clone());
    let changes = match cx.fact(question).as_deref() {
        // Asked again once git has answered.
        None => return Ok(Changes::new()),
        Some(Fact::Merge(changes)) => changes.clone(),
        Some(Fact::Log(_) | Fact::Compare(_) | Fact::Diff(_)) => None,
    };
    changes.filter(|changes| !changes.is_empty()).ok_or_else(|| {
        no("This pull request couldn't be reverted automatically. It may have already been reverted, or the content may have changed since it was merged.")
    })
}

/// Does it; what the field's selection is about.
pub fn carry_out(world: &mut World, planned: &Planned) -> Option<Node> {
    let (place, reverted) = (planned.repository, planned.reverting.pull);
    let made = world.revert_pull(place, &planned.reverting)?;
    Some(Node::Reverted { repository: place, reverted, made, client: planned.client.clone() })
}
