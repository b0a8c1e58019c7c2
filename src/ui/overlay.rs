//! What lies over the screen: help, the palette, questions.
//!
//! ```text
//! ╭ palette ───────────────────────────╮
//! │ > hpr                              │
//! │ h-prod          us-west-1          │
//! │ h-prod          ca-central-1       │
//! ╰────────────────────────────────────╯
//! ```

use ratatui::layout::{Position, Rect};

use super::line::{Line, Pen, Piece, harmless};
use super::screen::key_name;
use super::text::{width, wrap};
use super::theme::Role;
use super::view::View;
use super::words::{glyph, level_role};
use super::{decision, form, help, lock, preferences, reader, reason};
use crate::app::custom::Output;
use crate::app::dialog::Kind;
use crate::app::event::Effect;
use crate::app::keymap::Meaning;
use crate::app::palette::{Entry, Palette, Target};

/// Draws the dialog that is open.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    match view.state.dialog.as_ref().map(|dialog| &dialog.kind) {
        Some(Kind::Help { scroll }) => help::draw(view, pen, area, *scroll),
        Some(Kind::Palette(palette)) => draw_palette(view, pen, area, palette),
        Some(Kind::Confirm { question, then, scroll }) => confirm(pen, area, question, then, *scroll),
        Some(Kind::Menu(menu)) => form::draw_menu(view, pen, area, menu),
        Some(Kind::Setup(setup)) => form::draw_setup(view, pen, area, setup),
        Some(Kind::Reason(given)) => reason::draw(view, pen, area, given),
        Some(Kind::Lock(form)) => lock::draw(view, pen, area, form),
        Some(Kind::Form(inputs)) => form::draw(view, pen, area, inputs),
        Some(Kind::Columns(dialog)) => preferences::draw_columns(view, pen, area, dialog),
        Some(Kind::Views(dialog)) => preferences::draw_views(view, pen, area, dialog),
        Some(Kind::Reader(text)) => reader::draw(pen, area, text),
        Some(Kind::Decide(decision)) => decision::draw(view, pen, area, decision),
        None => {}
    }
}

/// An empty frame in the middle of an area; returns what is inside.
pub fn frame(pen: &mut Pen<'_>, area: Rect, size: (usize, usize), title: &str, note: &str) -> Rect {
    let cells = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let (wide, high) = (cells(size.0).min(area.width), cells(size.1).min(area.height));
    let outer = Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - high) / 3, width: wide, height: high };
    // A blank column at both sides: words of the screen that end at the frame are not read as the dialog's.
    let left = outer.x.saturating_sub(1).max(area.x);
    pen.clear(Rect { x: left, width: (outer.right() + 1).min(area.right()).saturating_sub(left), ..outer });
    let room = usize::from(wide).saturating_sub(2);
    pen.line(outer, 0, 0, Line::own(format!("╭{}╮", "─".repeat(room)), Role::Frame));
    if !title.is_empty() {
        pen.line(outer, 0, 2, Line::own(format!(" {title} "), Role::Title).cut(room.saturating_sub(2)));
    }
    if !note.is_empty() {
        pen.line_at_end(outer, 0, 2, Line::own(format!(" {note} "), Role::Faint));
    }
    for down in 1..usize::from(high).saturating_sub(1) {
        pen.line(outer, down, 0, Line::own("│", Role::Frame));
        pen.line(outer, down, room + 1, Line::own("│", Role::Frame));
    }
    pen.line(outer, usize::from(high).saturating_sub(1), 0, Line::own(format!("╰{}╯", "─".repeat(room)), Role::Frame));
    Rect { x: outer.x + 2, y: outer.y + 1, width: wide.saturating_sub(4), height: high.saturating_sub(2) }
}

/// The palette is no wider: its sentences fit, and the keys stand close to what they do.
const PALETTE: usize = 112;
/// Where its sentences begin: names of environments have room, and where that is short, those of commands.
const SENTENCES: usize = 32;
const SENTENCES_NARROW: usize = 24;
/// The room for a key behind a sentence.
const KEY: usize = 8;

fn draw_palette(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, palette: &Palette) {
    // One height whatever fits, so that nothing jumps while typing.
    let high = usize::from(area.height).saturating_sub(4).min(20);
    let wide = usize::from(area.width).saturating_sub(4).min(PALETTE);
    let inner = frame(pen, area, (wide, high), "palette", "⏎ runs · esc closes");
    text_field(view, pen, inner, &Line::own("> ", Role::Key), palette.input.around_cursor(), Role::Strong, true);
    let room = usize::from(inner.height).saturating_sub(1);
    if palette.entries.is_empty() {
        pen.line(inner, 1, 2, Line::own("Nothing has these letters in this order.", Role::Faint));
    }
    // The selected line stays in sight.
    let offset = (palette.selected + 1).saturating_sub(room);
    for (down, entry) in palette.entries.iter().skip(offset).take(room).enumerate() {
        draw_entry(view, pen, inner, down + 1, entry);
        if down + offset == palette.selected {
            pen.lay_over(inner, down + 1, Role::Selected);
            pen.line(inner, down + 1, 0, Line::own("▌", Role::Bar));
        }
    }
}

/// A line of the palette: name with the matched letters, what it is, its key.
fn draw_entry(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, entry: &Entry) {
    let room = usize::from(area.width);
    let sentences = if room + 4 < PALETTE { SENTENCES_NARROW } else { SENTENCES };
    let key = match &entry.target {
        Target::Command(id) | Target::Refused(id, _) => view.state.keymap.keys(*id).first().copied().map_or_else(String::new, key_name),
        Target::Custom(number) => {
            let keys = view.state.keymap.keys_of(Meaning::Custom(*number));
            keys.first().copied().map_or_else(String::new, key_name)
        }
        Target::Environment(key) => view.state.fleet.get(key).map_or_else(String::new, |it| glyph(it.level()).to_owned()),
    };
    let role = match &entry.target {
        Target::Command(_) | Target::Custom(_) => Role::Key,
        Target::Refused(..) => Role::Faint,
        Target::Environment(key) => view.state.fleet.get(key).map_or(Role::Text, |it| level_role(it.level())),
    };
    pen.line_at_end(area, down, 1, Line::own(key, role));
    // The haystack of an environment is its name, a blank, its region: letters of both may have matched.
    let name_length = entry.name.chars().count();
    let plain = if matches!(entry.target, Target::Refused(..)) { Role::Faint } else { Role::Text };
    let name = matched(&entry.name, plain, |index| is_matched(entry, index)).cut(sentences - 4);
    pen.line(area, down, 2, name);
    let detail = match entry.target {
        Target::Command(_) => Line::own(entry.detail.as_str(), Role::Faint),
        Target::Custom(_) | Target::Refused(..) => Line::foreign(entry.detail.as_str(), Role::Faint),
        Target::Environment(_) => matched(&entry.detail, Role::Faint, |index| is_matched(entry, index + name_length + 1)),
    };
    pen.line(area, down, sentences, detail.cut(room.saturating_sub(sentences + KEY)));
}

fn is_matched(entry: &Entry, index: usize) -> bool {
    u32::try_from(index).is_ok_and(|index| entry.matched.binary_search(&index).is_ok())
}

/// A text in which the matched letters stand out.
fn matched(text: &str, role: Role, is_match: impl Fn(usize) -> bool) -> Line<'static> {
    let mut line = Line::new();
    let mut run = String::new();
    let mut run_matches = false;
    for (index, character) in text.chars().enumerate() {
        let matches = is_match(index);
        if matches != run_matches && !run.is_empty() {
            line.push(Piece::foreign(std::mem::take(&mut run), if run_matches { Role::Match } else { role }));
        }
        run_matches = matches;
        run.push(character);
    }
    line.push(Piece::foreign(run, if run_matches { Role::Match } else { role }));
    line
}

fn confirm(pen: &mut Pen<'_>, area: Rect, question: &str, then: &Effect, scroll: usize) {
    let yes = match then {
        Effect::Quit => "ends Quarterdeck",
        Effect::Attend(_) | Effect::ReadNow(_) | Effect::Reveal(..) | Effect::FindOut(_) => "reads",
        Effect::Write(_) => "writes to GitHub",
        Effect::Operate(_) | Effect::Logs(_) | Effect::Remember(_) | Effect::Prefer(_) => "does it",
        Effect::Lock(_) => "does it, for everybody who shares these locks",
        Effect::Open(_) => "opens a page",
        Effect::Copy(_) => "copies",
        Effect::Theme(_) => "changes the theme",
        Effect::Mouse(_) => "switches the mouse",
        Effect::Picture { .. } | Effect::Store { .. } => "writes a file",
        Effect::Redraw => "draws the screen anew",
        Effect::Lend(_) => "lends the terminal to it",
        Effect::Run(run) if run.output == Output::Terminal => "lends the terminal to it",
        Effect::Run(_) => "runs it",
        Effect::NoteRan(_) => "writes it down",
        Effect::Suspend => "gives the terminal back to the shell",
    };
    let wide = usize::from(area.width).saturating_sub(4).min(if question.len() > 160 { 76 } else { 60 });
    let asked = wrap(question, wide - 4, usize::MAX);
    // Frame, a blank line, and both answers.
    let shown = asked.len().min(usize::from(area.height).saturating_sub(5));
    let scroll = scroll.min(asked.len() - shown);
    let note = match asked.len() - shown - scroll {
        0 if scroll == 0 => String::new(),
        0 => "the end of it".to_owned(),
        more => format!("{more} lines below · ↓"),
    };
    let below = shown + 1;
    let inner = frame(pen, area, (wide, below + 4), "", &note);
    for (down, part) in asked.into_iter().skip(scroll).take(shown).enumerate() {
        pen.line(inner, down, 0, Line::foreign(part, Role::Strong));
    }
    pen.line(inner, below, 0, Line::own("y", Role::Key).and(format!("    {yes}"), Role::Text));
    pen.line(inner, below + 1, 0, Line::own("esc", Role::Key).and("  goes on as before", Role::Text));
}

/// A line that is being typed, the cursor always in sight.
pub fn text_field(
    view: &View<'_>,
    pen: &mut Pen<'_>,
    area: Rect,
    prompt: &Line<'static>,
    (before, behind): (&str, &str),
    role: Role,
    has_cursor: bool,
) {
    let start = pen.line(area, 0, 0, prompt.clone());
    let room = usize::from(area.width).saturating_sub(start + 1);
    let before = harmless(before.into());
    let behind = harmless(behind.into());
    // What does not fit goes out on the left: the eye is where the cursor is.
    let shown = if width(&before) > room { super::text::cut_start(&before, room) } else { before.into_owned() };
    let at = pen.line(area, 0, start, Line::own(shown, role));
    let left = usize::from(area.width).saturating_sub(at);
    pen.line(area, 0, at, Line::own(behind.into_owned(), role).cut(left));
    if has_cursor {
        let x = area.x.saturating_add(u16::try_from(at).unwrap_or(u16::MAX)).min(area.right().saturating_sub(1));
        view.type_at(Position { x, y: area.y });
    }
}
