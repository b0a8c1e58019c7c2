//! Pieces of text with their roles, and how a line of them is put on the screen.
//!
//! The only way from a string to a cell: it makes foreign text harmless, cuts
//! with `…`, and never writes outside of its area.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::text::{cells, cut, width};
use super::theme::{Role, Theme};
use crate::model::log::ansi::Span;
use crate::model::safe_text::safe;

/// A text in one role, harmless to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece<'a> {
    text: Cow<'a, str>,
    role: Role,
}

impl<'a> Piece<'a> {
    /// This program's own words.
    #[must_use]
    pub fn own(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        let text = text.into();
        debug_assert!(!text.chars().any(char::is_control), "foreign text must come in by Piece::foreign");
        Self { text, role }
    }

    /// Text from outside.
    #[must_use]
    pub fn foreign(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self { text: harmless(text.into()), role }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many cells it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        width(&self.text)
    }

    /// The same in another role.
    #[must_use]
    pub fn in_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The same, shortened to this room.
    #[must_use]
    pub fn cut(self, room: usize) -> Self {
        Self { text: cut(self.text, room), role: self.role }
    }
}

/// [`safe`], keeping what is owned; and marks that would combine with nothing are seen as well.
#[must_use]
pub fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = disarmed(text);
    let invisible = |grapheme: &str| cells(grapheme) == 0;
    if text.is_ascii() || !text.graphemes(true).any(invisible) {
        return text;
    }
    Cow::Owned(text.graphemes(true).map(|grapheme| if invisible(grapheme) { "\u{fffd}" } else { grapheme }).collect())
}

fn disarmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => safe(text),
        Cow::Owned(text) => Cow::Owned(match safe(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(changed) => changed,
        }),
    }
}

/// Pieces one behind the other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line<'a> {
    pieces: Vec<Piece<'a>>,
}

impl<'a> Line<'a> {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    /// A line of one piece of this program's own words.
    #[must_use]
    pub fn own(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self { pieces: vec![Piece::own(text, role)] }
    }

    /// A line of one piece of foreign text.
    #[must_use]
    pub fn foreign(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self { pieces: vec![Piece::foreign(text, role)] }
    }

    /// With this program's own words behind it.
    #[must_use]
    pub fn and(mut self, text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        self.pieces.push(Piece::own(text, role));
        self
    }

    /// With foreign text behind it.
    #[must_use]
    pub fn and_foreign(mut self, text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        self.pieces.push(Piece::foreign(text, role));
        self
    }

    /// With a piece behind it.
    pub fn push(&mut self, piece: Piece<'a>) {
        self.pieces.push(piece);
    }

    /// With another line behind it.
    pub fn append(&mut self, other: Self) {
        self.pieces.extend(other.pieces);
    }

    /// Its text alone.
    #[must_use]
    pub fn plain(&self) -> String {
        self.pieces.iter().map(Piece::text).collect()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many cells it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.pieces.iter().map(Piece::width).sum()
    }

    /// The same with every piece in one role, except those for which the closure says otherwise.
    #[must_use]
    pub fn in_role(self, role: Role) -> Self {
        Self { pieces: self.pieces.into_iter().map(|piece| piece.in_role(role)).collect() }
    }

    /// With blanks behind it, so that it takes this room.
    #[must_use]
    pub fn padded(self, room: usize) -> Self {
        let gap = room.saturating_sub(self.width());
        self.and(" ".repeat(gap), Role::Text)
    }

    /// Shortened to this room, the last piece that is seen ending with `…`.
    #[must_use]
    pub fn cut(self, room: usize) -> Self {
        if self.width() <= room {
            return self;
        }
        let mut left = room;
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces {
            let wide = piece.width();
            // A piece that fits exactly must still tell that something follows.
            if wide < left {
                left -= wide;
                pieces.push(piece);
                continue;
            }
            let text = if wide == left { Cow::Owned(format!("{}…", piece.text)) } else { piece.text };
            pieces.push(Piece { text, role: piece.role }.cut(left));
            break;
        }
        Self { pieces }
    }
}

/// Where views write.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    /// Whether it writes into the pane that has not the keys.
    is_aside: bool,
}

impl<'a> Pen<'a> {
    /// A pen that writes into this buffer with this theme.
    pub const fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme, is_aside: false }
    }

    /// The same for the pane that has not the keys: what is selected there is fainter, so that one sees where a key acts.
    pub const fn aside(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme, is_aside: true }
    }

    fn style(&self, role: Role) -> Style {
        self.theme.style(match role {
            Role::Selected if self.is_aside => Role::SelectedAside,
            Role::Bar if self.is_aside => Role::Faint,
            role => role,
        })
    }

    /// Writes a line into the row `down` of an area, cut to it, `right` cells from its left edge.
    /// Returns the column behind it.
    pub fn line(&mut self, area: Rect, down: usize, right: usize, line: Line<'_>) -> usize {
        let area = area.intersection(self.buffer.area);
        let room = usize::from(area.width).saturating_sub(right);
        let Some(y) = row_of(area, down) else { return right };
        let mut at = right;
        for piece in line.cut(room).pieces {
            let x = area.x.saturating_add(u16::try_from(at).unwrap_or(u16::MAX));
            let wide = piece.width();
            // Checked again, since writing outside of the buffer would panic.
            if x < area.right() {
                self.buffer.set_stringn(x, y, &piece.text, usize::from(area.right() - x), self.style(piece.role));
            }
            at += wide;
        }
        at
    }

    /// Writes a piece of an application's own line, in the colours that it asked for as far as they can be read here.
    /// Returns the column behind it.
    pub fn span(&mut self, area: Rect, down: usize, right: usize, span: &Span, role: Role) -> usize {
        let area = area.intersection(self.buffer.area);
        let (Some(y), text) = (row_of(area, down), harmless(Cow::Borrowed(&span.text))) else { return right };
        let x = area.x.saturating_add(u16::try_from(right).unwrap_or(u16::MAX));
        if x < area.right() {
            let style = super::application::style(self.theme, span.style, role);
            self.buffer.set_stringn(x, y, &text, usize::from(area.right() - x), style);
        }
        right + width(&text)
    }

    /// Writes a line that ends at the right edge of the area, leaving `margin` cells behind it.
    /// Returns the column where it begins.
    pub fn line_at_end(&mut self, area: Rect, down: usize, margin: usize, line: Line<'_>) -> usize {
        let start = usize::from(area.width).saturating_sub(line.width() + margin);
        self.line(area, down, start, line);
        start
    }

    /// Fills a stretch of a row with one character.
    pub fn fill(&mut self, area: Rect, down: usize, from: usize, to: usize, symbol: &str, role: Role) {
        let count = to.saturating_sub(from);
        self.line(area, down, from, Line::own(symbol.repeat(count), role));
    }

    /// Lays a role's style over a row.
    pub fn lay_over(&mut self, area: Rect, down: usize, role: Role) {
        let area = area.intersection(self.buffer.area);
        if let Some(y) = row_of(area, down) {
            self.buffer.set_style(Rect { y, height: 1, ..area }, self.style(role));
        }
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            // Every cell, so that no half of a wide character is left standing.
            self.buffer.set_stringn(area.x, y, " ".repeat(usize::from(area.width)), usize::from(area.width), Style::reset());
        }
    }
}

/// The row `down` of an area, if it has one.
fn row_of(area: Rect, down: usize) -> Option<u16> {
    let down = u16::try_from(down).ok().filter(|down| *down < area.height)?;
    Some(area.y + down)
}

/// As many of these as fit beside each other with a gap between, the most worthy ones, in their order.
#[must_use]
pub fn most_worthy(mut items: Vec<(u8, Line<'_>)>, gap: usize, room: usize) -> Vec<Line<'_>> {
    let total = |items: &[(u8, Line<'_>)]| items.iter().map(|(_, line)| line.width() + gap).sum::<usize>().saturating_sub(gap);
    while total(&items) > room {
        let least = items.iter().enumerate().rev().min_by_key(|(_, (worth, _))| *worth).map(|(index, _)| index);
        let Some(least) = least else { break };
        items.remove(least);
    }
    items.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_line_always_says_so() {
        let line = || Line::own("abc", Role::Text).and("def", Role::Faint);
        let text = |line: Line<'_>| line.pieces.iter().map(|piece| piece.text.to_string()).collect::<String>();
        assert_eq!(text(line().cut(6)), "abcdef");
        assert_eq!(text(line().cut(5)), "abcd…");
        assert_eq!(text(line().cut(3)), "ab…");
        assert_eq!(text(line().cut(1)), "…");
    }

    #[test]
    fn the_least_worthy_goes_first() {
        let items = vec![(1, Line::own("aa", Role::Text)), (9, Line::own("bb", Role::Text)), (5, Line::own("cc", Role::Text))];
        let kept: Vec<usize> = most_worthy(items.clone(), 1, 5).iter().map(Line::width).collect();
        assert_eq!(kept, [2, 2]);
        assert_eq!(most_worthy(items, 1, 1).len(), 0);
    }

    #[test]
    fn nothing_is_written_outside() {
        let theme = Theme::new(crate::ui::theme::Name::Mono, crate::ui::colour::Depth::None);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        let mut pen = Pen::new(&mut buffer, &theme);
        pen.line(Rect::new(2, 0, 10, 5), 0, 0, Line::own("abcdef", Role::Text));
        pen.line(Rect::new(0, 0, 4, 1), 3, 0, Line::own("zzz", Role::Text));
        pen.line(Rect::new(0, 0, 4, 1), 0, 9, Line::own("zzz", Role::Text));
        assert_eq!(buffer, Buffer::with_lines(["  a…"]));
    }
}
