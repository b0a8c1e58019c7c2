//! Runs that were answered to from here: what they ship is kept, and what becomes of them is told.
//!
//! Once a gate is open GitHub tells no more what is behind it, and no list of what waits has the run. So who leaves its
//! sheet finds it again among the promotions, as it was, and is told of its end wherever they are.

use std::collections::VecDeque;

use super::pending::Change;
use super::sheet::{Given, SheetScreen};
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::forge::Forge;
use crate::model::id::{Repository, RunId};
use crate::model::promotion::{Held, Promotion};
use crate::model::run::{Conclusion, Progress, Run};
use crate::model::safe_text::safe;
use crate::model::write::Sent;

/// So many are kept at most: the newest.
const MOST: usize = 16;
/// For so long one that is over is listed, in seconds.
const LISTED_SECONDS: u64 = 3_600;

/// A run that was answered to from here.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The promotion as it was when it was last told of.
    pub promotion: Promotion,
    /// What it waited at before.
    pub passed: Vec<Held>,
    /// What ships, newest first.
    pub changes: Vec<Change>,
    /// How many commits ship, listed or not; none where that is not known.
    pub commits: Option<u64>,
    /// The answer.
    pub given: Given,
    /// The attempt whose end was told, and when.
    told: Option<(u64, Timestamp)>,
    /// Whether a person has looked at its sheet since.
    is_seen: bool,
}

impl Answered {
    /// The run as GitHub tells of it now; as it was, where it is not among those that are listed.
    #[must_use]
    pub fn run<'a>(&'a self, forge: &'a Forge) -> &'a Run {
        self.known(forge).unwrap_or(&self.promotion.run)
    }

    fn known<'a>(&self, forge: &'a Forge) -> Option<&'a Run> {
        forge.get(&self.promotion.repository)?.known_runs().into_iter().find(|run| run.id == self.promotion.run.id)
    }

    fn is_of(&self, repository: &Repository, run: RunId) -> bool {
        (&self.promotion.repository, self.promotion.run.id) == (repository, run)
    }
}

/// Every run that was answered to from here.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// The newest first.
    each: VecDeque<Answered>,
}

impl Followed {
    /// Keeps what a sheet shows, where an answer was given on it. Whoever has it before them sees what becomes of it.
    pub fn keep(&mut self, screen: &SheetScreen, forge: &Forge) {
        let (Some(promotion), Some(given)) = (&screen.promotion, &screen.given) else { return };
        let at = self.each.iter().position(|each| each.is_of(&promotion.repository, promotion.run.id));
        let before = at.and_then(|at| self.each.remove(at)).filter(|before| before.given.number == given.number);
        let mut now = Answered {
            promotion: promotion.clone(),
            passed: screen.passed.clone(),
            changes: screen.changes.clone(),
            commits: screen.commits,
            given: given.clone(),
            told: None,
            is_seen: true,
        };
        // The end that was there before the answer is no news: what has failed is run again.
        let is_over = || now.known(forge).filter(|run| !run.progress.is_live()).map(|run| (run.attempt, given.at));
        now.told = before.map_or_else(is_over, |before| before.told);
        self.each.push_front(now);
        self.each.truncate(MOST);
    }

    /// What is kept of a run.
    #[must_use]
    pub fn get(&self, repository: &Repository, run: RunId) -> Option<&Answered> {
        self.each.iter().find(|each| each.is_of(repository, run))
    }

    /// The sheet of a run as it was left, where it was answered to; another begins with nothing.
    #[must_use]
    pub fn sheet(&self, repository: &Repository, run: RunId) -> SheetScreen {
        let Some(kept) = self.get(repository, run) else { return SheetScreen::default() };
        SheetScreen {
            promotion: Some(kept.promotion.clone()),
            passed: kept.passed.clone(),
            changes: kept.changes.clone(),
            commits: kept.commits,
            given: Some(kept.given.clone()),
            ..SheetScreen::default()
        }
    }

    /// The answer of that number, wherever it was given.
    pub fn given(&mut self, number: u64) -> Option<&mut Given> {
        self.each.iter_mut().map(|each| &mut each.given).find(|given| given.number == number)
    }

    /// Those to list beside what waits: what was taken, as long as it goes on and for a while after.
    pub fn listed<'a>(&'a self, forge: &'a Forge, now: Timestamp) -> impl Iterator<Item = &'a Answered> {
        let is_taken = |each: &&Answered| !matches!(each.given.sent, Some(Sent::Refused(_) | Sent::Changed(_)));
        let is_recent = move |each: &&Answered| match (each.known(forge), each.told) {
            (Some(run), _) if run.progress.is_live() => true,
            (_, told) => seconds_since(told.map_or(each.given.at, |(_, at)| at), now) < LISTED_SECONDS,
        };
        self.each.iter().filter(is_taken).filter(is_recent)
    }

    /// How many have failed since anybody looked.
    #[must_use]
    pub fn failed(&self, forge: &Forge) -> usize {
        let unseen = self.each.iter().filter(|each| !each.is_seen);
        unseen.filter(|each| each.run(forge).progress.has_failed()).count()
    }

    /// What to tell of one that has come to its end since this was asked last, and whether it is bad news.
    pub fn news(&mut self, forge: &Forge, now: Timestamp) -> Option<(String, bool)> {
        self.each.iter_mut().find_map(|each| {
            let run = each.known(forge)?;
            let (attempt, Progress::Completed(conclusion)) = (run.attempt, run.progress) else { return None };
            if each.told.is_some_and(|(told, _)| told == attempt) {
                return None;
            }
            let has_failed = run.progress.has_failed();
            let came = match conclusion {
                Conclusion::Success => "went through",
                Conclusion::Cancelled => "was cancelled",
                _ if has_failed => "has failed: 3 shows it",
                _ => "has ended",
            };
            let sentence =
                format!("#{} of {}, {} here, {came}", run.number, safe(each.promotion.repository.as_str()), each.given.participle);
            (each.told, each.is_seen) = (Some((attempt, now)), !has_failed);
            Some((sentence, has_failed))
        })
    }
}
