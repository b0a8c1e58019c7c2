//! Tests of what is believed where several tell of one environment.

use std::sync::Arc;

use super::*;
use crate::model::clock::Stamp;
use crate::model::health::{Health, HealthSource, Level};
use crate::model::id::{InstanceId, Platform};
use crate::model::instance::{Deployment, Instance, Versions};
use crate::model::sighting::{Coverage, Failure, Observation, Questions, Rollout, Scope, Sighting, Warning};

const FIRST: &str = "1111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222";

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

pub(super) fn key() -> EnvironmentKey {
    "target-group:111122223333:us-west-2:growl-prod".parse().unwrap()
}

fn told(question: Question, second: i64, reading: Reading) -> Observation {
    let scope = Arc::new(Scope { platform: Platform::TargetGroup, connection: "default".into(), region: Some("us-west-2".into()) });
    Observation::Seen(Sighting {
        source: Source { question, scope },
        stamp: Stamp { asked_at: at(second), sequence: u64::try_from(second).unwrap() },
        coverage: if question.lists() { Coverage::Complete } else { Coverage::Partial },
        account: None,
        readings: vec![(key(), reading)],
        events: vec![],
    })
}

pub(super) fn listed(second: i64, warnings: Vec<Warning>) -> Observation {
    let answers = Questions::of([Question::Instances, Question::Versions]);
    let identity = Identity { answers, warnings, tells_versions: true, ..Identity::of("growl".into()) };
    told(Question::Listing, second, Reading { identity: Some(Box::new(identity)), ..Reading::default() })
}

fn health(question: Question, second: i64, level: Level, source: HealthSource, cause: &str) -> Observation {
    let health = Health { level, word: None, causes: vec![cause.into()], source };
    told(question, second, Reading { health: Some(health), ..Reading::default() })
}

fn machines(second: i64, labels: &[Option<&str>], versions_from: Option<VersionSource>) -> Observation {
    let instance = |(number, label): (usize, Option<&str>)| Instance {
        deployment: label.map(|label| Deployment::of(label.into())),
        ..Instance::of(format!("i-{number}").into())
    };
    let each = labels.iter().copied().enumerate().map(instance).collect();
    let instances = Instances { each, health_known: true, silence: None, versions_from, gaps: Vec::new() };
    told(Question::Instances, second, Reading { instances: Some(instances), ..Reading::default() })
}

fn versions(second: i64, each: &[(&str, Result<&str, &str>)]) -> Observation {
    let of = |(id, label): &(&str, Result<&str, &str>)| (InstanceId::from(*id), label.map(Into::into).map_err(Arc::from));
    let versions = Versions { each: each.iter().map(of).collect(), source: VersionSource::SsmCommand };
    told(Question::Versions, second, Reading { versions: Some(Arc::new(versions)), ..Reading::default() })
}

fn recorded(second: i64, sha: &str) -> Observation {
    let stated = Stated::commit(VersionSource::GitHubStatus, Sha::new(sha).unwrap());
    told(Question::Record, second, Reading { version: Some(stated), ..Reading::default() })
}

pub(super) fn fleet(observations: impl IntoIterator<Item = Observation>) -> Fleet {
    let mut fleet = Fleet::default();
    for observation in observations {
        let _ = fleet.observe(observation);
    }
    fleet
}

#[test]
fn the_version_of_an_environment_is_what_its_instances_run() {
    let fleet = fleet([listed(1, vec![]), machines(2, &[Some(FIRST), Some(FIRST)], Some(VersionSource::ImageTag))]);
    let environment = fleet.get(&key()).unwrap();
    let version = environment.version().unwrap();
    assert_eq!((version.at, version.value.confidence, version.value.source), (at(2), Confidence::Exact, VersionSource::ImageTag));
    assert_eq!(version.value.sha.unwrap().as_str(), FIRST);
    assert_eq!(environment.is_uniform(), Some(true));
}

#[test]
fn versions_that_a_login_told_are_those_of_the_instances_and_keep_their_age() {
    let told = versions(3, &[("i-0", Ok(FIRST)), ("i-1", Ok(SECOND)), ("i-2", Err("it did not answer"))]);
    let fleet = fleet([listed(1, vec![]), told, machines(9, &[None, None, None, None], None)]);
    let environment = fleet.get(&key()).unwrap();
    let instances = environment.instances().unwrap();
    assert_eq!(instances.at, at(9));
    assert_eq!(instances.value.versions().len(), 2);
    assert_eq!(instances.value.each.get(2).unwrap().causes.first().unwrap().as_ref(), "what runs on it is not known: it did not answer");
    let version = environment.version().unwrap();
    assert_eq!((version.at, version.value.confidence), (at(3), Confidence::Mixed));
    assert_eq!(environment.is_uniform(), Some(false));
}

#[test]
fn what_runs_wins_over_github_s_record_and_the_other_is_told() {
    let mut fleet = fleet([listed(1, vec![]), recorded(8, SECOND)]);
    let version = fleet.get(&key()).unwrap().version().unwrap();
    assert_eq!((version.value.source, version.value.confidence), (VersionSource::GitHubStatus, Confidence::Derived));
    assert_eq!(version.value.sha.unwrap().as_str(), SECOND);
    assert_eq!(fleet.get(&key()).unwrap().disagreement(), None);
    // Older than the record, and believed all the same.
    let _ = fleet.observe(machines(5, &[Some(FIRST)], Some(VersionSource::InstanceTag)));
    let environment = fleet.get(&key()).unwrap();
    assert_eq!(environment.commit().unwrap().as_str(), FIRST);
    let other = environment.disagreement().unwrap();
    assert_eq!((other.at, other.value.sha.as_str()), (at(8), SECOND));
    let _ = fleet.observe(machines(9, &[Some(SECOND)], Some(VersionSource::InstanceTag)));
    assert_eq!(fleet.get(&key()).unwrap().disagreement(), None);
}

#[test]
fn the_worst_word_of_all_who_have_one_counts_and_every_cause_has_its_source() {
    let fleet = fleet([
        listed(1, vec![Warning::new(Level::Warning, "two instances carry this tag")]),
        health(Question::Instances, 2, Level::Degraded, HealthSource::TargetHealth, "1 of 2 targets"),
        health(Question::Probes, 3, Level::Severe, HealthSource::Probe, "/_status answers 500"),
    ]);
    let environment = fleet.get(&key()).unwrap();
    assert_eq!(environment.level(), Level::Severe);
    assert_eq!(environment.health().unwrap().value.source, HealthSource::Probe);
    let causes = environment.causes();
    let told: Vec<_> = causes.iter().map(|cause| (cause.level, cause.source, cause.at)).collect();
    let expected = [
        (Level::Severe, HealthSource::Probe, at(3)),
        (Level::Degraded, HealthSource::TargetHealth, at(2)),
        (Level::Warning, HealthSource::Listing, at(1)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_warning_alone_does_not_tell_how_an_environment_is() {
    let warned = |level| fleet([listed(1, vec![Warning::new(level, "odd")])]);
    assert_eq!(warned(Level::Warning).get(&key()).unwrap().level(), Level::Unknown);
    assert_eq!(warned(Level::Degraded).get(&key()).unwrap().level(), Level::Degraded);
    let mut fleet = warned(Level::Warning);
    let _ = fleet.observe(health(Question::Instances, 2, Level::Ok, HealthSource::TargetHealth, ""));
    assert_eq!(fleet.get(&key()).unwrap().level(), Level::Warning);
}

#[test]
fn a_probe_that_could_not_be_made_says_nothing_beside_the_platform() {
    let mut fleet = fleet([listed(1, vec![]), health(Question::Probes, 3, Level::Unknown, HealthSource::Probe, "no address")]);
    assert_eq!(fleet.get(&key()).unwrap().level(), Level::Unknown);
    let _ = fleet.observe(health(Question::Instances, 2, Level::Ok, HealthSource::TargetHealth, "fine"));
    assert_eq!(fleet.get(&key()).unwrap().level(), Level::Ok);
}

#[test]
fn what_nobody_could_find_out_says_nothing_beside_who_could_and_is_told_all_the_same() {
    let mut fleet = fleet([listed(1, vec![]), health(Question::Versions, 2, Level::Unknown, HealthSource::Containers, "whose they are")]);
    assert_eq!(fleet.get(&key()).unwrap().level(), Level::Unknown);
    let _ = fleet.observe(health(Question::Probes, 3, Level::Ok, HealthSource::Probe, "fine"));
    let environment = fleet.get(&key()).unwrap();
    assert_eq!(environment.level(), Level::Ok);
    assert_eq!(environment.word().unwrap().source, HealthSource::Probe);
    assert!(environment.causes().iter().any(|cause| &**cause.text == "whose they are"));
}

#[test]
fn containers_of_minutes_ago_do_not_outvote_a_probe_of_now() {
    let containers = |second| health(Question::Versions, second, Level::Severe, HealthSource::Containers, "container wit-app-1: unhealthy");
    let probe = |second, level| health(Question::Probes, second, level, HealthSource::Probe, "");
    let level = |told: &[Observation]| fleet(told.iter().cloned()).get(&key()).unwrap().level();
    assert_eq!(level(&[listed(1, vec![]), containers(2), probe(60, Level::Ok)]), Level::Severe);
    let old = [listed(1, vec![]), containers(2), probe(123, Level::Ok)];
    assert_eq!(level(&old), Level::Info);
    let fleet = fleet(old);
    let causes = fleet.get(&key()).unwrap().causes();
    assert!(causes.iter().any(|cause| cause.source == HealthSource::Containers && cause.at == at(2)), "it is told with its age");
    // A probe that finds something wrong itself does not make the containers better.
    assert_eq!(level(&[listed(1, vec![]), containers(2), probe(123, Level::Degraded)]), Level::Severe);
}

#[test]
fn a_record_in_a_listing_is_no_more_than_a_record() {
    let stated = |source| Some(Stated::commit(source, Sha::new(FIRST).unwrap()));
    let identity = Some(Box::new(Identity::of("wit".into())));
    let reading = Reading { identity, version: stated(VersionSource::GitHubDeployment), ..Reading::default() };
    let mut fleet = fleet([told(Question::Listing, 1, reading)]);
    let version = fleet.get(&key()).unwrap().version().unwrap().value;
    assert_eq!((version.source, version.sha.as_ref().map(Sha::as_str)), (VersionSource::GitHubDeployment, Some(FIRST)));
    let stated = Stated::commit(VersionSource::SshCommand, Sha::new(SECOND).unwrap());
    let _ = fleet.observe(told(Question::Versions, 2, Reading { version: Some(stated), ..Reading::default() }));
    let version = fleet.get(&key()).unwrap().version().unwrap().value;
    assert_eq!((version.source, version.sha.as_ref().map(Sha::as_str)), (VersionSource::SshCommand, Some(SECOND)));
}

/// Machines that run these, launched at these moments.
fn launched(second: i64, each: &[(i64, &str)]) -> Observation {
    let one = |(number, (at_second, label)): (usize, &(i64, &str))| Instance {
        launched_at: Some(at(*at_second)),
        deployment: Some(Deployment::of((*label).into())),
        level: Level::Ok,
        ..Instance::of(format!("i-{number}").into())
    };
    let each = each.iter().enumerate().map(one).collect();
    let instances = Instances { each, health_known: true, versions_from: Some(VersionSource::ImageTag), ..Instances::default() };
    let health = Health { level: Level::Ok, word: None, causes: vec![], source: HealthSource::TargetHealth };
    told(Question::Instances, second, Reading { instances: Some(instances), health: Some(health), ..Reading::default() })
}

#[test]
fn what_booted_after_the_last_deploy_or_before_its_settings_changed_is_told_with_who_shows_it() {
    let mut fleet = fleet([listed(1, vec![]), launched(2, &[(-9_000, FIRST), (-8_900, FIRST), (-10, SECOND)])]);
    let environment = fleet.get(&key()).unwrap();
    assert_eq!(environment.level(), Level::Warning);
    let cause = environment.causes().into_iter().next().unwrap();
    assert_eq!(cause.source, HealthSource::Versions);
    assert!(
        cause.text.starts_with("perhaps unapproved version: i-2 of 2023-11-14 22:13Z was launched after the others and runs 2222"),
        "{}",
        cause.text
    );
    let rollout = Rollout { deployed_at: Some(at(-5_000)), environment_changed_at: Some(at(-8_950)) };
    let _ = fleet.observe(told(Question::Rollout, 3, Reading { rollout: Some(rollout), ..Reading::default() }));
    let environment = fleet.get(&key()).unwrap();
    let causes: Vec<(HealthSource, String)> =
        environment.causes().into_iter().map(|cause| (cause.source, cause.text.to_string())).collect();
    assert!(causes[0].1.contains("launched after the last rolling deploy (2023-11-14 20:50Z)"), "{causes:?}");
    assert!(causes[1].0 == HealthSource::EnvironmentFile && causes[1].1.starts_with("stale environment: i-0 was"), "{causes:?}");
}

/// What nobody was asked yet is not unknown: whoever looks at a screen that begins must not go and look for a reason.
#[test]
fn what_has_not_been_read_yet_is_not_what_is_not_known() {
    let fleet_of = |more: Vec<Observation>| fleet(std::iter::once(listed(1, vec![])).chain(more));
    let awaited = |fleet: &Fleet| {
        let environment = fleet.get(&key()).unwrap();
        (environment.awaits_health(), environment.awaits_version(), environment.awaits_instances())
    };
    assert_eq!(awaited(&fleet_of(vec![])), (true, true, true));
    let read = fleet_of(vec![health(Question::Instances, 2, Level::Ok, HealthSource::TargetHealth, "")]);
    assert_eq!(awaited(&read), (false, true, true));
    let told = fleet_of(vec![machines(2, &[Some(FIRST)], Some(VersionSource::ImageTag))]);
    assert_eq!((awaited(&told).1, awaited(&told).2), (false, false));
    // What failed is told, and is not waited for.
    let fault = Fault::new(FaultKind::Denied, "us-west-2 denies it");
    let scope = Arc::new(Scope { platform: Platform::TargetGroup, connection: "default".into(), region: Some("us-west-2".into()) });
    let stamp = Stamp { asked_at: at(2), sequence: 2 };
    let failed = Failure { source: Source { question: Question::Instances, scope }, stamp, about: Some(key()), fault };
    let denied = fleet_of(vec![Observation::Failed(failed)]);
    assert_eq!(awaited(&denied), (false, false, false));
    assert_eq!(denied.get(&key()).unwrap().why_no_health().unwrap(), "us-west-2 denies it");
}
