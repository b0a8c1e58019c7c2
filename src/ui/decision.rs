//! The dialog in which a person decides on a write.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::chain;
use super::line::{Line, Pen};
use super::overlay::{frame, text_field};
use super::text::{short_commits, width, wrap};
use super::theme::Role;
use super::view::View;
use crate::app::decision::{Decision, Field, NEXT_WAVE, Proof, WAVES};
use crate::model::promotion::Verdict;

/// Draws the dialog.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, decision: &Decision) {
    let wide = usize::from(area.width).saturating_sub(4).min(96);
    let room = wide.saturating_sub(4);
    // Frame, blanks, confirmation, hint; and the comment, where there can be one.
    let rest = if decision.has_comment() { 9 } else { 7 };
    let most = usize::from(area.height).saturating_sub(rest);
    let lines = plan(decision, room, most);
    let shown = lines.len().min(most);
    let scroll = decision.scroll.min(lines.len() - shown);
    let below = lines.len() - shown - scroll;
    let note = match (scroll, below) {
        (0, 0) => "esc sends nothing".to_owned(),
        (_, 0) => "pgup the rest · esc sends nothing".to_owned(),
        (_, 1) => "pgdn 1 more line · esc sends nothing".to_owned(),
        (_, below) => format!("pgdn {below} more lines · esc sends nothing"),
    };
    let inner = frame(pen, area, (wide, shown + rest), decision.intent.title(), &note);
    for (down, (line, is_changed)) in lines.into_iter().skip(scroll).take(shown).enumerate() {
        pen.line(inner, down, 0, line);
        if is_changed {
            let before = Rect { x: inner.x.saturating_sub(1), width: 1, ..inner };
            pen.line(before, down, 0, Line::own("▎", Role::HealthWarning));
        }
    }
    let row = |down: usize| Rect { y: inner.y + u16::try_from(shown + down).unwrap_or(u16::MAX), height: 1, ..inner };
    fields(view, pen, decision, row);
}

/// What is decided on, what it resolves to, and what stands in the way, and which of it is new since it was last looked
/// at; `most` lines of it can be in sight.
fn plan(decision: &Decision, room: usize, most: usize) -> Vec<(Line<'static>, bool)> {
    let own: Vec<Told<'_>> = decision.lines.iter().map(|(label, text)| (*label, text.as_str(), role(label, text))).collect();
    let failed: Vec<Told<'_>> = decision.failed.iter().map(|sentence| ("✖", sentence.as_str(), Role::HealthSevere)).collect();
    let (passed, warned): (Vec<_>, Vec<_>) = decision.remarks.iter().partition(|(verdict, _)| *verdict == Verdict::Pass);
    let (passed, warned) = (remarks(passed), remarks(warned));
    // What stands in the way is seen first, and never cut off.
    let lines = drawn(decision, room, &[failed.as_slice(), &own, &warned, &passed].concat());
    if lines.len() <= most {
        return lines;
    }
    // Where not all is in sight beside the confirmation, what a person should know is; what is new above all.
    let mut told = [failed, warned, own, passed].concat();
    told.sort_by_key(|(_, text, _)| !is_changed(decision, text));
    drawn(decision, room, &told)
}

fn is_changed(decision: &Decision, text: &str) -> bool {
    decision.changed.iter().any(|changed| changed == text)
}

/// A label, a sentence, and how it looks.
type Told<'a> = (&'static str, &'a str, Role);

fn remarks(remarks: Vec<&(Verdict, String)>) -> Vec<Told<'_>> {
    let signed = remarks.into_iter().map(|(verdict, sentence)| (chain::verdict(*verdict), sentence.as_str()));
    signed.map(|((sign, role), sentence)| (sign, sentence, role)).collect()
}

fn drawn(decision: &Decision, room: usize, told: &[Told<'_>]) -> Vec<(Line<'static>, bool)> {
    let mut lines: Vec<(Line<'static>, bool)> =
        wrap(&short_commits(&decision.headline), room, 2).into_iter().map(|part| (Line::foreign(part, Role::Strong), false)).collect();
    let mut before = "";
    for (label, text, role) in told.iter().copied() {
        // A word is not said again of what stands below it; a sign is each line's own.
        let is_again = label.is_ascii() && std::mem::replace(&mut before, label) == label;
        let is_changed = is_changed(decision, text);
        // The command stands as it is run.
        let said = if label == VERSION { short_commits(text) } else { Cow::Borrowed(text) };
        for (index, part) in wrapped(label, &said, room.saturating_sub(LABEL)).into_iter().enumerate() {
            // Signs have the role of what they stand for; words are quiet.
            let quiet = if label.is_ascii() { Role::Faint } else { role };
            let label = if index == 0 && !is_again { format!("{label:<LABEL$}") } else { " ".repeat(LABEL) };
            lines.push((Line::own(label, quiet).and_foreign(part, role), is_changed));
        }
    }
    lines
}

/// The label of the line with what runs and what is to run.
const VERSION: &str = "version";

/// The text on so many lines as it needs; each wave begins on one of its own, so that they can be counted.
fn wrapped(label: &str, text: &str, room: usize) -> Vec<String> {
    let texts: Vec<&str> = if label == WAVES { text.split(NEXT_WAVE).collect() } else { vec![text] };
    texts.into_iter().flat_map(|text| wrap(text, room, usize::MAX)).collect()
}

/// How much longer the line is on which something is typed than what has to be.
const SPARE: usize = 4;
/// The width of the labels.
const LABEL: usize = 11;

/// What it stops stands out; what is not known too.
fn role(label: &str, text: &str) -> Role {
    match label {
        "cancels" => Role::HealthWarning,
        _ if text.starts_with('?') => Role::HealthUnknown,
        _ => Role::Text,
    }
}

/// Shows where something can be typed, and in which place the keys go: a bar before it, a line below what is empty.
pub(super) fn place(pen: &mut Pen<'_>, row: Rect, prompt: &Line<'_>, (typed, most): (&str, usize), has_keys: bool) {
    let from = prompt.width() + width(typed);
    pen.fill(row, 0, from, usize::from(row.width).min(prompt.width().saturating_add(most)), "_", Role::Rule);
    if has_keys {
        let before = Rect { x: row.x.saturating_sub(1), width: 1, ..row };
        pen.line(before, 0, 0, Line::own("▌", Role::Bar));
    }
}

fn fields(view: &View<'_>, pen: &mut Pen<'_>, decision: &Decision, row: impl Fn(usize) -> Rect) {
    let label = if decision.needs_reason() { "reason     " } else { "comment    " };
    let has_keys = |field| decision.field == field;
    let role = |field| if has_keys(field) { Role::Key } else { Role::Faint };
    // Without a comment what follows moves up.
    let up = if decision.has_comment() { 0 } else { 2 };
    if decision.has_comment() {
        let prompt = Line::own(label, role(Field::Comment));
        text_field(view, pen, row(1), &prompt, decision.comment.around_cursor(), Role::Text, has_keys(Field::Comment));
        place(pen, row(1), &prompt, (decision.comment.text(), usize::MAX), has_keys(Field::Comment));
    }
    match &decision.proof {
        Proof::Yes => {
            // While the keys are elsewhere a `y` is a letter.
            let (label, text) = if has_keys(Field::Proof) { ("y          ", Role::Text) } else { ("then y     ", Role::Faint) };
            pen.line(row(3 - up), 0, 0, Line::own(label, role(Field::Proof)).and(decision.intent.does(), text));
        }
        Proof::Typed(wanted) => {
            let what = Line::own("type ", role(Field::Proof)).and_foreign(wanted.clone(), role(Field::Proof)).and(" ", Role::Text);
            let gap = LABEL.saturating_sub(what.width());
            let what = what.and(" ".repeat(gap), Role::Text);
            text_field(view, pen, row(3 - up), &what, decision.typed.around_cursor(), Role::Strong, has_keys(Field::Proof));
            place(pen, row(3 - up), &what, (decision.typed.text(), width(wanted) + SPARE), has_keys(Field::Proof));
        }
    }
    let hint = hint(decision);
    let line = decision.error.as_ref().map_or_else(|| Line::foreign(hint, Role::Faint), |error| Line::foreign(error.clone(), Role::Fault));
    let row = row(5 - up);
    pen.line(row, 0, 0, line.cut(usize::from(row.width)));
}

/// What the field with the keys is for, and what comes next.
fn hint(decision: &Decision) -> String {
    let why = match decision.failed.len() {
        0 => "it may be empty".to_owned(),
        1 => "why, although a check stands in the way".to_owned(),
        count => format!("why, although {count} checks stand in the way"),
    };
    if decision.field == Field::Comment {
        return format!("{why}  ·  ⏎ to the confirmation");
    }
    let mut parts = Vec::new();
    if let Proof::Typed(wanted) = &decision.proof {
        parts.extend(decision.proof_is().map(|meaning| format!("{wanted} is {meaning}")));
        parts.push(format!("⏎ {}", decision.intent.does()));
    }
    if decision.has_comment() {
        parts.push(format!("⇤ back to the {}", if decision.needs_reason() { "reason" } else { "comment" }));
    }
    parts.join("  ·  ")
}
