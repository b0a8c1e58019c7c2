//! Locks: environments to which somebody wants nothing shipped for a while.
//!
//! A lock is a word to people: it stands in the way of what is shipped from here, and
//! of nothing that is done elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::clock::{Age, Timestamp, seconds_since};
use super::id::EnvironmentKey;

/// A lock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lock {
    /// What is locked.
    pub environment: EnvironmentKey,
    /// Who locked it; not yet safe to show.
    pub by: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// Until when; none until somebody unlocks it.
    pub until: Option<Timestamp>,
    /// Why; not yet safe to show.
    pub reason: Arc<str>,
}

impl Lock {
    /// Whether it holds still.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// The same at any time: who locked it when, until when and why. Not yet safe to show.
    #[must_use]
    pub fn statement(&self) -> String {
        let until = self.until.map_or_else(String::new, |until| format!(", until {}", clock(until)));
        format!("locked by {} since {}{until}: {}", self.by, clock(self.at), self.reason)
    }

    /// Who locked it how long ago, for how long and why. Not yet safe to show.
    #[must_use]
    pub fn sentence(&self, now: Timestamp) -> String {
        let rest = self.until.map_or_else(String::new, |until| format!(", for {} more", Age::from_seconds(seconds_since(now, until))));
        format!("locked by {} {} ago{rest}: {}", self.by, Age::of(self.at, now), self.reason)
    }
}

fn clock(at: Timestamp) -> impl fmt::Display {
    at.strftime("%a %Y-%m-%d %H:%M UTC")
}

/// Whether it is known what is locked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Known {
    /// It is.
    #[default]
    Yes,
    /// Not yet.
    NotRead,
    /// It could not be read; the sentence says why. What was read before stands.
    Failed(Arc<str>),
}

/// Everything that is locked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Locks {
    /// The locks, some of which may be over.
    pub each: BTreeMap<EnvironmentKey, Lock>,
    /// Whether these are all that there are.
    pub known: Known,
}

impl Locks {
    /// What nobody has read yet.
    #[must_use]
    pub const fn not_read() -> Self {
        Self { each: BTreeMap::new(), known: Known::NotRead }
    }

    /// The lock of an environment, while it holds.
    #[must_use]
    pub fn of(&self, environment: &EnvironmentKey, now: Timestamp) -> Option<&Lock> {
        self.each.get(environment).filter(|lock| lock.holds(now))
    }

    /// Takes in a change, and lets go of what is over.
    ///
    /// # Errors
    /// What is locked by now, where that is not what whoever wants the change was shown: then nothing is changed.
    pub fn change(&mut self, change: &Change, now: Timestamp) -> Result<(), String> {
        if let Some(overtaken) = self.overtaken(change, now) {
            return Err(overtaken);
        }
        match change {
            Change::Lock(lock) => drop(self.each.insert(lock.environment.clone(), lock.clone())),
            Change::Unlock { lock, .. } => drop(self.each.remove(&lock.environment)),
        }
        self.each.retain(|_, lock| lock.holds(now));
        Ok(())
    }

    /// What is locked, where it is not what the change was asked for on.
    fn overtaken(&self, change: &Change, now: Timestamp) -> Option<String> {
        let name = &change.environment().name;
        match (change, self.of(change.environment(), now)) {
            (Change::Lock(_), Some(other)) => Some(format!("{name} is {} by now", other.statement())),
            (Change::Unlock { lock, .. }, Some(other)) if other != lock => {
                Some(format!("{name} has another lock by now: {}", other.statement()))
            }
            (Change::Unlock { .. }, None) => Some(format!("{name} is not locked any more")),
            (Change::Lock(_), None) | (Change::Unlock { .. }, Some(_)) => None,
        }
    }
}

/// What a person wants of a lock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// That it is there. Whoever wants it was shown an environment that nobody had locked.
    Lock(Lock),
    /// That it is gone.
    Unlock {
        /// The lock that whoever unlocks it was shown.
        lock: Lock,
        /// Who unlocks it.
        by: Arc<str>,
    },
}

impl Change {
    /// What it is about.
    #[must_use]
    pub const fn environment(&self) -> &EnvironmentKey {
        match self {
            Self::Lock(lock) | Self::Unlock { lock, .. } => &lock.environment,
        }
    }

    /// Who wants it.
    #[must_use]
    pub const fn by(&self) -> &Arc<str> {
        match self {
            Self::Lock(lock) => &lock.by,
            Self::Unlock { by, .. } => by,
        }
    }

    /// It, in a person's words.
    #[must_use]
    pub fn plan(&self) -> String {
        match self {
            Self::Lock(Lock { environment, until: Some(until), .. }) => format!("lock {environment} until {until}"),
            Self::Lock(Lock { environment, until: None, .. }) => format!("lock {environment}"),
            Self::Unlock { lock, .. } => format!("unlock {}", lock.environment),
        }
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Lock(lock) => &lock.reason,
            Self::Unlock { .. } => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lock(name: &str, until: Option<i64>) -> Lock {
        let environment = format!("beanstalk:1:us-west-1:{name}").parse().unwrap();
        Lock { environment, by: "@ada".into(), at: at(0), until: until.map(at), reason: "moving the database".into() }
    }

    #[test]
    fn a_lock_holds_until_it_is_over_or_taken_away() {
        let (timed, open) = (lock("a", Some(7_200)), lock("b", None));
        let mut locks = Locks::default();
        for lock in [&timed, &open] {
            locks.change(&Change::Lock(lock.clone()), at(0)).unwrap();
        }
        assert_eq!(timed.sentence(at(1_800)), "locked by @ada 30m ago, for 1h more: moving the database");
        assert_eq!(open.sentence(at(60)), "locked by @ada 1m ago: moving the database");
        let statement = "locked by @ada since Thu 1970-01-01 00:00 UTC, until Thu 1970-01-01 02:00 UTC: moving the database";
        assert_eq!(timed.statement(), statement);
        let held = |locks: &Locks, now| [&timed, &open].map(|lock| locks.of(&lock.environment, at(now)).is_some());
        assert_eq!(held(&locks, 7_199), [true, true]);
        assert_eq!(held(&locks, 7_200), [false, true]);
        locks.change(&Change::Unlock { lock: open, by: "@grace".into() }, at(7_200)).unwrap();
        assert!(locks.each.is_empty(), "{locks:?}");
    }

    /// Whoever asks for a change was shown something: of anything else nothing is changed.
    #[test]
    fn what_is_not_locked_as_it_was_shown_is_left_as_it_is() {
        let mine = lock("a", Some(100));
        let theirs = Lock { by: "@grace".into(), reason: "an index".into(), ..lock("a", None) };
        let unlock = |lock: &Lock| Change::Unlock { lock: lock.clone(), by: "@ada".into() };
        let mut locks = Locks::default();
        assert_eq!(locks.change(&unlock(&mine), at(1)), Err("a is not locked any more".to_owned()));
        locks.change(&Change::Lock(theirs.clone()), at(1)).unwrap();
        let said = "locked by @grace since Thu 1970-01-01 00:00 UTC: an index";
        assert_eq!(locks.change(&Change::Lock(mine.clone()), at(2)), Err(format!("a is {said} by now")));
        assert_eq!(locks.change(&unlock(&mine), at(2)), Err(format!("a has another lock by now: {said}")));
        assert_eq!(locks.each.values().collect::<Vec<_>>(), [&theirs]);
        locks.change(&unlock(&theirs), at(3)).unwrap();
        // One that is over is in nobody's way.
        locks.change(&Change::Lock(mine), at(3)).unwrap();
        locks.change(&Change::Lock(theirs.clone()), at(100)).unwrap();
        assert_eq!(locks.each.values().collect::<Vec<_>>(), [&theirs]);
    }
}
