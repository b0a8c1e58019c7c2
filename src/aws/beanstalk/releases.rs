//! The versions of an application as Elastic Beanstalk keeps them: pure.

use std::sync::Arc;

use aws_sdk_elasticbeanstalk::types::{ApplicationVersionDescription, ApplicationVersionStatus};

use super::super::told::{moment, text};
use crate::model::id::{AppName, VersionLabel};
use crate::model::planning::{Release, Releases};

/// All of an application, the newest first.
pub fn releases(application: &AppName, told: &[ApplicationVersionDescription]) -> Releases {
    let mut each: Vec<Release> = told.iter().filter_map(release).collect();
    each.sort_by_key(|release| std::cmp::Reverse(release.made_at));
    Releases { each, of: Arc::from(format!("the versions of {application}")) }
}

fn release(told: &ApplicationVersionDescription) -> Option<Release> {
    let label = VersionLabel::from(text(told.version_label.as_ref())?);
    // A version that was not processed is deployed as well: only those that asked for it are (AWS's API reference,
    // "ApplicationVersionDescription").
    let unfit = match told.status() {
        Some(ApplicationVersionStatus::Failed) => Some("its processing has failed"),
        Some(ApplicationVersionStatus::Building) => Some("it is still being built"),
        _ => None,
    };
    Some(Release {
        label,
        made_at: moment(told.date_created()),
        description: text(told.description.as_ref()).map(Arc::from),
        unfit: unfit.map(Arc::from),
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn told(label: &str, seconds: i64, status: Option<ApplicationVersionStatus>) -> ApplicationVersionDescription {
        let told = ApplicationVersionDescription::builder().version_label(label).date_created(DateTime::from_secs(seconds));
        told.description("What is in it ").set_status(status).build()
    }

    #[test]
    fn the_newest_comes_first_and_what_cannot_be_deployed_says_why() {
        let unnamed = ApplicationVersionDescription::builder().build();
        let all = [
            told("v1", 10, Some(ApplicationVersionStatus::Unprocessed)),
            told("v3", 30, Some(ApplicationVersionStatus::Building)),
            told("v2", 20, Some(ApplicationVersionStatus::Failed)),
            unnamed,
        ];
        let releases = releases(&"h".into(), &all);
        let rows: Vec<(&str, Option<&str>)> =
            releases.each.iter().map(|release| (release.label.as_str(), release.unfit.as_deref())).collect();
        assert_eq!(rows, [("v3", Some("it is still being built")), ("v2", Some("its processing has failed")), ("v1", None)]);
        assert_eq!((&*releases.of, releases.each[0].description.as_deref()), ("the versions of h", Some("What is in it")));
    }
}
