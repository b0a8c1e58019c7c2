//! The dialogs in which something is chosen, and in which the inputs of a workflow are filled in.

use ratatui::layout::Rect;

use super::line::{Line, Pen, harmless};
use super::overlay::{frame, text_field};
use super::text::{short_commits, width, wrap};
use super::theme::Role;
use super::view::View;
use crate::app::form::{Entry, Form, Purpose, Value};
use crate::app::menu::{AS_TYPED, Choice, Menu};
use crate::app::plans::operation::Deed;
use crate::app::setup::Setup;
use crate::model::dispatch::InputKind;

/// How many cells a foreign text takes as it is shown.
fn width_of(text: &str) -> usize {
    width(&harmless(short_commits(text)))
}

/// The widest that the names of inputs stand.
const WIDEST: usize = 28;

/// Draws a list to choose from.
pub fn draw_menu(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, menu: &Menu) {
    let widest = |of: fn(&crate::app::menu::Item) -> &str| menu.items.iter().map(|item| width_of(of(item))).max().unwrap_or(0);
    let longest = widest(|item| &item.detail).max(if menu.takes.is_some() { width_of(AS_TYPED) } else { 0 });
    let most = usize::from(area.width).saturating_sub(4);
    // Version labels are long, and end in what tells them apart.
    let names = if menu.filter.is_some() { (widest(|item| &item.name) + 3).clamp(NAMES, (most / 2).max(NAMES)) } else { NAMES };
    let titled = width_of(menu.title) + width_of(menu.note) + 10;
    let wide = most.min((longest + names + 8).max(64).max(titled));
    let title = wrap(&menu.heading, wide.saturating_sub(4), 4);
    let filter = usize::from(menu.filter.is_some());
    let heading = title.len() + filter;
    // One height whatever fits, so that nothing jumps while typing.
    let room = usize::from(area.height).saturating_sub(6 + heading).min(menu.items.len() + usize::from(menu.takes.is_some())).max(1);
    let inner = frame(pen, area, (wide, room + heading + 2), menu.title, menu.note);
    for (down, part) in title.into_iter().enumerate() {
        pen.line(inner, down, 0, Line::foreign(part, Role::Faint));
    }
    if let Some(typed) = &menu.filter {
        let row = Rect { y: inner.y + u16::try_from(heading - 1).unwrap_or(0), height: 1, ..inner };
        text_field(view, pen, row, &Line::own("> ", Role::Key), typed.around_cursor(), Role::Strong, true);
    }
    if menu.shown().next().is_none() {
        let text = if menu.items.is_empty() { "none is known yet: type one" } else { "nothing has this in it" };
        pen.line(inner, heading, 2, Line::own(text, Role::Faint));
    }
    // The selected line stays in sight.
    let offset = (menu.at + 1).saturating_sub(room);
    for (down, item) in menu.shown().skip(offset).take(room).enumerate() {
        let row = down + heading;
        let in_use = if is_in_use(view, &item.choice) { " (in use)" } else { "" };
        pen.line(inner, row, 2, Line::foreign(short_commits(&item.name).into_owned(), Role::Text).and(in_use, Role::Strong).cut(names - 2));
        let left = usize::from(inner.width).saturating_sub(names + 2);
        pen.line(inner, row, names + 2, Line::foreign(item.detail.to_string(), Role::Faint).cut(left));
        if down + offset == menu.at {
            pen.lay_over(inner, row, Role::Selected);
            pen.line(inner, row, 0, Line::own("▌", Role::Bar));
        }
    }
}

/// Whether this theme is the one that is drawn in.
fn is_in_use(view: &View<'_>, choice: &Choice) -> bool {
    matches!(choice, Choice::Theme(word) if **word == *view.theme.choice().word())
}

/// The room for the names in a list.
const NAMES: usize = 30;

/// Draws the inputs of a workflow.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, form: &Form) {
    let wide = usize::from(area.width).saturating_sub(4).min(96);
    let name = |entry: &Entry| width_of(&entry.input.name);
    let label = form.entries.iter().map(name).max().unwrap_or(0).min(WIDEST) + 3;
    // Heading, a blank, the entries; a blank, what the selected one is for, what is wrong.
    let rest = 2 + 1 + DESCRIPTION + 1;
    let room = usize::from(area.height).saturating_sub(rest + 4).min(form.entries.len()).max(1);
    let (title, note, heading) = match &form.purpose {
        Purpose::Start(manual) => {
            let heading = Line::foreign(&*manual.name, Role::Strong).and(" of ", Role::Faint);
            ("start a workflow", "⏎ shows the plan · esc starts nothing", heading)
        }
        Purpose::Tag(tagging) => {
            let what = if tagging.release { "A release" } else { "A tag" };
            let heading = Line::own(what, Role::Strong).and(" that promotes ", Role::Faint).and_foreign(tagging.app.as_str(), Role::Text);
            ("promote by a tag", "⏎ shows the plan · esc sets nothing", heading.and(" in ", Role::Faint))
        }
        Purpose::Merge(merging) => {
            let heading = Line::own(format!("#{}", merging.pull), Role::Strong).and(" of ", Role::Faint);
            ("merge", "⏎ shows the plan · esc merges nothing", heading)
        }
    };
    let inner = frame(pen, area, (wide, room + rest + 2), title, note);
    let heading = heading.and_foreign(form.repository.as_str(), Role::Text);
    pen.line(inner, 0, 0, heading);
    let offset = (form.at + 1).saturating_sub(room);
    for (down, (at, entry)) in form.entries.iter().enumerate().skip(offset).take(room).enumerate() {
        let row = Rect { y: inner.y + u16::try_from(down + 2).unwrap_or(u16::MAX), height: 1, ..inner };
        draw_entry(view, pen, row, entry, label, at == form.at);
    }
    let hidden = form.entries.len() - room.min(form.entries.len());
    if hidden > 0 {
        pen.line_at_end(inner, 0, 0, Line::own(format!("{} of {} inputs", form.at + 1, form.entries.len()), Role::Faint));
    }
    below(pen, inner, room + 3, &form.entries, form.at, form.error.as_ref());
}

/// Draws how several environments are gone through, or how many instances are kept.
pub fn draw_setup(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, setup: &Setup) {
    let wide = usize::from(area.width).saturating_sub(4).min(96);
    let label = setup.entries.iter().map(|entry| width_of(&entry.input.name)).max().unwrap_or(0).min(WIDEST) + 3;
    let rest = 2 + 1 + DESCRIPTION + 1;
    let room = usize::from(area.height).saturating_sub(rest + 4).min(setup.entries.len()).max(1);
    let inner = frame(pen, area, (wide, room + rest + 2), setup.wanted.title(), "⏎ shows the plan · esc does nothing");
    let heading = match (&setup.wanted.deed, setup.wanted.environments.as_slice()) {
        (_, [one]) => {
            let region = one.region.as_ref().map_or_else(String::new, |region| format!(" {region}"));
            Line::foreign(one.name.to_string(), Role::Strong).and_foreign(region, Role::Text)
        }
        (Deed::Deploy(label), several) => {
            Line::foreign(label.to_string(), Role::Strong).and(format!(" to {} environments", several.len()), Role::Text)
        }
        (_, several) => Line::own(format!("{} environments", several.len()), Role::Strong),
    };
    pen.line(inner, 0, 0, heading);
    let offset = (setup.at + 1).saturating_sub(room);
    for (down, (at, entry)) in setup.entries.iter().enumerate().skip(offset).take(room).enumerate() {
        let row = Rect { y: inner.y + u16::try_from(down + 2).unwrap_or(u16::MAX), height: 1, ..inner };
        draw_entry(view, pen, row, entry, label, at == setup.at);
    }
    below(pen, inner, room + 3, &setup.entries, setup.at, setup.error.as_ref());
}

/// How many lines a description may take.
const DESCRIPTION: usize = 2;

/// What the selected input is for, and what is wrong.
fn below(pen: &mut Pen<'_>, area: Rect, from: usize, entries: &[Entry], at: usize, error: Option<&String>) {
    let width = usize::from(area.width);
    if let Some(entry) = entries.get(at) {
        for (down, part) in wrap(&entry.input.description, width, DESCRIPTION).into_iter().enumerate() {
            pen.line(area, from + down, 0, Line::foreign(part, Role::Faint));
        }
    }
    let hint = match entries.get(at).map(|entry| &entry.value) {
        Some(Value::Tick(_)) => "space ticks  ·  ↑↓ another input",
        Some(Value::Choice(_)) => "space and ←→ choose  ·  ↑↓ another input",
        Some(Value::Text(_)) | None => "↑↓ another input",
    };
    let line = error.map_or_else(|| Line::own(hint, Role::Faint), |error| Line::foreign(error.clone(), Role::Fault));
    pen.line(area, from + DESCRIPTION, 0, line.cut(width));
}

fn draw_entry(view: &View<'_>, pen: &mut Pen<'_>, row: Rect, entry: &Entry, label: usize, has_keys: bool) {
    let role = if has_keys { Role::Key } else { Role::Faint };
    let sign = if entry.input.required { "* " } else { "  " };
    pen.line(row, 0, 0, Line::own(sign, Role::Fault).and_foreign(&*entry.input.name, role).cut(label));
    let start = u16::try_from(label + 1).unwrap_or(u16::MAX).min(row.width);
    let field = Rect { x: row.x + start, width: row.width - start, ..row };
    match (&entry.value, &entry.input.kind) {
        (Value::Text(text), _) => text_field(view, pen, field, &Line::own("", Role::Text), text.around_cursor(), Role::Strong, has_keys),
        (Value::Tick(ticked), _) => {
            pen.line(field, 0, 0, Line::own(if *ticked { "[x] yes" } else { "[ ] no" }, Role::Strong));
        }
        (Value::Choice(at), InputKind::Choice(options)) => {
            let text =
                at.and_then(|at| options.get(at)).map_or_else(|| Line::own("—", Role::Faint), |it| Line::foreign(&**it, Role::Strong));
            pen.line(field, 0, 0, text.and(format!("  ({} options)", options.len()), Role::Faint));
        }
        (Value::Choice(_), _) => {}
    }
    if has_keys {
        pen.line(row, 0, label, Line::own("▌", Role::Bar));
    }
}
