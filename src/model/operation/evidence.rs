//! What tells whether an action was begun, goes on, or has come to its end.
//!
//! A redeploy or a restart leaves everything as it was, so the look before it is kept (`Baseline`), and what the
//! service answered when it was sent (`Receipt`). Both are on the disk before anybody relies on them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::clock::Timestamp;
use crate::model::fault::Fault;
use crate::model::id::VersionLabel;

/// A place as it was right before an action was begun there. What a platform does not tell is none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Baseline {
    /// When it was looked at, by this machine's clock: when its (first) call was let through.
    pub at: Option<Timestamp>,
    /// The version that ran.
    pub version: Option<VersionLabel>,
    /// The number of the newest deployment of any of its instances.
    pub deployment: Option<u64>,
    /// When the platform says that it was changed last.
    pub updated_at: Option<Timestamp>,
    /// When its newest event was, by the platform's clock.
    pub event_at: Option<Timestamp>,
    /// The state of the target, the instance or the environment, as the service words it.
    pub state: Option<Arc<str>>,
    /// Ids of what was there already, where a new one shows that an action was begun: instances, commands.
    pub known: BTreeSet<Arc<str>>,
    /// The group that the place belongs to, where what is looked at later is the group: an Auto Scaling group's name.
    pub group: Option<Arc<str>>,
}

/// What a service answered when it took an action.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Receipt {
    /// The id of the request: the events of Elastic Beanstalk carry it.
    pub request: Option<Arc<str>>,
    /// The id of what was begun: a command of Systems Manager, a workflow run.
    pub id: Option<Arc<str>>,
    /// When the answer was here, by this machine's clock: what was taken has to show from then on.
    pub at: Option<Timestamp>,
}

/// Which step of which operation it is: unique, stable over a restart, and safe as a file's name.
///
/// A machine keeps what a step does under this name, so that the step is found again.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub Arc<str>);

/// A longer mark is none: services keep a hundred characters of a comment, with some more before it.
const LONGEST_MARK: usize = 80;

impl Mark {
    /// For how long a machine keeps what it noted under a mark. Behind that, nothing noted proves nothing.
    pub const KEPT: Duration = Duration::from_secs(7 * 86_400);
    /// The same in days, as `find -mtime` takes it.
    pub const KEPT_DAYS: u64 = Self::KEPT.as_secs() / 86_400;

    /// Whether it can be a file's name anywhere, and a word in any shell. Nothing is begun under another.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        self.0.starts_with(|c: char| c.is_ascii_alphanumeric()) && self.0.chars().all(plain) && self.0.len() <= LONGEST_MARK
    }

    /// As it is written down.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of sending an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Begun {
    /// The service has taken it.
    Accepted(Receipt),
    /// The service has not taken it, for certain: it said no, or the request never left.
    Refused(Fault),
    /// Nobody can tell: the answer was lost. It must not be sent again before a look has told.
    Unclear(Fault),
}

/// How far something is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// How many parts are done, of how many.
    pub parts: Option<(u32, u32)>,
    /// What is going on, for a person: `2 of 3 health checks passed`. From outside.
    pub note: Option<Arc<str>>,
}

/// How an action ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should. The sentence says what proves it.
    Done(Arc<str>),
    /// Not as it should. The sentence says what happened.
    Failed(Arc<str>),
}

/// What a look at an action shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Observed {
    /// It was not begun, for certain.
    NotBegun,
    /// It goes on.
    Underway(Progress),
    /// It has ended.
    Ended(Outcome),
    /// It cannot be told yet whether it was begun, or how it ended. The sentence says why.
    Unclear(Arc<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_a_file_s_name_everywhere() {
        for (text, is_safe) in [
            ("20261121T173413Z-1b2f.growl-3.run", true),
            ("7", true),
            ("", false),
            (".", false),
            ("../x", false),
            ("-rf", false),
            ("a b", false),
            ("a'b", false),
            ("é", false),
            (&"x".repeat(81), false),
        ] {
            assert_eq!(Mark(text.into()).is_safe(), is_safe, "{text:?}");
        }
    }

    #[test]
    fn what_an_older_program_wrote_down_is_read() {
        let baseline: Baseline = serde_json::from_str(r#"{"version":"v1","known":["i-1"]}"#).unwrap();
        assert_eq!((baseline.version, baseline.group), (Some("v1".into()), None));
        let receipt: Receipt = serde_json::from_str(r#"{"request":"r","id":null}"#).unwrap();
        assert_eq!(receipt, Receipt { request: Some("r".into()), ..Receipt::default() });
    }
}
