use std::sync::Arc;

use super::*;
use crate::model::catalogue::{Catalogue, Selector, Tier, Way};
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{News, Report, Topic};
use crate::model::host::Host;
use crate::model::id::RunId;
use crate::model::run::{Conclusion, Job, Jobs, Progress, Run, Step};
use crate::model::sighting::{Identity, Scope};

const FIRST: &str = "1111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222";

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn stamp(second: i64) -> Stamp {
    Stamp { asked_at: at(second), sequence: second.unsigned_abs() }
}

fn sha(text: &str) -> Sha {
    Sha::new(text).unwrap()
}

pub fn key() -> EnvironmentKey {
    "host:tow-1:-:wit".parse().unwrap()
}

fn repository() -> Repository {
    "towlion/wit".into()
}

/// One server with one app that has a repository, and one that has none.
pub fn catalogue() -> Catalogue {
    let hosted = |name: &str| HostedApp {
        name: name.into(),
        tier: Tier::Production,
        health: None,
        path: None,
        deployment: "production".into(),
        alerts: Some("alert".into()),
        migration_step: "migrat".into(),
        restart: None,
        previews: None,
    };
    let app = App {
        name: "wit".into(),
        environments: Selector { groups: vec![crate::model::pattern::NamePattern::new("wit")], ..Selector::default() },
        labels: None,
        read_only: false,
        repository: Some("towlion/wit".into()),
        branch: None,
        folder: None,
        catalogue: None,
        shipping: crate::model::promotion::Shipping::default(),
        promotion: Way::default(),
        waves: crate::model::waves::Waves::default(),
    };
    let host = Host { name: "tow-1".into(), login: None, folder: None, apps: vec![hosted("wit"), hosted("other")] };
    Catalogue { apps: vec![app], hosts: vec![host], ..Catalogue::default() }
}

fn fleet() -> Fleet {
    let mut fleet = Fleet::new(Arc::new(catalogue()));
    let _ = fleet.observe(listed());
    fleet
}

/// The server tells of the first.
pub fn listed() -> Observation {
    let identity = Reading { identity: Some(Box::new(Identity::of("wit".into()))), ..Reading::default() };
    seen(Question::Listing, 1, identity)
}

/// GitHub tells that these runs are at work.
pub fn deploying(second: i64, numbers: &[u64]) -> Report {
    let runs = numbers.iter().map(|number| run(*number, Progress::InProgress, "push", "deploy.yml")).collect();
    Report { repository: repository(), topic: Topic::Runs, stamp: stamp(second), news: Ok(News::Runs(runs)) }
}

fn tell(fleet: &mut Fleet, question: Question, second: i64, reading: Reading) {
    let _ = fleet.observe(seen(question, second, reading));
}

fn seen(question: Question, second: i64, reading: Reading) -> Observation {
    let scope = Arc::new(Scope { platform: crate::model::id::Platform::Host, connection: "tow-1".into(), region: None });
    let sighting = Sighting {
        source: Source { question, scope },
        stamp: stamp(second),
        coverage: if question.lists() { Coverage::Complete } else { Coverage::Partial },
        account: None,
        readings: vec![(key(), reading)],
        events: Vec::new(),
    };
    Observation::Seen(sighting)
}

fn probed(fleet: &mut Fleet, second: i64, level: Level, word: Option<&str>) {
    let causes = if level == Level::Ok { Vec::new() } else { vec!["GET /health answers".into()] };
    let health = Health { level, word: word.map(Arc::from), causes, source: HealthSource::Probe };
    tell(fleet, Question::Probes, second, Reading { health: Some(health), ..Reading::default() });
}

fn learn(forge: &mut Forge, topic: Topic, second: i64, news: Result<News, Fault>) {
    forge.observe(Report { repository: repository(), topic, stamp: stamp(second), news });
}

fn run(number: u64, progress: Progress, event: &str, workflow: &str) -> Run {
    Run {
        id: RunId(number),
        number,
        attempt: 1,
        workflow: format!(".github/workflows/{workflow}").into(),
        name: "Deploy".into(),
        title: "t".into(),
        head: sha(FIRST),
        branch: Some("main".into()),
        event: event.into(),
        progress,
        actor: None,
        created_at: Some(at(10)),
        updated_at: Some(at(10)),
        url: "".into(),
    }
}

/// The job of a run that deploys, as it is, since when it runs, and how its steps ended.
fn job(name: &str, progress: Progress, begun: Option<i64>, steps: &[(&str, Conclusion)]) -> Job {
    let step = |(name, conclusion): &(&str, Conclusion)| Step {
        name: (*name).into(),
        progress: Progress::Completed(*conclusion),
        started_at: None,
        completed_at: None,
    };
    Job {
        id: crate::model::id::JobId(1),
        name: name.into(),
        progress,
        started_at: begun.map(at),
        completed_at: None,
        steps: steps.iter().map(step).collect(),
        url: "".into(),
    }
}

fn jobs(forge: &mut Forge, second: i64, run: u64, each: Vec<Job>) {
    learn(forge, Topic::Jobs(RunId(run)), second, Ok(News::Jobs(Jobs { each, is_complete: true })));
}

/// These runs are at work, and the job of each that deploys has been since a moment.
fn deploys(forge: &mut Forge, second: i64, begun: i64, numbers: &[u64]) {
    forge.observe(deploying(second, numbers));
    for number in numbers {
        let tested = job("Test", Progress::Completed(Conclusion::Success), Some(begun - 5), &[]);
        jobs(forge, second, *number, vec![tested, job("Deploy", Progress::InProgress, Some(begun), &[])]);
    }
}

fn take(fleet: &mut Fleet, forge: &Forge) {
    for observation in sightings(fleet, forge, &repository()) {
        let _ = fleet.observe(observation);
    }
}

fn causes(fleet: &Fleet) -> Vec<String> {
    fleet.get(&key()).unwrap().causes().iter().map(|cause| cause.text.to_string()).collect()
}

fn level(fleet: &Fleet) -> Level {
    fleet.get(&key()).unwrap().level()
}

#[test]
fn a_502_while_a_deploy_runs_is_the_expected_gap_and_else_it_is_down() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    probed(&mut fleet, 20, Level::Severe, Some("502"));
    assert_eq!(level(&fleet), Level::Severe);
    deploys(&mut forge, 21, 15, &[7]);
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Info);
    assert!(fleet.get(&key()).unwrap().is_busy());
    assert_eq!(causes(&fleet)[1..], ["run #7 deploys: until it is over an answer of 502 to 504 is the gap that has to be expected"]);
    // Something else than a gap is as bad as ever.
    probed(&mut fleet, 22, Level::Severe, None);
    assert_eq!(level(&fleet), Level::Severe);
    probed(&mut fleet, 23, Level::Severe, Some("502"));
    assert_eq!(level(&fleet), Level::Info);
    // The deploy is over.
    learn(&mut forge, Topic::Runs, 24, Ok(News::Runs(vec![run(7, Progress::Completed(Conclusion::Success), "push", "deploy.yml")])));
    take(&mut fleet, &forge);
    assert_eq!((level(&fleet), fleet.get(&key()).unwrap().is_busy()), (Level::Severe, false));
}

#[test]
fn a_502_from_before_the_deploy_is_no_gap_of_it() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    probed(&mut fleet, 9, Level::Severe, Some("502"));
    deploys(&mut forge, 21, 8, &[7]);
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Info, "the job had begun");
    // Its run had begun as well, and its job that deploys had not.
    deploys(&mut forge, 22, 11, &[7]);
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Severe);
}

#[test]
fn a_run_that_only_tests_explains_no_502_and_neither_does_one_that_says_nothing_of_its_jobs() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    probed(&mut fleet, 20, Level::Severe, Some("502"));
    forge.observe(deploying(21, &[7]));
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Severe);
    let told = causes(&fleet);
    assert!(told.iter().any(|cause| cause.starts_with("run #7 deploys, and since when is not known")), "{told:?}");
    jobs(&mut forge, 22, 7, vec![job("Test", Progress::InProgress, Some(15), &[]), job("Deploy", Progress::Queued, None, &[])]);
    take(&mut fleet, &forge);
    assert_eq!((level(&fleet), fleet.get(&key()).unwrap().is_busy()), (Level::Severe, false));
    assert_eq!(causes(&fleet).len(), 1);
}

#[test]
fn what_github_said_minutes_ago_explains_no_502_of_now() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    deploys(&mut forge, 21, 15, &[7]);
    take(&mut fleet, &forge);
    probed(&mut fleet, 141, Level::Severe, Some("502"));
    assert_eq!(level(&fleet), Level::Info);
    probed(&mut fleet, 142, Level::Severe, Some("502"));
    assert_eq!(level(&fleet), Level::Severe);
    // Alerts and deployments that were told since make nothing else younger.
    learn(&mut forge, Topic::Alerts("alert".into()), 143, Ok(News::Alerts(Vec::new())));
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Severe);
    // The jobs are as old as they are, though the list of the runs was read since.
    forge.observe(deploying(150, &[7]));
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Severe);
    deploys(&mut forge, 151, 15, &[7]);
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Info);
}

#[test]
fn a_migration_that_failed_in_a_deploy_that_went_well_is_a_warning() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    probed(&mut fleet, 20, Level::Ok, None);
    let over = run(7, Progress::Completed(Conclusion::Success), "push", "deploy.yml");
    learn(&mut forge, Topic::Runs, 21, Ok(News::Runs(vec![over.clone()])));
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Ok);
    let mut wanted = RepositoryInterest::default();
    interest(&fleet, &forge, &repository(), &mut wanted);
    assert_eq!(wanted.jobs, [RunId(7)], "how its steps ended is asked for");
    let steps = [("Deploy over SSH", Conclusion::Success), ("Run Migrations", Conclusion::Failure)];
    jobs(&mut forge, 22, 7, vec![job("Deploy", Progress::Completed(Conclusion::Success), Some(15), &steps)]);
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Warning);
    let told = causes(&fleet);
    assert!(told[0].starts_with("run #7 has deployed though its step \"Run Migrations\" failed"), "{told:?}");
    let mut wanted = RepositoryInterest::default();
    interest(&fleet, &forge, &repository(), &mut wanted);
    assert_eq!(wanted.jobs, [], "and once");
    // The next deploy ran them.
    let next = run(8, Progress::Completed(Conclusion::Success), "push", "deploy.yml");
    learn(&mut forge, Topic::Runs, 30, Ok(News::Runs(vec![next, over])));
    jobs(&mut forge, 31, 8, vec![job("Deploy", Progress::Completed(Conclusion::Success), Some(25), &steps[..1])]);
    take(&mut fleet, &forge);
    assert_eq!((level(&fleet), causes(&fleet).len()), (Level::Ok, 0));
}

#[test]
fn what_github_does_not_tell_is_a_fault_of_its_question() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    learn(&mut forge, Topic::Deployments("production".into()), 21, Err(Fault::new(FaultKind::Denied, "the token may not")));
    learn(&mut forge, Topic::Runs, 21, Err(Fault::new(FaultKind::Unreachable, "no way to GitHub")));
    take(&mut fleet, &forge);
    let environment = fleet.get(&key()).unwrap();
    assert_eq!(environment.fault_of(Question::Record).unwrap().value.kind, FaultKind::Denied);
    assert_eq!(environment.why_no_version().as_deref(), Some("the token may not"));
    assert_eq!(environment.why_no_activity().as_deref(), Some("no way to GitHub"));
    assert!(environment.why_no_health().unwrap().starts_with("nothing that is configured tells it"));
}

#[test]
fn only_runs_that_deploy_are_deploys() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    let runs = vec![
        run(1, Progress::InProgress, "pull_request", "deploy.yml"),
        run(2, Progress::InProgress, "push", "test.yml"),
        run(3, Progress::Queued, "push", "deploy.yml"),
    ];
    learn(&mut forge, Topic::Runs, 21, Ok(News::Runs(runs)));
    take(&mut fleet, &forge);
    assert!(!fleet.get(&key()).unwrap().is_busy());
    assert_eq!(causes(&fleet), [""; 0]);
}

#[test]
fn two_deploys_at_once_are_a_warning() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    probed(&mut fleet, 20, Level::Ok, None);
    deploys(&mut forge, 21, 15, &[8, 7]);
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Warning);
    assert!(causes(&fleet)[0].starts_with("runs #8 and #7 deploy to wit at once"), "{:?}", causes(&fleet));
}

#[test]
fn open_alerts_are_causes_and_many_are_counted() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    probed(&mut fleet, 20, Level::Ok, None);
    let alerts = (1..=7).map(|number| Alert { number, title: "disk above 80 %".into(), created_at: None }).collect();
    learn(&mut forge, Topic::Alerts("alert".into()), 21, Ok(News::Alerts(alerts)));
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Warning);
    let told = causes(&fleet);
    assert_eq!((told.len(), told[0].as_str()), (6, "open alert #1: disk above 80 %"));
    assert_eq!(told.last().map(String::as_str), Some("and 2 more open alerts"));
    // Once they are closed, nothing of them is left.
    learn(&mut forge, Topic::Alerts("alert".into()), 22, Ok(News::Alerts(Vec::new())));
    take(&mut fleet, &forge);
    assert_eq!(level(&fleet), Level::Ok);
}

fn deployment(text: &str, state: RecordedState) -> Recorded {
    Recorded { sha: sha(text), state, created_at: None }
}

#[test]
fn what_the_server_runs_wins_over_the_record_and_where_they_differ_that_is_told() {
    let (mut fleet, mut forge) = (fleet(), Forge::default());
    let topic = || Topic::Deployments("production".into());
    let told = vec![deployment(SECOND, RecordedState::Failed), deployment(FIRST, RecordedState::Success)];
    learn(&mut forge, topic(), 21, Ok(News::Deployments(told)));
    take(&mut fleet, &forge);
    let version = |fleet: &Fleet| fleet.get(&key()).unwrap().version().unwrap().value;
    assert_eq!((version(&fleet).sha, version(&fleet).source), (Some(sha(FIRST)), VersionSource::GitHubDeployment));
    assert_eq!(causes(&fleet), ["the last deployment in GitHub's record, of 2222222, has failed"]);
    let server = |text: &str| Reading { version: Some(Stated::commit(VersionSource::SshCommand, sha(text))), ..Reading::default() };
    tell(&mut fleet, Question::Versions, 30, server(SECOND));
    assert_eq!((version(&fleet).sha, version(&fleet).source), (Some(sha(SECOND)), VersionSource::SshCommand));
    assert_eq!(fleet.get(&key()).unwrap().disagreement().map(|told| told.value.sha.clone()), Some(sha(FIRST)));
    tell(&mut fleet, Question::Versions, 31, server(FIRST));
    assert!(fleet.get(&key()).unwrap().disagreement().is_none());
    // A record that cannot be read any more takes nothing back.
    learn(&mut forge, topic(), 40, Err(Fault::new(FaultKind::Denied, "no")));
    take(&mut fleet, &forge);
    assert_eq!(version(&fleet).sha, Some(sha(FIRST)));
}

#[test]
fn only_what_has_the_repository_is_asked_about() {
    let fleet = fleet();
    let mut wanted = RepositoryInterest::default();
    interest(&fleet, &Forge::default(), &repository(), &mut wanted);
    assert_eq!((wanted.deployments, wanted.alerts), (vec!["production".into()], vec!["alert".into()]));
    let mut wanted = RepositoryInterest::default();
    interest(&fleet, &Forge::default(), &"towlion/other".into(), &mut wanted);
    assert_eq!(wanted, RepositoryInterest::default());
}
