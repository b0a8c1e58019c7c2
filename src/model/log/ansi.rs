//! Colours that applications write into their logs, kept; everything else that a terminal would obey, made visible.
//!
//! Only SGR is understood (ECMA-48, 8.3.117). Blinking and concealed text is
//! drawn as any other, and no text is drawn in the colour of its background: what a
//! line says can be read.

use std::iter::Peekable;

use crate::model::safe_text;

/// No longer sequence is one of colours.
const LONGEST_SEQUENCE: usize = 64;

/// A colour as an application names it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Colour {
    /// One of the terminal's 256; the first sixteen are its theme's.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a piece of text is to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in SGR")]
pub struct Style {
    /// The text's colour; `None` is the usual one.
    pub foreground: Option<Colour>,
    /// The colour behind it.
    pub background: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Slanted.
    pub italic: bool,
    /// Underlined.
    pub underlined: bool,
    /// Both colours exchanged.
    pub reversed: bool,
    /// Crossed out.
    pub crossed: bool,
}

/// A piece of text in one style. Safe to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it is drawn.
    pub style: Style,
}

/// The first `most` characters of a line, safe to show, in the colours that it asks for.
#[must_use]
pub fn spans(text: &[u8], most: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut style = Style::default();
    let mut left = most;
    let mut rest = text;
    while left > 0 && !rest.is_empty() {
        if let Some((codes, after)) = sequence(rest) {
            apply(&mut style, codes);
            rest = after;
            continue;
        }
        // An escape that begins no colour is text, too.
        let next = memchr::memchr(0x1b, rest.get(1..).unwrap_or_default());
        let (piece, after) = rest.split_at(next.map_or(rest.len(), |next| next + 1));
        push(&mut spans, piece, style, &mut left);
        rest = after;
    }
    spans
}

/// The line without its colours: what is copied and saved. Everything else is as it came.
#[must_use]
pub fn plain(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((_, after)) = sequence(rest) {
            rest = after;
            continue;
        }
        let next = memchr::memchr(0x1b, rest.get(1..).unwrap_or_default());
        let (piece, after) = rest.split_at(next.map_or(rest.len(), |next| next + 1));
        plain.extend_from_slice(piece);
        rest = after;
    }
    plain
}

/// The codes of a sequence of colours at the beginning, and what follows it.
fn sequence(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let codes = text.strip_prefix(b"\x1b[")?;
    let end = codes.iter().take(LONGEST_SEQUENCE).position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    let (codes, after) = codes.split_at(end);
    Some((codes, after.strip_prefix(b"m")?))
}

fn push(spans: &mut Vec<Span>, piece: &[u8], style: Style, left: &mut usize) {
    // A character has four bytes at most: no more than that is decoded of an endless line.
    let piece = piece.get(..left.saturating_mul(4)).unwrap_or(piece);
    let decoded = String::from_utf8_lossy(piece);
    let end = decoded.char_indices().nth(*left).map_or(decoded.len(), |(end, _)| end);
    let decoded = decoded.get(..end).unwrap_or_default();
    *left -= decoded.chars().count().min(*left);
    let text = safe_text::safe(decoded);
    let style = readable(style);
    match spans.last_mut() {
        Some(last) if last.style == style => last.text.push_str(&text),
        _ => spans.push(Span { text: text.into_owned(), style }),
    }
}

/// The style without a background that hides the text.
fn readable(mut style: Style) -> Style {
    if style.background == style.foreground {
        style.background = None;
    }
    style
}

fn apply(style: &mut Style, codes: &[u8]) {
    let mut codes = codes.split(|byte| matches!(byte, b';' | b':')).map(number).peekable();
    while let Some(code) = codes.next() {
        match code {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underlined = true,
            7 => style.reversed = true,
            9 => style.crossed = true,
            21 | 22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underlined = false,
            27 => style.reversed = false,
            29 => style.crossed = false,
            30..=37 => style.foreground = indexed(code - 30),
            38 => style.foreground = extended(&mut codes).or(style.foreground),
            39 => style.foreground = None,
            40..=47 => style.background = indexed(code - 40),
            48 => style.background = extended(&mut codes).or(style.background),
            49 => style.background = None,
            90..=97 => style.foreground = indexed(code - 82),
            100..=107 => style.background = indexed(code - 92),
            _ => {}
        }
    }
}

/// `5;N` or `2;R;G;B`, behind 38 and 48.
fn extended(codes: &mut Peekable<impl Iterator<Item = u16>>) -> Option<Colour> {
    match codes.next_if(|kind| matches!(kind, 2 | 5))? {
        5 => indexed(codes.next()?),
        _ => {
            let mut part = || u8::try_from(codes.next()?).ok();
            Some(Colour::Rgb(part()?, part()?, part()?))
        }
    }
}

fn indexed(code: u16) -> Option<Colour> {
    u8::try_from(code).ok().map(Colour::Indexed)
}

/// A code; one that is none, or beyond all, means nothing. An empty one is 0.
fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0_u16, |number, digit| number.saturating_mul(10).saturating_add(u16::from(digit.saturating_sub(b'0'))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &[u8]) -> Vec<(String, Style)> {
        spans(text, 1_000).into_iter().map(|span| (span.text, span.style)).collect()
    }

    fn red() -> Style {
        Style { foreground: Some(Colour::Indexed(1)), ..Style::default() }
    }

    #[test]
    fn colours_are_kept() {
        let usual = Style::default();
        assert_eq!(told(b"a\x1b[31mb\x1b[0mc"), [("a".into(), usual), ("b".into(), red()), ("c".into(), usual)]);
        assert_eq!(told(b"\x1b[1;38;5;208mx")[0].1, Style { foreground: Some(Colour::Indexed(208)), bold: true, ..usual });
        assert_eq!(told(b"\x1b[48;2;1;2;3mx\x1b[m")[0].1, Style { background: Some(Colour::Rgb(1, 2, 3)), ..usual });
        assert_eq!(told(b"\x1b[97mx")[0].1, Style { foreground: Some(Colour::Indexed(15)), ..usual });
    }

    #[test]
    fn everything_else_is_seen_and_obeyed_by_nobody() {
        for (text, shown) in [
            (&b"\x1b[2Jx"[..], "␛[2Jx"),
            (b"\x1b]0;title\x07x", "␛]0;title␇x"),
            (b"\x1b", "␛"),
            (b"\x1b[31", "␛[31"),
            (b"\x1b[?25lx", "␛[?25lx"),
            (b"\xff\xfe\x00", "��␀"),
            ("\u{202e}x\u{9b}31mx".as_bytes(), "�x�31mx"),
        ] {
            assert_eq!(told(text), [(shown.to_owned(), Style::default())], "{text:?}");
        }
        let endless = [&b"\x1b["[..], &[b'1'; 100], b"mx"].concat();
        assert!(told(&endless)[0].0.starts_with("␛[111"));
    }

    #[test]
    fn nothing_is_hidden() {
        assert_eq!(told(b"\x1b[8mhidden"), [("hidden".into(), Style::default())]);
        assert_eq!(told(b"\x1b[31;41mhidden"), [("hidden".into(), red())]);
    }

    #[test]
    fn no_more_than_is_wanted_is_made() {
        let line = vec![b'x'; 90_000];
        assert_eq!(spans(&line, 10), [Span { text: "x".repeat(10), style: Style::default() }]);
        assert_eq!(spans("ä\x1b[31määä".as_bytes(), 2).iter().map(|span| span.text.as_str()).collect::<Vec<_>>(), ["ä", "ä"]);
        assert_eq!(plain(b"a\x1b[31mb\x1b[0m\x1b[2Jc"), b"ab\x1b[2Jc");
    }

    proptest! {
        #[test]
        fn whatever_a_line_is_it_is_safe(text in proptest::collection::vec(any::<u8>(), 0..200), most in 0_usize..100) {
            let shown: String = spans(&text, most).into_iter().map(|span| span.text).collect();
            prop_assert!(!shown.chars().any(safe_text::is_harmful));
            prop_assert!(shown.chars().count() <= most);
        }

        #[test]
        fn sequences_never_reach_the_text(codes in "(\\[[0-9;]{0,12}m|[a-z ]|\x1b){0,20}") {
            let text = codes.replace('[', "\x1b[");
            let shown: String = spans(text.as_bytes(), 500).into_iter().map(|span| span.text).collect();
            prop_assert!(!shown.chars().any(safe_text::is_harmful));
        }
    }
}
