//! Logs through the real SDK, against a simulated service that samples, ends and breaks off, and knows what it lost.

mod console;
mod limit;
mod opening;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use quarterdeck::aws::logs::Patience;
use quarterdeck::aws::{Clients, CloudWatchLogs};
use quarterdeck::model::compute::Site;
use quarterdeck::model::log::batch::News;
use quarterdeck::model::log::buffer::Buffer;
use quarterdeck::model::log::feed::{Feed, Streaming};
use quarterdeck::model::log::line::{Millis, SourceId};
use quarterdeck::model::log::note::{Gap, GapId, Loss, Note};
use quarterdeck::model::log::source::{Sources, State};
use quarterdeck::model::pattern::NamePattern;
use quarterdeck::ops::clock::{Clock, Stamps};
use quarterdeck::ops::limit::Limiter;
use quarterdeck::ops::port::{Follow, Numbers, Tail};
use quarterdeck::shell::SystemClock;
use serde_json::{Value, json};

use crate::support::sim::Sim;

/// Longer than any test takes.
const STUCK: Duration = Duration::from_secs(600);

const ACCESS: &str = "/aws/elasticbeanstalk/shop-prod/var/log/nginx/access.log";

fn world(requests: u32) -> String {
    format!(
        r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "us-east-1"
version = "v1"
requests = {requests}
platform = "Node.js 20"
instances = 3

[[environment]]
app = "shop"
name = "shop-prod-2"
region = "us-east-1"
version = "v1"

[[environment]]
app = "quiet"
name = "quiet-prod"
region = "us-east-1"
version = "v1"
requests = 300
instances = 2
stream_logs = false

[[environment]]
app = "slow"
name = "slow-prod"
region = "us-east-1"
version = "v1"
requests = 20
instances = 3
stream_logs = false

[[environment]]
app = "busy"
name = "busy-prod"
region = "us-east-1"
version = "v1"
requests = 3000
instances = 1
stream_logs = false
"#
    )
}

/// A tail of a simulated world, and what it has told so far.
struct Rig {
    sim: Sim,
    tail: CloudWatchLogs,
    site: Site,
    buffer: Buffer,
    sources: Sources,
    gaps: BTreeMap<GapId, Gap>,
    reports: usize,
}

impl Rig {
    async fn new(requests: u32, speed: f64) -> Self {
        Self::on(&world(requests), speed).await
    }

    async fn on(world: &str, speed: f64) -> Self {
        let sim = Sim::of(world, speed).await;
        let connections = sim.connections();
        let connection = connections[0].connection.clone();
        let limiter = Limiter::new(Stamps::new(Arc::new(SystemClock)));
        let tail = CloudWatchLogs::new(Clients::new(connections, limiter.clone()), limiter);
        let patience = Patience {
            first_frame: Duration::from_secs(5),
            update: Duration::from_secs(4),
            settled: Duration::from_secs(4),
            again: Duration::from_secs(2),
            search: Duration::from_millis(500),
            steady: Duration::from_secs(2),
            ..Patience::default()
        };
        let (buffer, sources) = (Buffer::default(), Sources::default());
        let site = Site { connection, region: "us-east-1".into() };
        Self { sim, tail: tail.with_patience(patience), site, buffer, sources, gaps: BTreeMap::new(), reports: 0 }
    }

    fn follow(&self, since: Millis, live: bool) -> BoxStream<'static, News> {
        let feed = Feed::Groups { site: self.site.clone(), names: vec![NamePattern::new(ACCESS)], live: live.into() };
        self.tail.follow(Follow { feed, since, goes_on: true, numbers: Arc::<Numbers>::default(), known: Arc::default() })
    }

    fn take(&mut self, news: News) {
        match news {
            News::Found(id, name) => self.sources.found(id, name),
            News::Lines(batch) => drop(self.buffer.take(&batch)),
            News::Missing(gap) => {
                let _ = self.buffer.note(Note::Gap(gap.clone()));
                self.gaps.insert(gap.id, gap);
            }
            News::Happened(marker) => drop(self.buffer.note(Note::Marker(marker))),
            News::Is(ids, state) => {
                for id in ids {
                    self.sources.get_mut(id).unwrap().state = state.clone();
                }
            }
            News::Told(ids, at) => {
                for id in ids {
                    self.sources.get_mut(id).unwrap().told = Some(at);
                }
            }
            News::Ended(report) => {
                self.reports += 1;
                self.buffer.end(report);
            }
        }
    }

    /// Takes what is told until something holds; fails loudly where it never does.
    async fn until(&mut self, stream: &mut BoxStream<'static, News>, what: &str, holds: impl Fn(&Self) -> bool) {
        let patience = tokio::time::Instant::now() + Duration::from_secs(90);
        while !holds(self) {
            let told = tokio::time::timeout_at(patience, stream.next()).await;
            let told = told.unwrap_or_else(|_| panic!("{what}: not within 90 s; {} lines, {:?}", self.buffer.lines(), self.gaps));
            self.take(told.unwrap());
        }
    }

    fn name(&self, id: SourceId) -> &str {
        &self.sources.get(id).unwrap().name.stream
    }

    fn group(&self, id: SourceId) -> &str {
        &self.sources.get(id).unwrap().name.group
    }

    /// The lines of a span that are kept, each with how often.
    fn kept(&self, from: Millis, to: Millis) -> BTreeMap<(String, i64, i64, String), usize> {
        let mut kept = BTreeMap::new();
        for line in self.buffer.entries().filter_map(|id| self.buffer.line(id)).filter(|line| (from..to).contains(&line.time)) {
            let text = String::from_utf8(line.text.to_vec()).unwrap();
            *kept.entry((self.name(line.source).to_owned(), line.time.0, line.ingested.unwrap().0, text)).or_default() += 1;
        }
        kept
    }

    /// The lines that were really written in a span.
    async fn written(&self, from: Millis, to: Millis) -> BTreeMap<(String, i64, i64, String), usize> {
        let path = format!("/_sim/logs?group={ACCESS}&since={}&until={}", from.timestamp(), to.timestamp());
        let told = self.sim.get(&path).await;
        let mut written = BTreeMap::new();
        for line in told["lines"].as_array().unwrap() {
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let number = |name: &str| line[name].as_i64().unwrap();
            *written.entry((text("stream"), number("timestamp"), number("ingestion"), text("message"))).or_default() += 1;
        }
        written
    }

    /// Holds what is kept of a span against what was written.
    async fn compare(&self, from: Millis, to: Millis) {
        let (kept, written) = (self.kept(from, to), self.written(from, to).await);
        let missing: Vec<_> = written.iter().filter(|(line, count)| kept.get(*line) != Some(*count)).take(3).collect();
        let odd: Vec<_> = kept.iter().filter(|(line, count)| written.get(*line) != Some(*count)).take(3).collect();
        assert!(missing.is_empty() && odd.is_empty(), "of {} lines missing {missing:?}, not written {odd:?}", written.len());
        assert!(written.len() > 100, "{}", written.len());
    }

    async fn fault(&self, kind: &str, operation: &str, value: u64) {
        let fault = json!({ "service": "logs", "operation": operation, "kind": kind, "value": value });
        self.sim.post("/_sim/faults", &fault).await;
    }

    fn state(&self) -> Option<&State> {
        self.sources.iter().next().map(|(_, source)| &source.state)
    }
}

fn now() -> Millis {
    SystemClock.now().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_opens_with_what_was_written_before_and_goes_on_without_a_seam() {
    let mut rig = Rig::new(400, 1.0).await;
    let (begun, since) = (now(), now().plus(-600_000));
    let mut stream = rig.follow(since, true);
    // The second search of the opening is over, and some updates have come since.
    let end = begun.plus(12_000);
    let told = |rig: &Rig| rig.reports >= 2 && rig.sources.iter().any(|(_, source)| source.told > Some(end.plus(32_000)));
    rig.until(&mut stream, "the opening", told).await;
    assert_eq!(rig.state(), Some(&State::Live));
    rig.compare(since, end).await;
    assert!(rig.gaps.is_empty(), "{:?}", rig.gaps);
    assert_eq!(rig.sim.get("/_sim/world").await["log_intervals"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_break_off_lose_nothing_and_double_nothing() {
    let mut rig = Rig::new(400, 1.0).await;
    // In the middle of a frame, every few seconds.
    rig.fault("truncate", "StartLiveTail", 40_000).await;
    let since = now().plus(-60_000);
    let mut stream = rig.follow(since, true);
    rig.until(&mut stream, "three breaks", |rig| rig.gaps.len() >= 3).await;
    rig.sim.delete("/_sim/faults").await;
    let end = now();
    let filled =
        |rig: &Rig| rig.gaps.values().all(|gap| gap.filled) && rig.sources.iter().any(|(_, source)| source.told > Some(end.plus(34_000)));
    rig.until(&mut stream, "the gaps filled", filled).await;
    rig.compare(since, end).await;
    assert!(rig.gaps.values().all(|gap| gap.loss == Loss::Disconnected && gap.filled), "{:?}", rig.gaps);
    assert_eq!(rig.state(), Some(&State::Live));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_over_is_followed_by_another() {
    // Three hours are eleven seconds.
    let mut rig = Rig::new(400, 1_000.0).await;
    let since = now().plus(-30_000);
    let mut stream = rig.follow(since, true);
    rig.until(&mut stream, "the next session", |rig| !rig.gaps.is_empty() && rig.gaps.values().all(|gap| gap.filled)).await;
    let end = rig.gaps.values().map(|gap| gap.to).max().unwrap().plus(-35_000);
    rig.compare(since, end.max(since.plus(20_000))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sampled_away_is_told_where_it_was_and_looked_up() {
    let mut rig = Rig::new(12_000, 1.0).await;
    let since = now().plus(-1_000);
    let mut stream = rig.follow(since, true);
    let counted = |rig: &Rig| rig.gaps.values().any(|gap| gap.loss == Loss::Sampled && gap.filled && gap.count > Some(0));
    rig.until(&mut stream, "a sampled span looked up", counted).await;
    let world = rig.sim.get("/_sim/world").await;
    let lost: Vec<(i64, i64, u64)> = world["log_intervals"].as_array().unwrap().iter().map(interval).collect();
    assert!(!lost.is_empty());
    for gap in rig.gaps.values().filter(|gap| gap.loss == Loss::Sampled) {
        let met = lost.iter().any(|(first, last, _)| *first <= gap.to.0 && gap.from.0 <= *last);
        assert!(met, "{gap:?} is told, and nothing was lost there: {lost:?}");
    }
    // Where it was looked up, nothing is missing any more.
    let filled = rig.gaps.values().find(|gap| gap.filled && gap.loss == Loss::Sampled).unwrap().clone();
    let settled = filled.to.plus(-4_000).max(filled.from.plus(1_000));
    let (kept, written) = (rig.kept(filled.from, settled), rig.written(filled.from, settled).await);
    let prompt = |lines: &BTreeMap<(String, i64, i64, String), usize>| -> usize {
        lines.iter().filter(|((_, time, ingested, _), _)| ingested - time <= 3_000).map(|(_, count)| count).sum()
    };
    assert_eq!(prompt(&kept), prompt(&written));
}

fn interval(lost: &Value) -> (i64, i64, u64) {
    let at = |name: &str| lost[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    (at("first"), at("last"), lost["count"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_listening_is_denied_it_searches_and_says_why() {
    let mut rig = Rig::new(200, 1.0).await;
    rig.fault("denied", "StartLiveTail", 0).await;
    let since = now().plus(-20_000);
    let mut stream = rig.follow(since, true);
    let polling = |rig: &Rig| matches!(rig.state(), Some(State::Polling { .. }));
    rig.until(&mut stream, "searching", polling).await;
    let Some(State::Polling { why, .. }) = rig.state() else { panic!() };
    assert!(why.contains("logs:StartLiveTail") && why.contains("ask for that permission"), "{why}");
    let end = now();
    rig.until(&mut stream, "late lines", |rig| rig.sources.iter().any(|(_, source)| source.told > Some(end.plus(36_000)))).await;
    rig.compare(since, end).await;
    assert!(rig.gaps.is_empty(), "searching with an overlap leaves no hole: {:?}", rig.gaps);
    // Once it is allowed, it listens.
    rig.sim.delete("/_sim/faults").await;
    rig.until(&mut stream, "listening", |rig| rig.state() == Some(&State::Live)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_tail_that_is_broken_or_silent_is_left_and_one_that_is_off_is_not_tried() {
    for (kind, value) in [("garbage", 0), ("truncate", 300), ("unreachable", 0)] {
        let mut rig = Rig::new(200, 1.0).await;
        rig.fault(kind, "StartLiveTail", value).await;
        let mut stream = rig.follow(now().plus(-20_000), true);
        rig.until(&mut stream, kind, |rig| matches!(rig.state(), Some(State::Polling { .. })) && rig.buffer.lines() > 100).await;
    }
    let mut rig = Rig::new(200, 1.0).await;
    let mut stream = rig.follow(now().plus(-20_000), false);
    rig.until(&mut stream, "searching", |rig| matches!(rig.state(), Some(State::Polling { .. }))).await;
    let calls = rig.sim.get("/_sim/calls").await;
    assert!(!calls["calls"].as_array().unwrap().iter().any(|call| call["operation"] == "StartLiveTail"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_end_again_and_again_are_left_though_each_has_told_lines() {
    let mut rig = Rig::new(400, 1.0).await;
    rig.tail = rig.tail.clone().with_patience(Patience { steady: Duration::from_secs(60), again: STUCK, ..Patience::default() });
    rig.fault("truncate", "StartLiveTail", 30_000).await;
    let since = now().plus(-20_000);
    let mut stream = rig.follow(since, true);
    rig.until(&mut stream, "searching", |rig| matches!(rig.state(), Some(State::Polling { .. }))).await;
    let Some(State::Polling { why, .. }) = rig.state() else { panic!() };
    assert!(why.starts_with("its live tail is broken: "), "{why}");
    let end = now();
    rig.until(&mut stream, "late lines", |rig| rig.sources.iter().any(|(_, source)| source.told > Some(end.plus(36_000)))).await;
    rig.compare(since, end).await;
    // Each that is opened costs a minute.
    assert_eq!(opened(&rig.sim).await, 3);
}

/// How many live sessions were asked for.
async fn opened(sim: &Sim) -> usize {
    let calls = sim.get("/_sim/calls").await;
    calls["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == "StartLiveTail").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_session_is_opened_unasked_and_what_it_has_no_room_for_is_searched() {
    let environment = |number: u32| {
        format!(
            "[[environment]]\napp = \"shop\"\nname = \"shop-{number}\"\nregion = \"us-east-1\"\nversion = \"v1\"\nrequests = 100\nplatform = \"Node.js 20\"\n"
        )
    };
    // Fifteen groups.
    let mut rig = Rig::on(&(1..=3).map(environment).collect::<String>(), 1.0).await;
    let follow = |live| Feed::Groups { site: rig.site.clone(), names: vec![NamePattern::new("/aws/elasticbeanstalk/*")], live };
    let (one, all) = (follow(Streaming::OneSession), follow(Streaming::AllGroups));
    let tail = rig.tail.clone();
    let since = now().plus(-60_000);
    let begin = |feed| tail.follow(Follow { feed, since, goes_on: true, numbers: Arc::<Numbers>::default(), known: Arc::default() });
    let wholes = |rig: &Rig| -> Vec<(String, State)> {
        let wholes = rig.sources.iter().filter(|(_, source)| source.name.is_feed());
        wholes.map(|(_, source)| (source.name.to_string(), source.state.clone())).collect()
    };
    let mut stream = begin(one);
    let both = |rig: &Rig| matches!(wholes(rig).as_slice(), [(_, State::Live), (_, State::Polling { .. })]);
    rig.until(&mut stream, "one live, the rest searched", both).await;
    let told = wholes(&rig);
    assert!(told[1].0.ends_with("more groups"), "{told:?}");
    let State::Polling { why, .. } = &told[1].1 else { panic!() };
    assert!(why.contains("at most ten log groups"), "{why}");
    // Nothing of them is left out.
    let groups = |rig: &Rig| -> usize {
        let each: BTreeSet<&str> = rig.sources.iter().filter(|(_, source)| !source.name.is_feed()).map(|(id, _)| rig.group(id)).collect();
        each.len()
    };
    rig.until(&mut stream, "lines of more groups than a session has", |rig| groups(rig) > 10).await;
    assert_eq!(opened(&rig.sim).await, 1);
    drop(stream);
    // Somebody said so.
    (rig.sources, rig.buffer) = (Sources::default(), Buffer::default());
    let mut stream = begin(all);
    rig.until(&mut stream, "both live", |rig| matches!(wholes(rig).as_slice(), [(_, State::Live), (_, State::Live)])).await;
    assert_eq!(opened(&rig.sim).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_up_is_told_to_be_missing_and_the_rest_goes_on() {
    let mut rig = Rig::new(200, 1.0).await;
    rig.fault("denied", "FilterLogEvents", 0).await;
    let since = now().plus(-20_000);
    let mut stream = rig.follow(since, true);
    rig.until(&mut stream, "lines", |rig| !rig.gaps.is_empty() && rig.buffer.lines() > 100).await;
    let gap = rig.gaps.values().next().unwrap();
    assert_eq!((gap.loss, gap.from, gap.filled), (Loss::Opening, since, false));
    assert_eq!(rig.state(), Some(&State::Live));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_that_came_too_late_for_the_first_search_are_told_to_be_missing_where_the_second_fails() {
    let mut rig = Rig::new(200, 1.0).await;
    let since = now().plus(-20_000);
    let mut stream = rig.follow(since, true);
    rig.until(&mut stream, "the first search", |rig| rig.reports >= 1).await;
    rig.fault("denied", "FilterLogEvents", 0).await;
    rig.until(&mut stream, "the second search", |rig| !rig.gaps.is_empty()).await;
    let gap = rig.gaps.values().next().unwrap();
    assert_eq!((gap.loss, gap.filled), (Loss::Opening, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_go_on_ends_once_all_was_told_and_says_where_it_could_not_be() {
    let mut rig = Rig::new(400, 1.0).await;
    let once = |rig: &Rig, since| {
        let feed = Feed::Groups { site: rig.site.clone(), names: vec![NamePattern::new(ACCESS)], live: Streaming::OneSession };
        rig.tail.follow(Follow { feed, since, goes_on: false, numbers: Arc::<Numbers>::default(), known: Arc::default() })
    };
    let (since, end) = (now().plus(-120_000), now().plus(-60_000));
    let mut stream = once(&rig, since);
    while let Some(news) = stream.next().await {
        rig.take(news);
    }
    rig.compare(since, end).await;
    assert_eq!((rig.state(), rig.gaps.len()), (Some(&State::Ended), 0));
    rig.fault("denied", "FilterLogEvents", 0).await;
    let told: Vec<News> = once(&rig, since).collect().await;
    assert!(told.iter().any(|news| matches!(news, News::Missing(gap) if gap.loss == Loss::Opening)), "{told:?}");
    assert!(told.iter().any(|news| matches!(news, News::Is(_, State::Failing(_)))), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_even_be_looked_for_is_told_before_there_is_any_line() {
    let mut rig = Rig::new(100, 1.0).await;
    rig.fault("denied", "DescribeLogGroups", 0).await;
    let feed = Feed::Beanstalk { site: rig.site.clone(), environment: "shop-prod".into(), live: Streaming::OneSession, request: false };
    let mut stream =
        rig.tail.follow(Follow { feed, since: now(), goes_on: true, numbers: Arc::<Numbers>::default(), known: Arc::default() });
    rig.until(&mut stream, "denied", |rig| matches!(rig.state(), Some(State::Failing(_)))).await;
    let (_, own) = rig.sources.iter().next().unwrap();
    assert_eq!((own.name.to_string(), own.state.word()), ("logs of shop-prod".to_owned(), "denied"));
    rig.sim.delete("/_sim/faults").await;
    rig.until(&mut stream, "found after all", |rig| rig.state() == Some(&State::Live) && rig.buffer.lines() > 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttled_searches_are_reported_in_place_and_go_on() {
    let mut rig = Rig::new(200, 1.0).await;
    let since = now().plus(-20_000);
    let mut stream = rig.follow(since, false);
    rig.until(&mut stream, "searching", |rig| matches!(rig.state(), Some(State::Polling { .. }))).await;
    rig.fault("throttle", "FilterLogEvents", 0).await;
    rig.until(&mut stream, "throttled", |rig| matches!(rig.state(), Some(State::Failing(_)))).await;
    assert_eq!(rig.state().unwrap().word(), "throttled");
    rig.sim.delete("/_sim/faults").await;
    rig.until(&mut stream, "searching again", |rig| matches!(rig.state(), Some(State::Polling { .. }))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_streamed_the_ends_of_files_are_requested_and_nothing_is_told_twice() {
    let mut rig = Rig::new(10, 1.0).await;
    rig.tail = rig.tail.clone().with_patience(Patience { again: Duration::from_millis(200), ..Patience::default() });
    let feed = Feed::Beanstalk { site: rig.site.clone(), environment: "quiet-prod".into(), live: Streaming::OneSession, request: true };
    let follow = |feed: &Feed, goes_on| Follow {
        feed: feed.clone(),
        since: now(),
        goes_on,
        numbers: Arc::<Numbers>::default(),
        known: Arc::default(),
    };
    let mut stream = rig.tail.follow(follow(&feed, true));
    rig.until(&mut stream, "a request", |rig| matches!(rig.state(), Some(State::Polling { .. }))).await;
    let files = |rig: &Rig| rig.sources.iter().filter(|(_, source)| source.name.group.starts_with('/')).count();
    let (first, kinds) = (rig.buffer.lines(), files(&rig));
    assert!(first > 100 && kinds >= 4, "{first} lines of {kinds} files");
    rig.until(&mut stream, "more lines", |rig| rig.buffer.lines() > first + 50).await;
    // As they arrived, the lines of a file never go back in time: what was told before is not told again.
    let mut lines: Vec<_> = rig.buffer.entries().filter_map(|id| rig.buffer.line(id)).collect();
    lines.sort_by_key(|line| line.id);
    let mut last: BTreeMap<SourceId, String> = BTreeMap::new();
    for line in lines.iter().filter(|line| rig.group(line.source).ends_with("access.log")) {
        let text = String::from_utf8(line.text.to_vec()).unwrap();
        // Now and then an application writes something quite else.
        if !text.contains("HTTP/1.1") {
            continue;
        }
        let time = text.split(['[', ']']).nth(1).unwrap_or_else(|| panic!("{text:?} tells no time")).to_owned();
        let before = last.insert(line.source, time.clone());
        assert!(before <= Some(time), "{text} came after {:?}", last[&line.source]);
    }
    assert_eq!(last.len(), 2, "an instance is missing");
    // Nobody is ever shown where it lies, whatever goes wrong.
    let told: Vec<News> = rig.tail.follow(follow(&feed, false)).collect().await;
    assert!(matches!(told.last(), Some(News::Is(_, State::Ended))), "{:?}", told.last());
    assert!(!format!("{told:?}").contains("Signature"));
    rig.sim.post("/_sim/faults", &json!({ "service": "elasticbeanstalk", "operation": "RequestEnvironmentInfo", "kind": "denied" })).await;
    let told: Vec<News> = rig.tail.follow(follow(&feed, false)).collect().await;
    let Some(News::Is(_, State::Failing(fault))) = told.last() else { panic!("{told:?}") };
    assert!(fault.sentence.contains("elasticbeanstalk:RequestEnvironmentInfo"), "{fault}");
}

/// Has the ends of the files of an environment requested.
fn requested(rig: &Rig, environment: &str, goes_on: bool) -> BoxStream<'static, News> {
    let feed = Feed::Beanstalk { site: rig.site.clone(), environment: environment.into(), live: Streaming::OneSession, request: true };
    rig.tail.follow(Follow { feed, since: now(), goes_on, numbers: Arc::<Numbers>::default(), known: Arc::default() })
}

/// The instances of which there are lines, or that are in such a state.
fn instances(rig: &Rig, is: impl Fn(SourceId, &State) -> bool) -> BTreeSet<String> {
    let parts = rig.sources.iter().filter(|(id, source)| !source.name.is_feed() && is(*id, &source.state));
    parts.map(|(_, source)| source.name.stream.to_string()).collect()
}

fn have_lines(rig: &Rig) -> BTreeSet<String> {
    let told: BTreeSet<SourceId> = rig.buffer.entries().filter_map(|id| rig.buffer.line(id)).map(|line| line.source).collect();
    instances(rig, |id, _| told.contains(&id))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_send_the_ends_of_their_files_later_are_waited_for() {
    let mut rig = Rig::new(10, 1.0).await;
    let mut stream = requested(&rig, "slow-prod", false);
    while let Some(news) = stream.next().await {
        rig.take(news);
    }
    assert_eq!((have_lines(&rig).len(), rig.state()), (3, Some(&State::Ended)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_have_not_sent_anything_in_time_are_named_and_what_they_send_later_is_told() {
    let mut rig = Rig::new(10, 1.0).await;
    // The first has sent its own by then, and the next request is made when the others have sent theirs for this one.
    let patience = Patience { collecting: Duration::from_secs(4), again: Duration::from_secs(1), ..Patience::default() };
    rig.tail = rig.tail.clone().with_patience(patience);
    let mut stream = requested(&rig, "slow-prod", true);
    rig.until(&mut stream, "a request", |rig| matches!(rig.state(), Some(State::Polling { .. }))).await;
    let failing = |_: SourceId, state: &State| matches!(state, State::Failing(fault) if fault.sentence.contains("has not sent"));
    let (late, told) = (instances(&rig, failing), have_lines(&rig));
    assert!(!late.is_empty() && !told.is_empty() && late.is_disjoint(&told), "{late:?} {told:?}");
    assert_eq!(late.len() + told.len(), 3);
    rig.until(&mut stream, "what came late", |rig| have_lines(rig).len() == 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_which_nothing_is_there_any_more_that_was_told_has_a_gap() {
    let mut rig = Rig::new(10, 1.0).await;
    rig.tail = rig.tail.clone().with_patience(Patience { again: Duration::from_millis(200), ..Patience::default() });
    let mut stream = requested(&rig, "busy-prod", true);
    let mut ends = Vec::new();
    while ends.len() < 3 {
        let news = tokio::time::timeout(Duration::from_secs(90), stream.next()).await.unwrap().unwrap();
        if let News::Told(ids, at) = &news
            && rig.group(ids[0]).ends_with("access.log")
        {
            ends.push(*at);
        }
        rig.take(news);
    }
    // The first request has nothing before it; each one after it has lost what was written between.
    let of_access = |gap: &&Gap| rig.group(gap.sources[0]).ends_with("access.log");
    let gaps: Vec<&Gap> = rig.gaps.values().filter(of_access).collect();
    assert_eq!(gaps.len(), 2, "{:?}", rig.gaps);
    for (gap, between) in gaps.into_iter().zip(ends.windows(2)) {
        assert_eq!((gap.loss, gap.filled, gap.count), (Loss::Disconnected, false, None));
        assert_eq!((gap.from, gap.to), (between[0], between[1]));
    }
    let engine = |gap: &Gap| rig.group(gap.sources[0]).ends_with("eb-engine.log");
    assert!(!rig.gaps.values().any(engine), "{:?}", rig.gaps);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_environment_has_its_own_groups_and_nothing_twice() {
    let rig = Rig::new(10, 1.0).await;
    let groups = rig.tail.groups(&rig.site, &"shop-prod".into()).await.unwrap();
    let files: Vec<&str> = groups.read.iter().map(|name| name.strip_prefix("/aws/elasticbeanstalk/shop-prod/var/log/").unwrap()).collect();
    assert_eq!(files, ["eb-engine.log", "nginx/access.log", "nginx/error.log", "pm2/api-error-0.log", "pm2/api-out-0.log"]);
    assert!(groups.beside.iter().all(|name| name.ends_with("pm2/api-combined-0.log")) && groups.beside.len() == 1);
}
