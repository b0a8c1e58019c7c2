//! What has to be known of target groups and instances before something is done to them, read while somebody plans.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ecr::types::{DescribeImagesFilter, ImageDetail, TagStatus};

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::told::moment;
use super::image_tags::Named;
use super::pages;
use crate::model::compute::ImageRepository;
use crate::model::fault::Fault;
use crate::model::id::VersionLabel;
use crate::model::planning::{Planning, Release, Releases, Unread};

/// The attribute of a target group that says for how many seconds connections may go on after a target left it.
const DELAY: &str = "deregistration_delay.timeout_seconds";
/// How many images one page tells (ECR's API reference, "DescribeImages").
const PAGE: i32 = 1_000;

/// How long connections may go on after a target left this group, where the group says so.
pub async fn drain(wire: &Wire, line: &Line, name: &str, arn: &str) -> Answer<Option<Duration>> {
    let operation = Operation {
        api: "elasticloadbalancing",
        service: "Elastic Load Balancing v2",
        name: "DescribeTargetGroupAttributes",
        about: Some(name),
        in_turn: false,
    };
    let ask = line.opened.balancing(&line.region).describe_target_group_attributes().target_group_arn(arn);
    let Answer { stamp, told } = wire.call(line, operation, ask.send()).await;
    let seconds = told.map(|told| {
        let delay = told.attributes().iter().find(|attribute| attribute.key() == Some(DELAY));
        delay.and_then(|attribute| attribute.value()?.parse().ok()).map(Duration::from_secs)
    });
    Answer { stamp, told: seconds }
}

/// The images of a repository that have a tag, the newest first.
pub async fn images(wire: &Wire, line: &Line, repository: &ImageRepository) -> Result<Releases, Fault> {
    let line = wire.line(&line.connection, Some(&repository.region)).await;
    let operation = Operation { api: "ecr", service: "ECR", name: "DescribeImages", about: Some(&repository.name), in_turn: false };
    let client = line.opened.images(&line.region);
    let tagged = DescribeImagesFilter::builder().tag_status(TagStatus::Tagged).build();
    let told = pages::all(&line, operation, |token| {
        let ask = client.describe_images().repository_name(&*repository.name).max_results(PAGE);
        let ask = ask.filter(tagged.clone()).set_next_token(token);
        let line = &line;
        Box::pin(async move {
            let Answer { stamp, told } = wire.call(line, operation, ask.send()).await;
            Answer { stamp, told: told.map(|page| (page.image_details.unwrap_or_default(), page.next_token)) }
        })
    });
    Ok(releases(repository, &told.await.told?))
}

/// What was read of a target group for a plan: what one service tells is kept where another says no. `releases` is none where
/// nothing is configured to list them.
///
/// # Errors
/// Where nothing could be read at all.
pub fn joined(drain: Result<Option<Duration>, Fault>, releases: Option<Result<Releases, Fault>>) -> Result<Planning, Fault> {
    let (drain, no_drain) = halves(drain);
    let (releases, no_releases) = releases.map_or((None, None), halves);
    match (no_drain, no_releases) {
        (Some(fault), _) if releases.is_none() => Err(fault),
        (no_drain, no_releases) => {
            let unread = Unread { releases: no_releases, drain: no_drain, ..Unread::default() };
            Ok(Planning { releases, drain: drain.flatten(), unread, ..Planning::default() })
        }
    }
}

fn halves<T>(told: Result<T, Fault>) -> (Option<T>, Option<Fault>) {
    match told {
        Ok(told) => (Some(told), None),
        Err(fault) => (None, Some(fault)),
    }
}

fn releases(repository: &ImageRepository, told: &[ImageDetail]) -> Releases {
    let mut each: Vec<Release> = told.iter().filter_map(release).collect();
    each.sort_by_key(|release| std::cmp::Reverse(release.made_at));
    Releases { each, of: Arc::from(format!("the images of {} in {}", repository.name, repository.region)) }
}

/// An image by the tag that tells it best: a commit, since such a tag is not moved; else the first one.
fn release(told: &ImageDetail) -> Option<Release> {
    let tags = told.image_tags();
    let best = tags.iter().find(|tag| is_commit(tag)).or_else(|| tags.first())?;
    let others: Vec<&str> = tags.iter().filter(|tag| *tag != best).map(String::as_str).collect();
    let description = (!others.is_empty()).then(|| Arc::from(format!("also {}", others.join(", "))));
    Some(Release { label: VersionLabel::from(best.as_str()), made_at: moment(told.image_pushed_at()), description, unfit: None })
}

fn is_commit(tag: &str) -> bool {
    Named::Tag(tag.to_owned()).commit().is_some()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;
    use crate::model::fault::FaultKind;

    #[test]
    fn what_one_service_tells_is_kept_where_the_other_says_no() {
        let no = |what: &str| Fault::new(FaultKind::Denied, what);
        let minutes = Some(Duration::from_secs(300));
        let listed = Releases { each: Vec::new(), of: "ECR".into() };
        let told = joined(Ok(minutes), Some(Err(no("ECR")))).unwrap();
        assert_eq!((told.drain, told.releases, told.unread.releases, told.unread.drain), (minutes, None, Some(no("ECR")), None));
        let told = joined(Err(no("ELB")), Some(Ok(listed.clone()))).unwrap();
        assert_eq!((told.drain, told.releases, told.unread.releases, told.unread.drain), (None, Some(listed), None, Some(no("ELB"))));
        assert_eq!(joined(Ok(minutes), None).unwrap(), Planning { drain: minutes, ..Planning::default() });
        for releases in [None, Some(Err(no("ECR")))] {
            assert_eq!(joined(Err(no("ELB")), releases), Err(no("ELB")));
        }
    }

    #[test]
    fn an_image_is_called_by_the_commit_among_its_tags() {
        let sha = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
        let told = |seconds: i64, tags: &[&str]| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            ImageDetail::builder().image_pushed_at(DateTime::from_secs(seconds)).set_image_tags(Some(tags)).build()
        };
        let repository = ImageRepository { name: "growl-backend".into(), region: "us-west-1".into() };
        let releases = releases(&repository, &[told(1, &["stable", "v1"]), told(2, &["latest", sha]), told(3, &[])]);
        let rows: Vec<(&str, Option<&str>)> =
            releases.each.iter().map(|release| (release.label.as_str(), release.description.as_deref())).collect();
        assert_eq!(rows, [(sha, Some("also latest")), ("stable", Some("also v1"))]);
        assert_eq!(&*releases.of, "the images of growl-backend in us-west-1");
    }
}
