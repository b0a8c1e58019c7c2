//! Misbehaviour on request.
//!
//! Owns which faults are set, which request one meets, and the draws that
//! decide. Never carries a fault out: the server does.

use serde::Deserialize;

use crate::chance::Draws;
use crate::moment::Moment;

/// How a request is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoil {
    /// The answer takes that many milliseconds longer.
    Latency,
    /// The service says that there were too many calls.
    Throttle,
    /// An answer with that HTTP status and nothing useful in it.
    Status,
    /// The connection is reset.
    Reset,
    /// The answer ends after that many bytes.
    Truncate,
    /// The answer is not what it should be at all.
    Garbage,
    /// The identity may not do that.
    Denied,
    /// The credentials are too old.
    Expired,
    /// No answer, ever.
    Unreachable,
    /// The call takes effect; its answer does not arrive.
    LostAnswer,
}

impl Spoil {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Throttle => "throttle",
            Self::Status => "status",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::Garbage => "garbage",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Unreachable => "unreachable",
            Self::LostAnswer => "lost-answer",
        }
    }

    /// Whether the request gets to the service all the same.
    #[must_use]
    pub const fn takes_effect(self) -> bool {
        matches!(self, Self::Latency | Self::Truncate | Self::Garbage | Self::LostAnswer)
    }
}

/// A fault as it is asked for; what is left out means any.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// AWS's signing name of the service.
    #[serde(default)]
    pub service: Option<String>,
    /// The operation.
    #[serde(default)]
    pub operation: Option<String>,
    /// The region.
    #[serde(default)]
    pub region: Option<String>,
    /// The account.
    #[serde(default)]
    pub account: Option<String>,
    /// What happens.
    pub kind: Spoil,
    /// Milliseconds, a status, or bytes, by kind.
    #[serde(default)]
    pub value: Option<u64>,
    /// The share of the requests that it meets.
    #[serde(default)]
    pub rate: Option<f64>,
    /// Seconds until it ends by itself.
    #[serde(default)]
    pub for_s: Option<f64>,
    /// So many requests that it would meet are spared first. Counts down.
    #[serde(default)]
    pub after: Option<u64>,
}

impl Fault {
    /// Says what is wrong with it, if anything is.
    ///
    /// # Errors
    ///
    /// A sentence for whoever wrote it.
    pub fn check(&self) -> Result<(), String> {
        if self.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err(String::from("`rate` is a share of the requests, from 0 to 1"));
        }
        if self.for_s.is_some_and(|seconds| !seconds.is_finite() || !(0.0..=1e9).contains(&seconds)) {
            return Err(String::from("`for_s` is a number of seconds, 0 or more"));
        }
        match (self.kind, self.value) {
            (Spoil::Latency | Spoil::Truncate | Spoil::Status, None) => {
                Err(format!("a fault of kind \"{}\" needs a `value`: milliseconds, bytes, or an HTTP status", self.kind.word()))
            }
            (Spoil::Status, Some(value)) if !(400..=599).contains(&value) => {
                Err(String::from("the `value` of a fault of kind \"status\" is an HTTP status from 400 to 599"))
            }
            _ => Ok(()),
        }
    }

    /// Whether this request is one of those that are spared.
    fn spares(&mut self) -> bool {
        let Some(left) = self.after.as_mut().filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    fn meets(&self, request: &Target<'_>) -> bool {
        let any = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == "*" || wanted == is);
        any(&self.service, request.service)
            && any(&self.operation, request.operation)
            && any(&self.region, request.region)
            && any(&self.account, request.account)
    }
}

/// What a fault is chosen by.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The signing name.
    pub service: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// The region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
}

/// A fault that met a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What happens.
    pub kind: Spoil,
    /// Milliseconds, a status, or bytes.
    pub value: u64,
}

/// What the faults make of one request: any latency adds up, and of the rest
/// the first that was set decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Milliseconds.
    pub latency: u64,
    /// What else.
    pub other: Option<Hit>,
}

impl Hits {
    /// The contract's word for what met the request.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        match self.other {
            Some(hit) => Some(hit.kind.word()),
            None => (self.latency > 0).then(|| Spoil::Latency.word()),
        }
    }
}

/// The faults that are set.
#[derive(Debug)]
pub struct Faults {
    set: Vec<(u64, Fault, Option<Moment>)>,
    numbered: u64,
    draws: Draws,
}

impl Faults {
    /// None yet; draws repeat for a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { set: Vec::new(), numbered: 0, draws: Draws::new(seed ^ 0xFA17) }
    }

    /// Sets a fault until it is removed or `until`; returns its number.
    pub fn add(&mut self, fault: Fault, until: Option<Moment>) -> u64 {
        self.numbered += 1;
        self.set.push((self.numbered, fault, until));
        self.numbered
    }

    /// Removes one; says whether it was there.
    pub fn remove(&mut self, number: u64) -> bool {
        let before = self.set.len();
        self.set.retain(|(id, ..)| *id != number);
        self.set.len() < before
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.set.clear();
    }

    /// Forgets those whose time is over.
    pub fn expire(&mut self, now: Moment) {
        self.set.retain(|(_, _, until)| until.is_none_or(|until| now < until));
    }

    /// Those that are set, with their numbers and ends.
    pub fn iter(&self) -> impl Iterator<Item = &(u64, Fault, Option<Moment>)> {
        self.set.iter()
    }

    /// What meets this request.
    pub fn meet(&mut self, request: &Target<'_>) -> Hits {
        let mut hits = Hits::default();
        for (_, fault, _) in &mut self.set {
            if !fault.meets(request) || fault.spares() {
                continue;
            }
            // A draw for each, always: setting one fault leaves another's luck alone.
            let luck = self.draws.fraction();
            if luck >= fault.rate.unwrap_or(1.0) {
                continue;
            }
            let value = fault.value.unwrap_or(0);
            match fault.kind {
                Spoil::Latency => hits.latency = hits.latency.saturating_add(value),
                kind => {
                    hits.other.get_or_insert(Hit { kind, value });
                }
            }
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Target<'_> =
        Target { service: "elasticbeanstalk", operation: "DescribeEnvironments", region: "ca-central-1", account: "111122223333" };

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_left_out_means_any() {
        let mut faults = Faults::new(1);
        faults.add(fault(r#"{"kind":"latency","value":30}"#), None);
        faults.add(fault(r#"{"kind":"throttle","operation":"*","region":"ca-central-1"}"#), None);
        faults.add(fault(r#"{"kind":"reset","region":"us-west-1"}"#), None);
        let hits = faults.meet(&HERE);
        assert_eq!((hits.latency, hits.word()), (30, Some("throttle")));
        let elsewhere = faults.meet(&Target { region: "eu-west-1", ..HERE });
        assert_eq!(elsewhere.word(), Some("latency"));
    }

    #[test]
    fn a_rate_is_kept_and_repeats() {
        let count = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(fault(r#"{"kind":"throttle","rate":0.25}"#), None);
            (0..2_000).map(|_| faults.meet(&HERE).other.is_some()).collect::<Vec<_>>()
        };
        let met = count(3).iter().filter(|met| **met).count();
        assert!((400..600).contains(&met), "{met}");
        assert_eq!(count(3), count(3));
        assert_ne!(count(3), count(4));
    }

    #[test]
    fn the_first_requests_are_spared_where_that_is_wanted() {
        let mut faults = Faults::new(1);
        faults.add(fault(r#"{"kind":"denied","region":"ca-central-1","after":2}"#), None);
        let elsewhere = Target { region: "us-west-1", ..HERE };
        let met = [HERE, elsewhere, HERE, HERE, HERE].map(|request| faults.meet(&request).word());
        assert_eq!(met, [None, None, None, Some("denied"), Some("denied")]);
    }

    #[test]
    fn faults_end_by_themselves_or_by_hand() {
        let mut faults = Faults::new(1);
        let first = faults.add(fault(r#"{"kind":"reset"}"#), Some(Moment::from_millis(10)));
        let second = faults.add(fault(r#"{"kind":"reset"}"#), None);
        faults.expire(Moment::from_millis(10));
        assert!(!faults.remove(first) && faults.remove(second));
        assert_eq!(faults.meet(&HERE), Hits::default());
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        for bad in
            [r#"{"kind":"latency"}"#, r#"{"kind":"status","value":200}"#, r#"{"kind":"reset","rate":2}"#, r#"{"kind":"reset","for_s":-1}"#]
        {
            assert!(fault(bad).check().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"lost-answer"}"#).is_ok());
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"reset","wen":1}"#).is_err());
    }
}
