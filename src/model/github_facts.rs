//! A small fleet with a repository, for tests of what is pending and what waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::catalogue::{App, Catalogue, Selector, Way};
use super::clock::{Stamp, Timestamp};
use super::commit::{ChangedFile, Check, CheckState, Commit, CommitDetail, Comparison, Pull, Relation};
use super::dispatch::Group;
use super::event::{PlatformEvent, Severity};
use super::fault::{Fault, FaultKind};
use super::fleet::Fleet;
use super::forge::{Between, Forge, News, Report, Topic};
use super::health::{Health, HealthSource, Level};
use super::id::{EnvironmentKey, GateId, Platform, PullNumber, Repository, RunId, Sha};
use super::instance::{Deployment, DeploymentState, Instance, Instances};
use super::pattern::NamePattern;
use super::pipeline::{Overview, PathFilter, Pipeline, Stage, Target};
use super::promotion::Shipping;
use super::property::Property;
use super::run::{Conclusion, Gate, Progress, Run};
use super::sighting::{Busy, Coverage, Failure, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source};
use super::version::{LabelReader, Stated, VersionSource};

pub const NOW: i64 = 1_700_000_000;

pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// The stamp of a question asked now, after all those before.
pub fn stamp() -> Stamp {
    static SEQUENCE: AtomicU64 = AtomicU64::new(1);
    Stamp { asked_at: now(), sequence: SEQUENCE.fetch_add(1, Ordering::Relaxed) }
}

/// A commit's full hash out of one digit.
pub fn sha(digit: char) -> Sha {
    Sha::new(&digit.to_string().repeat(40)).unwrap()
}

pub fn repository() -> Repository {
    "acme/shop".into()
}

pub fn key(region: &str, name: &str) -> EnvironmentKey {
    EnvironmentKey { platform: Platform::Beanstalk, account: Some("1".into()), region: Some(region.into()), name: name.into() }
}

/// A fleet of one app with a repository; each environment with its region and the digit of its commit.
pub fn fleet(environments: &[(&str, &str, char)]) -> Fleet {
    fleet_in(None, environments)
}

/// The same, of an app that lives in a folder of its repository.
pub fn fleet_in(folder: Option<&str>, environments: &[(&str, &str, char)]) -> Fleet {
    fleet_of(vec![app_of_repository("shop", folder, Shipping::default())], environments)
}

/// An app with the repository, whose environments begin with its name.
pub fn app_of_repository(name: &str, folder: Option<&str>, shipping: Shipping) -> App {
    App {
        name: name.into(),
        environments: Selector { names: vec![NamePattern::new(&format!("{name}-*"))], ..Selector::default() },
        labels: Some(LabelReader::default()),
        read_only: false,
        repository: Some("acme/shop".into()),
        branch: None,
        catalogue: None,
        folder: folder.map(Arc::from),
        promotion: Way::default(),
        shipping,
        waves: super::waves::Waves::default(),
    }
}

/// A fleet of these apps.
pub fn fleet_of(apps: Vec<App>, environments: &[(&str, &str, char)]) -> Fleet {
    let mut fleet = Fleet::new(Arc::new(Catalogue { apps, ..Catalogue::default() }));
    let mut regions: Vec<&str> = environments.iter().map(|(region, _, _)| *region).collect();
    regions.dedup();
    for region in regions {
        let here = environments.iter().filter(|(other, _, _)| *other == region);
        let _ = fleet.observe(seen(region, Question::Listing, here.map(|(_, name, digit)| (key(region, name), listed(*digit))).collect()));
        let _ = fleet.observe(seen(region, Question::Events, Vec::new()));
    }
    fleet
}

/// Tells of one environment's instances: each with the digit of its commit, all deployed so many seconds ago.
pub fn tell_instances(fleet: &mut Fleet, region: &str, name: &str, digits: &str, seconds: i64) {
    let instance = |(index, digit): (usize, char)| Instance {
        id: format!("i-{index}").into(),
        level: Level::Ok,
        word: None,
        causes: Vec::new(),
        launched_at: None,
        deployment: Some(Deployment {
            label: Some(label(digit).as_str().into()),
            number: None,
            state: Some(DeploymentState::Deployed),
            at: Timestamp::from_second(NOW - seconds).ok(),
        }),
        instance_type: None,
        zone: None,
        cpu: None,
        load: None,
        traffic: super::health::Traffic::default(),
        whereabouts: super::instance::Whereabouts::default(),
    };
    let each = digits.chars().enumerate().map(instance).collect();
    let instances = Some(Instances { each, health_known: true, ..Instances::default() });
    let _ = fleet.observe(seen(region, Question::Instances, vec![(key(region, name), Reading { instances, ..Reading::default() })]));
}

/// Tells of an event of an environment, so many seconds ago.
pub fn tell_event(fleet: &mut Fleet, region: &str, name: &str, severity: Severity, seconds: i64, message: &str) {
    let Observation::Seen(mut told) = seen(region, Question::Events, Vec::new()) else { return };
    let at = Timestamp::from_second(NOW - seconds).unwrap();
    told.events =
        vec![(key(region, name), PlatformEvent { at, severity, message: message.into(), label: None, request: None, meaning: None })];
    let _ = fleet.observe(Observation::Seen(told));
}

/// Says that a region could not be listed again.
pub fn tell_fault(fleet: &mut Fleet, region: &str, sentence: &str) {
    let Observation::Seen(Sighting { source, stamp, .. }) = seen(region, Question::Listing, Vec::new()) else { return };
    let fault = Fault::new(FaultKind::Unreachable, sentence);
    let _ = fleet.observe(Observation::Failed(Failure { source, stamp, about: None, fault }));
}

/// Tells which properties an environment has.
pub fn tell_properties(fleet: &mut Fleet, region: &str, name: &str, names: &[&str]) {
    let properties = Some(Arc::new(names.iter().map(|name| (Arc::from(*name), Property::Reference)).collect()));
    let _ = fleet.observe(seen(region, Question::Properties, vec![(key(region, name), Reading { properties, ..Reading::default() })]));
}

fn label(digit: char) -> String {
    format!("release-{}", sha(digit))
}

fn listed(digit: char) -> Reading {
    Reading {
        identity: Some(Box::new(Identity {
            platform_id: Some("e-1".into()),
            status: Some("Ready".into()),
            answers: Questions::of([Question::Instances, Question::Health]),
            tells_versions: true,
            ..Identity::of("shop".into())
        })),
        version: Some(Stated::by(VersionSource::BeanstalkLabel, label(digit).as_str().into())),
        health: Some(Health { level: Level::Ok, word: None, causes: Vec::new(), source: HealthSource::BeanstalkEnhanced }),
        busy: Some(Busy::No),
        ..Reading::default()
    }
}

fn seen(region: &str, question: Question, readings: Vec<(EnvironmentKey, Reading)>) -> Observation {
    let scope = Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some(region.into()) });
    let coverage = if question.lists() { Coverage::Complete } else { Coverage::Partial };
    Observation::Seen(Sighting {
        source: Source { question, scope },
        stamp: stamp(),
        coverage,
        account: None,
        readings,
        events: Vec::new(),
    })
}

pub fn commit(digit: char) -> Commit {
    Commit {
        sha: sha(digit),
        title: format!("Commit {digit}").into(),
        author: Some("ada".into()),
        author_name: None,
        committed_at: None,
        is_merge: false,
        reverts: None,
    }
}

/// A comparison whose head has these commits and files more.
pub fn ahead(digits: &str, files: Vec<ChangedFile>) -> Comparison {
    let commits: Vec<Commit> = digits.chars().map(commit).collect();
    let count = u64::try_from(commits.len()).unwrap();
    Comparison { relation: Relation::Ahead, ahead: count, behind: 0, commits, files, files_complete: true, base: None }
}

pub fn added(path: &str, lines: &str) -> ChangedFile {
    let patch: String = lines.lines().map(|line| format!("+{line}\n")).collect();
    ChangedFile { path: path.into(), before: None, patch: Some(patch.into()), is_new: true, is_gone: false }
}

pub fn between(base: char, head: char) -> Between {
    Between { base: sha(base), head: sha(head) }
}

pub fn tell(forge: &mut Forge, topic: Topic, news: News) {
    forge.observe(Report { repository: repository(), topic, stamp: stamp(), news: Ok(news) });
}

pub fn tell_comparison(forge: &mut Forge, base: char, head: char, comparison: Comparison) {
    tell(forge, Topic::Comparison(between(base, head)), News::Comparison(Box::new(comparison)));
}

/// Says of a commit which pull request brought it, which paths that changes, and whether its check succeeded.
pub fn tell_detail(forge: &mut Forge, digit: char, pull: u64, paths: &[&str], state: CheckState) {
    let pull = Pull {
        number: PullNumber(pull),
        title: format!("Pull {pull}").into(),
        author: Some("ada".into()),
        merged_at: None,
        url: "https://github.example/pull".into(),
        paths: Some(paths.iter().map(|path| Arc::from(*path)).collect()),
    };
    let checks = Some(vec![Check { name: "tests".into(), state, app: None }]);
    tell(forge, Topic::Details(vec![sha(digit)]), News::Details(vec![(sha(digit), CommitDetail { pull: Some(pull), checks })]));
}

fn stage(job: &str, region: &str, name: &str, needs: &[&str]) -> Stage {
    Stage {
        job: job.into(),
        name: job.into(),
        gate: Some(format!("gate {job}").into()),
        needs: needs.iter().map(|job| Arc::from(*job)).collect(),
        target: Some(Target { region: Some(region.into()), names: vec![name.into()] }),
        is_imported: false,
        condition: crate::model::dispatch::Condition::default(),
    }
}

/// A workflow that tries in `qa` and then goes to production in two regions.
pub fn pipeline() -> Pipeline {
    Pipeline {
        workflow: ".github/workflows/ship.yml".into(),
        name: "Ship".into(),
        on_push: true,
        on_dispatch: false,
        ignored: PathFilter::new(["docs/**", "*.md"]),
        group: Group::Named { name: "ship".into(), cancels: Some(true) },
        stages: vec![
            stage("qa", "eu-west-1", "shop-qa", &[]),
            stage("live", "eu-west-1", "shop-live", &["qa"]),
            stage("live-us", "us-east-2", "shop-live", &["qa"]),
        ],
    }
}

/// GitHub as it tells of that workflow, with the branch at this commit.
pub fn forge(head: char) -> Forge {
    let mut forge = Forge::default();
    let overview =
        Overview { branch: "trunk".into(), head: sha(head), required: vec![], pipelines: vec![pipeline()], unread: vec![], manual: vec![] };
    tell(&mut forge, Topic::Overview, News::Overview(Box::new(overview)));
    tell(&mut forge, Topic::Rules("trunk".into()), News::Rules(Vec::new()));
    forge
}

pub fn run(id: u64, head: char, progress: Progress) -> Run {
    Run {
        id: RunId(id),
        number: id,
        attempt: 1,
        workflow: ".github/workflows/ship.yml".into(),
        name: "Ship".into(),
        title: format!("Commit {head}").into(),
        head: sha(head),
        branch: Some("trunk".into()),
        event: "push".into(),
        progress,
        actor: Some("ada".into()),
        created_at: Timestamp::from_second(NOW - 3_600).ok(),
        updated_at: None,
        url: "https://github.example/run".into(),
    }
}

pub const CANCELLED: Progress = Progress::Completed(Conclusion::Cancelled);

pub fn gate(id: u64, job: &str) -> Gate {
    Gate {
        id: GateId(id),
        name: format!("gate {job}").into(),
        may_approve: true,
        reviewers: vec!["developers".into()],
        wait_minutes: 0,
        wait_since: None,
    }
}
