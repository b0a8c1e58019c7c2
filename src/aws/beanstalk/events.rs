//! DescribeEvents: what has happened, and what Elastic Beanstalk's sentences mean.

use aws_sdk_elasticbeanstalk::types::{EventDescription, EventSeverity};

use super::super::told::{Interned, InternedText, moment, text};
use super::words;
use crate::model::activity::ActivityKind;
use crate::model::event::{BeganKind, Meaning, PlatformEvent, Severity};
use crate::model::id::{AccountId, EnvironmentKey, EnvironmentName, Platform, Region, VersionLabel};

/// What a sentence that begins like this means.
///
/// As the service says them and as the EB CLI waits for them. A text that is
/// not here has no meaning to the program; people read it all the same.
const SENTENCES: &[(&str, Meaning)] = &[
    ("createEnvironment is starting", began(ActivityKind::Launch)),
    ("Environment update is starting", began(ActivityKind::Unknown)),
    ("Deploying new version to instance(s)", began(ActivityKind::Deploy)),
    ("Updating environment ", began(ActivityKind::Configuration)),
    ("Environment tag update is starting", began(ActivityKind::Configuration)),
    ("restartAppServer is starting", began(ActivityKind::Restart)),
    ("rebuildEnvironment is starting", began(ActivityKind::Rebuild)),
    ("swapEnvironmentCNAMEs is starting", began(ActivityKind::Swap)),
    ("Swapping CNAMEs for environments", began(ActivityKind::Swap)),
    ("terminateEnvironment is starting", began(ActivityKind::Terminate)),
    ("abortEnvironmentUpdate is starting", began(ActivityKind::Abort)),
    ("Environment update is being aborted", began(ActivityKind::Abort)),
    ("Successfully launched environment", Meaning::Ended),
    ("Launched environment", Meaning::Ended),
    ("Environment update completed successfully", Meaning::Ended),
    ("Successfully deployed new configuration to environment", Meaning::Ended),
    ("Environment tag update completed successfully", Meaning::Ended),
    ("Restarted application server", Meaning::Ended),
    ("restartAppServer completed successfully", Meaning::Ended),
    ("rebuildEnvironment completed successfully", Meaning::Ended),
    ("Completed swapping CNAMEs for environments", Meaning::Ended),
    ("terminateEnvironment completed successfully", Meaning::Ended),
    ("Failed to launch environment", Meaning::Failed),
    ("Failed to deploy application", Meaning::Failed),
    ("Failed to deploy configuration", Meaning::Failed),
    ("Create environment operation is complete, but with errors", Meaning::Failed),
    ("Update environment operation is complete, but with errors", Meaning::Failed),
    ("The environment was reverted to the previous configuration setting", Meaning::Failed),
    ("Environment tag update failed", Meaning::Failed),
    ("The environment termination step failed", Meaning::Failed),
    ("Adding instance", Meaning::InstancesChanged),
    ("Added instance", Meaning::InstancesChanged),
    ("Removed instance", Meaning::InstancesChanged),
    ("Terminating excess instance", Meaning::InstancesChanged),
];

/// Before the level that an environment's health changed to.
const HEALTH_SENTENCES: [&str; 2] = ["Environment health has transitioned", "Environment health has been set"];

const fn began(kind: ActivityKind) -> Meaning {
    Meaning::Began(BeganKind(kind))
}

/// What an event's text means.
pub fn meaning(text: &str) -> Option<Meaning> {
    if let Some(rest) = HEALTH_SENTENCES.iter().find_map(|begin| text.strip_prefix(begin)) {
        return health_meaning(rest);
    }
    let (_, meaning) = SENTENCES.iter().find(|(begin, _)| text.starts_with(begin))?;
    let configuration = *meaning == began(ActivityKind::Configuration) && text.starts_with("Updating");
    // `Updating environment h-prod's configuration settings.`, and no other sentence with that beginning.
    (!configuration || text.contains("configuration settings")).then_some(*meaning)
}

/// ` from Ok to Severe. …`, ` to Pending. …`, ` from Info to No Data. …`, ` to GREEN`.
fn health_meaning(rest: &str) -> Option<Meaning> {
    let sentence = rest.split('.').next()?;
    let (_, word) = sentence.rsplit_once(" to ")?;
    words::level_of(word).map(Meaning::health_changed)
}

/// Translates events; one of these for each answer.
#[derive(Default)]
pub struct Translator {
    names: Interned<EnvironmentName>,
    labels: Interned<VersionLabel>,
    texts: InternedText,
}

impl Translator {
    /// What an answer tells of each environment. Events of applications (no
    /// environment) and events without a time are left out.
    pub fn events(
        &mut self,
        told: &[EventDescription],
        region: &Region,
        account: Option<&AccountId>,
    ) -> Vec<(EnvironmentKey, PlatformEvent)> {
        told.iter().filter_map(|told| self.event(told, region, account)).collect()
    }

    fn event(&mut self, told: &EventDescription, region: &Region, account: Option<&AccountId>) -> Option<(EnvironmentKey, PlatformEvent)> {
        let key = EnvironmentKey {
            platform: Platform::Beanstalk,
            account: account.cloned(),
            region: Some(region.clone()),
            name: self.names.get(text(told.environment_name.as_ref())?),
        };
        let message = text(told.message.as_ref())?;
        let event = PlatformEvent {
            at: moment(told.event_date.as_ref())?,
            severity: severity(told.severity.as_ref()),
            message: self.texts.get(message),
            request: text(told.request_id.as_ref()).map(|request| self.texts.get(request)),
            label: text(told.version_label.as_ref()).map(|label| self.labels.get(label)),
            meaning: meaning(message),
        };
        Some((key, event))
    }
}

/// Whether an answer tells of any environment.
pub(super) fn tells_of_environments(told: &[EventDescription]) -> bool {
    told.iter().any(|told| text(told.environment_name.as_ref()).is_some())
}

fn severity(told: Option<&EventSeverity>) -> Severity {
    match told.map(EventSeverity::as_str) {
        Some("TRACE" | "DEBUG") => Severity::Debug,
        Some("WARN") => Severity::Warning,
        Some("ERROR") => Severity::Error,
        Some("FATAL") => Severity::Fatal,
        // INFO, and what is not said or not known.
        Some(_) | None => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::health::Level;

    #[test]
    fn the_services_sentences_are_understood() {
        use ActivityKind::{Abort, Configuration, Deploy, Launch, Rebuild, Restart, Swap, Terminate, Unknown};
        let health = |level| Some(Meaning::health_changed(level));
        for (text, expected) in [
            ("createEnvironment is starting.", Some(began(Launch))),
            ("Environment update is starting.", Some(began(Unknown))),
            ("Deploying new version to instance(s).", Some(began(Deploy))),
            ("Updating environment h-prod's configuration settings.", Some(began(Configuration))),
            ("Updating environment tier.", None),
            ("restartAppServer is starting.", Some(began(Restart))),
            ("rebuildEnvironment is starting.", Some(began(Rebuild))),
            ("swapEnvironmentCNAMEs is starting.", Some(began(Swap))),
            ("Swapping CNAMEs for environments 'tmp-dev' and 'live-env'.", Some(began(Swap))),
            ("terminateEnvironment is starting.", Some(began(Terminate))),
            ("Environment update is being aborted.", Some(began(Abort))),
            ("Environment update completed successfully.", Some(Meaning::Ended)),
            ("Successfully launched environment: h-prod", Some(Meaning::Ended)),
            ("Launched environment: h-prod. However, there were issues during launch. See event log for details.", Some(Meaning::Ended)),
            ("Successfully deployed new configuration to environment.", Some(Meaning::Ended)),
            ("Restarted application server on all ec2 instances.", Some(Meaning::Ended)),
            ("Completed swapping CNAMEs for environments 'tmp-dev' and 'live-env'.", Some(Meaning::Ended)),
            ("terminateEnvironment completed successfully.", Some(Meaning::Ended)),
            ("Failed to deploy application.", Some(Meaning::Failed)),
            ("Failed to deploy configuration.", Some(Meaning::Failed)),
            ("Failed to launch environment.", Some(Meaning::Failed)),
            (
                "Update environment operation is complete, but with errors. For more information, see troubleshooting documentation.",
                Some(Meaning::Failed),
            ),
            ("The environment was reverted to the previous configuration setting.", Some(Meaning::Failed)),
            ("Added instance [i-0b1c2d3e4f5a6b7c8] to your environment.", Some(Meaning::InstancesChanged)),
            ("Added instances [i-0b1, i-0b2] to your environment.", Some(Meaning::InstancesChanged)),
            ("Removed instance [i-0b1] from your environment due to a EC2 health check failure.", Some(Meaning::InstancesChanged)),
            (
                "Environment health has transitioned from Ok to Severe. 100.0 % of the requests are failing with HTTP 5xx.",
                health(Level::Severe),
            ),
            (
                "Environment health has transitioned from Info to Ok. Application update completed 7 seconds ago and took 2 minutes.",
                health(Level::Ok),
            ),
            (
                "Environment health has transitioned to Pending. Initialization in progress (running for 12 seconds).",
                health(Level::Unknown),
            ),
            (
                "Environment health has transitioned from Warning to No Data. None of the instances are sending data.",
                health(Level::Unknown),
            ),
            ("Environment health has transitioned from YELLOW to RED", health(Level::Severe)),
            ("Environment health has been set to GREEN", health(Level::Ok)),
            ("Environment health has transitioned sideways.", None),
            ("Instance deployment completed successfully.", None),
            ("New application version was deployed to running EC2 instances.", None),
            ("Batch 1: Starting application deployment on instance(s) [i-0b1].", None),
            ("", None),
        ] {
            assert_eq!(meaning(text), expected, "{text}");
        }
    }
}
