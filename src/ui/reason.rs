//! The dialog in which a reason is given for what a person decides about an operation.

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::overlay::{frame, text_field};
use super::text::wrap;
use super::theme::Role;
use super::view::View;
use crate::app::reason::Reason;

/// Draws the dialog.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, reason: &Reason) {
    let wide = usize::from(area.width).saturating_sub(4).min(80);
    let sentence = wrap(&reason.sentence, wide.saturating_sub(4), 4);
    let below = sentence.len() + 1;
    let inner = frame(pen, area, (wide, below + 5), "reason", "⏎ does it · esc does nothing");
    for (down, part) in sentence.into_iter().enumerate() {
        pen.line(inner, down, 0, Line::foreign(part, Role::Strong));
    }
    let row = Rect { y: inner.y + u16::try_from(below).unwrap_or(u16::MAX), height: 1, ..inner };
    text_field(view, pen, row, &Line::own("why        ", Role::Key), reason.text.around_cursor(), Role::Text, true);
    let hint = "it goes into the operation's journal and into the audit log";
    let line = reason.error.map_or_else(|| Line::own(hint, Role::Faint), |error| Line::own(error, Role::Fault));
    pen.line(inner, below + 2, 0, line.cut(wide.saturating_sub(4)));
}
