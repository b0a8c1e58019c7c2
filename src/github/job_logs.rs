//! The jobs of a run as logs: of those that are over what they wrote, of those that go on how far each step is.
//!
//! GitHub has no API that tells the lines of a job that goes on, so what is told of one is its steps.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::asking::Asking;
use super::call::{Call, Caller};
use super::error::Trouble;
use super::rest;
use super::settings::GitHubSettings;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{JobId, Repository, RunId};
use crate::model::log::batch::{Batch, News};
use crate::model::log::feed::Feed;
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::source::{Name, State};
use crate::model::run::{Conclusion, Job, Progress, Step};
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::ops::port::{Follow, Tail};

/// How often a run that goes on is looked at: what has not changed costs nothing of GitHub's quota.
const EVERY: Duration = Duration::from_secs(5);
/// How much longer after a failure.
const AFTER_FAILURE: u32 = 4;
/// How often a log is asked for that could not be read.
const MOST_TRIES: u32 = 3;
/// How many lines are told at once.
const AT_ONCE: usize = 1_000;
/// How much may wait until whoever listens takes it.
const WAITING: usize = 16;

/// Reads the logs of jobs. Cheap to clone.
#[derive(Clone)]
pub struct JobLogs {
    caller: Arc<Caller>,
    every: Duration,
}

impl JobLogs {
    /// A way in, as [`super::GitHub::new`] has it.
    #[must_use]
    pub fn new(settings: GitHubSettings, limiter: Limiter, stamps: Stamps) -> Self {
        Self { caller: Arc::new(Caller::new(settings, limiter, stamps)), every: EVERY }
    }

    /// The same with another time from look to look, so that tests need not wait.
    #[must_use]
    pub fn with_pace(self, every: Duration) -> Self {
        Self { every, ..self }
    }
}

impl Tail for JobLogs {
    fn follow(&self, follow: Follow) -> BoxStream<'static, News> {
        let (out, news) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        tasks.spawn(run(self.clone(), follow, out));
        // The tasks end with the stream that holds them.
        stream::unfold((news, tasks), |(mut news, tasks)| async move { Some((news.recv().await?, (news, tasks))) }).boxed()
    }
}

async fn run(logs: JobLogs, follow: Follow, out: mpsc::Sender<News>) {
    let Some(own) = follow.numbers.source() else { return };
    let report = follow.numbers.report();
    let _ = out.send(News::Found(own, Name::of_feed(follow.feed.title()))).await;
    let Feed::Jobs { repository, run } = follow.feed.clone() else {
        let fault = Fault::new(FaultKind::Unsupported, "GitHub has no such lines");
        return drop(out.send(News::Is(vec![own], State::Failing(fault))).await);
    };
    let JobLogs { caller, every } = logs;
    let mut following = Following {
        caller,
        every,
        repository,
        run,
        follow,
        out,
        own,
        report,
        jobs: HashMap::new(),
        steps: HashMap::new(),
        told: HashSet::new(),
        tries: HashMap::new(),
    };
    following.run().await;
}

struct Following {
    caller: Arc<Caller>,
    every: Duration,
    repository: Repository,
    run: RunId,
    follow: Follow,
    out: mpsc::Sender<News>,
    own: SourceId,
    report: ReportId,
    jobs: HashMap<JobId, SourceId>,
    /// How far each step was when that was told last.
    steps: HashMap<(JobId, usize), Progress>,
    /// The jobs whose logs were told, or cannot be.
    told: HashSet<JobId>,
    /// How often the logs of the others could not be read.
    tries: HashMap<JobId, u32>,
}

impl Following {
    async fn run(&mut self) {
        while !self.out.is_closed() {
            let mut pause = self.every;
            match self.look().await {
                Ok(true) => return self.tell(News::Is(vec![self.own], State::Ended)).await,
                Ok(false) => {
                    let why = "GitHub tells the lines of a job only once it is over";
                    self.tell(News::Is(vec![self.own], State::Polling { every: self.every, why: why.into() })).await;
                }
                Err(fault) => {
                    self.tell(News::Is(vec![self.own], State::Failing(fault))).await;
                    pause *= AFTER_FAILURE;
                }
            }
            if !self.follow.goes_on {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn tell(&self, news: News) {
        // Nobody listens any more: then all of this ends at once.
        let _ = self.out.send(news).await;
    }

    /// Tells what is new; whether that was all.
    async fn look(&mut self) -> Result<bool, Fault> {
        let caller = Arc::clone(&self.caller);
        let mut asking = Asking::new(&caller, format!("the jobs of run {} of {}", self.run, self.repository));
        let jobs = rest::jobs(&mut asking, &self.repository, self.run).await;
        let jobs = jobs.map_err(|trouble| asking.fault(&trouble))?;
        for job in &jobs.each {
            let source = self.source(job).await;
            match job.progress {
                Progress::Completed(conclusion) => self.over(job, source, conclusion).await?,
                Progress::Queued | Progress::Waiting | Progress::InProgress | Progress::Unknown => self.goes_on(job, source).await,
            }
        }
        self.tell(News::Told(self.jobs.values().copied().chain([self.own]).collect(), caller.now().into())).await;
        let is_over = |job: &Job| self.told.contains(&job.id);
        Ok(jobs.is_complete && !jobs.each.is_empty() && jobs.each.iter().all(is_over))
    }

    async fn source(&mut self, job: &Job) -> SourceId {
        if let Some(known) = self.jobs.get(&job.id) {
            return *known;
        }
        let Some(id) = self.follow.numbers.source() else { return self.own };
        self.jobs.insert(job.id, id);
        self.tell(News::Found(id, Name { group: self.follow.feed.title(), stream: Arc::clone(&job.name) })).await;
        id
    }

    /// Tells how far the steps of a job are, as far as that is new.
    ///
    /// A line stands at the moment that GitHub tells of it, not at that of this look: so whoever reads the run once more
    /// in the same stream tells the same lines, which are known to be the same.
    async fn goes_on(&mut self, job: &Job, source: SourceId) {
        // What was so before the first look was looked up: none of it is late.
        let is_first = !self.steps.keys().any(|(of, _)| *of == job.id);
        let mut lines = Vec::new();
        for (number, step) in job.steps.iter().enumerate() {
            let before = self.steps.insert((job.id, number), step.progress);
            if before == Some(step.progress) || (before.is_none() && step.progress == Progress::Queued) {
                continue;
            }
            // The number of steps grows while a job runs, so it is no part of what is told.
            let text = format!("step {}, {}: {}", number + 1, step.name, step.progress.word());
            let time = came_to(job, step).map_or_else(|| Millis::from(self.caller.now()), Millis::from);
            lines.push(NewLine { source, time, ingested: None, text: text.into_bytes() });
        }
        self.tell_lines(lines, !is_first).await;
    }

    /// Tells the log of a job that is over, once. One that cannot be read holds up no other.
    async fn over(&mut self, job: &Job, source: SourceId, conclusion: Conclusion) -> Result<(), Fault> {
        if self.told.contains(&job.id) {
            return Ok(());
        }
        // What did not have to run has written nothing.
        let text = if conclusion == Conclusion::Skipped { Ok(Vec::new()) } else { self.log(job).await };
        let state = match text {
            Ok(text) => {
                let since = job.started_at.map_or(self.follow.since, Millis::from);
                self.tell_lines(lines(&text, source, since), false).await;
                State::Ended
            }
            // Then no other log can be read either, for as long as GitHub says.
            Err(Unread { fault, .. }) if matches!(fault.kind, FaultKind::Throttled(_) | FaultKind::Expired) => return Err(fault),
            Err(Unread { fault, is_final }) => {
                let tries = self.tries.entry(job.id).or_default();
                *tries += 1;
                if !is_final && *tries < MOST_TRIES {
                    self.tell(News::Is(vec![source], State::Failing(fault))).await;
                    return Ok(());
                }
                State::Failing(fault)
            }
        };
        self.told.insert(job.id);
        self.tell(News::Is(vec![source], state)).await;
        Ok(())
    }

    async fn tell_lines(&self, lines: Vec<NewLine>, live: bool) {
        for part in lines.chunks(AT_ONCE) {
            self.tell(News::Lines(Batch { report: self.report, live, lines: part.to_vec() })).await;
        }
    }

    /// Reads a log: GitHub says where it is, for a minute, to whoever has its address. So nothing ever shows that.
    async fn log(&self, job: &Job) -> Result<Vec<u8>, Unread> {
        let asking = Asking::new(&self.caller, format!("the log of the job {} of {}", job.name, self.repository));
        let told: Result<Vec<u8>, Trouble> = async {
            let url = format!("{}/actions/jobs/{}/logs", self.caller.home(&self.repository)?, job.id);
            let answer = self.caller.call(Call::get(&url), &mut None).await?;
            match answer.status.as_u16() {
                200 => Ok(answer.body),
                302 | 307 => {
                    let place = answer.headers.get(http::header::LOCATION).and_then(|place| place.to_str().ok());
                    self.caller.fetch_elsewhere(place.ok_or(Trouble::Elsewhere)?).await
                }
                other => Err(Trouble::Garbled(format!("HTTP {other}"))),
            }
        }
        .await;
        told.map_err(|trouble| {
            let fault = asking.fault(&trouble);
            let is_gone = matches!(fault.kind, FaultKind::Missing | FaultKind::Denied | FaultKind::Refused);
            Unread { fault, is_final: is_gone || matches!(trouble, Trouble::TooLong) }
        })
    }
}

/// When a step came to be as it is, as far as GitHub tells it.
fn came_to(job: &Job, step: &Step) -> Option<Timestamp> {
    let own = if step.progress.is_live() { step.started_at } else { step.completed_at };
    own.or(step.started_at).or(job.started_at)
}

/// Why a log could not be read.
struct Unread {
    fault: Fault,
    /// Whether it will be so the next time: logs are kept for a while only, and one that is too long stays so.
    is_final: bool,
}

/// The lines of a log: each begins with its time. One that does not, since what was written had several lines, is of the
/// same moment as the one before.
fn lines(text: &[u8], source: SourceId, since: Millis) -> Vec<NewLine> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut at = since;
    let mut lines = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (time, rest) = timed(line).map_or((None, line), |(time, rest)| (Some(time), rest));
        at = time.unwrap_or(at);
        lines.push(NewLine { source, time: at, ingested: None, text: rest.to_vec() });
    }
    // Behind the last line end there is nothing.
    let _ = lines.pop_if(|last| last.text.is_empty());
    lines
}

fn timed(line: &[u8]) -> Option<(Millis, &[u8])> {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (time, rest) = line.split_at_checked(end)?;
    let time: Timestamp = std::str::from_utf8(time).ok()?.parse().ok()?;
    Some((time.into(), rest.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::super::Token;
    use super::super::canned::{Canned, Reply, json, with};
    use super::*;
    use crate::ops::clock::Clock;
    use crate::ops::port::Numbers;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    #[tokio::test]
    async fn a_log_that_cannot_be_read_holds_up_no_other_and_is_not_asked_for_for_ever() {
        let job = |id: u64, name: &str| serde_json::json!({ "id": id, "name": name, "status": "completed", "conclusion": "success" });
        let jobs = || json(serde_json::json!({ "total_count": 2, "jobs": [job(1, "build"), job(2, "test")] }));
        let broken = || Reply::Cut(200, String::new(), "2026-11-20T02:57:14Z half".to_owned());
        let whole = with(200, &[], "2026-11-20T02:57:14Z ok\n");
        let server = Canned::serve(vec![jobs(), broken(), whole, jobs(), broken(), jobs(), broken()]).await;
        let stamps = Stamps::new(Arc::new(Fixed));
        let settings = GitHubSettings::new(Some(server.url.clone()), Token::known("secret-of-the-test"));
        let logs = JobLogs::new(settings, Limiter::new(stamps.clone()), stamps).with_pace(Duration::from_millis(1));
        let feed = Feed::Jobs { repository: "o/r".into(), run: RunId(7) };
        let follow = Follow { feed, since: Millis(0), goes_on: true, numbers: Arc::<Numbers>::default(), known: Arc::default() };
        let told: Vec<News> = tokio::time::timeout(Duration::from_secs(60), logs.follow(follow).collect()).await.unwrap();
        let lines: Vec<SourceId> = told
            .iter()
            .filter_map(|news| if let News::Lines(batch) = news { Some(batch) } else { None })
            .flat_map(|batch| batch.lines.iter().map(|line| line.source))
            .collect();
        let failing: Vec<SourceId> =
            told.iter().filter_map(|news| if let News::Is(of, State::Failing(_)) = news { of.first().copied() } else { None }).collect();
        // The feed itself is the first source.
        assert_eq!((lines, failing), (vec![SourceId(2)], vec![SourceId(1); 3]), "{told:?}");
        assert!(matches!(told.last(), Some(News::Is(of, State::Ended)) if *of == [SourceId(0)]), "{told:?}");
        assert_eq!(server.lines().iter().filter(|line| line.ends_with("/jobs/1/logs")).count(), 3);
    }

    /// A run of one job that goes on, in which the second step begins between two looks.
    fn looks() -> Vec<Reply> {
        let step = |number: u64, begun: Option<&str>, over: Option<&str>| {
            let status = if over.is_some() { "completed" } else { begun.map_or("queued", |_| "in_progress") };
            let conclusion = over.map(|_| "success");
            serde_json::json!({ "name": format!("part {number}"), "number": number, "status": status, "conclusion": conclusion,
                "started_at": begun, "completed_at": over })
        };
        let job = |steps: &[serde_json::Value]| {
            let job = serde_json::json!({ "id": 1, "name": "build", "status": "in_progress", "started_at": "2026-11-20T02:57:00Z", "steps": steps });
            json(serde_json::json!({ "total_count": 1, "jobs": [job] }))
        };
        let (one, two) = ("2026-11-20T02:57:14Z", "2026-11-20T02:57:31Z");
        vec![
            job(&[step(1, Some(one), None), step(2, None, None)]),
            job(&[step(1, Some(one), Some(two)), step(2, Some(two), None), step(3, None, None)]),
        ]
    }

    #[tokio::test]
    async fn a_step_is_told_at_its_own_moment_so_that_it_counts_once_however_often_the_run_is_read() {
        use crate::model::log::buffer::Buffer;

        let numbers = Arc::<Numbers>::default();
        let mut buffer = Buffer::default();
        let mut late = 0;
        // The screen is left and opened again, each time in the middle of it.
        for _ in 0..3 {
            let server = Canned::serve(looks()).await;
            let stamps = Stamps::new(Arc::new(Fixed));
            let settings = GitHubSettings::new(Some(server.url.clone()), Token::known("secret-of-the-test"));
            let logs = JobLogs::new(settings, Limiter::new(stamps.clone()), stamps).with_pace(Duration::from_millis(1));
            let feed = Feed::Jobs { repository: "o/r".into(), run: RunId(7) };
            let follow = Follow { feed, since: Millis(0), goes_on: true, numbers: Arc::clone(&numbers), known: Arc::default() };
            let mut stream = logs.follow(follow);
            let mut batches = 0;
            while batches < 2 {
                let news = tokio::time::timeout(Duration::from_secs(60), stream.next()).await.unwrap().unwrap();
                let News::Lines(mut batch) = news else { continue };
                // The desk gives a source that was met before the number that it had.
                batch.lines.iter_mut().for_each(|line| line.source = SourceId(1));
                late += buffer.take(&batch).late;
                batches += 1;
            }
        }
        let told: Vec<(String, String)> = buffer
            .entries()
            .filter_map(|id| buffer.line(id))
            .map(|line| (line.time.timestamp().to_string(), String::from_utf8_lossy(line.text).into_owned()))
            .collect();
        let line = |time: &str, text: &str| (format!("2026-11-20T02:57:{time}Z"), text.to_owned());
        let told_once =
            [line("14", "step 1, part 1: in progress"), line("31", "step 1, part 1: success"), line("31", "step 2, part 2: in progress")];
        assert_eq!((told, late), (told_once.to_vec(), 0));
    }

    #[test]
    fn each_line_of_a_log_has_its_time_or_that_of_the_line_before() {
        let text = "\u{feff}2026-11-20T02:57:14.1234567Z ##[group]Run make\r\n2026-11-20T02:57:15Z one\n  two\n\n2026-11-20T02:57:16Z\n";
        let told = lines(text.as_bytes(), SourceId(1), Millis(0));
        let told: Vec<(i64, &str)> =
            told.iter().map(|line| (line.time.0 - 1_795_143_434_000, std::str::from_utf8(&line.text).unwrap())).collect();
        assert_eq!(told, [(123, "##[group]Run make"), (1_000, "one"), (1_000, "  two"), (1_000, ""), (2_000, "")]);
        assert!(lines(b"", SourceId(1), Millis(0)).is_empty());
    }
}
