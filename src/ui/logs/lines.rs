//! The lines, and what stands among them.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::Scene;
use crate::app::logs::layout::{Columns, GUTTER, LEVEL, Zone};
use crate::app::logs::markers;
use crate::app::logs::screen::{from, shown_text};
use crate::app::logs::wrap::{self, Wrapped};
use crate::model::log::ansi::Span;
use crate::model::log::buffer::Entry;
use crate::model::log::level::Level;
use crate::model::log::line::{Key, Line as LogLine, Millis};
use crate::model::log::note::{Gap, MarkerKind, Note};
use crate::ui::line::{Line, Pen, Piece};
use crate::ui::text::width;
use crate::ui::theme::Role;

/// The bar that begins the name of a source, in its colour.
const MARK: &str = "▎";
/// No more hits than this are marked in one row.
const MOST_HITS: usize = 50;

/// Draws what fits.
pub fn draw(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    let (buffer, screen) = (&scene.stream.buffer, scene.screen);
    let sight = screen.sight(buffer, scene.layout, scene.now);
    let visible = sight.visible(&screen.view);
    if visible.is_empty() {
        super::prompt::nothing(scene, pen, area);
        return;
    }
    let (mut down, mut has_lines) = (0, false);
    for rank in visible {
        let Some((key, entry)) = sight.key(rank).and_then(|key| Some((key, buffer.entry(key.id())?))) else { continue };
        if down >= usize::from(area.height) {
            return;
        }
        has_lines |= matches!(entry, Entry::Line(_));
        let rows = match entry {
            Entry::Line(line) => draw_line(scene, pen, area, down, &line),
            Entry::Note(note) => draw_note(scene, pen, area, down, note),
        };
        mark(scene, pen, area, down, rows, key);
        down += rows;
    }
    if !has_lines && let Some(sentence) = super::prompt::gone(scene) {
        pen.line(area, (down + 1).min(usize::from(area.height).saturating_sub(1)), GUTTER, Line::own(sentence, Role::Text));
    }
}

/// The bar of the selected line, or the sign of a bookmark.
fn mark(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, rows: usize, key: Key) {
    let is_selected = scene.screen.cursor == Some(key);
    if scene.screen.bookmarks.has(key) {
        pen.line(area, down, 0, Line::own("◆", Role::Mark));
    }
    if is_selected {
        for row in down..(down + rows).min(usize::from(area.height)) {
            pen.lay_over(area, row, Role::Selected);
            let sign = if scene.screen.bookmarks.has(key) && row == down { "◆" } else { "▌" };
            pen.line(area, row, 0, Line::own(sign, if sign == "◆" { Role::Mark } else { Role::Bar }));
        }
    }
}

/// Draws a line; says how many rows it took.
fn draw_line(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, line: &LogLine<'_>) -> usize {
    let layout = scene.layout;
    let role = role(line.level);
    time(scene, pen, area, down, line.time, line.late);
    source(scene, pen, area, down, line);
    let at = GUTTER + layout.time + layout.source;
    pen.line(area, down, at, Line::own(glyph(line.level), role));
    let text_at = at + LEVEL;
    let text = shown_text(line, scene.screen.columns);
    let shown = from(&text, scene.screen.begins, line.id);
    let rows = if scene.screen.wrap { wrap::wrap(shown, layout.text) } else { one_row(scene, &text) };
    if scene.screen.wrap && shown.len() < text.len() {
        // It does not begin here.
        pen.line(area, down, text_at - 1, Line::own("…", Role::Faint));
    }
    for (index, row) in rows.rows.iter().enumerate() {
        let end = draw_row(scene, pen, area, (down + index, text_at), row, role);
        if rows.is_cut && index + 1 == rows.rows.len() {
            // What is left out is told where it is left out.
            let told = if scene.screen.wrap {
                format!("… {} bytes, ⏎ reads all", markers::thousands(line.text.len() as u64))
            } else {
                "…".to_owned()
            };
            let start = end.min(usize::from(area.width).saturating_sub(width(&told)));
            pen.line(area, down + index, start, Line::own(told, Role::Faint));
        }
    }
    rows.rows.len()
}

fn one_row(scene: &Scene<'_>, text: &[u8]) -> Wrapped {
    let (row, is_cut) = wrap::row(text, scene.screen.right, scene.layout.text);
    Wrapped { rows: vec![row], is_cut }
}

/// Draws the pieces of a row, and what the search finds in it; says where it ends.
fn draw_row(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, (down, right): (usize, usize), row: &[Span], role: Role) -> usize {
    let mut at = right;
    for span in row {
        at = pen.span(area, down, at, span, role);
    }
    if let Some(search) = &scene.screen.search {
        let text: String = row.iter().map(|span| span.text.as_str()).collect();
        for hit in search.pattern.places(text.as_bytes(), MOST_HITS) {
            let (Some(before), Some(found)) = (text.get(..hit.start), text.get(hit.clone())) else { continue };
            pen.line(area, down, right + width(before), Line::foreign(found.to_owned(), Role::Match));
        }
    }
    at
}

/// The role of a line's text.
const fn role(level: Option<Level>) -> Role {
    match level {
        Some(Level::Fatal | Level::Error) => Role::HealthSevere,
        Some(Level::Warn) => Role::HealthWarning,
        Some(Level::Debug | Level::Trace) => Role::Faint,
        Some(Level::Info) | None => Role::Text,
    }
}

/// The sign of a level: what needs nobody has none.
const fn glyph(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Fatal | Level::Error) => "✖",
        Some(Level::Warn) => "△",
        Some(Level::Debug | Level::Trace) => "·",
        Some(Level::Info) | None => " ",
    }
}

/// When; a line that came late is marked.
fn time(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, at: Millis, late: bool) {
    if scene.layout.time == 0 {
        return;
    }
    let end = pen.line(area, down, GUTTER, Line::own(stamp(scene, at), Role::Faint));
    if late {
        pen.line(area, down, end, Line::own("~", Role::HealthUnknown));
    }
}

fn stamp(scene: &Scene<'_>, at: Millis) -> String {
    let (at, now) = (at.timestamp(), scene.view.state.now);
    let is_wide = scene.layout.time > 9;
    let is_today = at.strftime("%F").to_string() == now.strftime("%F").to_string();
    let format = match (is_today, is_wide) {
        (true, true) => "%H:%M:%S%.3f",
        (true, false) => "%H:%M:%S",
        (false, true) => "%b %d %H:%M",
        (false, false) => "%d %H:%M",
    };
    match scene.screen.zone {
        Zone::Utc => at.strftime(format).to_string(),
        Zone::Local => at.to_zoned(scene.view.state.logs.zone.clone()).strftime(format).to_string(),
    }
}

/// Where from: in the colour of the instance, or of the environment where there are several.
fn source(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, line: &LogLine<'_>) {
    let Some(origin) = scene.stream.origins.get(&line.source).filter(|_| scene.layout.source > 0) else { return };
    let role = mark_role(origin.mark);
    let mut at = pen.line(area, down, GUTTER + scene.layout.time, Line::own(MARK, role));
    let Some(label) = scene.names.get(line.source) else { return };
    for ((part, width), role) in label.iter().zip(scene.names.widths).zip([role, role, Role::Faint]).filter(|((_, width), _)| *width > 0) {
        pen.line(area, down, at, Line::foreign(part.as_str(), role));
        at += width + 1;
    }
}

/// The role of a source's colour.
pub(super) fn mark_role(mark: usize) -> Role {
    Role::SOURCES.get(mark % Role::SOURCES.len()).copied().unwrap_or(Role::Text)
}

/// Draws what is no line, over the whole width; it takes one row.
fn draw_note(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, note: &Note) -> usize {
    time(scene, pen, area, down, note.time(), false);
    let (sign, role, text) = match note {
        Note::Gap(gap) => {
            let (sign, role) = of_gap(gap);
            (sign, role, Cow::Owned(markers::gap(gap)))
        }
        Note::Marker(marker) => {
            let (sign, role) = of_marker(marker.kind);
            (sign, role, Cow::Borrowed(&*marker.text))
        }
    };
    let at = if scene.screen.columns == Columns::TextOnly { GUTTER } else { GUTTER + scene.layout.time };
    let room = usize::from(area.width).saturating_sub(at + 4);
    let mut line = Line::own(format!("── {sign} "), role);
    line.push(Piece::foreign(text.into_owned(), role).cut(room.saturating_sub(4)));
    let end = pen.line(area, down, at, line.and(" ", role));
    pen.fill(area, down, end, usize::from(area.width).saturating_sub(1), "─", Role::Rule);
    1
}

const fn of_gap(gap: &Gap) -> (&'static str, Role) {
    match (gap.filled, gap.count) {
        (true, _) | (false, Some(0)) => ("✔", Role::Faint),
        (false, _) => ("!", Role::Fault),
    }
}

const fn of_marker(kind: MarkerKind) -> (&'static str, Role) {
    match kind {
        MarkerKind::Deploy => ("⇡", Role::Activity),
        MarkerKind::Restart => ("↻", Role::Activity),
        MarkerKind::Health => ("♥", Role::Strong),
        MarkerKind::Instance => ("⇄", Role::Activity),
        MarkerKind::Change => ("▷", Role::Activity),
        MarkerKind::Source => ("!", Role::Fault),
    }
}
