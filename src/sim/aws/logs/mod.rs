//! CloudWatch Logs: groups, streams, events, live tails.
//!
//! Owns the JSON shapes and the refusals. What is written and what a live tail sends, `logs` says.

mod events;
mod groups;
mod tail;

use super::json::Answered;
use super::{Call, Fault};
use crate::logs::pattern::Pattern;
use crate::logs::stream::{self, Group};
use crate::world::World;

/// Answers a call. Of StartLiveTail the answer is the number of the session, which is streamed then.
///
/// # Errors
///
/// What CloudWatch Logs refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>) -> Answered {
    if !world.logs.quotas.take(&call.place, call.operation, world.now) {
        return Err(Fault::new(400, "ThrottlingException", "Rate exceeded"));
    }
    match call.operation {
        "DescribeLogGroups" => groups::groups(world, call),
        "DescribeLogStreams" => groups::streams(world, call),
        "FilterLogEvents" => events::filter(world, call),
        "GetLogEvents" => events::get(world, call),
        "StartLiveTail" => tail::start(world, call),
        other => Err(Fault::unknown_json_operation(other)),
    }
}

fn invalid(sentence: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterException", sentence)
}

fn missing(what: &str) -> Fault {
    Fault::new(400, "ResourceNotFoundException", format!("The specified {what} does not exist."))
}

/// The group that a call names, by name or by ARN.
fn group_of(world: &World, call: &Call<'_>) -> Result<Group, Fault> {
    let (name, identifier) = (call.body.text("logGroupName"), call.body.text("logGroupIdentifier"));
    let named = match (name, identifier) {
        (Some(name), None) => name,
        (None, Some(identifier)) => name_in(call, identifier).ok_or_else(|| missing("log group"))?,
        _ => return Err(invalid("Exactly one of logGroupName and logGroupIdentifier has to be given.")),
    };
    stream::group(world, &call.place, named).ok_or_else(|| missing("log group"))
}

/// The name in an ARN of this account and region, or the name itself.
fn name_in<'t>(call: &Call<'_>, identifier: &'t str) -> Option<&'t str> {
    let Some(rest) = identifier.strip_prefix("arn:aws:logs:") else { return Some(identifier) };
    let rest = rest.strip_prefix(&*call.place.region)?.strip_prefix(':')?;
    let rest = rest.strip_prefix(&*call.place.account)?.strip_prefix(":log-group:")?;
    Some(rest.strip_suffix(":*").unwrap_or(rest))
}

/// The pattern of a call: of lines that all have nothing in common, all.
fn pattern_of(call: &Call<'_>, member: &str) -> Result<Pattern, Fault> {
    let text = call.body.text(member).unwrap_or("");
    Pattern::read(text).ok_or_else(|| invalid("Invalid filter pattern, or one of a kind that is not simulated: write terms."))
}
