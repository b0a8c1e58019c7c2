//! Commands on instances through Systems Manager: they run there without us, once under a mark.
//!
//! Systems Manager runs a command to its end whoever watches, ends it where it takes too long, and remembers it with
//! the mark as its comment: so it is found again without a receipt. On the machine a folder is made for the mark
//! first, which only the first of two can make.

use std::time::Duration;

use aws_sdk_ssm::operation::RequestId as _;
use aws_sdk_ssm::operation::get_command_invocation::{GetCommandInvocationError, GetCommandInvocationOutput};
use aws_sdk_ssm::types::{
    CommandFilter, CommandFilterKey, CommandInvocation, CommandInvocationStatus, InstanceInformation, InstanceInformationStringFilter,
    PingStatus,
};

use super::super::call::{Answer, Line};
use super::super::pages;
use super::{Acting, Api, done, failed, instance, operation, refused, underway};
use crate::model::fault::Fault;
use crate::model::operation::action::Place;
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Receipt};

/// AWS's document for shell commands on Linux.
const DOCUMENT: &str = "AWS-RunShellScript";
/// For how many seconds Systems Manager tries to hand a command out.
const DELIVERY: i32 = 60;
/// Where the folders of marks are: the agent runs as root, and nobody else writes there.
const FOLDER: &str = "/var/lib/quarterdeck";
/// The exit code of a command that had begun before under the same mark (`EX_TEMPFAIL` of sysexits.h).
const TWICE: i32 = 75;
/// The exit code where the mark could not be noted, so that nothing was run (`EX_CANTCREAT`).
const NO_PLACE: i32 = 73;
/// The longest that Systems Manager lets a command run: two days.
const LONGEST: u64 = 172_800;
/// How far this machine's clock may be from the service's, when commands since a moment are asked for.
const SKEW: Duration = Duration::from_secs(600);
/// The script: it claims its mark in a folder, removes what is old there, and runs the command. Only where the mark is
/// there had somebody else it before: all else that keeps it from being made leaves the command alone.
fn script(folder: &str, mark: &Mark, command: &str) -> Vec<String> {
    let own = format!("{folder}/{}", mark.as_str());
    vec![
        format!("mkdir -p -m 700 {folder}"),
        format!("mkdir {own} || {{ [ -d {own} ] && exit {TWICE}; exit {NO_PLACE}; }}"),
        format!("find {folder} -mindepth 1 -maxdepth 1 -mtime +{} -exec rm -rf {{}} +", Mark::KEPT_DAYS),
        command.to_owned(),
    ]
}

/// What a command is called in Systems Manager, by which it is found.
fn comment(mark: &Mark) -> String {
    format!("Quarterdeck {}", mark.as_str())
}

impl Acting {
    pub(super) async fn before_command(&self, place: &Place, limit: Duration) -> Result<Baseline, Fault> {
        let id = instance(place)?;
        if !(1..=LONGEST).contains(&limit.as_secs()) {
            return Err(refused("the command's limit is no time that Systems Manager takes: give it one second to two days"));
        }
        let line = self.line(place, None).await?;
        let Answer { stamp, told } = self.is_online(&line, id).await;
        if !told? {
            return Err(refused(unreached(id)));
        }
        Ok(Baseline { at: Some(stamp.asked_at), ..Baseline::default() })
    }

    async fn is_online(&self, line: &Line, id: &str) -> Answer<bool> {
        let filter = InstanceInformationStringFilter::builder().key("InstanceIds").values(id).build();
        let ask = line.opened.commands(&line.region).describe_instance_information();
        let ask = ask.set_filters(filter.ok().map(|filter| vec![filter]));
        let Answer { stamp, told } =
            self.wire.ask(line, operation(Api::Commands, "DescribeInstanceInformation", id), || ask.clone().send()).await;
        let is_it = |agent: &InstanceInformation| agent.instance_id() == Some(id) && agent.ping_status() == Some(&PingStatus::Online);
        Answer { stamp, told: told.map(|told| told.instance_information_list().iter().any(is_it)) }
    }

    pub(super) async fn see_agent(&self, place: &Place) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let line = self.line(place, None).await?;
        Ok(if self.is_online(&line, id).await.told? { done(format!("Systems Manager reaches {id}")) } else { failed(unreached(id)) })
    }

    pub(super) async fn send_command(&self, place: &Place, command: &str, limit: Duration, mark: &Mark) -> Result<Receipt, Begun> {
        if !mark.is_safe() {
            return Err(Begun::Refused(refused("nothing was sent: its mark cannot be a file's name on a machine")));
        }
        let id = instance(place).map_err(Begun::Refused)?;
        let line = self.writing_line(place).await.map_err(Begun::Refused)?;
        let ask = line.opened.commands(&line.region).send_command().document_name(DOCUMENT).instance_ids(id).comment(comment(mark));
        let ask = ask.timeout_seconds(DELIVERY).parameters("commands", script(FOLDER, mark, command));
        // Without it AWS ends a command after an hour.
        let ask = ask.parameters("executionTimeout", vec![limit.as_secs().clamp(1, LONGEST).to_string()]);
        let told = self.wire.write(&line, operation(Api::Commands, "SendCommand", id), ask.send()).await?;
        let command = told.command().and_then(|command| command.command_id()).map(Into::into);
        Ok(Receipt { id: command, ..self.receipt(told.request_id()) })
    }

    pub(super) async fn see_command(
        &self,
        place: &Place,
        limit: Duration,
        mark: &Mark,
        baseline: &Baseline,
        receipt: Option<&Receipt>,
    ) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let line = self.line(place, None).await?;
        if let Some(command) = receipt.and_then(|receipt| receipt.id.as_deref()) {
            return match self.invocation(&line, id, command).await? {
                // Another command had the mark before this one: that one counts.
                Some(told) if is_second(&told, mark) => self.find_command(&line, id, limit, mark, baseline, Some(command)).await,
                Some(told) => Ok(self.judge(id, limit, mark, &told)),
                None if self.must_show(baseline, receipt) => Ok(Observed::Unclear(
                    format!("Systems Manager knows nothing of the command {command} on {id}: look at the machine").into(),
                )),
                None => Ok(underway("on its way to the machine")),
            };
        }
        self.find_command(&line, id, limit, mark, baseline, None).await
    }

    /// Finds a command by its mark.
    async fn find_command(
        &self,
        line: &Line,
        id: &str,
        limit: Duration,
        mark: &Mark,
        baseline: &Baseline,
        besides: Option<&str>,
    ) -> Result<Observed, Fault> {
        let comment = comment(mark);
        for listed in self.commands_since(line, id, baseline).await? {
            let Some(command) = listed.command_id().filter(|command| Some(*command) != besides) else { continue };
            if listed.comment() != Some(comment.as_str()) {
                continue;
            }
            match self.invocation(line, id, command).await? {
                Some(told) if is_second(&told, mark) => {}
                Some(told) => return Ok(self.judge(id, limit, mark, &told)),
                None => return Ok(underway("on its way to the machine")),
            }
        }
        let sentence = format!("no command with this mark is known of {id}, but it may be on its way");
        if besides.is_some() {
            return Ok(Observed::Unclear(format!("{id} has run this once, but Systems Manager does not tell what became of it").into()));
        }
        // Longer ago than that a machine would run it a second time.
        if self.since(baseline, None).is_some_and(|passed| passed >= Mark::KEPT) {
            let sentence = format!("no command with this mark is known of {id}, but that was too long ago to tell: look at the machine");
            return Ok(Observed::Unclear(sentence.into()));
        }
        Ok(self.unseen(baseline, sentence))
    }

    /// The commands that were sent to a machine since the look before.
    async fn commands_since(&self, line: &Line, id: &str, baseline: &Baseline) -> Result<Vec<CommandInvocation>, Fault> {
        let operation = operation(Api::Commands, "ListCommandInvocations", id);
        let since = baseline.at.and_then(|at| at.checked_sub(SKEW).ok());
        let filter = since.and_then(|since| {
            // Systems Manager takes whole seconds: 2026-11-21T17:34:13Z.
            let since = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            CommandFilter::builder().key(CommandFilterKey::InvokedAfter).value(since).build().ok()
        });
        let client = line.opened.commands(&line.region);
        let told = pages::all(line, operation, |token| {
            let ask = client.list_command_invocations().instance_id(id).set_filters(filter.clone().map(|filter| vec![filter]));
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.ask(line, operation, || ask.clone().set_next_token(token.clone()).send()).await;
                Answer { stamp, told: told.map(|page| (page.command_invocations.unwrap_or_default(), page.next_token)) }
            })
        });
        told.await.told
    }

    /// What became of a command on a machine; none while nothing is known of it there.
    async fn invocation(&self, line: &Line, id: &str, command: &str) -> Result<Option<GetCommandInvocationOutput>, Fault> {
        let ask = line.opened.commands(&line.region).get_command_invocation().command_id(command).instance_id(id);
        let send = || {
            let sent = ask.clone().send();
            async {
                match sent.await {
                    Err(failed) if failed.as_service_error().is_some_and(GetCommandInvocationError::is_invocation_does_not_exist) => {
                        Ok(None)
                    }
                    told => told.map(Some),
                }
            }
        };
        self.wire.ask(line, operation(Api::Commands, "GetCommandInvocation", id), send).await.told
    }

    /// What became of a command. What it wrote goes into the output alone: a verdict is kept for ever, and that may hold a
    /// secret.
    fn judge(&self, id: &str, limit: Duration, mark: &Mark, told: &GetCommandInvocationOutput) -> Observed {
        use CommandInvocationStatus::{Cancelled, Cancelling, Delayed, Failed, InProgress, Pending, Success, TimedOut};
        let (out, err) = (told.standard_output_content().unwrap_or_default(), told.standard_error_content().unwrap_or_default());
        let status = told.status();
        if !matches!(status, None | Some(Pending | InProgress | Delayed | Cancelling)) {
            self.outputs.take(mark, 0, format!("{out}{err}").as_bytes(), true);
        }
        let details = told.status_details().unwrap_or_default();
        match status {
            Some(Pending | Delayed) | None => underway("on its way to the machine"),
            Some(InProgress) => underway(format!("it runs on {id}")),
            Some(Cancelling) => underway("somebody cancels it"),
            Some(Success) => done(format!("the command on {id} ended with exit code 0")),
            Some(Failed) if has_no_place(told, mark) => failed(format!(
                "nothing was run on {id}: what runs there could not be noted in {FOLDER}; look whether its disk is full or read-only"
            )),
            Some(Failed) => failed(format!("the command on {id} ended with exit code {}", told.response_code())),
            Some(TimedOut) if details.contains("Delivery") => failed(unreached(id)),
            Some(TimedOut) => failed(format!("the command on {id} did not end within {} s, and was ended there", limit.as_secs())),
            Some(Cancelled) => failed(format!("somebody has cancelled the command on {id}")),
            Some(other) => failed(format!("Systems Manager says {} of the command on {id}", other.as_str())),
        }
    }
}

fn unreached(id: &str) -> String {
    format!("Systems Manager does not reach {id}: its agent is not there, or not allowed to answer")
}

/// Whether this one found its mark taken, and so did nothing.
fn is_second(told: &GetCommandInvocationOutput, mark: &Mark) -> bool {
    told.response_code() == TWICE && names_its_folder(told, mark)
}

/// Whether this one could not make its mark, and so did nothing.
fn has_no_place(told: &GetCommandInvocationOutput, mark: &Mark) -> bool {
    told.response_code() == NO_PLACE && names_its_folder(told, mark)
}

/// Whether it complains of its mark's folder, as `mkdir` does: a command may end with the same code by itself.
fn names_its_folder(told: &GetCommandInvocationOutput, mark: &Mark) -> bool {
    let folder = format!("{FOLDER}/{}", mark.as_str());
    told.standard_error_content().is_some_and(|text| text.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit code of the script by a real shell, and what it wrote.
    fn ran(folder: &std::path::Path, command: &str) -> (i32, String) {
        let lines = script(folder.to_str().unwrap(), &Mark("1.run".into()), command).join("\n");
        let told = std::process::Command::new("sh").arg("-c").arg(lines).output().unwrap();
        (told.status.code().unwrap(), String::from_utf8(told.stdout).unwrap())
    }

    #[test]
    fn a_script_runs_once_under_its_mark_and_not_where_it_cannot_be_noted() {
        let folder = tempfile::tempdir().unwrap();
        let marks = folder.path().join("quarterdeck");
        assert_eq!(ran(&marks, "echo ran; exit 3"), (3, "ran\n".to_owned()));
        assert_eq!(ran(&marks, "echo ran"), (TWICE, String::new()), "it has run under this mark");
        // A file stands where the folder should be: it is not made, and nobody had it.
        let full = folder.path().join("full");
        std::fs::write(&full, "").unwrap();
        assert_eq!(ran(&full, "echo ran"), (NO_PLACE, String::new()));
    }
}
