//! Whether a plan still says what was confirmed, where some of what it tells was read while it was open.

use std::collections::BTreeSet;

/// What a line says of what could not be read yet.
const NOT_YET: &str = "is not read yet";

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
}
