//! A line broken into rows of a given width: once for who draws it and for who counts rows.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::model::log::ansi::{Span, spans};

/// No line takes more rows than this; the rest is counted, and read with Enter.
pub const MOST_ROWS: usize = 8;

/// A line in rows, each of styled pieces, and how many bytes were left out behind them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wrapped {
    /// The rows; at least one.
    pub rows: Vec<Vec<Span>>,
    /// Whether something is left out.
    pub is_cut: bool,
}

/// Breaks a line. `width` is at least 1.
#[must_use]
pub fn wrap(text: &[u8], width: usize) -> Wrapped {
    let width = width.max(1);
    // Marks that combine take no room: twice as many characters are looked at as would fit.
    let most = width * MOST_ROWS * 2 + 1;
    let mut rows: Vec<Vec<Span>> = vec![Vec::new()];
    let (mut taken, mut characters) = (0, 0);
    for span in spans(text, most) {
        characters += span.text.chars().count();
        let mut piece = String::new();
        for grapheme in span.text.graphemes(true) {
            let wide = grapheme.width().max(1);
            if taken + wide > width && taken > 0 {
                push(&mut rows, &mut piece, &span);
                if rows.len() == MOST_ROWS {
                    return Wrapped { rows, is_cut: true };
                }
                rows.push(Vec::new());
                taken = 0;
            }
            piece.push_str(grapheme);
            taken += wide;
        }
        push(&mut rows, &mut piece, &span);
    }
    Wrapped { rows, is_cut: characters >= most }
}

/// One row of a line that is not broken: so many cells of it from the character `from` on, and whether more follows.
#[must_use]
pub fn row(text: &[u8], from: usize, width: usize) -> (Vec<Span>, bool) {
    let mut row: Vec<Vec<Span>> = vec![Vec::new()];
    let (mut skipped, mut taken, mut characters) = (0, 0, 0);
    let most = from.saturating_add(width).saturating_mul(2).saturating_add(2);
    for span in spans(text, most) {
        characters += span.text.chars().count();
        let mut piece = String::new();
        for grapheme in span.text.graphemes(true) {
            if skipped < from {
                skipped += 1;
                continue;
            }
            let wide = grapheme.width().max(1);
            if taken + wide > width {
                push(&mut row, &mut piece, &span);
                return (row.into_iter().flatten().collect(), true);
            }
            piece.push_str(grapheme);
            taken += wide;
        }
        push(&mut row, &mut piece, &span);
    }
    (row.into_iter().flatten().collect(), characters >= most)
}

fn push(rows: &mut [Vec<Span>], piece: &mut String, of: &Span) {
    if let Some(row) = rows.last_mut().filter(|_| !piece.is_empty()) {
        row.push(Span { text: std::mem::take(piece), style: of.style });
    }
}

/// A little of what stands before a place is shown with it: so much of the room's width.
const BEFORE: usize = 4;

/// How many characters are to be scrolled away for a place in a line that is not broken, so that it is seen; none where it
/// is seen without.
#[must_use]
pub fn scroll_for(text: &[u8], place: &Range<usize>, width: usize) -> usize {
    let (characters, cells) = extent(text.get(..place.start).unwrap_or_default());
    let (_, own) = extent(text.get(place.clone()).unwrap_or_default());
    if cells + own <= width { 0 } else { characters.saturating_sub(width / BEFORE) }
}

/// The byte from which on a line that is broken is to be shown, so that a place in it is seen; none where it is seen from
/// the beginning. Colours that were switched on before are not known there.
#[must_use]
pub fn begin_for(text: &[u8], place: &Range<usize>, width: usize) -> Option<usize> {
    // What comes behind the place may not change where rows end before it: the last row is left to it.
    let (_, cells) = extent(text.get(..place.end)?);
    // A wide character that does not fit at the end of a row leaves a cell empty.
    if cells <= width.saturating_sub(1).max(1) * (MOST_ROWS - 1) {
        return None;
    }
    let wanted = place.start.saturating_sub(width / 2);
    // No character and no escape sequence is cut.
    let is_inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let start = (wanted..place.start).find(|at| !is_inside(*at)).unwrap_or(place.start);
    let near = start.saturating_sub(LONGEST_SEQUENCE);
    let escape = text.get(near..start)?.iter().rposition(|byte| *byte == 0x1b).map(|at| near + at);
    let is_open = |from: &usize| !text.get(from + 2..start).unwrap_or_default().iter().any(|byte| (0x40..=0x7e).contains(byte));
    Some(escape.filter(is_open).unwrap_or(start))
}

/// No escape sequence that colours is longer, in bytes.
const LONGEST_SEQUENCE: usize = 32;

/// How many characters a text has, as a person counts them, and how many cells they take.
fn extent(text: &[u8]) -> (usize, usize) {
    let each = spans(text, text.len());
    let graphemes = each.iter().flat_map(|span| span.text.graphemes(true));
    graphemes.fold((0, 0), |(count, cells), grapheme| (count + 1, cells + grapheme.width().max(1)))
}

/// How many rows a line takes.
#[must_use]
pub fn rows(text: &[u8], width: usize) -> usize {
    // Most lines are plain and short.
    if text.len() <= width && text.is_ascii() { 1 } else { wrap(text, width).rows.len() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(wrapped: &Wrapped) -> Vec<String> {
        wrapped.rows.iter().map(|row| row.iter().map(|span| span.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_line_is_broken_and_an_endless_one_is_cut() {
        assert_eq!(texts(&wrap(b"abcdef", 4)), ["abcd", "ef"]);
        assert_eq!(texts(&wrap("環境環".as_bytes(), 5)), ["環境", "環"]);
        assert_eq!(texts(&wrap(b"", 4)), [""]);
        let endless = wrap(&vec![b'x'; 90_000], 10);
        assert_eq!((endless.rows.len(), endless.is_cut), (MOST_ROWS, true));
        let exact = wrap(&[b'x'; 10 * MOST_ROWS], 10);
        assert_eq!((exact.rows.len(), exact.is_cut), (MOST_ROWS, false));
    }

    /// Whether a place is among what is shown of a broken line.
    fn is_seen(text: &[u8], place: &Range<usize>, width: usize) -> bool {
        let from = begin_for(text, place, width).unwrap_or(0);
        let found = String::from_utf8_lossy(&text[place.clone()]).into_owned();
        texts(&wrap(&text[from..], width)).concat().contains(&found)
    }

    #[test]
    fn a_place_far_to_the_right_is_seen_and_one_near_the_beginning_moves_nothing() {
        let mut text = vec![b'x'; 90_000];
        text.extend(b"\x1b[31mTHE END\x1b[0m");
        let place = 90_005..90_012;
        for width in [10, 40, 100] {
            assert!(is_seen(&text, &place, width));
            let right = scroll_for(&text, &place, width);
            let (row, _) = row(&text, right, width);
            assert!(row.iter().map(|span| span.text.as_str()).collect::<String>().contains("THE END"), "{width}");
        }
        assert_eq!((begin_for(&text, &(3..5), 40), scroll_for(&text, &(3..5), 40)), (None, 0));
    }

    proptest! {
        #[test]
        fn what_is_found_anywhere_is_seen(before in "(\\PC|\u{1b}\\[3[0-7]m){0,300}", behind in "\\PC{0,60}", width in 6_usize..30) {
            let text = format!("{before}HIT{behind}");
            let place = before.len()..before.len() + 3;
            prop_assert!(is_seen(text.as_bytes(), &place, width));
        }

        #[test]
        fn no_row_is_wider_and_nothing_is_lost(text in "\\PC{0,60}", width in 2_usize..30) {
            let wrapped = wrap(text.as_bytes(), width);
            for row in texts(&wrapped) {
                let wide: usize = row.graphemes(true).map(|grapheme| grapheme.width().max(1)).sum();
                // A character that is wider than the room stands alone, or nothing would ever get done.
                prop_assert!(wide <= width || row.graphemes(true).count() == 1, "{row:?}");
            }
            prop_assert_eq!(rows(text.as_bytes(), width), wrapped.rows.len());
            if !wrapped.is_cut {
                let whole: String = spans(text.as_bytes(), usize::MAX / 8).into_iter().map(|span| span.text).collect();
                prop_assert_eq!(texts(&wrapped).concat(), whole);
            }
        }
    }
}
