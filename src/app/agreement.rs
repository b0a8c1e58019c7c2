//! Whether a plan still says what was confirmed, where some of what it tells was read while it was open.

use std::collections::BTreeSet;

/// What a line says of what could not be read yet.
const NOT_YET: &str = "is not read yet";
/// What a sentence says of what nobody has told.
const NOT_KNOWN: &str = "is not known";

/// Whether a plan of now says what the confirmed one did, line by line: each has its label and its text.
///
/// Of many environments some are read while it is open. That is no change as long as none of them brings in something that
/// the plan did not say of another one; nor is it one that it is known by now how long the last ones took.
pub(super) fn lines_agree(confirmed: &[(&'static str, String)], now: &[(&'static str, String)]) -> bool {
    let is_reading = |text: &str| text.contains(NOT_YET) && text.contains("× ");
    let was_reading = confirmed.iter().any(|(_, text)| is_reading(text));
    let agrees = |((label, before), (of_now, now)): (&(&'static str, String), &(&'static str, String))| {
        let same_kinds = || is_reading(before) && kinds(now).is_subset(&kinds(before));
        label == of_now && (before == now || (was_reading && *label == "takes") || same_kinds())
    };
    confirmed.len() == now.len() && confirmed.iter().zip(now).all(agrees)
}

/// Whether a plan of now differs from the shown one in nothing but what was not known then, as far as lines tell.
///
/// What was known is told as before, and what is new stands where something was not known.
pub(super) fn only_settles(shown: &[(&'static str, String)], now: &[(&'static str, String)]) -> bool {
    let gone: Vec<_> = shown.iter().filter(|line| !now.contains(line)).collect();
    let come = now.iter().filter(|line| !shown.contains(line));
    gone.iter().all(|(_, text)| is_open(text)) && come.into_iter().all(|(label, _)| gone.iter().any(|(other, _)| other == label))
}

/// Whether a line says that something is not known, or not yet.
pub(super) fn is_open(text: &str) -> bool {
    text.starts_with('?') || text.contains(NOT_YET) || text.contains(NOT_KNOWN)
}

/// The first line that says something else now: what it said, and what it says.
pub(super) fn told_otherwise(shown: &[(&'static str, String)], now: &[(&'static str, String)]) -> Option<String> {
    let gone: Vec<_> = shown.iter().filter(|line| !now.contains(line)).collect();
    let come: Vec<_> = now.iter().filter(|line| !shown.contains(line)).collect();
    let same_label = |(label, text): &&(&'static str, String)| {
        gone.iter().find(|(other, _)| other == label).map(|(_, before)| (*label, brief(before), brief(text)))
    };
    match (come.iter().find_map(same_label), come.first(), gone.first()) {
        (Some((label, before, text)), ..) if before != text => Some(format!("\"{label}\" has changed (was {before}, is {text})")),
        (Some((label, ..)), ..) => Some(format!("\"{label}\" has changed")),
        (None, Some((label, text)), _) => Some(format!("\"{label}\" has come ({})", brief(text))),
        (None, None, Some((label, text))) => Some(format!("\"{label}\" has gone (was {})", brief(text))),
        (None, None, None) => None,
    }
}

/// How much of a line is said in a sentence.
const BRIEF: usize = 40;

fn brief(text: &str) -> String {
    match text {
        _ if text.starts_with('?') => "?".to_owned(),
        _ if text.chars().count() > BRIEF => text.chars().take(BRIEF - 1).chain(['…']).collect(),
        _ => text.to_owned(),
    }
}

/// What a line says of some and of others: without of how many, and without those of whom it is not read.
fn kinds(line: &str) -> BTreeSet<&str> {
    let parts = line.split("; ").filter(|part| !part.contains(NOT_YET));
    parts.map(|part| part.split_once("× ").map_or(part, |(_, text)| text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(how: &str, takes: &str) -> Vec<(&'static str, String)> {
        vec![("how", how.to_owned()), ("takes", takes.to_owned())]
    }

    #[test]
    fn what_was_read_meanwhile_is_no_change_unless_it_brings_in_something_else() {
        let unread = "77× ? its deployment policy is not read yet; 5× rolling";
        let confirmed = plan(unread, "? how long the last ones took is not known");
        for (how, agrees) in [
            (unread, true),
            ("76× ? its deployment policy is not read yet; 6× rolling", true),
            ("82× rolling", true),
            ("rolling", true),
            ("81× rolling; 1× all at once: nothing serves meanwhile", false),
        ] {
            assert_eq!(lines_agree(&confirmed, &plan(how, "about 4 m")), agrees, "{how}");
        }
        // Where all was read, every word counts.
        let confirmed = plan("80× rolling; 2× all at once", "about 4 m");
        assert!(!lines_agree(&confirmed, &plan("2× rolling; 80× all at once", "about 4 m")));
        assert!(!lines_agree(&confirmed, &plan("80× rolling; 2× all at once", "about 5 m")));
        assert!(!lines_agree(&confirmed, &plan("80× rolling; 2× all at once", "about 4 m")[..1]));
    }

    #[test]
    fn what_was_not_known_may_settle_and_nothing_else_may_change_with_it() {
        let shown = plan("rolling", "? how long the last ones took is not known");
        for (now, settles) in [
            (plan("rolling", "about 4 m"), true),
            (shown.clone(), true),
            (plan("all at once", "about 4 m"), false),
            (plan("all at once", "? how long the last ones took is not known"), false),
            ([plan("rolling", "about 4 m"), vec![("cancels", "run #7".to_owned())]].concat(), false),
        ] {
            assert_eq!(only_settles(&shown, &now), settles, "{now:?}");
        }
    }

    #[test]
    fn the_line_that_says_something_else_is_named() {
        let shown = plan("rolling", "? how long the last ones took is not known");
        let long = "h-prod us-west-1, h-prod ca-central-1, h-websocket-prod";
        for (now, said) in [
            (plan("rolling", "about 4 m"), Some("\"takes\" has changed (was ?, is about 4 m)")),
            (plan(long, "about 4 m"), Some("\"how\" has changed (was rolling, is h-prod us-west-1, h-prod ca-central-1, …)")),
            (plan("rolling", "? it is not told"), Some("\"takes\" has changed")),
            (shown[..1].to_vec(), Some("\"takes\" has gone (was ?)")),
            ([shown.clone(), vec![("cancels", "run #7".to_owned())]].concat(), Some("\"cancels\" has come (run #7)")),
            (shown.clone(), None),
        ] {
            assert_eq!(told_otherwise(&shown, &now).as_deref(), said, "{now:?}");
        }
    }
}
