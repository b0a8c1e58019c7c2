//! DescribeLogGroups, DescribeLogStreams.

use serde_json::{Value, json};

use super::{group_of, invalid};
use crate::aws::json::{Answered, Body, page};
use crate::aws::{Call, Fault};
use crate::logs::session::arn;
use crate::logs::shelf;
use crate::logs::stream::{self, Group, Stream};
use crate::moment::{MINUTE, Moment};
use crate::world::World;

/// How far back the last event of a stream that still writes is looked for.
const LOOKED_BACK: i64 = 5 * MINUTE;

fn limited(call: &Call<'_>) -> Result<(), Fault> {
    match call.body.number("limit") {
        Some(limit) if !(1..=50).contains(&limit) => Err(invalid("limit has to be from 1 to 50.")),
        _ => Ok(()),
    }
}

/// `DescribeLogGroups`.
pub fn groups(world: &World, call: &Call<'_>) -> Answered {
    limited(call)?;
    let (prefix, part) = (call.body.text("logGroupNamePrefix"), call.body.text("logGroupNamePattern"));
    if prefix.is_some() && part.is_some() {
        return Err(invalid("logGroupNamePrefix and logGroupNamePattern are mutually exclusive."));
    }
    let mut found = stream::groups(world, &call.place);
    found.retain(|group| group.name.starts_with(prefix.unwrap_or("")) && group.name.contains(part.unwrap_or("")));
    let (shown, token) = page(call, "log-groups", &found, "limit", "nextToken", 50)?;
    let shown: Vec<Value> = shown.iter().map(|group| written(call, group)).collect();
    Ok(Body::with(json!({ "logGroups": shown }), "nextToken", token))
}

fn written(call: &Call<'_>, group: &Group) -> Value {
    let arn = arn(&call.place, &group.name);
    json!({
        "logGroupName": group.name, "creationTime": group.created.millis(), "retentionInDays": group.retention_days,
        "metricFilterCount": 0, "arn": format!("{arn}:*"), "storedBytes": 0, "logGroupClass": "STANDARD", "logGroupArn": arn,
    })
}

/// `DescribeLogStreams`.
pub fn streams(world: &mut World, call: &Call<'_>) -> Answered {
    limited(call)?;
    let group = group_of(world, call)?;
    let prefix = call.body.text("logStreamNamePrefix").unwrap_or("");
    let by_time = match call.body.text("orderBy") {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") if prefix.is_empty() => true,
        Some(_) => return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")),
    };
    let mut found: Vec<(Stream, Option<(Moment, Moment)>)> = Vec::new();
    for stream in stream::streams(world, &group).into_iter().filter(|stream| stream.name().starts_with(prefix)) {
        let last = last_event(world, &stream);
        found.push((stream, last));
    }
    if by_time {
        found.sort_by_key(|(_, last)| last.map(|(at, _)| at));
    }
    if call.body.flag("descending") {
        found.reverse();
    }
    let (shown, token) = page(call, "log-streams", &found, "limit", "nextToken", 50)?;
    let arn = arn(&call.place, &group.name);
    let shown: Vec<Value> = shown.iter().map(|(stream, last)| described(stream, *last, &arn)).collect();
    Ok(Body::with(json!({ "logStreams": shown }), "nextToken", token))
}

/// When the last line of a stream was written and taken in, of the last minutes of its life.
fn last_event(world: &mut World, stream: &Stream) -> Option<(Moment, Moment)> {
    let end = stream.life.until.unwrap_or(world.now).min(world.now);
    let (now, mut last) = (world.now, None);
    shelf::written(world, stream, end.plus(-LOOKED_BACK), end, |line| {
        if line.ingested <= now {
            last = last.max(Some((line.at, line.ingested)));
        }
    });
    last
}

fn described(stream: &Stream, last: Option<(Moment, Moment)>, arn: &str) -> Value {
    Body::without_nulls(json!({
        "logStreamName": stream.name(), "creationTime": stream.life.from.millis(), "firstEventTimestamp": last.map(|_| stream.life.from.millis()),
        "lastEventTimestamp": last.map(|(at, _)| at.millis()), "lastIngestionTime": last.map(|(_, ingested)| ingested.millis()),
        "uploadSequenceToken": "0", "arn": format!("{arn}:log-stream:{}", stream.name()), "storedBytes": 0,
    }))
}
