//! Versions in little room: the commit stays in sight.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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
pub const DIGITS: usize = 7;
/// How many tell the commits of one fleet apart where there is no room for more.
const LEAST_DIGITS: usize = 4;
/// Hours and minutes: so much of a time is a time.
const TIME: usize = 4;

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

/// Cut where a part of the label ends, if the commit is still whole then: a part of a number tells nothing, but of a time
/// its hours and minutes do.
fn cut_at_separator(text: String, commit: &str, room: usize) -> String {
    if width(&text) <= room {
        return text;
    }
    let cut = cut(Cow::Owned(text), room).into_owned();
    let kept = cut.trim_end_matches('…');
    let parts = kept.rmatch_indices(['-', '_', '.', '+']).map(|(at, _)| at);
    let timed = |at: usize| {
        let digits = kept.get(at + 1..)?.bytes().take_while(u8::is_ascii_digit).count();
        (digits >= TIME).then_some(at + 1 + TIME)
    };
    let ends = parts.map(|at| timed(at).unwrap_or(at));
    let whole = ends.filter_map(|at| kept.get(..at)).find(|part| part.to_ascii_lowercase().contains(commit));
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

/// The versions of a mixed fleet in so many cells: as much of each as still tells them apart, since that there are several
/// is worth less than which.
fn mixed(fleet: &Fleet, app: Option<&AppName>, instances: &Instances, room: usize) -> String {
    let whole = format!("mixed {}", shares(fleet, app, instances));
    if width(&whole) <= room {
        return whole;
    }
    let versions = instances.versions();
    let names: Vec<String> = versions.iter().map(|(label, _)| short(fleet, app, label)).collect();
    let bare = |name: &String| name.strip_prefix('g').filter(|rest| is_hexadecimal(rest)).unwrap_or(name).to_owned();
    let names: Vec<String> = names.iter().map(bare).collect();
    let told_apart = |digits: usize| {
        let each: BTreeSet<String> = names.iter().map(|name| abridged(name, digits)).collect();
        let shares = versions.iter().zip(&names).map(|((_, count), name)| format!("{count}×{}", abridged(name, digits)));
        (each.len() == names.len()).then(|| shares.collect::<Vec<_>>().join(" "))
    };
    let shares: Vec<String> = (LEAST_DIGITS..=DIGITS).rev().filter_map(told_apart).collect();
    let worded = shares.iter().map(|shares| format!("mixed {shares}"));
    worded.chain(shares.iter().cloned()).find(|text| width(text) <= room).unwrap_or_else(|| shares.last().cloned().unwrap_or(whole))
}

/// A commit by its first digits; any other name whole.
fn abridged(name: &str, digits: usize) -> String {
    if is_hexadecimal(name) { name.chars().take(digits).collect() } else { name.to_owned() }
}

fn is_hexadecimal(text: &str) -> bool {
    text.len() >= LEAST_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What an environment runs, for a cell of a table.
#[must_use]
pub fn cell<'a>(fleet: &Fleet, environment: &Environment<'a>, room: usize) -> Line<'a> {
    let instances = environment.instances().map(|told| told.value).filter(|instances| instances.mixed());
    if let Some(instances) = instances {
        return Line::own(mixed(fleet, environment.app_ref(), instances, room), Role::Differs);
    }
    match environment.label() {
        Some(label) if environment.disagreement().is_some() => {
            let fitted = fit(label.as_str(), environment.commit().map(Sha::as_str), room.saturating_sub(2));
            let mut line = Line::own(DIFFERS, Role::Differs).and(" ", Role::Text);
            line.append(in_line(fitted, Role::Text));
            line
        }
        Some(label) => in_line(fit(label.as_str(), environment.commit().map(Sha::as_str), room), Role::Text),
        None if environment.awaits_version() => Line::own(words::NOT_YET, Role::Faint),
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
    use crate::model::instance::{Deployment, Instance};

    #[test]
    fn of_several_versions_each_is_told_in_whatever_room_there_is() {
        let instances = |labels: &[&str]| {
            let of = |(number, label): (usize, &&str)| Instance {
                deployment: Some(Deployment::of((*label).into())),
                ..Instance::of(format!("i-{number}").into())
            };
            Instances { each: labels.iter().enumerate().map(of).collect(), ..Instances::default() }
        };
        let fleet = Fleet::default();
        let two = instances(&["20221110-g8a52aea", "20221110-g8a52aea", "20221113-g77c1d09"]);
        for (room, expected) in [
            (30, "mixed 2×g8a52aea 1×g77c1d09"),
            (26, "mixed 2×8a52aea 1×77c1d09"),
            (19, "mixed 2×8a52 1×77c1"),
            (18, "2×8a52ae 1×77c1d0"),
            (13, "2×8a52 1×77c1"),
        ] {
            assert_eq!(mixed(&fleet, None, &two, room), expected);
        }
        // Commits that begin alike are told by as many digits as they need, and labels stay labels.
        let alike = instances(&["20221110-g8a52aea", "20221111-g8a52bff"]);
        assert_eq!(mixed(&fleet, None, &alike, 13), "1×8a52a 1×8a52b");
        assert_eq!(mixed(&fleet, None, &instances(&["v411", "v412"]), 12), "1×v411 1×v412");
    }

    #[test]
    fn the_commit_of_a_label_is_always_in_sight() {
        for (label, commit, room, expected) in [
            ("20221110-g8a52aea", Some("8a52aea"), 18, "20221110-g8a52aea"),
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea"), 18, "…20221110-g8a52aea"),
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea"), 12, "…g8a52aea"),
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea"), 60, "h-prod20221110T123456Z-20221110-g8a52aea"),
            ("8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012", Some("8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012"), 12, "8a52aea"),
            ("app-1a2b-221110_123456789012", Some("1a2b"), 18, "…1a2b-221110_1234…"),
            ("app-1a2b-221110_123456789012", Some("1a2b"), 16, "…1a2b-221110…"),
            ("app-1a2b-221110_123456789012", Some("1a2b"), 28, "app-1a2b-221110_123456789012"),
            ("release-candidate-final", None, 12, "relea…-final"),
            ("v412", None, 12, "v412"),
        ] {
            let fitted = fit(label, commit, room);
            assert_eq!(fitted, expected);
            assert!(width(&fitted) <= room);
        }
    }
}
