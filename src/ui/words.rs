//! The signs and words for levels, severities and times: one vocabulary for every screen.

use super::line::{Line, Piece};
use super::theme::Role;
use crate::model::clock::Timestamp;
use crate::model::environment::Environment;
use crate::model::event::Severity;
use crate::model::health::Level;

/// Not read yet.
pub const NOT_YET: &str = "·";
/// Not known.
pub const UNKNOWN: &str = "?";
/// There is nothing to tell: no requests, or the platform does not say.
pub const NOTHING: &str = "—";

/// Only remembered: how it was, not how it is.
pub const REMEMBERED: &str = "◌";

/// The sign of a level.
#[must_use]
pub const fn glyph(level: Level) -> &'static str {
    match level {
        Level::Ok => "●",
        Level::Info => "○",
        Level::Warning => "△",
        Level::Degraded => "▲",
        Level::Severe => "✖",
        Level::Unknown => "?",
    }
}

/// A level as a table says it.
#[must_use]
pub const fn level_word(level: Level) -> &'static str {
    level.name()
}

/// The role of a level.
#[must_use]
pub const fn level_role(level: Level) -> Role {
    match level {
        Level::Ok => Role::HealthOk,
        Level::Info => Role::HealthInfo,
        Level::Warning => Role::HealthWarning,
        Level::Degraded => Role::HealthDegraded,
        Level::Severe => Role::HealthSevere,
        Level::Unknown => Role::HealthUnknown,
    }
}

/// Sign and word of a level; where it is unknown, the platform's own word for that.
#[must_use]
pub fn level_piece(level: Level, word: Option<&str>) -> Piece<'static> {
    let role = level_role(level);
    match (level, word) {
        (Level::Unknown, Some(word)) => Piece::foreign(format!("{} {word}", glyph(level)), role),
        _ => Piece::own(format!("{} {}", glyph(level), level_word(level)), role),
    }
}

/// Sign and word of how an environment is; where nobody who tells it has been asked yet, that.
#[must_use]
pub fn health(environment: &Environment<'_>) -> Piece<'static> {
    if environment.awaits_health() {
        return Piece::own(format!("{NOT_YET} Not read"), Role::Faint);
    }
    level_piece(environment.level(), platform_word(environment))
}

/// The same where it could not be read again: the sign in its colour, the word as quiet as all that is old.
#[must_use]
pub fn stale_level(level: Level, word: Option<&str>) -> Line<'static> {
    let word = word.filter(|_| level == Level::Unknown).unwrap_or_else(|| level_word(level));
    Line::own(glyph(level), level_role(level)).and(" ", Role::Text).and_foreign(word.to_owned(), Role::Stale)
}

/// The platform's own word for an environment's level, where that is not known.
#[must_use]
pub fn platform_word<'a>(environment: &Environment<'a>) -> Option<&'a str> {
    environment.health().filter(|told| told.value.level == environment.level()).and_then(|told| told.value.word.as_deref())
}

/// The sign of a severity.
#[must_use]
pub const fn severity_glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Debug => "·",
        Severity::Info => " ",
        Severity::Warning => "△",
        Severity::Error | Severity::Fatal => "✖",
    }
}

/// The role of a severity.
#[must_use]
pub const fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Debug => Role::Faint,
        Severity::Info => Role::Text,
        Severity::Warning => Role::HealthWarning,
        Severity::Error | Severity::Fatal => Role::HealthSevere,
    }
}

/// A moment, in UTC: the time, with the day where that was not today.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let day = |moment: Timestamp| moment.strftime("%Y-%m-%d").to_string();
    if day(at) == day(now) { at.strftime("%H:%M:%SZ").to_string() } else { at.strftime("%b %d %H:%MZ").to_string() }
}
