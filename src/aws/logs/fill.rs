//! What is searched for beside listening: what was written before, what was missed between two
//! sessions, what was sampled away.
//!
//! A report of its own each, so that what a session told as well counts once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::super::call::{Line, Wire};
use super::out::Out;
use super::search;
use super::sources::Sources;
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::batch::{Batch, News};
use crate::model::log::line::Millis;
use crate::model::log::note::{Gap, Loss};
use crate::ops::port::Numbers;

/// How often a search is tried before what it was for stays missing.
const TRIES: u32 = 4;
/// No more fills than this wait: with more the service writes faster than can be read, and what is missing stays so.
const MOST_WAITING: usize = 20;
/// For how long it is known what a session has told, in milliseconds.
const REMEMBERED: i64 = 180_000;

/// What is to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) from: Millis,
    pub(super) to: Millis,
    /// How long to wait before: what was taken in just now is not found yet.
    pub(super) after: Duration,
    /// The gap that is closed by it, or that there is if it fails; `None` where the same is looked for again later.
    pub(super) gap: Option<Gap>,
}

/// Searches beside listening. Cheap to clone.
#[derive(Clone)]
pub(super) struct Fills {
    pub(super) wire: Wire,
    pub(super) line: Arc<Line>,
    pub(super) sources: Sources,
    pub(super) numbers: Arc<Numbers>,
    pub(super) out: Out,
    /// One at a time: each would only slow the other.
    turn: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// When the lines were written that sessions told, lately.
    told: Arc<Mutex<VecDeque<Millis>>>,
}

impl Fills {
    pub(super) fn new(wire: Wire, line: Arc<Line>, sources: Sources, numbers: Arc<Numbers>, out: Out) -> Self {
        let (turn, waiting) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(MOST_WAITING)));
        Self { wire, line, sources, numbers, out, turn, waiting, told: Arc::default() }
    }

    /// The same over a connection that was opened anew.
    pub(super) fn on(&self, line: &Arc<Line>) -> Self {
        Self { line: Arc::clone(line), ..self.clone() }
    }

    /// Remembers what a session told, so that it can be said how much it did not tell.
    pub(super) fn remember(&self, times: impl Iterator<Item = Millis>, now: Millis) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.extend(times);
        while told.front().is_some_and(|first| now.since(*first) > REMEMBERED) {
            told.pop_front();
        }
    }

    /// How many lines of a span a session told.
    fn told_between(&self, from: Millis, to: Millis) -> u64 {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().filter(|time| (from..=to).contains(time)).count() as u64
    }

    /// Fills a span; what cannot be filled stays missing, and was told to be.
    ///
    /// # Errors
    /// Why it stays so.
    pub(super) async fn fill(self, span: Span) -> Result<(), Fault> {
        let Ok(_place) = self.waiting.try_acquire() else {
            self.give_up(span.gap).await;
            return Err(Fault::new(FaultKind::Failed, "more is written than can be looked up"));
        };
        tokio::time::sleep(span.after).await;
        let turn = self.turn.acquire().await;
        let found = self.search(span.from, span.to).await;
        drop(turn);
        let times = match found {
            Ok(times) => times,
            Err(fault) => {
                self.give_up(span.gap).await;
                return Err(fault);
            }
        };
        // Of an opening nothing was missing, and nobody was told that it was.
        if let Some(gap) = span.gap.filter(|gap| gap.loss != Loss::Opening) {
            let between = times.into_iter().filter(|time| (gap.from..=gap.to).contains(time)).count() as u64;
            let lost = between.saturating_sub(self.told_between(gap.from, gap.to));
            let count = Some(lost).filter(|_| gap.loss == Loss::Sampled);
            self.out.tell(News::Missing(Gap { count, filled: true, ..gap })).await;
        }
        Ok(())
    }

    async fn give_up(&self, gap: Option<Gap>) {
        if let Some(gap) = gap {
            self.out.tell(News::Missing(gap)).await;
        }
    }

    /// Tells everything that was written in a span; returns when each line was.
    async fn search(&self, from: Millis, to: Millis) -> Result<Vec<Millis>, Fault> {
        let report = self.numbers.report();
        let mut times = Vec::new();
        for group in self.sources.groups() {
            let mut token = None;
            loop {
                let page = self.page(group, (from, to), token).await?;
                self.sources.introduce(page.sources, &self.out).await;
                let lines: Vec<_> = page.found.into_iter().map(|found| found.line).collect();
                times.extend(lines.iter().map(|line| line.time));
                if !lines.is_empty() {
                    self.out.tell(News::Lines(Batch { report, live: false, lines })).await;
                }
                token = page.next;
                if token.is_none() {
                    break;
                }
            }
        }
        self.out.tell(News::Ended(report)).await;
        Ok(times)
    }

    /// One page; tried again where that may help.
    async fn page(&self, group: &Arc<str>, span: (Millis, Millis), token: Option<String>) -> Result<search::Page, Fault> {
        let mut tries = 0;
        loop {
            match search::page(&self.wire, &self.line, &self.sources, group, span, token.clone()).await {
                Ok(page) => return Ok(page),
                // A group that is gone, or not there yet, has nothing in it.
                Err(fault) if fault.kind == FaultKind::Missing => {
                    return Ok(search::Page { found: Vec::new(), sources: Vec::new(), next: None });
                }
                Err(fault) => {
                    tries += 1;
                    if tries == TRIES || matches!(fault.kind, FaultKind::Denied | FaultKind::Unsupported | FaultKind::Refused) {
                        return Err(fault);
                    }
                    tokio::time::sleep(Duration::from_secs(1 << tries)).await;
                }
            }
        }
    }
}
