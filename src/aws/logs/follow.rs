//! One follower: listens for as long as that works, searches while it does not, and joins one to the other.
//!
//! ```text
//!          ┌── open ──► listen ──► broke off ──┐      listening again: the hole is a gap, and is filled
//! start ───┤     │                             ├──►
//!          └─────┴── denied, broken, off ─► poll ─────► listening is tried again after a while
//! ```
//!
//! Joining overlaps: what both sides tell, the buffer counts once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::super::call::{Line, Wire};
use super::fill::{Fills, Span};
use super::live::{self, Session, Update};
use super::out::{Out, span};
use super::sources::Sources;
use super::{Patience, search};
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::batch::{Batch, News};
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::note::{Gap, Loss};
use crate::model::log::source::State;
use crate::ops::port::{Follow, Numbers};

/// How far searches reach back beyond what was told: lines arrive late, in milliseconds.
const OVERLAP: i64 = 45_000;
/// No sampled span is longer: it could not be filled in time.
const LONGEST_SAMPLED: i64 = 20_000;
/// A line that took longer than this to be taken in says nothing of what was sampled beside it.
const PROMPT: i64 = 5_000;
/// Sessions in a row that break off at once: then the service's live tail is taken to be broken.
const BROKEN: u32 = 3;
/// A live tail that stays broken is tried no more seldom than after so many times the first pause: each session that is
/// opened is billed for a minute.
const MOST_SELDOM: u32 = 10;
/// No longer is waited between two searches.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// So many groups as one session may have.
pub(super) struct Part {
    pub(super) site: Site,
    pub(super) groups: Vec<Arc<str>>,
    /// Why it is searched and not listened to, where that is so.
    pub(super) searched: Option<&'static str>,
    /// The source that stands for all of them.
    pub(super) own: SourceId,
    pub(super) follow: Follow,
}

/// Follows until it is aborted, or until all that there was has been told.
pub(super) async fn run(wire: Wire, patience: Patience, part: Part, out: Out) {
    let Part { site, groups, searched, own, follow } = part;
    let numbers = follow.numbers;
    let sources = Sources::new(own, &groups, Arc::clone(&numbers));
    let line = Arc::new(wire.line(&site.connection, Some(&site.region)).await);
    let fills = Fills::new(wire.clone(), Arc::clone(&line), sources.clone(), Arc::clone(&numbers), out.clone());
    let until = follow.since;
    let mut follower = Follower {
        wire,
        line,
        patience,
        sources,
        fills,
        out,
        numbers,
        tasks: JoinSet::new(),
        until,
        started: false,
        hole: false,
        live: 0,
        broken: 0,
        seldom: 1,
    };
    if !follow.goes_on {
        return follower.look_once().await;
    }
    if let Some(why) = searched {
        follower.poll(why, None).await;
    }
    loop {
        follower.turn().await;
    }
}

struct Follower {
    wire: Wire,
    line: Arc<Line>,
    patience: Patience,
    sources: Sources,
    fills: Fills,
    out: Out,
    numbers: Arc<Numbers>,
    /// Searches beside listening. They end with the follower.
    tasks: JoinSet<()>,
    /// Everything up to here was told, or is being looked up.
    until: Millis,
    /// Whether anything was told yet.
    started: bool,
    /// Whether nothing was listened to since then, nor searched for.
    hole: bool,
    /// Of how many sources it was told that they are live.
    live: usize,
    /// How many sessions in a row have broken off at once.
    broken: u32,
    /// How many times longer than at first is waited until a live tail that is broken is tried again.
    seldom: u32,
}

impl Follower {
    /// Tells what was written until now.
    async fn look_once(self) {
        let (from, to) = (self.until, self.now());
        let gap = self.gap(Loss::Opening, from, to);
        let state = match self.fills.clone().fill(Span { from, to, after: Duration::ZERO, gap: Some(gap) }).await {
            Ok(()) => State::Ended,
            Err(fault) => State::Failing(fault),
        };
        self.out.tell(News::Is(self.sources.all(), state)).await;
    }

    fn now(&self) -> Millis {
        self.wire.stamp().asked_at.into()
    }

    /// Takes the connection anew: its credentials may be others by now.
    async fn reopen(&mut self) {
        self.line = Arc::new(self.wire.line(&self.line.connection, Some(&self.line.region)).await);
    }

    /// Listens until that breaks off, else searches for a while.
    async fn turn(&mut self) {
        self.reopen().await;
        let (why, pause) = match live::open(&self.wire, &self.line, &self.sources, self.patience).await {
            Ok(session) => {
                let begun = Instant::now();
                let why = self.listen(session).await;
                if begun.elapsed() >= self.patience.steady {
                    (self.broken, self.seldom) = (0, 1);
                    return;
                }
                self.broken += 1;
                if self.broken < BROKEN {
                    return;
                }
                // The next one that breaks off at once is enough.
                self.broken = BROKEN - 1;
                let pause = self.patience.again * self.seldom;
                self.seldom = (self.seldom * 2).min(MOST_SELDOM);
                (format!("its live tail is broken: {why}"), pause)
            }
            Err(fault) => (fault.sentence.to_string(), self.patience.again),
        };
        self.poll(&why, Some(Instant::now() + pause)).await;
    }

    /// Tells what a session tells, for as long as it does; why it ended.
    async fn listen(&mut self, mut session: Session) -> String {
        let report = self.numbers.report();
        // From here on nothing waits for whoever listens: the service throws away what is not read.
        self.join();
        let all = self.sources.all();
        self.live = all.len();
        self.out.tell_at_once(News::Is(all, State::Live));
        let mut sampled = None;
        let why = loop {
            match session.next(&self.sources, self.now()).await {
                Ok(update) => self.take(report, update, &mut sampled),
                Err(why) => break why,
            }
            while self.tasks.try_join_next().is_some() {}
        };
        self.hole = true;
        self.close_sampled(&mut sampled);
        self.out.tell_at_once(News::Ended(report));
        why
    }

    /// Has everything looked up that was written before the session that begins now.
    fn join(&mut self) {
        let (now, until) = (self.now(), self.until);
        let gap = self.hole.then(|| self.gap(Loss::Disconnected, until, now));
        let from = if self.started { until.plus(-OVERLAP) } else { until };
        // What was written long ago can be found already; what was written just now only later.
        let unsettled = if self.started { from } else { from.max(now.plus(-OVERLAP)) };
        (self.started, self.hole, self.until) = (true, false, now);
        if let Some(gap) = gap.clone() {
            self.out.tell_at_once(News::Missing(gap));
        }
        let opening = Some(self.gap(Loss::Opening, from, now)).filter(|_| gap.is_none());
        // Of the same gap: what came too late for the first search is missing where the second one fails.
        let late = opening.clone().map(|opening| Gap { from: unsettled, ..opening });
        self.fill(Span { from, to: now, after: Duration::ZERO, gap: opening });
        self.fill(Span { from: unsettled, to: now, after: self.patience.settled, gap: gap.or(late) });
    }

    fn gap(&self, loss: Loss, from: Millis, to: Millis) -> Gap {
        Gap { id: self.numbers.gap(), loss, sources: self.sources.all().into(), from, to: to.max(from), count: None, filled: false }
    }

    fn fill(&mut self, span: Span) {
        let fills = self.fills.on(&self.line);
        // What could not be found is told where it is missing.
        self.tasks.spawn(async move { drop(fills.fill(span).await) });
    }

    fn take(&mut self, report: ReportId, update: Update, sampled: &mut Option<Gap>) {
        let now = self.now();
        self.sources.introduce_at_once(update.sources, &self.out);
        let all = self.sources.all();
        // Searches beside this find sources, too.
        if all.len() > self.live {
            self.live = all.len();
            self.out.tell_at_once(News::Is(all, State::Live));
        }
        self.fills.remember(update.lines.iter().map(|line| line.time), now);
        if update.sampled {
            self.sampled(&update.lines, now, sampled);
        } else {
            self.close_sampled(sampled);
        }
        self.until = now;
        if !update.lines.is_empty() {
            self.out.tell_at_once(News::Lines(Batch { report, live: true, lines: update.lines }));
        }
        self.out.tell_at_once(News::Told(self.sources.all(), now));
    }

    /// Tells that some lines around these were not sent.
    fn sampled(&mut self, lines: &[NewLine], now: Millis, open: &mut Option<Gap>) {
        let is_prompt = |line: &&NewLine| line.ingested.is_none_or(|ingested| ingested.since(line.time) <= PROMPT);
        // Where none of them says when that was, it was since the last update.
        let (first, last) = span(lines.iter().filter(is_prompt).map(|line| line.time)).unwrap_or((self.until, now));
        let mut gap = open.take().unwrap_or_else(|| self.gap(Loss::Sampled, first, last));
        gap.to = gap.to.max(last);
        self.out.tell_at_once(News::Missing(gap.clone()));
        *open = Some(gap);
        if last.since(open.as_ref().map_or(last, |gap| gap.from)) > LONGEST_SAMPLED {
            self.close_sampled(open);
        }
    }

    /// Has the lines looked up that were sampled away.
    fn close_sampled(&mut self, open: &mut Option<Gap>) {
        let Some(gap) = open.take() else { return };
        self.fill(Span { from: gap.from, to: gap.to, after: self.patience.settled, gap: Some(gap) });
    }

    /// Searches again and again, until it is time to try to listen again.
    async fn poll(&mut self, why: &str, until: Option<Instant>) {
        let mut poll = Poll { report: self.numbers.report(), known: HashMap::new(), pause: self.patience.search };
        let why: Arc<str> = why.into();
        while until.is_none_or(|until| Instant::now() < until) {
            // Credentials may be others by now: this may go on for days.
            self.reopen().await;
            let from = self.until.plus(if self.started { -OVERLAP } else { 0 });
            let now = self.now();
            let state = match self.search(&mut poll, from, now).await {
                Ok(new) => {
                    (self.until, self.started, self.hole) = (now, true, false);
                    poll.pace(new, self.patience.search);
                    State::Polling { every: poll.pause, why: Arc::clone(&why) }
                }
                Err(fault) => {
                    poll.pause = (poll.pause * 2).min(LONGEST_PAUSE);
                    State::Failing(fault)
                }
            };
            self.out.tell(News::Is(self.sources.all(), state)).await;
            tokio::time::sleep(poll.pause).await;
        }
        self.out.tell(News::Ended(poll.report)).await;
    }

    /// One search of all groups; how many lines were new.
    async fn search(&self, poll: &mut Poll, from: Millis, to: Millis) -> Result<usize, Fault> {
        let mut new = 0;
        for group in self.sources.groups() {
            let mut token = None;
            loop {
                let page = match search::page(&self.wire, &self.line, &self.sources, group, (from, to), token).await {
                    Err(fault) if fault.kind == FaultKind::Missing => break,
                    told => told?,
                };
                self.sources.introduce(page.sources, &self.out).await;
                // What has no id cannot be known again: the buffer counts it by what it says.
                let fresh =
                    page.found.into_iter().filter(|found| found.event.as_ref().is_none_or(|event| poll.is_new(event, found.line.time)));
                let lines: Vec<NewLine> = fresh.map(|found| found.line).collect();
                new += lines.len();
                if !lines.is_empty() {
                    self.out.tell(News::Lines(Batch { report: poll.report, live: true, lines })).await;
                }
                token = page.next;
                if token.is_none() {
                    break;
                }
            }
        }
        poll.forget(from);
        self.out.tell(News::Told(self.sources.all(), to)).await;
        Ok(new)
    }
}

/// Searching again and again.
struct Poll {
    report: ReportId,
    /// The events that were told, and when they were written.
    known: HashMap<String, Millis>,
    pause: Duration,
}

impl Poll {
    fn is_new(&mut self, event: &str, time: Millis) -> bool {
        self.known.insert(event.to_owned(), time).is_none()
    }

    /// Lets go of events that no search will find again.
    fn forget(&mut self, from: Millis) {
        self.known.retain(|_, time| *time >= from);
    }

    /// Sooner where there was something, later where there was nothing.
    fn pace(&mut self, new: usize, least: Duration) {
        self.pause = if new > 0 { least } else { self.pause.mul_f64(1.5).min(LONGEST_PAUSE / 3).max(least) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_come_more_seldom_where_nothing_is_written() {
        let least = Duration::from_secs(2);
        let mut poll = Poll { report: ReportId(1), known: HashMap::new(), pause: least };
        let pauses: Vec<u64> = (0..6)
            .map(|_| {
                poll.pace(0, least);
                poll.pause.as_secs()
            })
            .collect();
        assert_eq!(pauses, [3, 4, 6, 10, 10, 10]);
        poll.pace(1, least);
        assert_eq!(poll.pause, least);
        assert!(poll.is_new("a", Millis(1)) && poll.is_new("b", Millis(2)) && !poll.is_new("a", Millis(1)));
        poll.forget(Millis(2));
        assert!(poll.is_new("a", Millis(1)) && !poll.is_new("b", Millis(2)));
    }
}
