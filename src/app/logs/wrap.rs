//! A line broken into rows of a given width: once for who draws it and for who counts rows.

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

    proptest! {
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
