//! How well an environment is, of all that was said of it.
//!
//! The platform's own judgement is one word: the newest of its answers, since each is about the same thing. What
//! others find (a probe over HTTP, open alerts, what is odd in a listing) stands beside it: the worst counts.

use super::{Environment, Told};
use crate::model::activity::{Activity, ActivityKind};
use crate::model::clock::Timestamp;
use crate::model::health::{Cause, Health, HealthSource, Level};
use crate::model::sighting::{Busy, Question, Reading, Warning};

/// The questions whose answers are the platform's own word, beside its listing.
const JUDGE: [Question; 3] = [Question::Health, Question::Instances, Question::Resources];
/// The questions whose answers stand beside that.
const BESIDE: [Question; 3] = [Question::Probes, Question::Versions, Question::Record];

impl<'a> Environment<'a> {
    /// How it is, in the words of whoever finds it worst.
    #[must_use]
    pub fn health(&self) -> Option<Told<&'a Health>> {
        let own = self.judgement();
        let worst = self.beside().max_by_key(|told| told.value.level.urgency());
        match (own, worst) {
            (Some(own), Some(worst)) if worst.value.level.urgency() > own.value.level.urgency() => Some(worst),
            (own, worst) => own.or(worst),
        }
    }

    /// How it is, by the newest word of each who has one: what tables show and sort by.
    #[must_use]
    pub fn level(&self) -> Level {
        self.newest_level().map_or(Level::Unknown, |told| told.value)
    }

    /// The level, with the age of the word that it is taken from.
    #[must_use]
    pub fn newest_level(&self) -> Option<Told<Level>> {
        let own = self.own_level();
        let others: Vec<_> = self.beside().map(|told| Told { value: told.value.level, at: told.at }).collect();
        // Where nobody tells how it is, a warning is not the worst that it may be.
        let is_judged = own.is_some() || !others.is_empty();
        let warned = self.warned().filter(|told| is_judged || told.value.urgency() > Level::Unknown.urgency());
        let others = others.into_iter().chain(warned);
        let worst = others.max_by_key(|told| told.value.urgency());
        match (own, worst) {
            (Some(own), Some(worst)) if worst.value.urgency() > own.value.urgency() => Some(worst),
            (own, worst) => own.or(worst),
        }
    }

    /// Why it is as unwell as it is, the worst first.
    ///
    /// Of the platform's own causes those of a report whose level still stands.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause<'a>> {
        let standing = self.own_level().map(|told| told.value);
        let own = self.judgement().filter(|told| Some(told.value.level) == standing);
        let told = own.into_iter().chain(self.beside());
        let of_health = told.flat_map(|Told { value: health, at }| {
            health.causes.iter().map(move |text| Cause { text, level: health.level, source: health.source, at })
        });
        let odd = self.odd().map(|(warning, source, at)| Cause { text: &warning.sentence, level: warning.level, source, at });
        let mut causes: Vec<Cause<'a>> = of_health.chain(odd).collect();
        // Stable: within a level as they were told.
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.level.urgency()));
        causes
    }

    /// The platform's own word, as one reading told it.
    ///
    /// A report with causes is preferred while the listing that came after it still tells the same level:
    /// then the whole of it, its age included, is the report's.
    fn judgement(&self) -> Option<Told<&'a Health>> {
        let listed = self.listed().and_then(of);
        match (listed, self.report()) {
            (Some(listed), Some(report)) if report.at < listed.at => {
                let same = report.value.level == listed.value.level;
                let explains = !report.value.causes.is_empty();
                Some(if same && explains { report } else { listed })
            }
            (listed, report) => report.or(listed),
        }
    }

    /// The platform's newest word on the level.
    fn own_level(&self) -> Option<Told<Level>> {
        let told = self.listed().and_then(of).into_iter().chain(self.report());
        told.max_by_key(|told| told.at).map(|told| Told { value: told.value.level, at: told.at })
    }

    fn report(&self) -> Option<Told<&'a Health>> {
        JUDGE.into_iter().filter_map(|question| self.answer(question).and_then(of)).max_by_key(|told| told.at)
    }

    /// What others find. Where the platform has a word, a look that could not be made says nothing.
    fn beside(&self) -> impl Iterator<Item = Told<&'a Health>> + '_ {
        let judged = self.judgement().is_some();
        let told = BESIDE.map(|question| self.answer(question).and_then(of)).into_iter().flatten();
        told.filter(move |told| (!judged || told.value.level != Level::Unknown) && !self.is_expected_gap(told) && self.is_proven(told))
    }

    /// Whether a probe met no more than the gap that a deploy makes: an answer of whatever stands in front of the
    /// app, given since the deploy began, while GitHub tells that it goes on.
    fn is_expected_gap(&self, told: &Told<&Health>) -> bool {
        let is_gap = told.value.source == HealthSource::Probe && matches!(told.value.word.as_deref(), Some("502" | "503" | "504"));
        let busy = || self.answer(Question::Record).and_then(|(_, reading)| reading.busy);
        let since = || match busy() {
            Some(Busy::With(Activity { kind: ActivityKind::Deploy, since, .. })) => since,
            Some(Busy::With(_) | Busy::No) | None => None,
        };
        is_gap && since().is_some_and(|since| since <= told.at)
    }

    /// Whether what is said of a preview that was left behind is proven.
    fn is_proven(&self, told: &Told<&Health>) -> bool {
        told.value.source != HealthSource::PullRequest || self.left_behind_by().is_some()
    }

    /// The worst of what is odd.
    fn warned(&self) -> Option<Told<Level>> {
        let told = self.odd().map(|(warning, _, at)| Told { value: warning.level, at });
        told.max_by_key(|told| told.value.urgency())
    }

    /// What is odd, in the listing and in the versions of the instances.
    fn odd(&self) -> impl Iterator<Item = (&'a Warning, HealthSource, Timestamp)> {
        let listed = self.listed().and_then(|(at, reading)| Some((at, &reading.identity.as_ref()?.warnings)));
        let listed = listed.into_iter().flat_map(|(at, warnings)| warnings.iter().map(move |warning| (warning, HealthSource::Listing, at)));
        // What follows from the machines is as old as what was told of them.
        let versions = self.instances().zip(self.record());
        let versions = versions.into_iter().flat_map(|(told, record)| record.odd.iter().map(move |(odd, source)| (odd, *source, told.at)));
        listed.chain(versions)
    }
}

fn of((at, reading): (Timestamp, &Reading)) -> Option<Told<&Health>> {
    reading.health.as_ref().map(|value| Told { value, at })
}
