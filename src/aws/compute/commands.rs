//! Systems Manager: a command that only reads, run on several machines.
//!
//! What is run is what the configuration says, to the letter; nothing from outside is ever put into it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ssm::types::{CommandInvocation, CommandInvocationStatus, CommandPlugin, InstanceInformationStringFilter, PingStatus};
use futures_util::FutureExt as _;

use super::super::call::{Answer, Line, Operation, Wire};
use super::pages::{Page, all};
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::InstanceId;

/// AWS's document for shell commands on Linux.
const DOCUMENT: &str = "AWS-RunShellScript";
/// The most machines that one command may name.
const MOST_MACHINES: usize = 50;
/// How many rows a page of an answer may have: the most that AWS gives. No command names more machines.
const PAGE: i32 = 50;
/// For how many seconds Systems Manager tries to hand a command out (its own minimum), and for how many it may run.
const DELIVERY: i32 = 30;
/// From one look at what came of a command to the next.
const LOOK: Duration = Duration::from_millis(1_500);
/// How many looks there are before it counts as not answered.
const LOOKS: usize = 20;
/// How much of a command's output is a version.
const LONGEST: usize = 300;

/// What a machine's command printed last, or a sentence that tells why it is not known.
pub type Printed = Result<String, Arc<str>>;

/// Runs commands through Systems Manager.
#[derive(Clone)]
pub struct Commands {
    wire: Wire,
}

impl Commands {
    pub const fn new(wire: Wire) -> Self {
        Self { wire }
    }

    /// The stamp of what is told without a call.
    pub fn stamp(&self) -> Stamp {
        self.wire.stamp()
    }

    /// What the command prints on each of these machines, under the stamp of the first call.
    pub async fn run(&self, line: &Line, command: &str, about: &str, ids: &[InstanceId]) -> Answer<Vec<(InstanceId, Printed)>> {
        if ids.is_empty() {
            return Answer { stamp: self.stamp(), told: Ok(Vec::new()) };
        }
        let Answer { stamp, told } = self.reached(line, about, ids).await;
        let reached = match told {
            Ok(reached) => reached,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let mut printed = HashMap::new();
        // One that is not managed would have the whole of a command refused.
        for part in reached.chunks(MOST_MACHINES) {
            match self.run_on(line, command, about, part).await {
                Ok(told) => printed.extend(told),
                Err(fault) => return Answer { stamp, told: Err(fault) },
            }
        }
        let unreached = || Err(Arc::from("Systems Manager does not reach it: its agent is not there, or not allowed to answer"));
        let each = ids.iter().map(|id| (id.clone(), printed.remove(id.as_str()).unwrap_or_else(unreached)));
        Answer { stamp, told: Ok(each.collect()) }
    }

    /// Those of these machines whose agent answers.
    async fn reached(&self, line: &Line, about: &str, ids: &[InstanceId]) -> Answer<Vec<String>> {
        let mut online = Answer { stamp: self.stamp(), told: Ok(Vec::new()) };
        for (number, part) in ids.chunks(MOST_MACHINES).enumerate() {
            let operation = operation("DescribeInstanceInformation", about);
            let Answer { stamp, told } = all(line, operation, |token| self.agents(line, about, part, token).boxed()).await;
            if number == 0 {
                online.stamp = stamp;
            }
            match (&mut online.told, told) {
                (Ok(each), Ok(more)) => each.extend(more),
                (_, Err(fault)) => return Answer { stamp: online.stamp, told: Err(fault) },
                (Err(_), Ok(_)) => {}
            }
        }
        online
    }

    /// A page of them: AWS tells ten at a time unless asked for more.
    async fn agents(&self, line: &Line, about: &str, ids: &[InstanceId], token: Option<String>) -> Answer<Page<String>> {
        let values = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let filter = InstanceInformationStringFilter::builder().key("InstanceIds").set_values(Some(values)).build();
        let ask = line.opened.commands(&line.region).describe_instance_information();
        let ask = ask.set_filters(filter.ok().map(|filter| vec![filter])).max_results(PAGE).set_next_token(token);
        let Answer { stamp, told } = self.wire.call(line, operation("DescribeInstanceInformation", about), ask.send()).await;
        let online = told.map(|told| {
            let next = told.next_token;
            let listed = told.instance_information_list.unwrap_or_default();
            let online = listed.into_iter().filter(|told| told.ping_status() == Some(&PingStatus::Online));
            (online.filter_map(|told| told.instance_id).collect(), next)
        });
        Answer { stamp, told: online }
    }

    async fn run_on(&self, line: &Line, command: &str, about: &str, ids: &[String]) -> Result<HashMap<String, Printed>, Fault> {
        let client = line.opened.commands(&line.region);
        let ask = client.send_command().document_name(DOCUMENT).timeout_seconds(DELIVERY).comment("Quarterdeck reads what runs");
        // A command that hangs ends there as well: without this AWS gives it an hour.
        let ask = ask.parameters("commands", vec![command.to_owned()]).parameters("executionTimeout", vec![DELIVERY.to_string()]);
        let ask = ask.set_instance_ids(Some(ids.to_vec()));
        let sent = self.wire.call(line, operation("SendCommand", about), ask.send()).await.told?;
        let Some(id) = sent.command.and_then(|command| command.command_id) else {
            let sentence = format!("{} did not say which command it started to read what {about} runs", line.region);
            return Err(Fault::new(FaultKind::Malformed, sentence));
        };
        let mut told = HashMap::new();
        for _ in 0..LOOKS {
            tokio::time::sleep(LOOK).await;
            let ask = client.list_command_invocations().command_id(&id).details(true).max_results(PAGE);
            let looked = self.wire.call(line, operation("ListCommandInvocations", about), ask.send()).await.told?;
            told = looked
                .command_invocations()
                .iter()
                .filter_map(|invocation| Some((invocation.instance_id.clone()?, printed(invocation)?)))
                .collect();
            if ids.iter().all(|id| told.contains_key(id)) {
                break;
            }
        }
        for id in ids {
            told.entry(id.clone()).or_insert_with(|| Err(Arc::from("the command did not end in time")));
        }
        Ok(told)
    }
}

fn operation<'a>(name: &'static str, about: &'a str) -> Operation<'a> {
    Operation { api: "ssm", service: "SSM", name, about: Some(about), in_turn: false }
}

/// What came of the command on one machine; none while it runs.
fn printed(invocation: &CommandInvocation) -> Option<Printed> {
    let status = invocation.status()?;
    let plugin = invocation.command_plugins().first();
    let output = plugin.and_then(|plugin| plugin.output()).unwrap_or_default();
    let last = output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let last: String = last.chars().take(LONGEST).collect();
    match status {
        CommandInvocationStatus::Pending | CommandInvocationStatus::InProgress | CommandInvocationStatus::Delayed => None,
        CommandInvocationStatus::Success if last.is_empty() => Some(Err(Arc::from("the command printed nothing"))),
        CommandInvocationStatus::Success => Some(Ok(last)),
        CommandInvocationStatus::Failed => {
            let code = plugin.map_or(-1, CommandPlugin::response_code);
            let said = if last.is_empty() { String::new() } else { format!(": {last}") };
            Some(Err(Arc::from(format!("the command ended with {code}{said}"))))
        }
        other => Some(Err(Arc::from(format!("Systems Manager says {} of the command", other.as_str())))),
    }
}
