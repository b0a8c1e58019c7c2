//! The part of each name that tells it from the others beside it.
//!
//! What all names begin or end with carries nothing: of `orchid-ashford` and `orchid-bellwater` it is `ashford` and
//! `bellwater`. Names are taken apart into words only, never within one, and whatever is left of two of them differs.
//! A part that is all digits is no name: of `worker-1` and `worker-2` nothing is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Whether words end here.
const fn is_between(letter: char) -> bool {
    matches!(letter, '-' | '_' | '.' | '/' | ' ' | ':')
}

/// A word, and where it stands.
#[derive(Clone)]
struct Word<'a> {
    text: &'a str,
    at: Range<usize>,
}

impl Word<'_> {
    fn is_named(&self) -> bool {
        self.text.chars().any(char::is_alphabetic)
    }
}

fn words(name: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut from = 0;
    for part in name.split_inclusive(is_between) {
        let text = part.trim_end_matches(is_between);
        if !text.is_empty() {
            words.push(Word { text, at: from..from + text.len() });
        }
        from += part.len();
    }
    words
}

/// The place of a run of words.
fn place(words: &[Word<'_>]) -> Option<Range<usize>> {
    Some(words.first()?.at.start..words.last()?.at.end)
}

/// Where in each of some names the part is that they do not all begin or end with. The names differ, and so do their parts.
#[must_use]
pub fn parts(names: &[&str]) -> Vec<Range<usize>> {
    let wholes = || names.iter().map(|name| 0..name.len()).collect::<Vec<_>>();
    let all: Vec<Vec<Word<'_>>> = names.iter().map(|name| words(name)).collect();
    let (Some(first), Some(fewest)) = (all.first(), all.iter().map(Vec::len).min()) else { return Vec::new() };
    if names.len() < 2 {
        return wholes();
    }
    let same = |index: usize, from_end: bool| {
        let word =
            |words: &[Word<'_>]| if from_end { words.iter().rev().nth(index) } else { words.get(index) }.map(|word| word.text.to_owned());
        all.iter().all(|words| word(words) == word(first))
    };
    let kept = |words: &[Word<'_>], before: usize, behind: usize| -> Option<Range<usize>> {
        let kept = words.get(before..words.len().checked_sub(behind)?)?;
        place(kept).filter(|_| kept.iter().any(Word::is_named))
    };
    let left = |before, behind| all.iter().map(|words| kept(words, before, behind)).collect::<Option<Vec<_>>>();
    let most_before = (0..fewest).take_while(|index| same(*index, false)).count();
    let before = (0..=most_before).rev().find(|before| left(*before, 0).is_some()).unwrap_or(0);
    let most_behind = (0..fewest).take_while(|index| same(*index, true)).count();
    let ranges = (0..=most_behind).rev().find_map(|behind| left(before, behind)).unwrap_or_else(wholes);
    // Names may differ by what stands between their words alone.
    let told: BTreeSet<&str> = names.iter().zip(&ranges).filter_map(|(name, range)| name.get(range.clone())).collect();
    if told.len() == names.len() { ranges } else { wholes() }
}

/// The fewest words of each of some names that no other one has beside each other: `stdout` of `web.stdout`. The names
/// differ, and so does what is told.
#[must_use]
pub fn fewest<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let all: Vec<Vec<Word<'a>>> = names.iter().map(|name| words(name)).collect();
    let mut having: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for words in &all {
        let runs: BTreeSet<Vec<&str>> = runs(words).map(|run| run.iter().map(|word| word.text).collect()).collect();
        for run in runs {
            *having.entry(run).or_default() += 1;
        }
    }
    let is_own = |run: &[Word<'_>]| having.get(&run.iter().map(|word| word.text).collect::<Vec<_>>()) == Some(&1);
    let each = names.iter().zip(&all);
    each.map(|(name, words)| {
        let mut own: Vec<&[Word<'a>]> = runs(words).filter(|run| is_own(run) && run.iter().any(Word::is_named)).collect();
        // The last words tell most: a file's name stands behind its folders.
        own.sort_by_key(|run| (run.len(), !run.iter().all(Word::is_named), std::cmp::Reverse(run.first().map(|word| word.at.start))));
        own.first().and_then(|run| name.get(place(run)?)).unwrap_or(name)
    })
    .collect()
}

/// All words that stand beside each other.
fn runs<'w, 'a>(words: &'w [Word<'a>]) -> impl Iterator<Item = &'w [Word<'a>]> {
    (1..=words.len()).flat_map(move |length| words.windows(length))
}

/// How many letters of some ids tell them apart, `least` at the least.
#[must_use]
pub fn letters(ids: &[&str], least: usize) -> usize {
    let longest = ids.iter().map(|id| id.len()).max().unwrap_or(0);
    let are_told = |count: usize| ids.iter().map(|id| id.get(..count).unwrap_or(id)).collect::<BTreeSet<_>>().len() == ids.len();
    (least..longest).find(|count| are_told(*count)).unwrap_or(longest)
}

/// The names in so many cells, still told apart: cut where that leaves them different, else numbered.
#[must_use]
pub fn squeezed(names: &[&str], room: usize) -> Vec<String> {
    let are_told = |cut: &Vec<String>| cut.iter().collect::<BTreeSet<_>>().len() == names.len();
    let cuts: [fn(&str, usize) -> String; 3] = [cut_end, cut_middle, cut_start];
    let cut = cuts.iter().map(|cut| names.iter().map(|name| cut(name, room)).collect::<Vec<_>>()).find(are_told);
    cut.unwrap_or_else(|| {
        // Numbers of one length: else a name that ends with a digit might become another one.
        let digits = names.len().to_string().len();
        let numbered = names.iter().zip(1_usize..);
        numbered.map(|(name, number)| format!("{}{number:0digits$}", cut_end(name, room.saturating_sub(digits)))).collect()
    })
}

/// As much of the beginning as fits, in cells.
fn head(name: &str, room: usize) -> String {
    let fits = name.chars().scan(0, |taken, letter| {
        *taken += letter.width().unwrap_or(0);
        (*taken <= room).then_some(letter)
    });
    fits.collect()
}

/// The same of the end.
fn tail(name: &str, room: usize) -> String {
    let turned: String = name.chars().rev().collect();
    head(&turned, room).chars().rev().collect()
}

fn cut_end(name: &str, room: usize) -> String {
    if name.width() <= room { name.to_owned() } else { format!("{}…", head(name, room.saturating_sub(1))) }
}

fn cut_start(name: &str, room: usize) -> String {
    if name.width() <= room { name.to_owned() } else { format!("…{}", tail(name, room.saturating_sub(1))) }
}

fn cut_middle(name: &str, room: usize) -> String {
    if name.width() <= room {
        return name.to_owned();
    }
    let left = room.saturating_sub(1);
    format!("{}…{}", head(name, left / 2), tail(name, left - left / 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told<'a>(names: &[&'a str]) -> Vec<&'a str> {
        names.iter().zip(parts(names)).map(|(name, range)| &name[range]).collect()
    }

    #[test]
    fn what_all_names_begin_and_end_with_is_left_out() {
        assert_eq!(told(&["orchid-ashford", "orchid-bellwater", "orchid-birchmont"]), ["ashford", "bellwater", "birchmont"]);
        assert_eq!(told(&["shop-eu-prod", "shop-us-prod"]), ["eu", "us"]);
        assert_eq!(told(&["h-prod", "h-prod-2"]), ["prod", "prod-2"]);
        assert_eq!(told(&["h-prod", "h-websocket-prod"]), ["prod", "websocket-prod"]);
        assert_eq!(told(&["h-prod/usw1", "h-prod/cac1"]), ["usw1", "cac1"]);
        assert_eq!(told(&["h-prod", "via-prod"]), ["h", "via"]);
        // A number is no name, and a piece of a word no part.
        assert_eq!(told(&["worker-1", "worker-2"]), ["worker-1", "worker-2"]);
        assert_eq!(told(&["ashford", "ashton"]), ["ashford", "ashton"]);
        // They differ by what is between their words only.
        assert_eq!(told(&["a-b", "a.b"]), ["a-b", "a.b"]);
        assert_eq!((told(&["only"]), told(&[])), (vec!["only"], vec![]));
    }

    #[test]
    fn the_fewest_words_that_are_a_names_own_are_the_last_that_are_words() {
        assert_eq!(fewest(&["eb-engine", "nginx/access", "web.stdout"]), ["engine", "access", "stdout"]);
        assert_eq!(fewest(&["nginx/access", "nginx/error", "api-error-0", "api-out-0"]), ["access", "nginx/error", "api-error", "out"]);
        assert_eq!(fewest(&["prod", "prod-2"]), ["prod", "prod-2"]);
    }

    #[test]
    fn ids_are_as_long_as_it_takes() {
        assert_eq!(letters(&["0a3c59e1", "0a3c59f2", "0b"], 4), 7);
        assert_eq!((letters(&["0a3c59e1", "0b3c59f2"], 4), letters(&["abc"], 6)), (4, 3));
    }

    #[test]
    fn names_are_cut_where_that_tells_them_apart() {
        assert_eq!(squeezed(&["ashford-county", "bellwater"], 8), ["ashford…", "bellwat…"]);
        assert_eq!(squeezed(&["county-of-ashford", "county-of-bell"], 8), ["cou…ford", "cou…bell"]);
        assert_eq!(squeezed(&["aaaa-x-bbbb", "aaaa-y-bbbb"], 5), ["aaa…1", "aaa…2"]);
    }

    proptest! {
        #[test]
        fn two_names_are_never_called_the_same(names in proptest::collection::btree_set("[ab]{1,2}([-./][ab12]{1,2}){0,4}", 1..8), room in 4_usize..12) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let each = |told: &[&str]| told.iter().collect::<BTreeSet<_>>().len();
            prop_assert_eq!(each(&told(&names)), names.len());
            prop_assert_eq!(each(&fewest(&names)), names.len());
            let cut = squeezed(&names, room);
            prop_assert_eq!(cut.iter().collect::<BTreeSet<_>>().len(), names.len());
            prop_assert!(cut.iter().all(|name| name.width() <= room));
        }
    }
}
