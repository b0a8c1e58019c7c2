//! Applications and their versions.
//!
//! Owns the list of versions that can be deployed, and its cap. Never knows
//! which environment runs what.

use crate::environment::Name;
use crate::moment::Moment;

/// `ApplicationVersionStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processed {
    /// Checked and ready.
    Processed,
    /// Never checked; can be deployed all the same.
    Unprocessed,
    /// Being checked.
    Processing,
    /// Checked and refused.
    Failed,
}

impl Processed {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Processed => "Processed",
            Self::Unprocessed => "Unprocessed",
            Self::Processing => "Processing",
            Self::Failed => "Failed",
        }
    }
}

/// One version of an application.
#[derive(Clone, Debug)]
pub struct Version {
    /// `VersionLabel`, unique in its application.
    pub label: Name,
    /// `Description`: by custom a commit's message.
    pub description: Name,
    /// `DateCreated`.
    pub created: Moment,
    /// `Status`.
    pub status: Processed,
    /// Where its bundle lies: bucket and key.
    pub bundle: Option<(String, String)>,
    /// A deploy of it fails at this instance, counted from 1.
    pub fails_at: Option<usize>,
}

/// An application in one place.
#[derive(Clone, Debug)]
pub struct Application {
    /// `ApplicationName`.
    pub name: Name,
    /// `DateCreated`.
    pub created: Moment,
    /// Its versions, oldest first.
    pub versions: Vec<Version>,
    /// How many versions the lifecycle rule keeps.
    pub keep: Option<usize>,
}

impl Application {
    /// The version of that label.
    #[must_use]
    pub fn version(&self, label: &str) -> Option<&Version> {
        self.versions.iter().find(|version| &*version.label == label)
    }

    /// Adds a version and lets the lifecycle rule drop the oldest.
    pub fn add(&mut self, version: Version) {
        let index = self.versions.partition_point(|other| other.created <= version.created);
        self.versions.insert(index, version);
        if let Some(keep) = self.keep {
            let over = self.versions.len().saturating_sub(keep);
            self.versions.drain(..over);
        }
    }
}
