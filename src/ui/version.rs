//! Versions in little room: the commit stays in sight.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::line::{Line, harmless};
use super::text::{cut, cut_middle, width};
use super::theme::Role;
use super::words;
use crate::model::environment::Environment;
use crate::model::fleet::Fleet;
use crate::model::id::{AppName, Sha, VersionLabel};
use crate::model::instance::Instances;

/// Before a version of which GitHub's record says another.
pub const DIFFERS: &str = "≠";
/// How many digits of a commit are enough for a person.
const DIGITS: usize = 7;

/// A label in at most `room` cells.
///
/// What stands before the date and the commit goes first
/// (`h-prod20221110T123456Z-20221110-g8a52aea` → `…20221110-g8a52aea`): it
/// repeats the environment's name. Without a commit the two ends are kept.
#[must_use]
pub fn fit<'a>(label: &'a str, commit: Option<&str>, room: usize) -> Cow<'a, str> {
    let label = harmless(Cow::Borrowed(label));
    if width(&label) <= room {
        return label;
    }
    // A commit that is all there is to it is known by its first digits.
    if commit.is_some_and(|commit| label.eq_ignore_ascii_case(commit)) && room >= DIGITS {
        return Cow::Owned(label.chars().take(DIGITS).collect());
    }
    let Some(start) = commit.and_then(|commit| start_of_commit(&label, commit)) else { return cut_middle(label, room) };
    let dated = label.get(date_before(&label, start)..).unwrap_or("");
    let bare = label.get(start..).unwrap_or("");
    let text = if width(dated) < room { dated } else { bare };
    let text = if text.len() == label.len() { text.to_owned() } else { format!("…{text}") };
    Cow::Owned(cut_at_separator(text, commit.unwrap_or(""), room))
}

/// Cut where a part of the label ends, if the commit is still whole then: half a time tells nothing.
fn cut_at_separator(text: String, commit: &str, room: usize) -> String {
    if width(&text) <= room {
        return text;
    }
    let cut = cut(Cow::Owned(text), room).into_owned();
    let kept = cut.trim_end_matches('…');
    let parts = kept.rmatch_indices(['-', '_', '.', '+']).map(|(at, _)| at);
    let whole = parts.filter_map(|at| kept.get(..at)).find(|part| part.to_ascii_lowercase().contains(commit));
    whole.map_or(cut.clone(), |part| format!("{part}…"))
}

/// Where the commit begins in a label, with the `g` that may stand before it.
fn start_of_commit(label: &str, commit: &str) -> Option<usize> {
    let at = label.to_ascii_lowercase().rfind(commit)?;
    let marked = label.get(..at).is_some_and(|before| before.ends_with('g'));
    Some(if marked { at - 1 } else { at })
}

/// Where the date before the commit begins; the commit's own beginning where there is none.
fn date_before(label: &str, commit: usize) -> usize {
    let Some(start) = commit.checked_sub(9) else { return commit };
    let date = label.get(start..commit).is_some_and(|text| {
        let (digits, separator) = text.split_at_checked(8).unwrap_or(("", ""));
        digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) && matches!(separator, "-" | "+" | "_" | ".")
    });
    if date { start } else { commit }
}

/// The shortest name of a version: its commit, as the label marks it (`g8a52aea`, `8a52aea`), else its label.
#[must_use]
pub fn short(fleet: &Fleet, app: Option<&AppName>, label: &VersionLabel) -> String {
    let unassigned = AppName::from("");
    fleet.commit_of(app.unwrap_or(&unassigned), label).map_or_else(
        || cut_middle(harmless(Cow::Borrowed(label.as_str())), 16).into_owned(),
        |sha| {
            let digits = sha.as_str().get(..DIGITS).unwrap_or(sha.as_str());
            let marked = format!("g{digits}");
            if label.as_str().to_ascii_lowercase().contains(&marked) { marked } else { digits.to_owned() }
        },
    )
}

/// The versions of a mixed fleet by how many instances run each: `9×g8a52aea 3×g77c1d09`.
#[must_use]
pub fn shares(fleet: &Fleet, app: Option<&AppName>, instances: &Instances) -> String {
    let versions = instances.versions();
    let names: Vec<String> = versions.iter().map(|(label, _)| short(fleet, app, label)).collect();
    // Two labels of one commit are two versions: then only the labels tell them apart.
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &names {
        *seen.entry(name).or_default() += 1;
    }
    let each = versions.iter().zip(&names).map(|((label, count), name)| {
        let twice = seen.get(name.as_str()).is_some_and(|times| *times > 1);
        if twice { format!("{count}×{}", harmless(Cow::Borrowed(label.as_str()))) } else { format!("{count}×{name}") }
    });
    each.collect::<Vec<_>>().join(" ")
}

/// What an environment runs, for a cell of a table.
#[must_use]
pub fn cell<'a>(fleet: &Fleet, environment: &Environment<'a>, room: usize) -> Line<'a> {
    let instances = environment.instances().map(|told| told.value).filter(|instances| instances.mixed());
    if let Some(instances) = instances {
        return Line::own("mixed ", Role::Differs).and(shares(fleet, environment.app_ref(), instances), Role::Differs);
    }
    match environment.label() {
        Some(label) if environment.disagreement().is_some() => {
            let fitted = fit(label.as_str(), environment.commit().map(Sha::as_str), room.saturating_sub(2));
            let mut line = Line::own(DIFFERS, Role::Differs).and(" ", Role::Text);
            line.append(in_line(fitted, Role::Text));
            line
        }
        Some(label) => in_line(fit(label.as_str(), environment.commit().map(Sha::as_str), room), Role::Text),
        None => Line::own(words::UNKNOWN, Role::HealthUnknown),
    }
}

/// A fitted label as a line: the sign that its beginning was left out is quiet, since it stands in every row.
#[must_use]
pub fn in_line(fitted: Cow<'_, str>, role: Role) -> Line<'_> {
    match fitted.strip_prefix('…') {
        Some(rest) => Line::own("…", Role::Faint).and(rest.to_owned(), role),
        None => Line::own(fitted, role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_of_a_label_is_always_in_sight() {
        for (label, commit, room, expected) in [
            ("20221110-g8a52aea", Some("8a52aea"), 18, "20221110-g8a52aea"),
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea"), 18, "…20221110-g8a52aea"),
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea"), 12, "…g8a52aea"),
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea"), 60, "h-prod20221110T123456Z-20221110-g8a52aea"),
            ("8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012", Some("8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012"), 12, "8a52aea"),
            ("app-1a2b-221110_123456789012", Some("1a2b"), 18, "…1a2b-221110…"),
            ("release-candidate-final", None, 12, "relea…-final"),
            ("v412", None, 12, "v412"),
        ] {
            let fitted = fit(label, commit, room);
            assert_eq!(fitted, expected);
            assert!(width(&fitted) <= room);
        }
    }
}
