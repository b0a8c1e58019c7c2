//! What to ask the forge next: the one place that decides it.
//!
//! What is longest due goes first, so nothing starves, and only so much at a
//! time. What went wrong is asked for again by what it was: what concerns the
//! whole way in (no network, no token, too many calls) makes everything rest.
//! Decides only; asking is [`super::forge_reader`]'s.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::forge_plan::Plan;
use super::forge_turn::{Turn, Way};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{Allowance, Interest, News, Report, Topic};
use crate::model::id::Repository;

/// How often what is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForgePace {
    /// From one look at the runs, the branch and the gates of a repository that is on the screen to the next.
    pub watched: Duration,
    /// The same of all others, of the rules of branches, and of the jobs of runs that are over.
    pub others: Duration,
    /// From one look at the jobs of a live run to the next.
    pub jobs: Duration,
    /// From one reading of a commit's details to the next, as long as they are wanted, of a repository that is on the screen.
    pub details: Duration,
    /// The same of all others, once they were told.
    pub details_elsewhere: Duration,
    /// The same wherever they have long stayed as they are.
    pub details_still: Duration,
    /// How many calls are under way at most.
    pub at_once: usize,
}

impl Default for ForgePace {
    fn default() -> Self {
        Self {
            watched: Duration::from_secs(15),
            others: Duration::from_secs(60),
            jobs: Duration::from_secs(5),
            details: Duration::from_secs(30),
            details_elsewhere: Duration::from_secs(300),
            details_still: Duration::from_secs(600),
            at_once: 4,
        }
    }
}

/// One thing to ask.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ForgeAsk {
    /// Whose token it is.
    Viewer,
    /// The overviews of several repositories that were never asked for, each with the branch that is deployed.
    Overviews(Vec<(Repository, Option<Arc<str>>)>),
    /// About a repository.
    Topic {
        /// Which.
        repository: Repository,
        /// What.
        topic: Topic,
        /// The branch that is deployed, where somebody said.
        branch: Option<Arc<str>>,
    },
}

/// How many overviews are asked for at once.
const OVERVIEWS: usize = 10;
/// How much less often all is read when little of the hour's calls is left.
const STRETCH: u32 = 4;

/// The plan for everything.
pub struct ForgeSchedule {
    pace: ForgePace,
    plans: BTreeMap<Repository, Plan>,
    viewer: Option<Turn>,
    viewer_known: bool,
    way: Way,
    running: usize,
    stretch: u32,
}

impl ForgeSchedule {
    /// A plan for nothing yet.
    #[must_use]
    pub fn new(pace: ForgePace) -> Self {
        Self { pace, plans: BTreeMap::new(), viewer: None, viewer_known: false, way: Way::default(), running: 0, stretch: 1 }
    }

    /// Reads this from now on; what is known of what stays is kept.
    pub fn interest(&mut self, interest: Interest, now: Instant) {
        self.plans.retain(|repository, _| interest.repositories.contains_key(repository));
        for (repository, interest) in interest.repositories {
            let plan = self.plans.entry(repository).or_insert_with(|| Plan::new(now));
            plan.take(interest, now);
        }
        if self.viewer.is_none() && !self.plans.is_empty() {
            self.viewer = Some(Turn::wanted(now));
        }
    }

    /// Reads again now: everything, or what concerns one repository.
    pub fn hurry(&mut self, about: Option<&Repository>, now: Instant) {
        if !self.way.told {
            self.way.resting = None;
        }
        for (_, plan) in self.plans.iter_mut().filter(|(repository, _)| about.is_none_or(|about| about == *repository)) {
            plan.turns().for_each(|turn| turn.hurry(now));
        }
    }

    /// How much may still be asked.
    pub fn allow(&mut self, allowance: Allowance, present: Timestamp) {
        let scarce = allowance.remaining.saturating_mul(10) < allowance.limit && allowance.resets_at > present;
        self.stretch = if scarce { STRETCH } else { 1 };
    }

    /// What is to be asked now. Each counts as running until [`Self::ended`].
    pub fn due(&mut self, now: Instant) -> Vec<ForgeAsk> {
        if self.way.resting.is_some_and(|until| until > now) {
            return Vec::new();
        }
        // After a failure of the whole way in, one question tries whether it is there again.
        let most = if self.way.failures > 0 { 1 } else { self.pace.at_once };
        let free = most.saturating_sub(self.running);
        let mut due = self.together(self.candidates().filter(|(at, _)| *at <= now).collect());
        due.sort_by_key(|(at, _)| *at);
        due.truncate(free);
        for (_, ask) in &due {
            self.running += 1;
            match ask {
                ForgeAsk::Viewer => {
                    if let Some(turn) = &mut self.viewer {
                        turn.begin(now);
                    }
                }
                ForgeAsk::Overviews(repositories) => repositories.iter().for_each(|(repository, _)| {
                    if let Some(plan) = self.plans.get_mut(repository) {
                        plan.begin(&Topic::Overview, now);
                    }
                }),
                ForgeAsk::Topic { repository, topic, .. } => {
                    if let Some(plan) = self.plans.get_mut(repository) {
                        plan.begin(topic, now);
                    }
                }
            }
        }
        due.into_iter().map(|(_, ask)| ask).collect()
    }

    /// Joins the overviews that were never asked for: one call tells many. One that failed is asked for by itself,
    /// so that it takes no other with it.
    fn together(&self, due: Vec<(Instant, ForgeAsk)>) -> Vec<(Instant, ForgeAsk)> {
        let is_first = |ask: &ForgeAsk| match ask {
            ForgeAsk::Topic { repository, topic: Topic::Overview, .. } => self.plans.get(repository).is_some_and(Plan::is_new),
            ForgeAsk::Topic { .. } | ForgeAsk::Overviews(_) | ForgeAsk::Viewer => false,
        };
        let (mut first, mut due): (Vec<_>, Vec<_>) = due.into_iter().partition(|(_, ask)| is_first(ask));
        first.sort_by_key(|(at, _)| *at);
        for part in first.chunks(OVERVIEWS) {
            match part {
                [(at, _), _, ..] => {
                    let repositories = part.iter().filter_map(|(_, ask)| match ask {
                        ForgeAsk::Topic { repository, branch, .. } => Some((repository.clone(), branch.clone())),
                        ForgeAsk::Overviews(_) | ForgeAsk::Viewer => None,
                    });
                    due.push((*at, ForgeAsk::Overviews(repositories.collect())));
                }
                few => due.extend_from_slice(few),
            }
        }
        due
    }

    /// When [`Self::due`] may have something again.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        let most = if self.way.failures > 0 { 1 } else { self.pace.at_once };
        let next = self.candidates().map(|(at, _)| at).min().filter(|_| self.running < most)?;
        Some(self.way.resting.map_or(next, |resting| resting.max(next)))
    }

    /// It was told, or could not be told, whose token it is.
    pub fn viewer_ended(&mut self, told: Result<(), FaultKind>, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.viewer_known |= told.is_ok();
        self.way.learn(told, now);
        if let Some(turn) = &mut self.viewer {
            match told {
                Ok(()) => turn.answered(),
                Err(kind) => turn.failed(kind, now, fastrand::f64()),
            }
        }
    }

    /// A question about a repository came to its end.
    pub fn ended(&mut self, repository: &Repository, topic: &Topic, news: &Result<News, Fault>, now: Instant) {
        self.came(news.as_ref().map(|_| ()).map_err(|fault| fault.kind), now);
        if let Some(plan) = self.plans.get_mut(repository) {
            plan.ended(topic, news, now);
        }
    }

    /// The overviews of several repositories that were asked for together came to their end.
    pub fn overviews_ended(&mut self, reports: &[Report], now: Instant) {
        let kinds = reports.iter().filter_map(|report| report.news.as_ref().err()).map(|fault| fault.kind);
        let ways = |kind: &FaultKind| matches!(kind, FaultKind::Expired | FaultKind::Unreachable | FaultKind::Throttled(_));
        self.came(kinds.into_iter().find(ways).map_or(Ok(()), Err), now);
        for report in reports {
            if let Some(plan) = self.plans.get_mut(&report.repository) {
                plan.ended(&Topic::Overview, &report.news, now);
            }
        }
    }

    /// A question came to its end: so is the way in.
    fn came(&mut self, told: Result<(), FaultKind>, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.way.learn(told, now);
        if told == Err(FaultKind::Expired) {
            // The next token may be somebody else's.
            self.viewer_known = false;
        }
    }

    fn candidates(&self) -> impl Iterator<Item = (Instant, ForgeAsk)> {
        let viewer = self.viewer.filter(|_| !self.viewer_known).and_then(|turn| turn.due(self.pace.others));
        let topics = self.plans.iter().flat_map(|(repository, plan)| {
            let ask = |(at, topic)| {
                let branch = plan.interest.branch.clone();
                (at, ForgeAsk::Topic { repository: repository.clone(), topic, branch })
            };
            plan.candidates(self.pace, self.stretch).into_iter().map(ask)
        });
        topics.chain(viewer.map(|at| (at, ForgeAsk::Viewer)))
    }
}

#[cfg(test)]
#[path = "forge_schedule_tests.rs"]
mod tests;
