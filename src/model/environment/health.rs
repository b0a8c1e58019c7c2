//! How well an environment is, of all that was said of it.
//!
//! The platform's own judgement is one word: the newest of its answers, since each is about the same thing. Beside it
//! stand others who judge it (a probe over HTTP, a server's containers), and remarks, which tell only what is wrong
//! (open alerts, runs that deploy, what is odd in a listing): the worst counts. A remark alone does not tell how
//! something is.

use std::time::Duration;

use super::{Environment, Told};
use crate::model::activity::{Activity, ActivityKind};
use crate::model::clock::Timestamp;
use crate::model::health::{Cause, Health, HealthSource, Level};
use crate::model::sighting::{Busy, Question, Reading, Warning};

/// The questions whose answers are the platform's own word, beside its listing.
const PLATFORM: [Question; 3] = [Question::Health, Question::Instances, Question::Resources];
/// Others who judge how it is.
const JUDGES: [Question; 2] = [Question::Probes, Question::Versions];
/// Those who only tell what is wrong.
const REMARKS: [Question; 3] = [Question::Alerts, Question::Runs, Question::Record];
/// For how long GitHub's word that a deploy goes on explains what a probe meets: runs are read at least once a minute.
const DEPLOYS_STILL: Duration = Duration::from_secs(120);
/// By how much what a login told of containers may be older than a probe that finds all well, and still count as much.
const OUTVOTED: Duration = Duration::from_secs(120);

/// The level of an environment, with whose word that is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// How well.
    pub level: Level,
    /// Who says so.
    pub source: HealthSource,
    /// When that was asked for.
    pub at: Timestamp,
}

/// What somebody beside the platform finds.
#[derive(Clone, Copy)]
struct Beside<'a> {
    health: &'a Health,
    /// What it counts for, which may be less than what was told.
    level: Level,
    at: Timestamp,
    judges: bool,
}

impl Beside<'_> {
    const fn word(&self) -> Word {
        Word { level: self.level, source: self.health.source, at: self.at }
    }
}

impl<'a> Environment<'a> {
    /// How it is, in the words of whoever finds it worst.
    #[must_use]
    pub fn health(&self) -> Option<Told<&'a Health>> {
        let own = self.judgement();
        let beside = self.beside();
        let told = |one: &Beside<'a>| Told { value: one.health, at: one.at };
        let worst = beside.iter().max_by_key(|one| one.level.urgency());
        match (own, worst) {
            (Some(own), Some(worst)) if worst.level.urgency() > own.value.level.urgency() => Some(told(worst)),
            (own, worst) => own.or(worst.map(told)),
        }
    }

    /// How it is, by the newest word of each who has one: what tables show and sort by.
    #[must_use]
    pub fn level(&self) -> Level {
        self.word().map_or(Level::Unknown, |word| word.level)
    }

    /// The level, with whose word it is and how old that is.
    #[must_use]
    pub fn word(&self) -> Option<Word> {
        let own = self.own_word();
        let beside = self.beside();
        let (judges, remarks): (Vec<&Beside<'_>>, Vec<_>) = beside.iter().partition(|one| one.judges);
        // Where nobody tells how it is, a warning is not the worst that it may be.
        let is_judged = own.is_some() || !judges.is_empty();
        let odd = self.odd().map(|(warning, source, at)| Word { level: warning.level, source, at });
        let remarks = remarks.into_iter().map(Beside::word).chain(odd);
        let remarks = remarks.filter(|word| is_judged || word.level.urgency() > Level::Unknown.urgency());
        let worst = judges.into_iter().map(Beside::word).chain(remarks).max_by_key(|word| word.level.urgency());
        match (own, worst) {
            (Some(own), Some(worst)) if worst.level.urgency() > own.level.urgency() => Some(worst),
            (own, worst) => own.or(worst),
        }
    }

    /// Why it is as unwell as it is, the worst first.
    ///
    /// Of the platform's own causes those of a report whose level still stands.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause<'a>> {
        let standing = self.own_word().map(|word| word.level);
        let own = self.judgement().filter(|told| Some(told.value.level) == standing);
        let own = own.into_iter().map(|Told { value, at }| (value, value.level, at));
        let beside = self.all_beside().into_iter().map(|one| (one.health, one.level, one.at));
        let of_health = own
            .chain(beside)
            .flat_map(|(health, level, at)| health.causes.iter().map(move |text| Cause { text, level, source: health.source, at }));
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
    fn own_word(&self) -> Option<Word> {
        let told = self.listed().and_then(of).into_iter().chain(self.report());
        told.max_by_key(|told| told.at).map(|told| Word { level: told.value.level, source: told.value.source, at: told.at })
    }

    fn report(&self) -> Option<Told<&'a Health>> {
        PLATFORM.into_iter().filter_map(|question| self.answer(question).and_then(of)).max_by_key(|told| told.at)
    }

    /// What others find that counts. Where anybody knows how it is, a look that could not be made says nothing.
    fn beside(&self) -> Vec<Beside<'a>> {
        let all = self.all_beside();
        let is_known = self.judgement().is_some() || all.iter().any(|one| one.judges && one.level != Level::Unknown);
        all.into_iter().filter(|one| !is_known || one.level != Level::Unknown).collect()
    }

    /// What others find. The gap that a deploy makes is no illness, and neither is what has been well since.
    fn all_beside(&self) -> Vec<Beside<'a>> {
        let told = |question: Question, judges: bool| {
            let Told { value: health, at } = self.answer(question).and_then(of)?;
            Some(Beside { health, level: health.level, at, judges })
        };
        let judges = JUDGES.into_iter().filter_map(|question| told(question, true));
        let all = judges.chain(REMARKS.into_iter().filter_map(|question| told(question, false)));
        let mut all: Vec<Beside<'a>> = all.collect();
        for gap in all.iter_mut().filter(|one| self.is_expected_gap(one)) {
            gap.level = Level::Info;
        }
        let well = all.iter().find(|one| one.health.source == HealthSource::Probe && one.level.serves()).map(|one| one.at);
        for old in all.iter_mut().filter(|one| one.health.source == HealthSource::Containers) {
            if well.is_some_and(|well| old.at + OUTVOTED < well) && old.level.needs_attention() {
                old.level = Level::Info;
            }
        }
        all
    }

    /// Whether a probe met no more than the gap that a deploy makes: an answer of whatever stands in front of the
    /// app, given since the job that deploys began, while GitHub's word that it goes on is young enough.
    fn is_expected_gap(&self, one: &Beside<'_>) -> bool {
        let is_gap = one.health.source == HealthSource::Probe && matches!(one.health.word.as_deref(), Some("502" | "503" | "504"));
        is_gap && self.deploys_since().is_some_and(|told| told.value <= one.at && one.at <= told.at + DEPLOYS_STILL)
    }

    /// Since when GitHub says that a deploy goes on, and when it was asked for that.
    fn deploys_since(&self) -> Option<Told<Timestamp>> {
        let (at, reading) = self.answer(Question::Runs)?;
        match reading.busy? {
            Busy::With(Activity { kind: ActivityKind::Deploy, since, .. }) => since.map(|value| Told { value, at }),
            Busy::With(_) | Busy::No => None,
        }
    }

    /// What is odd, in the listing and in the versions of the instances.
    fn odd(&self) -> impl Iterator<Item = (&'a Warning, HealthSource, Timestamp)> {
        let listed = self.listed().and_then(|(at, reading)| Some((at, &reading.identity.as_ref()?.warnings)));
        let listed = listed.into_iter().flat_map(|(at, warnings)| warnings.iter().map(move |warning| (warning, HealthSource::Listing, at)));
        let versions = self.instances().zip(self.record());
        let versions =
            versions.into_iter().flat_map(|(told, record)| record.odd.iter().map(move |odd| (odd, HealthSource::Versions, told.at)));
        listed.chain(versions)
    }
}

fn of((at, reading): (Timestamp, &Reading)) -> Option<Told<&Health>> {
    reading.health.as_ref().map(|value| Told { value, at })
}
