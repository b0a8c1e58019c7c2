//! Systems Manager: which instances it reaches, and commands on them.
//!
//! Owns the JSON shapes and the refusals. What a command comes to,
//! `compute::command` says.

mod parameters;

use serde_json::{Value, json};

use super::json::{Answered, Body, page, seconds};
use super::{Call, Fault};
use crate::compute::command::{Command, Invocation, Order, State};
use crate::compute::machine::{Machine, Power};
use crate::moment::{HOUR, Millis, Moment, SECOND};
use crate::world::World;

/// The one document that there is.
const DOCUMENT: &str = "AWS-RunShellScript";
/// Its one step.
const STEP: &str = "aws:runShellScript";

/// Answers a call.
///
/// # Errors
///
/// What Systems Manager refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>) -> Answered {
    match call.operation {
        "DescribeInstanceInformation" => information(world, call),
        "SendCommand" => send(world, call),
        "GetCommandInvocation" => invocation(world, call),
        "ListCommandInvocations" => invocations(world, call),
        "PutParameter" => parameters::put(world, call),
        "GetParameter" => parameters::get(world, call),
        "DeleteParameter" => parameters::delete(world, call),
        other => Err(Fault::unknown_json_operation(other)),
    }
}

fn validation(sentence: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", sentence)
}

/// Whether Systems Manager knows of a machine.
fn known(machine: &Machine) -> bool {
    machine.managed && machine.alive() && machine.power != Power::Pending
}

fn fits(machine: &Machine, key: &str, values: &[&str]) -> Option<bool> {
    let any = |is: &str| values.contains(&is);
    Some(match key {
        "InstanceIds" => any(&machine.name()),
        "PingStatus" => any(ping(machine)),
        "PlatformTypes" => any("Linux"),
        "ResourceType" => any("EC2Instance"),
        _ => {
            let tag = key.strip_prefix("tag:")?;
            machine.tags.get(tag).is_some_and(|value| any(value))
        }
    })
}

fn ping(machine: &Machine) -> &'static str {
    if machine.power == Power::Running { "Online" } else { "ConnectionLost" }
}

fn information(world: &World, call: &Call<'_>) -> Answered {
    let mut found: Vec<&Machine> = world.compute.machines_of(&call.place).map(|(_, machine)| machine).filter(|m| known(m)).collect();
    let older = call.body.structures("InstanceInformationFilterList");
    let filters = call.body.structures("Filters").into_iter().map(|filter| ("Key", "Values", filter));
    for (key, values, filter) in filters.chain(older.into_iter().map(|filter| ("key", "valueSet", filter))) {
        let (name, values) = (filter.text(key).unwrap_or(""), filter.texts(values));
        let mut kept = Vec::new();
        for machine in found {
            match fits(machine, name, &values) {
                None => return Err(Fault::new(400, "InvalidInstanceInformationFilterValue", format!("The filter {name} is not valid."))),
                Some(true) => kept.push(machine),
                Some(false) => {}
            }
        }
        found = kept;
    }
    let (here, next) = page(call, "instance-information", &found, "MaxResults", "NextToken", 10)?;
    let rows: Vec<Value> = here
        .iter()
        .map(|machine| {
            json!({
                "InstanceId": machine.name(),
                "PingStatus": ping(machine),
                "LastPingDateTime": seconds(world.now),
                "AgentVersion": "3.3.987.0",
                "IsLatestVersion": true,
                "PlatformType": "Linux",
                "PlatformName": "Amazon Linux",
                "PlatformVersion": "2023",
                "ResourceType": "EC2Instance",
                "IPAddress": machine.private_ip(),
                "ComputerName": format!("ip-{}.{}.compute.internal", machine.private_ip().replace('.', "-"), machine.place.region),
            })
        })
        .collect();
    Ok(Body::with(json!({ "InstanceInformationList": rows }), "NextToken", next))
}

/// The machines that a command is for: named, or found by tags.
fn aimed_at(world: &World, call: &Call<'_>) -> Result<Vec<usize>, Fault> {
    let ids = call.body.texts("InstanceIds");
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for id in ids {
        let slot = world.compute.named(&call.place, id);
        let reached =
            |slot: &usize| world.compute.machines.get(*slot).is_some_and(|machine| known(machine) && machine.power == Power::Running);
        match slot.filter(reached) {
            Some(slot) => found.push(slot),
            None => invalid.push(id),
        }
    }
    if !invalid.is_empty() {
        let sentence = format!("Instances [[{}]] not in a valid state for account {}", invalid.join(", "), call.place.account);
        return Err(Fault::new(400, "InvalidInstanceId", sentence));
    }
    for target in call.body.structures("Targets") {
        let (key, values) = (target.text("Key").unwrap_or(""), target.texts("Values"));
        for (slot, machine) in world.compute.machines_of(&call.place).filter(|(_, machine)| known(machine)) {
            if fits(machine, key, &values).ok_or_else(|| validation(format!("Targets: {key} is not a key")))? && !found.contains(&slot) {
                found.push(slot);
            }
        }
    }
    Ok(found)
}

fn send(world: &mut World, call: &Call<'_>) -> Answered {
    let document = call.body.text("DocumentName").unwrap_or("");
    if document != DOCUMENT {
        return Err(Fault::new(400, "InvalidDocument", format!("Document with name {document} does not exist.")));
    }
    if call.body.list("InstanceIds").is_empty() && call.body.list("Targets").is_empty() {
        return Err(validation("The request must name InstanceIds or Targets."));
    }
    let lines: Vec<String> = call.body.within("Parameters").texts("commands").into_iter().map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(Fault::new(400, "InvalidParameters", "Parameter \"commands\" is required"));
    }
    let machines = aimed_at(world, call)?;
    let comment = call.body.text("Comment").unwrap_or("");
    let limit = execution_timeout(call)?;
    let slot = world.send_command(&call.place, &machines, Order { lines, comment: comment.to_owned(), limit });
    let command = world.compute.commands.get(slot).ok_or_else(|| validation("The command is gone."))?;
    Ok(json!({ "Command": {
        "CommandId": command.id,
        "DocumentName": DOCUMENT,
        "DocumentVersion": "$DEFAULT",
        "Comment": command.comment,
        "ExpiresAfter": seconds(command.sent.plus(2 * HOUR)),
        "Parameters": { "commands": command.lines },
        "InstanceIds": call.body.texts("InstanceIds"),
        "Targets": call.body.list("Targets"),
        "RequestedDateTime": seconds(command.sent),
        "Status": "Pending",
        "StatusDetails": "Pending",
        "MaxConcurrency": "50",
        "MaxErrors": "0",
        "TargetCount": machines.len(),
        "CompletedCount": 0,
        "ErrorCount": 0,
        "DeliveryTimedOutCount": 0,
        "TimeoutSeconds": call.body.number("TimeoutSeconds").unwrap_or(3_600),
    } }))
}

/// For how long a command may run: an hour, where nobody said (`executionTimeout` of the document).
fn execution_timeout(call: &Call<'_>) -> Result<Millis, Fault> {
    let parameters = call.body.within("Parameters");
    let given = parameters.texts("executionTimeout");
    let Some(text) = given.first() else { return Ok(HOUR) };
    let seconds = text.parse().ok().filter(|seconds: &i64| (1..=172_800).contains(seconds));
    let seconds = seconds.ok_or_else(|| Fault::new(400, "InvalidParameters", format!("executionTimeout: {text} is not in 1-172800")))?;
    Ok(seconds.saturating_mul(SECOND))
}

/// What `Status` says of a command on an instance.
const fn status(state: &State) -> &'static str {
    match state {
        State::Sent => "Pending",
        State::Running(_) => "InProgress",
        State::Over(_, _, done) if done.code == 0 => "Success",
        State::Over(..) => "Failed",
        State::TimedOut(..) => "TimedOut",
    }
}

/// What `StatusDetails` says: more, where a command took too long.
const fn status_details(state: &State) -> &'static str {
    if let State::TimedOut(..) = state { "ExecutionTimedOut" } else { status(state) }
}

fn invocation(world: &World, call: &Call<'_>) -> Answered {
    let (id, instance) = (call.body.text("CommandId").unwrap_or(""), call.body.text("InstanceId").unwrap_or(""));
    if call.body.text("PluginName").is_some_and(|name| name != STEP) {
        return Err(Fault::new(400, "InvalidPluginName", "The plugin name is not valid."));
    }
    let slot = world.compute.named(&call.place, instance);
    let command = world.compute.commands.iter().find(|command| command.id == id && command.place == call.place);
    let found = command.and_then(|command| {
        let invocation = command.invocations.iter().find(|invocation| Some(invocation.machine) == slot)?;
        // For a moment after it was sent nothing is known of it, as at AWS.
        (invocation.state != State::Sent).then_some((command, invocation))
    });
    // AWS says no more than that.
    let (command, invocation) = found.ok_or_else(|| {
        Fault::new(400, "InvocationDoesNotExist", "The command ID and instance ID you specified did not match any invocations.")
    })?;
    let mut told = json!({
        "CommandId": command.id,
        "InstanceId": instance,
        "Comment": command.comment,
        "DocumentName": DOCUMENT,
        "DocumentVersion": "$DEFAULT",
        "PluginName": STEP,
        "ResponseCode": -1,
        "Status": status(&invocation.state),
        "StatusDetails": status_details(&invocation.state),
        "ExecutionStartDateTime": "",
        "ExecutionElapsedTime": "",
        "ExecutionEndDateTime": "",
        "StandardOutputContent": "",
        "StandardOutputUrl": "",
        "StandardErrorContent": "",
        "StandardErrorUrl": "",
        "CloudWatchOutputConfig": { "CloudWatchOutputEnabled": false },
    });
    if let (Some(told), State::Over(since, until, done)) = (told.as_object_mut(), &invocation.state) {
        told.insert(String::from("ResponseCode"), json!(done.code));
        told.insert(String::from("ExecutionStartDateTime"), json!(since.rfc3339()));
        told.insert(String::from("ExecutionEndDateTime"), json!(until.rfc3339()));
        told.insert(String::from("ExecutionElapsedTime"), json!(format!("PT{:.3}S", seconds(*until) - seconds(*since))));
        told.insert(String::from("StandardOutputContent"), json!(done.out));
        told.insert(String::from("StandardErrorContent"), json!(with_status(&done.err, done.code)));
    }
    Ok(told)
}

/// A script that failed says so at the end of its errors, as the agent does.
fn with_status(errors: &str, code: i32) -> String {
    if code == 0 { errors.to_owned() } else { format!("{errors}failed to run commands: exit status {code}") }
}

fn invocations(world: &World, call: &Call<'_>) -> Answered {
    let id = call.body.text("CommandId");
    let instance = call.body.text("InstanceId");
    if let Some(id) = id
        && !world.compute.commands.iter().any(|command| command.id == id && command.place == call.place)
    {
        return Err(Fault::new(400, "InvalidCommandId", "The specified command ID isn't valid."));
    }
    let after = invoked_after(call)?;
    let fits = |command: &&Command| command.place == call.place && id.is_none_or(|id| command.id == id) && command.sent >= after;
    let here = world.compute.commands.iter().rev().filter(fits);
    let mut found: Vec<(&Command, &Invocation, &Machine)> = Vec::new();
    for command in here {
        for invocation in &command.invocations {
            let machine = world.compute.machines.get(invocation.machine);
            if let Some(machine) = machine.filter(|machine| instance.is_none_or(|instance| machine.name() == instance)) {
                found.push((command, invocation, machine));
            }
        }
    }
    let (page, next) = page(call, "invocations", &found, "MaxResults", "NextToken", 50)?;
    let details = call.body.flag("Details");
    let rows: Vec<Value> = page.iter().map(|(command, invocation, machine)| row(command, invocation, machine, details)).collect();
    Ok(Body::with(json!({ "CommandInvocations": rows }), "NextToken", next))
}

/// From when on commands are asked for.
fn invoked_after(call: &Call<'_>) -> Result<Moment, Fault> {
    let mut after = Moment::from_millis(0);
    for filter in call.body.structures("Filters") {
        let value = filter.text("value").and_then(Moment::parse);
        match (filter.text("key"), value) {
            (Some("InvokedAfter"), Some(moment)) => after = moment,
            (key, _) => return Err(Fault::new(400, "InvalidFilterKey", format!("The filter {} is not valid.", key.unwrap_or("")))),
        }
    }
    Ok(after)
}

fn row(command: &Command, invocation: &Invocation, machine: &Machine, details: bool) -> Value {
    let (status, details_of) = (status(&invocation.state), status_details(&invocation.state));
    let step = match &invocation.state {
        State::Sent => None,
        State::Running(since) => Some(json!({
            "Name": STEP, "Status": status, "StatusDetails": status, "ResponseCode": -1,
            "ResponseStartDateTime": seconds(*since), "Output": "",
        })),
        State::TimedOut(since, until) => Some(json!({
            "Name": STEP, "Status": status, "StatusDetails": details_of, "ResponseCode": -1,
            "ResponseStartDateTime": seconds(*since), "ResponseFinishDateTime": seconds(*until), "Output": "",
        })),
        State::Over(since, until, done) => Some(json!({
            "Name": STEP, "Status": status, "StatusDetails": status, "ResponseCode": done.code,
            "ResponseStartDateTime": seconds(*since), "ResponseFinishDateTime": seconds(*until),
            "Output": format!("{}{}", done.out, if done.err.is_empty() { String::new() } else { format!("\n----------ERROR-------\n{}", with_status(&done.err, done.code)) }),
        })),
    };
    json!({
        "CommandId": command.id,
        "InstanceId": machine.name(),
        "InstanceName": machine.tags.get("Name").cloned().unwrap_or_default(),
        "Comment": command.comment,
        "DocumentName": DOCUMENT,
        "DocumentVersion": "$DEFAULT",
        "RequestedDateTime": seconds(command.sent),
        "Status": status,
        "StatusDetails": details_of,
        "CommandPlugins": step.filter(|_| details).into_iter().collect::<Vec<_>>(),
    })
}
