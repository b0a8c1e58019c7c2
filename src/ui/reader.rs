//! A text that is read in place, over the whole screen.

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::overlay::frame;
use super::theme::Role;
use crate::app::reader::{Reader, Tone};

/// Draws the text.
pub fn draw(pen: &mut Pen<'_>, area: Rect, text: &Reader) {
    let (wide, high) = (usize::from(area.width), usize::from(area.height));
    let shown = high.saturating_sub(2);
    let below = text.lines.len().saturating_sub(text.scroll + shown);
    let note = if below == 0 {
        "the end · n next part · esc closes".to_owned()
    } else {
        format!("{below} lines below · n next part · esc closes")
    };
    let inner = frame(pen, area, (wide, high), "", &note);
    // From outside: it is made harmless, and cut before the note.
    let room = wide.saturating_sub(super::text::width(&note) + 10);
    pen.line(area, 0, 2, Line::own(" ", Role::Title).and_foreign(text.title.clone(), Role::Title).cut(room).and(" ", Role::Title));
    for (down, line) in text.lines.iter().skip(text.scroll).take(shown).enumerate() {
        // Tabs have no width of their own on a screen of cells.
        let shown = line.text.replace('\t', "    ");
        pen.line(inner, down, 0, Line::foreign(shown, role(line.tone)).cut(usize::from(inner.width)));
    }
}

const fn role(tone: Tone) -> Role {
    match tone {
        Tone::Heading => Role::Group,
        Tone::Plain => Role::Text,
        Tone::Remark => Role::Faint,
        Tone::Good => Role::HealthOk,
        Tone::Bad => Role::HealthSevere,
        Tone::Open => Role::HealthUnknown,
    }
}
