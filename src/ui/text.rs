//! Text by its width on the screen, and figures as a table says them.
//!
//! Widths are counted as the terminal library counts them, by grapheme, so
//! that what fits here fits there. Nothing is ever cut without `…`.

use std::borrow::Cow;

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::line::harmless;

/// How many cells a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cells).sum()
}

/// How many cells one character takes, as people see characters.
#[must_use]
pub fn cells(grapheme: &str) -> usize {
    usize::from(grapheme.cell_width())
}

/// As much of the beginning as fits.
fn head(text: &str, room: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += cells(grapheme);
        if taken > room {
            return text.get(..at).unwrap_or("");
        }
    }
    text
}

/// As much of the end as fits.
fn tail(text: &str, room: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        taken += cells(grapheme);
        if taken > room {
            return text.get(at + grapheme.len()..).unwrap_or("");
        }
    }
    text
}

/// The text, or its beginning and `…`.
#[must_use]
pub fn cut(text: Cow<'_, str>, room: usize) -> Cow<'_, str> {
    if width(&text) <= room {
        return text;
    }
    match room {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}…", head(&text, room - 1))),
    }
}

/// The text, or its two ends around `…`, the end a little longer: it tells names apart more often.
#[must_use]
pub fn cut_middle(text: Cow<'_, str>, room: usize) -> Cow<'_, str> {
    if width(&text) <= room {
        return text;
    }
    match room {
        0 => Cow::Borrowed(""),
        1..=4 => cut(text, room),
        _ => {
            let before = (room - 1) / 2;
            let after = room - 1 - before;
            Cow::Owned(format!("{}…{}", head(&text, before), tail(&text, after)))
        }
    }
}

/// The text, or `…` and its end.
#[must_use]
pub fn cut_start(text: &str, room: usize) -> String {
    if width(text) <= room { text.to_owned() } else { format!("…{}", tail(text, room.saturating_sub(1))) }
}

/// Breaks a text into at most so many lines; where it is longer, the last one ends with `…`.
///
/// What a terminal obeys or hides is made visible first: it takes another room then.
#[must_use]
pub fn wrap(text: &str, room: usize, lines: usize) -> Vec<String> {
    let text = harmless(Cow::Borrowed(text));
    let mut wrapped: Vec<String> = Vec::new();
    if room == 0 || lines == 0 {
        return wrapped;
    }
    let mut rest = text.trim();
    while !rest.is_empty() {
        if wrapped.len() + 1 == lines {
            wrapped.push(cut(Cow::Borrowed(rest), room).into_owned());
            return wrapped;
        }
        let (line, after) = break_line(rest, room);
        wrapped.push(line.to_owned());
        rest = after;
    }
    wrapped
}

/// The first line of a text that is not empty, and what is left.
fn break_line(text: &str, room: usize) -> (&str, &str) {
    let fits = head(text, room);
    let whole = fits.len() == text.len() || text.get(fits.len()..).is_some_and(|rest| rest.starts_with(' '));
    // Between two words where there are two, else within the one.
    let at = if whole { fits.len() } else { fits.rfind(' ').filter(|at| *at > 0).unwrap_or(fits.len()) };
    // A character wider than the room stands alone, or nothing would ever get done.
    let at = if at == 0 { text.graphemes(true).next().map_or(text.len(), str::len) } else { at };
    let (line, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    (line.trim_end(), rest.trim_start())
}

/// The text with the first seven digits of each commit that is written out: nobody tells them apart by the rest.
#[must_use]
pub fn short_commits(text: &str) -> Cow<'_, str> {
    let is_commit = |word: &str| word.len() == WHOLE && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_between = |letter: char| !letter.is_alphanumeric();
    if !text.split(is_between).any(is_commit) {
        return Cow::Borrowed(text);
    }
    let parts = text.split_inclusive(is_between).map(|part| {
        let word = part.trim_end_matches(is_between);
        let (short, rest) = part.split_at_checked(if is_commit(word) { SHORT } else { part.len() }).unwrap_or((part, ""));
        format!("{short}{}", rest.get(WHOLE - SHORT..).unwrap_or(""))
    });
    Cow::Owned(parts.collect())
}

/// How many digits a commit has, and how many tell it apart.
const WHOLE: usize = 40;
const SHORT: usize = 7;

/// A count per second: `0.4`, `12`, `1.2k`.
#[must_use]
pub fn per_second(rate: f64) -> String {
    match rate {
        rate if !rate.is_finite() => "?".to_owned(),
        rate if rate < 0.05 => "0".to_owned(),
        rate if rate < 9.95 => format!("{rate:.1}"),
        rate if rate < 999.5 => format!("{rate:.0}"),
        rate if rate < 9_950.0 => format!("{:.1}k", rate / 1_000.0),
        rate if rate < 999_500.0 => format!("{:.0}k", rate / 1_000.0),
        rate => format!("{:.0}M", rate / 1_000_000.0),
    }
}

/// A time in seconds: `0.21s`, `12.3s`, `140s`.
#[must_use]
pub fn seconds(time: f64) -> String {
    match time {
        time if !time.is_finite() => "?".to_owned(),
        time if time < 9.995 => format!("{time:.2}s"),
        time if time < 99.95 => format!("{time:.1}s"),
        time => format!("{time:.0}s"),
    }
}

/// A share between 0 and 1: `0%`, `0.4%`, `31%`. What is not nothing is not rounded to nothing.
#[must_use]
pub fn share(part: f64) -> String {
    let percent = part * 100.0;
    match percent {
        percent if !percent.is_finite() => "?".to_owned(),
        percent if percent <= 0.0 => "0%".to_owned(),
        percent if percent < 0.1 => "<0.1%".to_owned(),
        percent if percent < 9.95 && (percent.round() - percent).abs() > 0.049 => format!("{percent:.1}%"),
        percent if percent < 100.0 && percent > 99.5 => "99%".to_owned(),
        percent => format!("{percent:.0}%"),
    }
}

/// A number with the right form of a word: `1 instance`, `3 instances`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_shortened_and_other_words_are_not() {
        let whole = "c877c834765656876f60eab475761e0b3a1f9d11";
        for (text, short) in [
            (format!("Roll {whole} out"), "Roll c877c83 out".to_owned()),
            (format!("{whole} → {whole}, once more"), "c877c83 → c877c83, once more".to_owned()),
            (format!("app-{whole}"), "app-c877c83".to_owned()),
            (format!("{whole}0"), format!("{whole}0")),
            ("h-prod20221110T123456Z é".to_owned(), "h-prod20221110T123456Z é".to_owned()),
        ] {
            assert_eq!(short_commits(&text), short);
        }
    }

    #[test]
    fn what_is_cut_says_so_and_fits() {
        for text in ["h-prod", "環境環境環境", "añ👩‍👩‍👧b", "a\u{fffd}b"] {
            for room in 0..14 {
                for cut in [cut(text.into(), room), cut_middle(text.into(), room)] {
                    assert!(width(&cut) <= room, "{cut} in {room}");
                    assert!(*cut == *text || cut.contains('…') || room == 0, "{cut}");
                }
            }
        }
        assert_eq!(cut("environment".into(), 6), "envir…");
        assert_eq!(cut_middle("h-production-eu".into(), 10), "h-pr…on-eu");
    }

    #[test]
    fn a_wrapped_text_keeps_every_word_or_says_that_it_does_not() {
        assert_eq!(wrap("one two three", 7, 3), ["one two", "three"]);
        assert_eq!(wrap("one two three", 7, 1), ["one tw…"]);
        assert_eq!(wrap("abcdefghij kl", 4, 9), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("環境", 1, 2), ["環", "…"]);
        assert_eq!(wrap("  ", 5, 2), Vec::<String>::new());
        assert_eq!(wrap("ab\u{1b}\u{202e}環 c\nd", 6, 3), ["ab␛�環", "c d"]);
    }

    #[test]
    fn figures_are_short_and_never_round_something_to_nothing() {
        for (rate, text) in [(0.0, "0"), (0.42, "0.4"), (9.96, "10"), (120.4, "120"), (1_234.0, "1.2k"), (45_000.0, "45k"), (2e6, "2M")] {
            assert_eq!(per_second(rate), text);
        }
        for (time, text) in [(0.21, "0.21s"), (1.919, "1.92s"), (12.34, "12.3s"), (140.2, "140s"), (f64::NAN, "?")] {
            assert_eq!(seconds(time), text);
        }
        for (part, text) in [(0.0, "0%"), (0.000_4, "<0.1%"), (0.004, "0.4%"), (0.02, "2%"), (0.31, "31%"), (0.999, "99%"), (1.0, "100%")] {
            assert_eq!(share(part), text);
        }
    }
}
