//! What the platform says has happened.

use std::sync::Arc;

use super::activity::ActivityKind;
use super::clock::Timestamp;
use super::health::Level;
use super::id::VersionLabel;

/// How far back events are asked for at first.
pub const FIRST_WINDOW: std::time::Duration = std::time::Duration::from_secs(6 * 3_600);

/// How serious the platform finds it. Ordered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Trace and debug messages.
    Debug,
    /// Information.
    Info,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
    /// Something ended.
    Fatal,
}

impl Severity {
    /// As a table says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// What an event means, where its text is one that the adapter knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Meaning {
    /// An update, a launch, a termination began.
    Began(BeganKind),
    /// What had begun came to its end.
    Ended,
    /// What had begun failed.
    Failed,
    /// The platform's judgement of the health changed.
    HealthChanged {
        /// To this level, as [`Level::urgency`] orders it.
        urgency: u8,
    },
    /// Instances came, went or were replaced.
    InstancesChanged,
}

/// Wraps [`ActivityKind`] with an order, so that events have one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BeganKind(pub ActivityKind);

impl PartialOrd for BeganKind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BeganKind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.word().cmp(other.0.word())
    }
}

impl Meaning {
    /// The meaning of a change to this level.
    #[must_use]
    pub const fn health_changed(to: Level) -> Self {
        Self::HealthChanged { urgency: to.urgency() }
    }
}

/// One event. The platform gives it no id: two events with the same content are one.
///
/// The order is by time, then by everything else, so that a set of events is
/// the same however it was collected.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PlatformEvent {
    /// When it happened, by the platform's clock.
    pub at: Timestamp,
    /// How serious.
    pub severity: Severity,
    /// The platform's text; not yet safe to show.
    pub message: Arc<str>,
    /// The request that caused it, where the platform says.
    pub request: Option<Arc<str>>,
    /// The version it is about, where the platform says.
    pub label: Option<VersionLabel>,
    /// What it means, where the text is known.
    pub meaning: Option<Meaning>,
}
