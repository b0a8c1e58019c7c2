//! DescribeEnvironments: every environment of a region in one answer.

use aws_sdk_elasticbeanstalk::types::{EnvironmentDescription, EnvironmentHealth, EnvironmentHealthStatus, EnvironmentStatus};

use super::super::told::{Interned, InternedText, arn_parts, moment, text};
use super::words::{self, TERMINATED};
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, HealthSource};
use crate::model::id::{AccountId, AppName, EnvironmentKey, EnvironmentName, Platform, PlatformId, Region, VersionLabel};
use crate::model::sighting::{Identity, Question, Questions, Reading};
use crate::model::version::{Stated, VersionSource};

/// Translates listings; one of these for each answer.
#[derive(Default)]
pub(super) struct Translator {
    apps: Interned<AppName>,
    labels: Interned<VersionLabel>,
    regions: Interned<Region>,
    accounts: Interned<AccountId>,
    texts: InternedText,
}

impl Translator {
    /// What an answer tells of each environment in it.
    ///
    /// `region` and `account` stand in where an environment has no ARN. What
    /// has no name cannot be told from others and is left out ([`left_out`] says
    /// so), and so is what has been terminated.
    pub(super) fn readings(
        &mut self,
        told: &[EnvironmentDescription],
        region: &Region,
        account: Option<&AccountId>,
    ) -> Vec<(EnvironmentKey, Reading)> {
        told.iter().filter(|told| is_there(told)).filter_map(|told| Some((self.key(told, region, account)?, self.reading(told)))).collect()
    }

    fn key(&mut self, told: &EnvironmentDescription, region: &Region, account: Option<&AccountId>) -> Option<EnvironmentKey> {
        // Some servers give several environments one id and one ARN: the name
        // is the environment's own, only account and region are the ARN's.
        let name = EnvironmentName::from(text(told.environment_name.as_ref())?);
        let (arn_account, arn_region) = text(told.environment_arn.as_ref()).map_or((None, None), arn_parts);
        Some(EnvironmentKey {
            platform: Platform::Beanstalk,
            account: arn_account.map(|told| self.accounts.get(told)).or_else(|| account.cloned()),
            region: Some(self.regions.get(arn_region.unwrap_or(region.as_str()))),
            name,
        })
    }

    fn reading(&mut self, told: &EnvironmentDescription) -> Reading {
        let status = told.status.as_ref().map(EnvironmentStatus::as_str).filter(|status| !status.is_empty());
        let health_status = told.health_status.as_ref().map(EnvironmentHealthStatus::as_str).filter(|word| !word.is_empty());
        let color = told.health.as_ref().map(EnvironmentHealth::as_str).filter(|word| !word.is_empty());
        let health = words::judge(health_status, color).map(|judged| Health {
            level: judged.level,
            word: Some(self.texts.get(judged.word)),
            causes: Vec::new(),
            source: judged.source,
        });
        Reading {
            identity: Some(Box::new(self.identity(told, status, health.as_ref()))),
            version: text(told.version_label.as_ref()).map(|label| Stated::by(VersionSource::BeanstalkLabel, self.labels.get(label))),
            health,
            busy: status.map(words::busy),
            ..Reading::default()
        }
    }

    fn identity(&mut self, told: &EnvironmentDescription, status: Option<&str>, health: Option<&Health>) -> Identity {
        let url = text(told.cname.as_ref()).or_else(|| text(told.endpoint_url.as_ref()));
        let stack = text(told.solution_stack_name.as_ref()).or_else(|| text(told.platform_arn.as_ref()));
        let enhanced = health.is_some_and(|health| health.source == HealthSource::BeanstalkEnhanced);
        Identity {
            platform_id: text(told.environment_id.as_ref()).map(PlatformId::from),
            url: url.map(Into::into),
            stack: stack.map(|stack| self.texts.get(stack)),
            status: status.map(|status| self.texts.get(status)),
            created_at: moment(told.date_created.as_ref()),
            updated_at: moment(told.date_updated.as_ref()),
            abortable: told.abortable_operation_in_progress.unwrap_or(false),
            answers: answers(enhanced),
            tells_versions: enhanced,
            ..Identity::of(self.apps.get(text(told.application_name.as_ref()).unwrap_or_default()))
        }
    }
}

/// What can be asked of an environment. Where the platform does not tell health per instance, its load balancer may.
fn answers(enhanced: bool) -> Questions {
    if enhanced { Questions::of([Question::Instances, Question::Health]) } else { Questions::of([Question::Resources]) }
}

fn is_there(told: &EnvironmentDescription) -> bool {
    told.status.as_ref().is_none_or(|status| status.as_str() != TERMINATED)
}

/// How many of those that have no name are told by their ids.
const NAMELESS_TOLD: usize = 3;

/// The fault of an answer with environments that have no name: which they are, as far as it tells.
pub(super) fn left_out(told: &[EnvironmentDescription], region: &Region) -> Option<Fault> {
    let nameless: Vec<&EnvironmentDescription> =
        told.iter().filter(|told| is_there(told)).filter(|told| text(told.environment_name.as_ref()).is_none()).collect();
    let what = match nameless.len() {
        0 => return None,
        1 => "an environment".to_owned(),
        count => format!("{count} environments"),
    };
    let ids = nameless.iter().filter_map(|told| text(told.environment_id.as_ref()).or_else(|| text(told.environment_arn.as_ref())));
    let known: Vec<&str> = ids.take(NAMELESS_TOLD).collect();
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    Some(Fault::new(FaultKind::Malformed, format!("{region} lists {what} without a name{known}: left out, the others are shown")))
}

/// The account that an answer shows, where it does.
pub(super) fn account_in(told: &[EnvironmentDescription]) -> Option<AccountId> {
    told.iter().find_map(|told| arn_parts(text(told.environment_arn.as_ref())?).0.map(AccountId::from))
}

/// Whether an environment in an answer does not show its account.
pub(super) fn hides_an_account(told: &[EnvironmentDescription]) -> bool {
    told.iter().any(|told| text(told.environment_arn.as_ref()).is_none_or(|arn| arn_parts(arn).0.is_none()))
}
