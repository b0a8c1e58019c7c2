//! Two panes: what stands between and above them.
//!
//! ```text
//!  QUARTERDECK        ✖ 2 severe  ▲ 3 degraded            demo  02:57Z
//! ━━ fleet › all ━━━━━━━━━━━━━━━━━━━┃── logs › h-prod ca-central-1 ────
//!  …                                ┃ …
//! ```
//!
//! The pane that has the keys has the thick line, the strong words, and the brighter selection.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::screen::{self, key_name};
use super::theme::{Role, Theme};
use super::view::{Shown, View};
use crate::app::command::{CommandId, PaneId};
use crate::app::key::{Code, Key};
use crate::app::panes::split::{Area, Side};
use crate::app::state::State;

/// Draws the state with all its panes. It is as it was afterwards: the panes only change places while the other one is
/// drawn.
pub fn draw(state: &mut State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Shown {
    let other = state.in_other(|state| draw_other(state, theme, area, buffer));
    let own = screen::draw(state, theme, area, buffer);
    let Some(other) = other else { return own };
    let changes_in = own.changes_in.into_iter().chain(other.changes_in).min();
    Shown { changes_in, other_list: other.list, ..own }
}

fn draw_other(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Shown {
    let view = View::new(state, theme);
    super::logs::linger(&view);
    if state.shows_two() && area.width >= screen::LEAST.0 && area.height >= screen::LEAST.1 {
        let mut pen = Pen::aside(buffer, theme);
        let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
        let inner = draw_frame(&view, &mut pen, body, false);
        screen::place_in(&view, &mut pen, inner);
    }
    view.shown()
}

/// Draws what stands around the pane that has its fields in the state; returns what is inside. With one pane that is all.
pub(super) fn draw_frame(view: &View<'_>, pen: &mut Pen<'_>, body: Rect, has_keys: bool) -> Rect {
    let Some(own) = view.state.own_area() else { return body };
    let whole = Rect { x: own.left, y: own.top, width: own.width, height: own.height };
    heading(view, pen, whole, has_keys);
    if has_keys {
        line_between(view.state, pen, own);
    }
    Rect { y: whole.y + 1, height: whole.height - 1, ..whole }
}

/// What the pane shows, in the line above it.
fn heading(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, has_keys: bool) {
    let (room, line, role) =
        if has_keys { (usize::from(area.width), "━", Role::Bar) } else { (usize::from(area.width), "─", Role::Rule) };
    let place = screen::place(view.state).cut(room.saturating_sub(8));
    let place = if has_keys { place } else { place.in_role(Role::Faint) };
    pen.fill(area, 0, 0, 2, line, role);
    let end = pen.line(area, 0, 3, place);
    pen.fill(area, 0, end + 1, room, line, role);
}

/// Of panes side by side, the line between them.
fn line_between(state: &State, pen: &mut Pen<'_>, own: Area) {
    let Some((first, second)) = state.split.as_ref().and_then(|split| split.areas()) else { return };
    if first.top != second.top {
        return;
    }
    let line = Rect { x: first.left + first.width, y: own.top, width: 1, height: own.height };
    for down in 0..usize::from(own.height) {
        pen.line(line, down, 0, Line::own("│", Role::Rule));
    }
}

/// What tells that there is a pane that is not shown.
pub(super) fn hidden(state: &State) -> Option<&'static str> {
    let split = state.split.as_ref().filter(|split| split.areas().is_none())?;
    Some(if split.side == Side::First { "pane 1 of 2" } else { "pane 2 of 2" })
}

/// What the keys do behind the prefix.
pub(super) fn hints(state: &State) -> Vec<(u8, Line<'static>)> {
    let commands: &[(PaneId, &str, u8)] = if state.split.is_some() {
        &[
            (PaneId::Switch, "other", 95),
            (PaneId::Close, "close", 90),
            (PaneId::Only, "only this", 80),
            (PaneId::Zoom, "zoom", 70),
            (PaneId::Grow, "larger", 60),
            (PaneId::Shrink, "smaller", 55),
            (PaneId::Even, "even", 50),
            (PaneId::SplitBeside, "beside", 45),
            (PaneId::SplitBelow, "below", 45),
        ]
    } else {
        &[(PaneId::SplitBeside, "beside", 95), (PaneId::SplitBelow, "below", 90)]
    };
    let of = |(id, word, worth): &(PaneId, &'static str, u8)| {
        let key = state.keymap.keys(CommandId::Pane(*id)).iter().find(|key| key.behind)?;
        Some((*worth, hint(key_name(Key { behind: false, ..*key }), word)))
    };
    let prefix = (100, Line::own(format!("{} …", Key::PREFIX), Role::Strong));
    let opens = [(85, hint(format!("{} l 1 …", key_name(Key::of(Code::Enter))), "opens there")), (40, hint("esc".to_owned(), "cancel"))];
    std::iter::once(prefix).chain(commands.iter().filter_map(of)).chain(opens).collect()
}

fn hint(key: String, word: &'static str) -> Line<'static> {
    Line::own(key, Role::Key).and(format!(" {word}"), Role::Faint)
}
