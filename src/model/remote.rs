//! A fact that is read from outside: its value, when it was asked for, and why it could not be read since.

use super::clock::{Stamp, Timestamp};
use super::fault::Fault;

/// A value read from outside. A failed reading never removes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remote<T> {
    value: Option<(Stamp, T)>,
    fault: Option<(Stamp, Fault)>,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, fault: None }
    }
}

impl<T> Remote<T> {
    /// Takes in a reading, unless a later question was answered already.
    pub fn take(&mut self, stamp: Stamp, read: Result<T, Fault>) {
        match read {
            Ok(value) if self.value.as_ref().is_none_or(|(known, _)| *known <= stamp) => self.value = Some((stamp, value)),
            Err(fault) if self.fault.as_ref().is_none_or(|(known, _)| *known <= stamp) => self.fault = Some((stamp, fault)),
            Ok(_) | Err(_) => {}
        }
    }

    /// Says that at this moment the value was still the same: what a 304 tells.
    pub fn confirm(&mut self, stamp: Stamp) {
        if let Some((known, _)) = self.value.as_mut().filter(|(known, _)| *known <= stamp) {
            *known = stamp;
        }
    }

    /// The value, however old.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().map(|(_, value)| value)
    }

    /// When the value was asked for, to be compared with other answers.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        self.value.as_ref().map(|(stamp, _)| *stamp)
    }

    /// When the value was asked for.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        self.value.as_ref().map(|(stamp, _)| stamp.asked_at)
    }

    /// Why it could not be read since the value was.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.failed().map(|(_, fault)| fault)
    }

    /// The same, with when it was tried.
    #[must_use]
    pub fn failed(&self) -> Option<(Stamp, &Fault)> {
        let (stamp, fault) = self.fault.as_ref()?;
        self.stamp().is_none_or(|answered| *stamp > answered).then_some((*stamp, fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::FaultKind;

    fn stamp(second: i64) -> Stamp {
        Stamp { asked_at: Timestamp::from_second(second).unwrap(), sequence: second.unsigned_abs() }
    }

    #[test]
    fn the_answer_to_the_later_question_wins_whenever_it_comes() {
        let mut remote = Remote::default();
        remote.take(stamp(2), Ok("new"));
        remote.take(stamp(1), Ok("old"));
        assert_eq!(remote.value(), Some(&"new"));
        remote.take(stamp(3), Err(Fault::new(FaultKind::Failed, "no")));
        assert_eq!((remote.value(), remote.fault().is_some()), (Some(&"new"), true));
        remote.take(stamp(4), Ok("newer"));
        assert!(remote.fault().is_none());
        remote.confirm(stamp(9));
        assert_eq!(remote.at(), Some(stamp(9).asked_at));
    }
}
