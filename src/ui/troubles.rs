//! What cannot be read, in the footer and in whole sentences.
//!
//! ```text
//! ▲ default: credentials expired · run `aws sso login` +1
//! ▲ eu-central-1 unreachable, last read 43s ago
//! ```

use super::line::Line;
use super::theme::Role;
use super::view::View;
use crate::app::login;
use crate::model::fault::FaultKind;
use crate::model::sighting::{Question, Scope};
use crate::model::trouble::{About, Trouble, troubles};

/// Every trouble of the reading, the one to tell first before the others.
#[must_use]
pub fn all<'a>(view: &View<'a>) -> Vec<Trouble<'a>> {
    let reading = &view.state.reading;
    let undiscovered = reading.connections.iter().filter_map(|(name, state)| Some((name, state.fault.as_ref()?)));
    troubles(&view.state.fleet, reading.scopes.as_deref().unwrap_or_default(), undiscovered)
}

/// The first trouble in few words, what to do about it, and how many more there are.
/// What a service does not offer is no trouble where environments are read.
#[must_use]
pub fn in_short(view: &View<'_>) -> Option<Line<'static>> {
    let mut troubles = all(view);
    troubles.retain(|trouble| trouble.fault.kind != FaultKind::Unsupported || trouble.about == About::Regions);
    let first = troubles.first()?;
    let mut line = Line::foreign(format!("▲ {}", what(first)), Role::Fault);
    if first.fault.kind == FaultKind::Expired
        && let Some(remedy) = remedy(view, first)
    {
        line = line.and(" · ", Role::Rule).and_foreign(remedy, Role::Fault);
    } else if let Some(age) = last_read(view, first).filter(|_| !first.is_partial) {
        line = line.and(age, Role::Fault);
    }
    let more = troubles.len() - 1;
    Some(if more > 0 { line.and(format!(" +{more}"), Role::Fault) } else { line })
}

/// What to do about credentials: the command that a key runs as well, else the first that the fault names.
fn remedy(view: &View<'_>, trouble: &Trouble<'_>) -> Option<String> {
    let offered = login::offered(view.state).filter(|(connection, _)| *connection == trouble.connection);
    let run = offered.map(|(_, command)| format!("run `{}`", command.join(" ")));
    run.or_else(|| trouble.fault.remedy().map(str::to_owned))
}

/// Why GitHub cannot be read, in few words.
#[must_use]
pub fn of_github(view: &View<'_>) -> Option<Line<'static>> {
    let forge = &view.state.github.forge;
    let viewer = forge.viewer.fault();
    let first = forge.faults().next().map(|(_, fault)| fault).or(viewer)?;
    let line = Line::foreign(format!("▲ GitHub {}", first.kind.word()), Role::Fault);
    let age = forge.read_at().map_or_else(|| ", never read".to_owned(), |at| format!(", last read {} ago", view.age(at)));
    Some(line.and(age, Role::Fault))
}

/// How old that is which could be read before, in words that cannot mean how long the trouble lasts.
fn last_read(view: &View<'_>, trouble: &Trouble<'_>) -> Option<String> {
    match (trouble.last_read, trouble.about) {
        (Some(at), _) => Some(format!(", last read {} ago", view.age(at))),
        (None, About::Scope(..)) => Some(", never read".to_owned()),
        (None, About::Connection { .. } | About::Regions) => None,
    }
}

fn what(trouble: &Trouble<'_>) -> String {
    let (name, word) = (trouble.connection, trouble.fault.kind.word());
    match trouble.about {
        // All the rest was read: only the sentence tells what was not.
        _ if trouble.is_partial => trouble.fault.to_string(),
        About::Connection { .. } if trouble.fault.never_had_any() => format!("{name}: no credentials"),
        About::Connection { .. } if trouble.fault.kind == FaultKind::Expired => format!("{name}: credentials expired"),
        About::Connection { regions } => format!("{name}: all {regions} regions {word}"),
        About::Regions => format!("regions of {name} {word}"),
        About::Scope(Question::Events, scope) => format!("{} events {word}", place(scope)),
        About::Scope(_, scope) => format!("{} {word}", place(scope)),
    }
}

/// A trouble in whole sentences; not yet safe to show.
#[must_use]
pub fn in_full(trouble: &Trouble<'_>, has_several_connections: bool) -> String {
    let (name, fault) = (trouble.connection, trouble.fault);
    match trouble.about {
        About::Connection { .. } if fault.kind == FaultKind::Expired => format!("{name}: {fault}"),
        About::Connection { regions } => match without_region(&fault.sentence) {
            Some(rest) => format!("{name}: each of its {regions} regions {rest}"),
            None => format!("{name}: the same in all {regions} regions, such as: {fault}"),
        },
        About::Regions if has_several_connections => format!("{name}: {fault}"),
        About::Regions => fault.to_string(),
        About::Scope(_, scope) => format!("{}: {fault}", place(scope)),
    }
}

/// A sentence about a region, without the region that it begins with: `eu-west-1 cannot be reached`.
fn without_region(sentence: &str) -> Option<&str> {
    let (first, rest) = sentence.split_once(' ')?;
    let is_region = first.matches('-').count() >= 2 && first.ends_with(|last: char| last.is_ascii_digit());
    is_region.then_some(rest)
}

/// A scope as a person calls it.
#[must_use]
pub fn place(scope: &Scope) -> String {
    scope.region.as_ref().map_or_else(|| scope.platform.to_string(), ToString::to_string)
}
