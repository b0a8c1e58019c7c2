//! What sources are called, and that no two are called the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::app::logs::StreamId;
use crate::app::logs::order::FeedId;
use crate::app::logs::subject::Subject;
use crate::model::compute::Site;
use crate::model::log::buffer::Bounds;
use crate::model::log::line::Millis;

const ONE: &str = "i-0a3c59e17b4d2f680";
const OTHER: &str = "i-0b72aae17b4d2f680";

fn site() -> Site {
    Site { connection: "default".into(), region: "us-west-1".into() }
}

/// A stream of these environments, each with these log groups of these instances. `{}` stands for the environment's name.
fn stream(environments: &[&str], groups: &[&str], instances: &[&str]) -> Stream {
    let keys: Vec<EnvironmentKey> = environments.iter().map(|key| format!("beanstalk:{key}").parse().unwrap()).collect();
    let mut stream = Stream::new(StreamId(1), Subject::of(keys.clone()), Millis(0), Bounds::default());
    let mut source = 0;
    for (number, key) in (0..).zip(keys) {
        let feed = Feed::Beanstalk { site: site(), environment: key.name.clone(), live: true.into(), request: true };
        let title = feed.title();
        stream.feeds.insert(FeedId(number), Fed::of(key.clone(), feed));
        let mut met = vec![Name::of_feed(title)];
        for group in groups {
            let group: Arc<str> = group.replace("{}", key.name.as_str()).into();
            met.extend(instances.iter().map(|instance| Name { group: Arc::clone(&group), stream: (*instance).into() }));
        }
        for name in met {
            stream.introduce(SourceId(source), FeedId(number), name);
            source += 1;
        }
    }
    stream.rename(&accounts::Names::default());
    stream
}

/// The labels of all sources that are no feeds, in so many cells.
fn labels(stream: &Stream, room: usize) -> Vec<String> {
    let column = stream.names.fitting(room);
    assert!(column.width() <= room, "{column:?}");
    let parts = stream.sources.iter().filter(|(_, source)| !source.name.is_feed());
    parts.map(|(id, _)| column.get(id).unwrap().join(" ").trim().to_owned()).collect()
}

const FILES: [&str; 3] = [
    "/aws/elasticbeanstalk/{}/var/log/eb-engine.log",
    "/aws/elasticbeanstalk/{}/var/log/nginx/access.log",
    "/aws/elasticbeanstalk/{}/var/log/web.stdout.log",
];

#[test]
fn what_environments_share_is_left_out_and_files_are_as_long_as_there_is_room() {
    let stream = stream(&["1:us-west-1:orchid-ashford", "1:us-west-1:orchid-larkspur"], &FILES, &[ONE, OTHER]);
    let told = |room| labels(&stream, room).into_iter().skip(8).step_by(2).collect::<Vec<_>>();
    assert_eq!(told(40), ["larkspur nginx/access 0a3c59", "larkspur web.stdout 0a3c59"]);
    assert_eq!(told(24), ["larkspur access 0a3c59", "larkspur stdout 0a3c59"]);
    assert_eq!(told(20), ["larkspur access 0a3c", "larkspur stdout 0a3c"]);
    let key = &stream.subject.environments[1];
    assert_eq!(stream.names.heading(key), ["orchid-", "larkspur", ""]);
}

#[test]
fn of_one_environment_files_and_instances_are_told() {
    let stream = stream(&["1:us-west-1:h-prod"], &FILES, &[ONE]);
    assert_eq!(labels(&stream, 30), ["eb-engine 0a3c59", "nginx/access 0a3c59", "web.stdout 0a3c59"]);
    assert_eq!(labels(&stream, 12), ["engine 0a3c", "access 0a3c", "stdout 0a3c"]);
}

#[test]
fn files_of_the_same_name_are_told_by_their_folders_and_those_of_no_folder_by_their_names() {
    let of = |groups: &[&str]| labels(&stream(&["1:us-west-1:h-prod"], groups, &["web-1"]), 60);
    assert_eq!(
        of(&["/aws/elasticbeanstalk/{}/var/log/a/app.log", "/aws/elasticbeanstalk/{}/var/log/b/app.log"]),
        ["a/app web-1", "b/app web-1"]
    );
    assert_eq!(
        of(&["/aws/elasticbeanstalk/{}/var/log/app.log", "/aws/elasticbeanstalk/{}/app.log"]),
        ["/aws/elasticbeanstalk/h-prod/var/log/app.log web-1", "/aws/elasticbeanstalk/h-prod/app.log web-1"]
    );
    assert_eq!(of(&["/aws/elasticbeanstalk/{}/var/log/eb-docker/containers/eb-current-app/stdouterr.log"]), ["stdouterr web-1"]);
    assert_eq!(of(&["/ecs/h", "containers"]), ["h web-1", "containers web-1"]);
}

#[test]
fn the_same_name_in_two_regions_or_accounts_is_told_by_them() {
    let regions = stream(&["1:us-west-1:h-prod", "1:ca-central-1:h-prod"], &FILES[2..], &[ONE]);
    assert_eq!(labels(&regions, 60), ["usw1 web.stdout 0a3c59", "cac1 web.stdout 0a3c59"]);
    let key = &regions.subject.environments[0];
    assert_eq!((regions.names.whole(key), regions.names.heading(key)), ("h-prod/cac1", ["h-prod/", "cac1", ""]));
    let accounts = stream(&["111122223333:us-west-1:h-prod", "444455556666:us-west-1:h-prod"], &FILES[2..], &[ONE]);
    let told: BTreeSet<String> = labels(&accounts, 60).into_iter().collect();
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn however_little_room_there_is_no_two_are_called_the_same() {
    let environments: Vec<String> =
        (0..40).map(|number| format!("1:us-west-1:some-county-of-nowhere-{number}-production-{}", number % 7)).collect();
    let environments: Vec<&str> = environments.iter().map(String::as_str).collect();
    let stream = stream(&environments, &FILES, &[ONE, OTHER, "i-0a3c59e17b4d2f681"]);
    for room in [18, 24, 32, 44, 100] {
        let told = labels(&stream, room);
        assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{room}: {:?}", &told[..6]);
    }
}

#[test]
fn what_comes_from_outside_is_made_safe() {
    let stream = stream(&["1:us-west-1:h-prod"], &["/x/\u{1b}[2Japp"], &["\u{202e}web"]);
    assert!(labels(&stream, 60).iter().all(|label| !label.chars().any(crate::model::safe_text::is_harmful)));
}
