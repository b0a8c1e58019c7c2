//! `/_sim/`: the truth, the record of calls, faults, and read-only.
//!
//! Owns the JSON that `design/contracts.md` fixes. Needs no signature.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::compute::tagged::{Rule, Tagged};
use crate::compute::target_group::TargetGroup;
use crate::desk::{Answer, Asked, State};
use crate::environment::{Environment, Place};
use crate::faults::Fault;
use crate::github::rest::actions;
use crate::github::truth;
use crate::history::{KEPT, Row};
use crate::host::HostApp;
use crate::logs::session::Lost;
use crate::logs::{collected, shelf, stream};
use crate::moment::{MINUTE, Moment, SECOND};
use crate::version::commit;
use crate::wire::query::Params;

const JSON: &str = "application/json";

/// Answers a request under `/_sim/`.
pub fn answer(state: &mut State, asked: &Asked<'_>, now: Moment) -> Answer {
    let params = Params::read(asked.query, b"");
    let path = asked.path.trim_start_matches("/_sim").trim_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    if let ("GET", ["github", "logs", repository, job]) = (asked.method, parts.as_slice()) {
        let until = params.get("until").and_then(|until| until.parse().ok()).unwrap_or(0);
        let text = actions::log(&state.world, repository, job, until);
        return text.map_or_else(|| Answer::new(404, JSON, String::from("{}")), |text| Answer::new(200, "text/plain; charset=utf-8", text));
    }
    if let ("GET", ["collected", environment, instance, "TailLogs.txt"]) = (asked.method, parts.as_slice()) {
        let signed = params.get("X-Amz-Signature").unwrap_or_default();
        let text = collected::text(&mut state.world, environment, instance, signed);
        return text
            .map_or_else(|| Answer::new(403, "application/xml", String::from("<Error/>")), |text| Answer::new(200, "text/plain", text));
    }
    let answered = match (asked.method, parts.as_slice()) {
        ("GET", ["world"]) => world(state, params.get("at"), now),
        ("GET", ["logs"]) => logs(state, &params, now),
        ("GET", ["calls"]) => calls(state, params.get("since")),
        ("GET", ["faults"]) => Ok(faults(state)),
        ("POST", ["faults"]) => set_fault(state, asked.body, now),
        ("DELETE", ["faults"]) => {
            state.world.faults.clear();
            Ok(json!({}))
        }
        ("DELETE", ["faults", number]) => remove_fault(state, number),
        ("GET", ["read-only"]) => Ok(read_only(state)),
        ("POST", ["read-only"]) => set_read_only(state, asked.body),
        ("GET", [""]) => Ok(json!({
            "started": state.world.started.rfc3339(), "seed": state.world.seed, "speed": state.world.speed,
            "serves": ["/_sim/world", "/_sim/logs", "/_sim/calls", "/_sim/faults", "/_sim/read-only"],
        })),
        _ => Err((404, format!("there is no {} {}; see GET /_sim", asked.method, asked.path))),
    };
    match answered {
        Ok(value) => Answer::new(200, JSON, value.to_string()),
        Err((status, sentence)) => Answer::new(status, JSON, json!({ "error": sentence }).to_string()),
    }
}

type Answered = Result<Value, (u16, String)>;

fn bad(sentence: impl Into<String>) -> (u16, String) {
    (400, sentence.into())
}

fn world(state: &mut State, at: Option<&str>, now: Moment) -> Answered {
    state.world.catch_up_tails();
    let at = match at {
        None => now,
        // A plus sign that was not escaped arrives as a space.
        Some(text) => Moment::parse(&text.replace(' ', "+"))
            .ok_or_else(|| bad(format!("\"{text}\" is not a time; write it like {}", now.rfc3339())))?,
    };
    if at > now.plus(SECOND) {
        return Err(bad(format!("{} is still to come; it is {}", at.rfc3339(), now.rfc3339())));
    }
    // A client that writes whole seconds may mean the second of the start.
    let first = state.world.origin.max(now.plus(-KEPT)).plus(-SECOND);
    if at < first {
        return Err(bad(format!("{} is too long ago; the truth is known from {} on", at.rfc3339(), first.rfc3339())));
    }
    let asked = at;
    let at = at.clamp(state.world.origin, now);
    let mut rows: Vec<Value> =
        state.world.environments.iter().filter_map(|environment| Some(beanstalk(environment, environment.history.at(at)?))).collect();
    rows.extend(state.world.compute.groups.iter().filter_map(|group| Some(target_group(group, group.history.at(at)?))));
    let compute = &state.world.compute;
    rows.extend(compute.tagged.iter().filter_map(|found| Some(tagged(compute.rules.get(found.rule)?, found, found.history.at(at)?))));
    rows.extend(state.world.hosts.iter().filter_map(|found| Some(host(found, found.history.at(at)?))));
    let github = &state.world.github;
    // Of repositories and runs only the present is known.
    let (repositories, runs) = (truth::repositories(github, now), truth::runs(github));
    let lost = log_intervals(state);
    Ok(json!({ "at": asked.rfc3339(), "environments": rows, "repositories": repositories, "runs": runs, "log_intervals": lost }))
}

/// What live tails did not send.
fn log_intervals(state: &State) -> Vec<Value> {
    let interval = |lost: &Lost| {
        json!({
            "session": lost.session, "account": &*lost.place.account, "region": &*lost.place.region, "groups": &*lost.groups, "kind": lost.kind,
            "from": lost.from.rfc3339(), "to": lost.to.rfc3339(), "first": lost.first.rfc3339(), "last": lost.last.rfc3339(), "count": lost.count,
        })
    };
    state.world.logs.lost.iter().map(interval).collect()
}

/// All lines that were written into a group, whether anyone was told of them or not.
fn logs(state: &mut State, params: &Params, now: Moment) -> Answered {
    let named =
        params.get("group").ok_or_else(|| bad("say which group: /_sim/logs?group=/aws/elasticbeanstalk/NAME/var/log/web.stdout.log"))?;
    let at = |name: &str, usual: Moment| match params.get(name) {
        None => Ok(usual),
        Some(text) => Moment::parse(&text.replace(' ', "+")).ok_or_else(|| bad(format!("\"{text}\" is not a time"))),
    };
    let (since, until) = (at("since", now.plus(-10 * MINUTE))?, at("until", now)?);
    let places: Vec<Place> = state.world.sites.keys().cloned().collect();
    let is_asked = |place: &&Place| {
        let is = |name: &str, own: &str| params.get(name).is_none_or(|wanted| wanted == own);
        is("region", &place.region) && is("account", &place.account)
    };
    let mut lines: Vec<(Moment, i64, Value)> = Vec::new();
    for place in places.iter().filter(is_asked) {
        let Some(group) = stream::group(&state.world, place, named) else { continue };
        for of in stream::streams(&state.world, &group) {
            let name = of.name();
            shelf::written(&mut state.world, &of, since, until, |line| {
                let told = json!({
                    "region": &*place.region, "stream": name, "timestamp": line.at.millis(), "ingestion": line.ingested.millis(),
                    "searchable": line.searchable.millis(), "message": line.text,
                });
                lines.push((line.at, line.id, told));
            });
        }
    }
    lines.sort_by_key(|(at, id, _)| (*at, *id));
    let lines: Vec<Value> = lines.into_iter().map(|(.., line)| line).collect();
    Ok(json!({ "group": named, "lines": lines }))
}

/// What a row says beside its history.
struct Told<'a> {
    platform: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    app: &'a str,
    name: &'a str,
    tier: &'a str,
}

fn beanstalk(environment: &Environment, row: &Row) -> Value {
    let Place { account, region } = &environment.place;
    let (account, region) = (Some(&**account), Some(&**region));
    told(&Told { platform: "beanstalk", account, region, app: &environment.app, name: &environment.name, tier: &environment.tier }, row)
}

fn target_group(group: &TargetGroup, row: &Row) -> Value {
    let Place { account, region } = &group.place;
    let (account, region) = (Some(&**account), Some(&**region));
    told(&Told { platform: "target-group", account, region, app: &group.app, name: &group.name, tier: &group.tier }, row)
}

fn tagged(rule: &Rule, found: &Tagged, row: &Row) -> Value {
    let Place { account, region } = &rule.place;
    let (account, region) = (Some(&**account), Some(&**region));
    told(&Told { platform: "tagged-ec2", account, region, app: &rule.app, name: &found.name, tier: &found.tier }, row)
}

fn host(found: &HostApp, row: &Row) -> Value {
    let mut value = told(
        &Told { platform: "host", account: Some(&found.server), region: None, app: &found.app, name: &found.name, tier: &found.tier },
        row,
    );
    if let Some(value) = value.as_object_mut() {
        value.insert(String::from("url"), json!(found.url));
    }
    value
}

/// A status row with the truth in it.
fn told(of: &Told<'_>, row: &Row) -> Value {
    let versions: Vec<Value> = row.versions.iter().map(|(label, count)| json!({ "label": &**label, "count": count })).collect();
    let activity = row.activity.as_ref().map(|activity| {
        json!({
            "kind": activity.kind,
            "done": activity.done.map(|(done, _)| done),
            "total": activity.done.map(|(_, total)| total),
            "since": activity.since.rfc3339(),
            "at": null,
        })
    });
    // Where nothing runs there is no version.
    let label = (!row.label.is_empty()).then_some(&*row.label);
    json!({
        "key": format!("{}:{}:{}:{}", of.platform, of.account.unwrap_or("-"), of.region.unwrap_or("-"), of.name),
        "platform": of.platform,
        "account": of.account,
        "region": of.region,
        "app": of.app,
        "name": of.name,
        "tier": of.tier,
        "version": { "label": label, "sha": commit(&row.label), "source": null, "confidence": null, "at": null },
        "health": { "level": row.level, "causes": &*row.causes, "source": null, "at": null },
        "activity": activity,
        "instances": { "total": row.total, "healthy": row.healthy, "versions": versions, "at": null },
        "error": null,
    })
}

fn calls(state: &State, since: Option<&str>) -> Answered {
    let since = match since {
        None => 0,
        Some(text) => text.parse().map_err(|_| bad(format!("\"{text}\" is not the number of a call")))?,
    };
    let calls: Vec<_> = state.calls.since(since).collect();
    Ok(json!({ "calls": calls }))
}

fn faults(state: &State) -> Value {
    let set: Vec<Value> = state
        .world
        .faults
        .iter()
        .map(|(id, fault, until)| {
            json!({
                "id": id, "service": fault.service, "operation": fault.operation, "region": fault.region,
                "account": fault.account, "kind": fault.kind.word(), "value": fault.value,
                "rate": fault.rate.unwrap_or(1.0), "until": until.map(Moment::rfc3339),
            })
        })
        .collect();
    json!({ "faults": set })
}

fn set_fault(state: &mut State, body: &[u8], now: Moment) -> Answered {
    let fault: Fault = serde_json::from_slice(body).map_err(|error| bad(format!("no such fault: {error}")))?;
    fault.check().map_err(bad)?;
    let until = fault.for_s.map(|seconds| now.plus(crate::scenario::populate::seconds(seconds)));
    Ok(json!({ "id": state.world.faults.add(fault, until) }))
}

fn remove_fault(state: &mut State, number: &str) -> Answered {
    let known = number.parse().is_ok_and(|number| state.world.faults.remove(number));
    if known { Ok(json!({})) } else { Err((404, format!("there is no fault {number}"))) }
}

fn read_only(state: &State) -> Value {
    json!({ "on": state.read_only, "refused": state.refused })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

fn set_read_only(state: &mut State, body: &[u8]) -> Answered {
    let switch: Switch = serde_json::from_slice(body).map_err(|error| bad(format!("write {{\"on\":true}}: {error}")))?;
    state.read_only = switch.on;
    Ok(read_only(state))
}
