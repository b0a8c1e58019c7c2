//! What somebody probably meant: the known word that is written almost so.

use super::source::{listed, quoted};

/// Words longer than this are nobody's slip of the finger, and the search is quadratic in them.
const LONGEST: usize = 40;

/// The known word nearest to what was written, if any is near enough.
pub(super) fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = written.chars().count();
    if length > LONGEST {
        return None;
    }
    let written = plain(written);
    let near = |word: &'k str| (distance(&written, &plain(word)), word);
    let (slips, word) = known.into_iter().map(near).min_by_key(|(slips, _)| *slips)?;
    // One slip in every three letters: `app` may mean `apps`, `tier` is not `time`.
    (slips <= (length / 3).clamp(1, 3) && slips < word.len() && slips < length.max(1)).then_some(word)
}

/// What to say about a word that is none of those known.
pub(super) fn no_such_word(what: &str, written: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    if let Some(meant) = nearest(written, known.clone()) {
        return format!("there is no {what} {}: did you mean \"{meant}\"?", quoted(written));
    }
    let known: Vec<String> = known.map(quoted).collect();
    format!("there is no {what} {}: write {}", quoted(written), listed(known.iter().map(String::as_str), "or"))
}

/// Without what people mix up without a slip: capitals, hyphens, blanks.
fn plain(word: &str) -> Vec<char> {
    word.chars().map(|character| if matches!(character, '-' | ' ') { '_' } else { character.to_ascii_lowercase() }).collect()
}

/// How many letters were added, left out, changed or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    // Three rows of the table suffice; the oldest serves swaps.
    let mut older: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |cells: &[usize], column: usize| cells.get(column).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&above, j) + usize::from(from != to);
            let mut best = changed.min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(at(&older, j - 1) + 1);
            }
            row.push(best);
        }
        older = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_slips() {
        let between = |a: &str, b: &str| distance(&plain(a), &plain(b));
        for (a, b, slips) in
            [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("regions", "regoins", 1), ("kitten", "sitting", 3), ("Read-Only", "read_only", 0)]
        {
            assert_eq!(between(a, b), slips, "{a} {b}");
        }
    }

    #[test]
    fn only_near_words_are_offered() {
        let known = ["regions", "read_only", "apps", "tiers"];
        for (written, meant) in [
            ("regoins", Some("regions")),
            ("region", Some("regions")),
            ("readonly", Some("read_only")),
            ("readOnly", Some("read_only")),
            ("app", Some("apps")),
            ("colour", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
        assert_eq!(nearest(&"regions".repeat(100_000), known), None);
    }
}
