//! A text that is read in place, over the whole screen.

use ratatui::layout::Rect;

use super::line::{Line, Pen, harmless};
use super::overlay::frame;
use super::text::{width, wrap};
use super::theme::Role;
use crate::app::reader::{Reader, Tone};

/// Draws the text.
pub fn draw(pen: &mut Pen<'_>, area: Rect, text: &Reader) {
    let (wide, high) = (usize::from(area.width), usize::from(area.height));
    let shown = high.saturating_sub(2);
    let lines = lines(text, wide.saturating_sub(4), shown);
    let below = lines.len().saturating_sub(text.scroll + shown);
    let note = if below == 0 {
        "the end · n next part · esc closes".to_owned()
    } else {
        format!("{below} lines below · n next part · esc closes")
    };
    let inner = frame(pen, area, (wide, high), "", &note);
    // From outside: it is made harmless, and cut before the note.
    let room = wide.saturating_sub(width(&note) + 10);
    pen.line(area, 0, 2, Line::own(" ", Role::Title).and_foreign(text.title.clone(), Role::Title).cut(room).and(" ", Role::Title));
    for (down, (line, tone)) in lines.into_iter().skip(text.scroll).take(shown).enumerate() {
        pen.line(inner, down, 0, Line::foreign(line, role(tone)).cut(usize::from(inner.width)));
    }
}

/// The lines as they are drawn. A text that fits whole is wrapped, not cut; a longer one keeps a row for each line, since
/// by lines it is scrolled and searched.
fn lines(text: &Reader, room: usize, shown: usize) -> Vec<(String, Tone)> {
    // Tabs have no width of their own on a screen of cells, and what is no character at all has none to be measured.
    let shown_as = |line: &str| harmless(line.replace('\t', "    ").into()).into_owned();
    let each = || text.lines.iter().map(|line| (shown_as(&line.text), line.tone));
    if text.lines.len() > shown {
        return each().collect();
    }
    let parts = |(line, tone): (String, Tone)| -> Vec<(String, Tone)> {
        // Wrapping would take the blanks away that set it off.
        if width(&line) <= room {
            return vec![(line, tone)];
        }
        // What is set off stays so in each of its rows.
        let indent = (line.len() - line.trim_start_matches(' ').len()).min(room / 2);
        let indented = |part: String| (format!("{:indent$}{part}", ""), tone);
        wrap(line.trim_start_matches(' '), room - indent, usize::MAX).into_iter().map(indented).collect()
    };
    let wrapped: Vec<(String, Tone)> = each().flat_map(parts).collect();
    if wrapped.len() <= shown { wrapped } else { each().collect() }
}

const fn role(tone: Tone) -> Role {
    match tone {
        Tone::Heading => Role::Group,
        Tone::Plain => Role::Text,
        Tone::Remark => Role::Faint,
        Tone::Good => Role::HealthOk,
        Tone::Bad => Role::HealthSevere,
        Tone::Live => Role::Activity,
        Tone::Open => Role::HealthUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::reader::TextLine;

    #[test]
    fn a_line_that_is_set_off_is_so_in_each_of_its_rows() {
        let text =
            Reader { title: String::new(), lines: vec![TextLine { tone: Tone::Plain, text: "  one two three".to_owned() }], scroll: 0 };
        let rows: Vec<String> = lines(&text, 9, 10).into_iter().map(|(row, _)| row).collect();
        assert_eq!(rows, ["  one two", "  three"]);
    }
}
