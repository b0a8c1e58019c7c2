//! One session of StartLiveTail.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::operation::start_live_tail::StartLiveTailOutput;
use aws_sdk_cloudwatchlogs::types::{LiveTailSessionUpdate, StartLiveTailResponseStream};
use aws_smithy_runtime_api::client::result::SdkError;
use tokio::time::timeout;

use super::super::call::{Line, Wire};
use super::sources::Sources;
use super::{Patience, operation};
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::line::{Millis, NewLine, SourceId};
use crate::model::log::source::Name;

/// A session that is open.
pub(super) struct Session {
    output: StartLiveTailOutput,
    patience: Duration,
}

/// What was taken in within a second.
#[derive(Default)]
pub(super) struct Update {
    /// Sources that are new.
    pub(super) sources: Vec<(SourceId, Name)>,
    pub(super) lines: Vec<NewLine>,
    /// These are not all lines.
    pub(super) sampled: bool,
}

/// The ARN of a group, without the `:*` that DescribeLogGroups puts behind it.
fn arn(line: &Line, account: &str, group: &str) -> String {
    let region = line.region.as_str();
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:logs:{region}:{account}:log-group:{group}")
}

/// Opens a session: it is open once its first frame is here.
pub(super) async fn open(wire: &Wire, line: &Line, sources: &Sources, patience: Patience) -> Result<Session, Fault> {
    let Some(account) = wire.account(line).await? else {
        let sentence = "a live tail needs the account's number, and STS does not tell it: allow sts:GetCallerIdentity";
        return Err(Fault::new(FaultKind::Denied, sentence));
    };
    let arns = sources.groups().iter().map(|group| arn(line, account.as_str(), group)).collect();
    let asked = line.opened.logs(&line.region).start_live_tail().set_log_group_identifiers(Some(arns));
    let send = async {
        // The SDK's own timeouts end before the first frame is waited for.
        match timeout(patience.first_frame, asked.send()).await {
            Ok(told) => told,
            Err(_) => Err(SdkError::timeout_error("no first frame")),
        }
    };
    let output = wire.call(line, operation("StartLiveTail"), send).await.told?;
    Ok(Session { output, patience: patience.update })
}

impl Session {
    /// The next update.
    ///
    /// # Errors
    /// When there is none any more: with the reason, as a part of a sentence.
    pub(super) async fn next(&mut self, sources: &Sources, now: Millis) -> Result<Update, String> {
        loop {
            let told = timeout(self.patience, self.output.response_stream.recv()).await;
            let Ok(told) = told else { return Err(format!("nothing came for {} s", self.patience.as_secs())) };
            match told {
                Ok(Some(StartLiveTailResponseStream::SessionUpdate(told))) => return Ok(update(sources, told, now)),
                // The start of a session, and what later versions of the service may send.
                Ok(Some(_)) => {}
                Ok(None) => return Err("the service ended it".to_owned()),
                Err(SdkError::ServiceError(error)) if error.err().is_session_timeout_exception() => {
                    return Err("its three hours are over".to_owned());
                }
                Err(SdkError::ServiceError(_)) => return Err("the service failed".to_owned()),
                Err(_) => return Err("the connection broke".to_owned()),
            }
        }
    }
}

/// A line whose group or time cannot be understood is the feed's, and of now: none is lost.
fn update(sources: &Sources, told: LiveTailSessionUpdate, now: Millis) -> Update {
    let sampled = told.session_metadata.is_some_and(|metadata| metadata.sampled);
    let mut update = Update { sampled, ..Update::default() };
    for event in told.session_results.unwrap_or_default() {
        let group = sources.group(event.log_group_identifier.as_deref().unwrap_or_default()).cloned();
        let stream = event.log_stream_name.unwrap_or_default();
        let source = group.map_or(sources.own(), |group| sources.id_of(&group, &stream, &mut update.sources));
        let (ingested, text) = (event.ingestion_time.map(Millis), event.message.unwrap_or_default().into_bytes());
        let time = event.timestamp.map(Millis).or(ingested).unwrap_or(now);
        update.lines.push(NewLine { source, time, ingested, text });
    }
    update
}
