//! StartLiveTail: what may be listened to, and the number of the session.

use serde_json::json;

use super::{invalid, missing, name_in, pattern_of};
use crate::aws::json::Answered;
use crate::aws::{Call, Fault};
use crate::logs::session::{MOST_GROUPS, MOST_SESSIONS, Session, Wanted};
use crate::logs::stream;
use crate::world::World;

/// `StartLiveTail`.
pub fn start(world: &mut World, call: &Call<'_>) -> Answered {
    let identifiers = call.body.texts("logGroupIdentifiers");
    if identifiers.is_empty() || identifiers.len() > MOST_GROUPS {
        return Err(invalid(format!("logGroupIdentifiers has to name 1 to {MOST_GROUPS} log groups.")));
    }
    let texts = |member: &str| call.body.texts(member).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (streams, prefixes) = (texts("logStreamNames"), texts("logStreamNamePrefixes"));
    if identifiers.len() > 1 && !(streams.is_empty() && prefixes.is_empty()) {
        return Err(invalid("Log streams can be named for one log group only."));
    }
    if !streams.is_empty() && !prefixes.is_empty() {
        return Err(invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive."));
    }
    let groups: Vec<String> = identifiers.into_iter().map(|identifier| group(world, call, identifier)).collect::<Result<_, _>>()?;
    let pattern = pattern_of(call, "logEventFilterPattern")?;
    let written = call.body.text("logEventFilterPattern").unwrap_or("").to_owned();
    let open = world.logs.sessions.iter().filter(|session| session.place == call.place).count();
    if open >= MOST_SESSIONS {
        return Err(Fault::new(400, "LimitExceededException", "The maximum number of concurrent live tail sessions has been reached."));
    }
    world.logs.opened += 1;
    let id = world.logs.opened;
    let wanted = Wanted { groups: groups.into(), streams, prefixes, pattern, written };
    let session = Session::new(world, id, call.place.clone(), wanted);
    world.logs.sessions.push(session);
    Ok(json!(id))
}

/// The name in an ARN: a name alone is refused, and so is an ARN with `:*` at its end.
fn group(world: &World, call: &Call<'_>, identifier: &str) -> Result<String, Fault> {
    if !identifier.starts_with("arn:") || identifier.ends_with(":*") {
        return Err(invalid(format!("{identifier} is not the ARN of a log group: it must not end with an asterisk.")));
    }
    let name = name_in(call, identifier).ok_or_else(|| missing("log group"))?;
    stream::group(world, &call.place, name).map(|group| group.name).ok_or_else(|| missing("log group"))
}
