//! Why something could not be read, in the model's own words.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What kind of thing went wrong: what the program does about it follows from this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The service asks for fewer calls; it may say for how long.
    Throttled(Option<Duration>),
    /// The identity may not do this. It will not change by itself.
    Denied,
    /// The credentials ran out or are not there. A person can renew them.
    Expired,
    /// The thing asked for does not exist.
    Missing,
    /// The service, or this server of its API, does not have this operation.
    Unsupported,
    /// No answer: a network fault, a timeout, a name that does not resolve.
    Unreachable,
    /// The service answered with a failure of its own (5xx).
    Failed,
    /// The service understood and said no: wrong state, wrong parameter.
    Refused,
    /// The answer could not be understood.
    Malformed,
}

impl FaultKind {
    /// One word for a cell of a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Throttled(_) => "throttled",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Missing => "missing",
            Self::Unsupported => "unsupported",
            Self::Unreachable => "unreachable",
            Self::Failed => "failing",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
        }
    }
}

/// How the sentence begins where nobody has ever put credentials in place.
pub const NO_CREDENTIALS: &str = "there are no credentials";

/// A failed reading: what kind, and a sentence that tells a person what happened and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// One sentence, without secrets. Its parts come from outside: not yet safe to show.
    pub sentence: Arc<str>,
}

impl Fault {
    /// A fault of this kind with this sentence.
    pub fn new(kind: FaultKind, sentence: impl Into<Arc<str>>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// Whether there never were any credentials, rather than that they ran out.
    #[must_use]
    pub fn never_had_any(&self) -> bool {
        self.kind == FaultKind::Expired && self.sentence.starts_with(NO_CREDENTIALS)
    }

    /// What to do about it, as far as the sentence says so behind its first colon: of several
    /// ways the first.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        let (_, behind) = self.sentence.split_once(": ")?;
        let end = [" or ", ", or ", "; "].into_iter().filter_map(|end| behind.find(end)).min().unwrap_or(behind.len());
        behind.get(..end).map(|remedy| remedy.trim_end_matches('.')).filter(|remedy| !remedy.is_empty())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_the_first_thing_that_the_sentence_says_to_do() {
        for (sentence, remedy) in [
            (
                "the credentials have expired: run `aws sso login` or put new keys in place; reading then goes on",
                Some("run `aws sso login`"),
            ),
            ("the credentials have expired: start again with new keys, or use a profile", Some("start again with new keys")),
            ("the session has expired: run `aws sso login`.", Some("run `aws sso login`")),
            ("us-west-1 did not answer", None),
        ] {
            assert_eq!(Fault::new(FaultKind::Expired, sentence).remedy(), remedy);
        }
    }
}
