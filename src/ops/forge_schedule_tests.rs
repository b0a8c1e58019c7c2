use super::*;
use crate::model::clock::Stamp;
use crate::model::commit::CommitDetail;
use crate::model::folder::Within;
use crate::model::forge::{Between, RepositoryInterest};
use crate::model::id::{RunId, Sha};
use crate::model::pipeline::{Overview, PathFilter, Pipeline, Stage};
use crate::model::run::{Progress, Run};

const HEAD: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";

fn sha(text: &str) -> Sha {
    Sha::new(text).unwrap()
}

fn between(base: &str) -> Between {
    Between { base: sha(base), head: sha(HEAD) }
}

fn run(id: u64, progress: Progress) -> Run {
    Run {
        id: RunId(id),
        number: id,
        attempt: 1,
        workflow: "x".into(),
        name: "x".into(),
        title: "x".into(),
        head: sha(HEAD),
        branch: None,
        event: "push".into(),
        progress,
        actor: None,
        created_at: None,
        updated_at: None,
        url: "x".into(),
    }
}

/// What came of an overview.
fn report(name: &str, news: Result<News, Fault>) -> Report {
    Report { repository: name.into(), topic: Topic::Overview, stamp: Stamp { asked_at: Timestamp::UNIX_EPOCH, sequence: 1 }, news }
}

/// A schedule with a clock of its own.
struct Desk {
    schedule: ForgeSchedule,
    now: Instant,
}

impl Desk {
    fn new(repositories: &[(&str, RepositoryInterest)]) -> Self {
        let now = Instant::now();
        let mut desk = Self { schedule: ForgeSchedule::new(ForgePace { at_once: 100, ..ForgePace::default() }), now };
        desk.want(repositories);
        desk
    }

    fn want(&mut self, repositories: &[(&str, RepositoryInterest)]) {
        let repositories = repositories.iter().map(|(name, interest)| ((*name).into(), interest.clone())).collect();
        self.schedule.interest(Interest { repositories }, self.now);
    }

    fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn due(&mut self) -> Vec<Topic> {
        let mut topics: Vec<Topic> = Vec::new();
        for ask in self.schedule.due(self.now) {
            match ask {
                ForgeAsk::Viewer => self.schedule.viewer_ended(Ok(()), self.now),
                ForgeAsk::Overviews(repositories) => panic!("{repositories:?}"),
                ForgeAsk::Topic { topic, .. } => topics.push(topic),
            }
        }
        topics.sort();
        topics
    }

    fn end(&mut self, topic: &Topic, news: &Result<News, Fault>) {
        self.schedule.ended(&"o/r".into(), topic, news, self.now);
    }

    fn fail(&mut self, topic: &Topic, kind: FaultKind) {
        self.end(topic, &Err(Fault::new(kind, "no")));
    }

    /// Everything that is due, told at once.
    fn answer(&mut self) -> Vec<Topic> {
        let due = self.due();
        for topic in &due {
            let told = if let Topic::Details(shas) = topic {
                News::Details(shas.iter().map(|sha| (sha.clone(), CommitDetail::default())).collect())
            } else {
                News::Same
            };
            self.end(topic, &Ok(told));
        }
        due
    }
}

fn watched() -> RepositoryInterest {
    RepositoryInterest { watched: true, ..RepositoryInterest::default() }
}

#[test]
fn runs_and_branch_are_read_more_often_where_they_are_watched() {
    let mut desk = Desk::new(&[("o/r", watched())]);
    assert_eq!(desk.answer(), [Topic::Overview, Topic::Runs]);
    assert_eq!(desk.schedule.next_due(), Some(desk.now + Duration::from_secs(15)));
    desk.later(14);
    assert!(desk.answer().is_empty());
    desk.later(1);
    assert_eq!(desk.answer(), [Topic::Overview, Topic::Runs]);
    // No longer watched: four times as long; and at once again when it is.
    desk.want(&[("o/r", RepositoryInterest::default())]);
    desk.later(59);
    assert!(desk.answer().is_empty());
    desk.want(&[("o/r", watched())]);
    assert_eq!(desk.answer().len(), 2);
    desk.want(&[]);
    desk.later(1_000);
    assert!(desk.answer().is_empty() && desk.schedule.next_due().is_none());
}

/// An overview with these workflows, with a gate or without.
fn overview(workflows: &[(&str, bool)]) -> News {
    let pipeline = |&(workflow, gated): &(&str, bool)| Pipeline {
        workflow: workflow.into(),
        name: workflow.into(),
        on_push: true,
        on_dispatch: false,
        ignored: PathFilter::default(),
        group: crate::model::dispatch::Group::None,
        stages: vec![Stage {
            job: "live".into(),
            name: "Live".into(),
            gate: gated.then(|| "live".into()),
            needs: Vec::new(),
            target: None,
            is_imported: false,
            condition: crate::model::dispatch::Condition::default(),
        }],
    };
    let pipelines = workflows.iter().map(pipeline).collect();
    News::Overview(Box::new(Overview { branch: "main".into(), head: sha(HEAD), required: vec![], pipelines, manual: vec![] }))
}

#[test]
fn gates_are_read_beside_the_runs_that_wait() {
    let mut desk = Desk::new(&[("o/r", watched())]);
    desk.due();
    desk.end(&Topic::Overview, &Ok(overview(&[])));
    let runs =
        vec![run(3, Progress::Waiting), run(2, Progress::InProgress), run(1, Progress::Completed(crate::model::run::Conclusion::Success))];
    desk.end(&Topic::Runs, &Ok(News::Runs(runs)));
    assert_eq!(desk.answer(), [Topic::Gates(RunId(3))]);
    desk.later(15);
    assert_eq!(desk.answer(), [Topic::Overview, Topic::Runs, Topic::Gates(RunId(3))]);
    desk.later(15);
    desk.due();
    desk.end(&Topic::Runs, &Ok(News::Runs(vec![run(3, Progress::InProgress)])));
    desk.end(&Topic::Gates(RunId(3)), &Ok(News::Gates(vec![])));
    assert!(desk.due().is_empty());
}

#[test]
fn a_run_that_goes_on_may_be_held_back_by_another_gate() {
    let of = |id, workflow: &str, progress| Run { workflow: workflow.into(), ..run(id, progress) };
    let runs = || {
        let over = Progress::Completed(crate::model::run::Conclusion::Success);
        vec![
            of(4, "deploy", Progress::InProgress),
            of(3, "test", Progress::InProgress),
            of(2, "test", Progress::Waiting),
            of(1, "deploy", over),
        ]
    };
    let gates = |ids: &[u64]| ids.iter().map(|id| Topic::Gates(RunId(*id))).collect::<Vec<_>>();
    // Which workflows have gates is not known: every run that is not over may have some.
    let mut desk = Desk::new(&[("o/r", watched())]);
    desk.due();
    desk.end(&Topic::Runs, &Ok(News::Runs(runs())));
    assert_eq!(desk.answer(), gates(&[2, 3, 4]));
    // It is: those of the others, unless they wait, are not read.
    desk.end(&Topic::Overview, &Ok(overview(&[("deploy", true), ("test", false)])));
    desk.later(14);
    assert!(desk.due().is_empty());
    desk.later(1);
    let due = desk.answer();
    assert!(gates(&[2, 4]).iter().all(|topic| due.contains(topic)) && !due.contains(&Topic::Gates(RunId(3))), "{due:?}");
    desk.end(&Topic::Runs, &Ok(News::Runs(vec![of(4, "deploy", Progress::Completed(crate::model::run::Conclusion::Success))])));
    desk.later(15);
    assert_eq!(desk.answer(), [Topic::Overview, Topic::Runs]);
}

#[test]
fn the_newest_live_runs_are_looked_into_after_those_that_wait() {
    let mut desk = Desk::new(&[("o/r", watched())]);
    desk.answer();
    let progress = |id| if id <= 5 { Progress::Waiting } else { Progress::InProgress };
    desk.end(&Topic::Runs, &Ok(News::Runs((1..=50).rev().map(|id| run(id, progress(id))).collect())));
    let expected: Vec<Topic> = (1..=5).chain(36..=50).map(|id| Topic::Gates(RunId(id))).collect();
    assert_eq!(desk.answer(), expected);
}

#[test]
fn jobs_of_a_live_run_are_read_often_and_once_more_when_it_is_over() {
    let mut desk = Desk::new(&[("o/r", RepositoryInterest { jobs: vec![RunId(3)], ..RepositoryInterest::default() })]);
    assert!(desk.answer().contains(&Topic::Jobs(RunId(3))));
    for _ in 0..3 {
        desk.later(5);
        assert_eq!(desk.answer(), [Topic::Jobs(RunId(3))]);
    }
    let over = run(3, Progress::Completed(crate::model::run::Conclusion::Failure));
    desk.end(&Topic::Runs, &Ok(News::Runs(vec![over])));
    assert_eq!(desk.answer(), [Topic::Jobs(RunId(3))]);
    desk.later(30);
    assert!(desk.answer().is_empty());
}

#[test]
fn two_commits_are_compared_once_and_failures_back_off() {
    let interest = RepositoryInterest { comparisons: vec![between("aaaaaaa"), between("bbbbbbb")], ..watched() };
    let mut desk = Desk::new(&[("o/r", interest.clone())]);
    assert_eq!(desk.due().len(), 4);
    desk.end(&Topic::Comparison(between("aaaaaaa")), &Ok(News::Same));
    desk.fail(&Topic::Comparison(between("bbbbbbb")), FaultKind::Missing);
    desk.want(&[("o/r", RepositoryInterest { comparisons: vec![between("bbbbbbb")], ..interest })]);
    let mut asked = Vec::new();
    for second in 0..400 {
        desk.later(1);
        for topic in desk.due() {
            if let Topic::Comparison(between) = &topic {
                assert_eq!(between.base.as_str(), "bbbbbbb");
                asked.push(second);
                desk.fail(&topic, FaultKind::Missing);
            } else {
                desk.end(&topic, &Ok(News::Same));
            }
        }
    }
    assert!((2..=4).contains(&asked.len()) && asked[0] >= 29 && asked[1] - asked[0] >= 59, "{asked:?}");
}

/// How often a comparison is asked for within so many seconds; all is told at once.
fn comparisons(desk: &mut Desk, seconds: u64) -> usize {
    let mut asked = 0;
    for _ in 0..seconds {
        asked += desk.answer().iter().filter(|topic| matches!(topic, Topic::Comparison(_))).count();
        desk.later(1);
    }
    asked
}

#[test]
fn a_comparison_that_was_forgotten_is_read_again() {
    let wanted = RepositoryInterest { comparisons: vec![between("aaaaaaa")], ..watched() };
    let mut desk = Desk::new(&[("o/r", wanted.clone())]);
    // Nothing says that it is missing all the same.
    assert_eq!(comparisons(&mut desk, 100), 1);
    desk.want(&[("o/r", watched())]);
    assert_eq!(comparisons(&mut desk, 100), 0);
    desk.want(&[("o/r", wanted.clone())]);
    assert_eq!(comparisons(&mut desk, 1), 1);
    // Taken in and forgotten within a moment.
    desk.want(&[("o/r", watched())]);
    desk.want(&[("o/r", wanted.clone())]);
    assert_eq!(comparisons(&mut desk, 1), 1);
    // What was wanted before the answer was taken in arrives after it: nothing is missing.
    desk.want(&[("o/r", wanted.clone())]);
    assert_eq!(comparisons(&mut desk, 3), 0);
    desk.want(&[("o/r", watched())]);
    assert_eq!(comparisons(&mut desk, 100), 0);
    // It stays missing after the answer: once more, and not at once.
    desk.want(&[("o/r", wanted.clone())]);
    assert_eq!(comparisons(&mut desk, 1), 1);
    desk.want(&[("o/r", wanted.clone())]);
    assert_eq!(comparisons(&mut desk, 4), 0);
    assert_eq!(comparisons(&mut desk, 100), 1);
    desk.want(&[("o/r", wanted)]);
    assert_eq!(comparisons(&mut desk, 100), 1);
}

#[test]
fn a_comparison_that_is_under_way_is_not_asked_for_twice_though_minds_change() {
    let wanted = RepositoryInterest { comparisons: vec![between("aaaaaaa")], ..watched() };
    let topic = Topic::Comparison(between("aaaaaaa"));
    let mut desk = Desk::new(&[("o/r", wanted.clone())]);
    assert!(desk.due().contains(&topic));
    desk.want(&[("o/r", watched())]);
    desk.want(&[("o/r", wanted.clone())]);
    assert!(desk.due().is_empty());
    // Told while nobody wanted it; who wants it again does not know of that yet.
    desk.want(&[("o/r", watched())]);
    desk.end(&topic, &Ok(News::Same));
    desk.want(&[("o/r", wanted.clone())]);
    assert_eq!(comparisons(&mut desk, 4), 0);
    desk.want(&[("o/r", watched())]);
    assert_eq!(comparisons(&mut desk, 100), 0);
    // Failed while nobody wanted it: let go of.
    desk.want(&[("o/r", wanted)]);
    assert!(desk.due().contains(&topic));
    desk.want(&[("o/r", watched())]);
    desk.fail(&topic, FaultKind::Failed);
    assert_eq!(comparisons(&mut desk, 1_000), 0);
}

/// The seconds at which details are asked for, within so many.
fn asked_at(desk: &mut Desk, seconds: u64) -> Vec<u64> {
    let mut asked = Vec::new();
    for second in 0..seconds {
        if desk.answer().iter().any(|topic| matches!(topic, Topic::Details(_))) {
            asked.push(second);
        }
        desk.later(1);
    }
    asked
}

#[test]
fn details_are_read_again_less_often_where_nobody_looks() {
    let interest = RepositoryInterest { details: vec![sha(HEAD)], ..RepositoryInterest::default() };
    let mut desk = Desk::new(&[("o/r", interest.clone())]);
    assert_eq!(asked_at(&mut desk, 400), [0, 300]);
    // Somebody looks.
    desk.want(&[("o/r", RepositoryInterest { watched: true, ..interest.clone() })]);
    assert_eq!(asked_at(&mut desk, 70), [0, 30, 60]);
    // What was never told is not put off: it failed.
    let mut desk = Desk::new(&[("o/r", interest)]);
    let topic = Topic::Details(vec![sha(HEAD)]);
    assert!(desk.due().contains(&topic));
    desk.fail(&topic, FaultKind::Failed);
    desk.later(30);
    assert!(desk.due().contains(&topic));
}

#[test]
fn details_that_have_long_stayed_the_same_are_read_seldom_until_they_change() {
    let interest = RepositoryInterest { details: vec![sha(HEAD)], ..watched() };
    let mut desk = Desk::new(&[("o/r", interest)]);
    // Told once, and the same twenty times.
    let often: Vec<u64> = (0..=20).map(|time| time * 30).collect();
    assert_eq!(asked_at(&mut desk, 1_199), often);
    desk.later(1);
    let topic = Topic::Details(vec![sha(HEAD)]);
    assert!(desk.due().contains(&topic));
    let changed = CommitDetail { checks: Some(Vec::new()), ..CommitDetail::default() };
    desk.end(&topic, &Ok(News::Details(vec![(sha(HEAD), changed)])));
    desk.later(30);
    assert_eq!(asked_at(&mut desk, 31), [0, 30]);
}

#[test]
fn details_come_in_batches_and_what_is_left_out_of_an_answer_comes_again_later() {
    let shas: Vec<Sha> = (0..70).map(|number| sha(&format!("{number:040x}"))).collect();
    let mut desk = Desk::new(&[("o/r", RepositoryInterest { details: shas, ..watched() })]);
    let sizes = |topics: &[Topic]| {
        topics.iter().filter_map(|topic| if let Topic::Details(shas) = topic { Some(shas.len()) } else { None }).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&desk.answer()), [50]);
    let due = desk.due();
    assert_eq!(sizes(&due), [20]);
    let Topic::Details(asked) = &due[0] else { panic!() };
    let told = asked.iter().skip(1).map(|sha| (sha.clone(), CommitDetail::default())).collect();
    desk.end(&due[0], &Ok(News::Details(told)));
    desk.later(29);
    assert_eq!(sizes(&desk.answer()), [0; 0]);
    // As long as they are wanted, they are read again: a check may have ended.
    desk.later(1);
    let mut again = desk.answer();
    again.extend(desk.answer());
    assert_eq!(sizes(&again), [50, 20]);
    assert!(again.iter().any(|topic| matches!(topic, Topic::Details(shas) if shas.contains(&asked[0]))));
}

#[test]
fn what_fails_for_all_rests_for_all_and_one_question_tries() {
    for (kind, least, most) in
        [(FaultKind::Expired, 8, 8), (FaultKind::Throttled(Some(Duration::from_secs(40))), 40, 40), (FaultKind::Unreachable, 1, 2)]
    {
        let mut desk = Desk::new(&[("o/r", watched()), ("o/other", watched())]);
        // Whose token it is, the runs of both, the overviews of both together.
        assert_eq!(desk.schedule.due(desk.now).len(), 4);
        desk.schedule.viewer_ended(Ok(()), desk.now);
        desk.fail(&Topic::Runs, kind);
        desk.schedule.ended(&"o/other".into(), &Topic::Runs, &Err(Fault::new(kind, "no")), desk.now);
        let reports = ["o/other", "o/r"].map(|name| report(name, Err(Fault::new(kind, "no"))));
        desk.schedule.overviews_ended(&reports, desk.now);
        desk.later(least - 1);
        assert!(desk.due().is_empty());
        desk.later(most - least + 1);
        assert_eq!(desk.schedule.due(desk.now).len(), 1, "{kind:?}");
        assert!(desk.schedule.next_due().is_none());
    }
    // Who presses "read now" may just have renewed the token; a limit does not care.
    let mut desk = Desk::new(&[("o/r", watched())]);
    desk.due();
    desk.fail(&Topic::Runs, FaultKind::Expired);
    desk.end(&Topic::Overview, &Ok(News::Same));
    desk.schedule.hurry(None, desk.now);
    assert!(!desk.schedule.due(desk.now).is_empty());
    let mut desk = Desk::new(&[("o/r", watched())]);
    desk.due();
    desk.fail(&Topic::Runs, FaultKind::Throttled(None));
    desk.schedule.hurry(None, desk.now);
    assert!(desk.schedule.due(desk.now).is_empty());
}

#[test]
fn little_left_of_the_hour_slows_all_down_until_it_is_over() {
    let mut desk = Desk::new(&[("o/r", watched())]);
    desk.answer();
    let second = |second| Timestamp::from_second(second).unwrap();
    let little = Allowance { remaining: 499, limit: 5_000, resets_at: second(100) };
    desk.schedule.allow(little, second(50));
    desk.later(59);
    assert!(desk.answer().is_empty());
    desk.later(1);
    assert_eq!(desk.answer().len(), 2);
    desk.schedule.allow(little, second(101));
    desk.later(15);
    assert_eq!(desk.answer().len(), 2);
    desk.schedule.allow(Allowance { remaining: 500, ..little }, second(50));
    desk.later(15);
    assert_eq!(desk.answer().len(), 2);
}

#[test]
fn only_so_much_is_under_way_and_the_longest_due_goes_first() {
    let names: Vec<String> = (0..6).map(|number| format!("o/r{number}")).collect();
    let wanted: Vec<(&str, RepositoryInterest)> = names.iter().map(|name| (name.as_str(), watched())).collect();
    let mut desk = Desk::new(&wanted);
    desk.schedule.pace.at_once = 4;
    let mut asked = BTreeMap::<Place, u32>::new();
    for _ in 0..26 {
        for ask in desk.schedule.due(desk.now) {
            match ask {
                ForgeAsk::Viewer => desk.schedule.viewer_ended(Ok(()), desk.now),
                ForgeAsk::Overviews(repositories) => {
                    let told = repositories.into_iter().map(|(repository, _)| {
                        *asked.entry((repository.clone(), Topic::Overview)).or_default() += 1;
                        report(repository.as_str(), Ok(overview(&[])))
                    });
                    desk.schedule.overviews_ended(&told.collect::<Vec<_>>(), desk.now);
                }
                ForgeAsk::Topic { repository, topic, .. } => {
                    desk.schedule.ended(&repository, &topic, &Ok(News::Same), desk.now);
                    *asked.entry((repository, topic)).or_default() += 1;
                }
            }
        }
        // Slower than the pace: all get their turn all the same.
        desk.later(8);
    }
    assert_eq!(asked.len(), 12);
    assert!(asked.values().all(|times| (7..=10).contains(times)), "{asked:?}");
}

type Place = (Repository, Topic);

#[test]
fn overviews_that_were_never_told_are_asked_for_together() {
    let names: Vec<String> = (0..12).map(|number| format!("o/r{number:02}")).collect();
    let wanted: Vec<(&str, RepositoryInterest)> = names.iter().map(|name| (name.as_str(), watched())).collect();
    let mut desk = Desk::new(&wanted);
    let first = desk.schedule.due(desk.now);
    let batches: Vec<usize> =
        first.iter().filter_map(|ask| if let ForgeAsk::Overviews(batch) = ask { Some(batch.len()) } else { None }).collect();
    assert_eq!(batches, [10, 2]);
    assert_eq!(first.len(), 1 + 12 + 2);
    desk.schedule.viewer_ended(Ok(()), desk.now);
    for name in &names {
        desk.schedule.ended(&name.as_str().into(), &Topic::Runs, &Ok(News::Same), desk.now);
    }
    // One of the two that were asked for together is not there.
    let missing = Fault::new(FaultKind::Missing, "no");
    desk.schedule.overviews_ended(&[report(&names[10], Ok(overview(&[]))), report(&names[11], Err(missing))], desk.now);
    // The way in is not there for the others: all of them are asked for together again.
    let unreachable = Fault::new(FaultKind::Unreachable, "no");
    let reports: Vec<Report> = names[..10].iter().map(|name| report(name, Err(unreachable.clone()))).collect();
    desk.schedule.overviews_ended(&reports, desk.now);
    let mut alone = Vec::new();
    let mut together = 0;
    for _ in 0..130 {
        desk.later(1);
        for ask in desk.schedule.due(desk.now) {
            match ask {
                ForgeAsk::Overviews(batch) => {
                    together += 1;
                    let told: Vec<Report> = batch.iter().map(|(name, _)| report(name.as_str(), Ok(overview(&[])))).collect();
                    desk.schedule.overviews_ended(&told, desk.now);
                }
                ForgeAsk::Topic { repository, topic, .. } => {
                    if topic == Topic::Overview {
                        alone.push(repository.clone());
                    }
                    desk.schedule.ended(&repository, &topic, &Ok(News::Same), desk.now);
                }
                ForgeAsk::Viewer => desk.schedule.viewer_ended(Ok(()), desk.now),
            }
        }
    }
    assert_eq!(together, 1);
    assert!(alone.iter().any(|name| name.as_str() == names[11]), "{alone:?}");
}

#[test]
fn the_rules_of_a_branch_are_read_while_they_are_wanted() {
    let wanted = |branch: &str| RepositoryInterest { rules: Some(branch.into()), ..watched() };
    let rules = |desk: &mut Desk| desk.answer().into_iter().filter(|topic| matches!(topic, Topic::Rules(_))).collect::<Vec<_>>();
    let mut desk = Desk::new(&[("o/r", wanted("main"))]);
    assert_eq!(rules(&mut desk), [Topic::Rules("main".into())]);
    desk.later(59);
    assert_eq!(rules(&mut desk), []);
    desk.later(1);
    assert_eq!(rules(&mut desk), [Topic::Rules("main".into())]);
    desk.want(&[("o/r", wanted("live"))]);
    assert_eq!(rules(&mut desk), [Topic::Rules("live".into())]);
    desk.want(&[("o/r", watched())]);
    desk.later(100);
    assert_eq!(rules(&mut desk), []);
}

#[test]
fn which_commits_touch_a_folder_is_asked_once() {
    let within = Within { between: between("aaaaaaa"), folder: "back".into(), since: None };
    let wanted = RepositoryInterest { touched: vec![within.clone()], ..watched() };
    let mut desk = Desk::new(&[("o/r", wanted)]);
    assert!(desk.answer().contains(&Topic::Touched(within.clone())));
    // Who asked has not taken it in yet; then it is wanted no more.
    desk.later(29);
    assert!(!desk.answer().contains(&Topic::Touched(within.clone())));
    desk.want(&[("o/r", watched())]);
    desk.later(100);
    assert!(!desk.answer().contains(&Topic::Touched(within)));
}
