//! The Environment screen: what runs there, how it is, and what has happened.
//!
//! ```text
//!  HEALTH    ✖ Severe   beanstalk enhanced health · 4s ago
//!            31 % of the requests are failing with HTTP 5xx.
//!  VERSION   20221110-g8a52aea   commit 8a52aea · …
//! ── instances ─ 4 · 2 serve ──────────────  ── events ──────────────────────
//!    INSTANCE      HEALTH    VERSION    …       02:51:07Z ▲ Environment health …
//! ── i-0a11b22c33d44e55f ─────────────────────────────────────────────────────
//!  the whole text of what is selected
//! ```
//!
//! Below 160 columns, and where half of the height holds all instances, the events stand under them. Where there is no
//! room to say all that is wrong, a third pane says it whole, over the others.

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::theme::Role;
use super::view::View;
use super::words::REMEMBERED;
use super::{environment_heading, environment_panes, environment_why, fleet_details};
use crate::app::environment::{Layout, Pane, Wanted};
use crate::model::environment::Environment;
use crate::model::id::EnvironmentKey;

/// What is said where it was there when it was opened.
const GONE: &str = "This environment is not there any more: the last complete listing does not hold it.";

/// Draws the screen between title and footer.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, key: &EnvironmentKey) {
    let Some(environment) = view.state.fleet.get(key) else {
        match view.state.shown(key) {
            Some(shown) => remembered(view, pen, area, &shown.environment),
            None => say(pen, area, [Line::own(GONE, Role::Text), Line::own("q goes back.", Role::Faint)]),
        }
        return;
    };
    let layout = Layout::of(view.state.size, Wanted::of(Some(&environment), view.state.size));
    let height = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    let reads = view.state.environment_screen.pane == Pane::Why;
    let high = if reads { Layout::LEAST_HEADING } else { layout.heading };
    let heading = Rect { height: height(high), ..area }.intersection(area);
    environment_heading::draw(view, pen, heading, &environment);
    if reads {
        let below = Rect { y: heading.bottom(), height: area.bottom().saturating_sub(heading.bottom()), ..area };
        environment_why::draw(view, pen, below, &environment);
        return;
    }
    let detail = Rect { y: area.bottom().saturating_sub(height(layout.detail)), height: height(layout.detail), ..area };
    let panes = Rect { y: heading.bottom(), height: detail.y.saturating_sub(heading.bottom()), ..area };
    let (first, second) = if layout.side_by_side {
        let left = panes.width * 58 / 100;
        (Rect { width: left, ..panes }, Rect { x: panes.x + left + 1, width: panes.width.saturating_sub(left + 1), ..panes })
    } else {
        let upper = height(layout.instances + 2).min(panes.height);
        (Rect { height: upper, ..panes }, Rect { y: panes.y + upper, height: panes.height - upper, ..panes })
    };
    environment_panes::instances(view, pen, first, &environment);
    environment_panes::events(view, pen, second, &environment);
    environment_panes::detail(view, pen, detail, &environment);
}

/// What was known of it when the console was last open.
fn remembered(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>) {
    let known = fleet_details::known(view, environment);
    let unread = Line::own(format!("{REMEMBERED} This environment was not read yet in this run."), Role::Text);
    let said = [unread, known, Line::own("It is shown as soon as it is read. q goes back.", Role::Faint)];
    say(pen, area, said);
}

/// A few lines in the middle.
fn say<const N: usize>(pen: &mut Pen<'_>, area: Rect, said: [Line<'_>; N]) {
    let (top, room) = (usize::from(area.height) / 2, usize::from(area.width));
    for (index, line) in said.into_iter().enumerate() {
        let line = line.cut(room.saturating_sub(2));
        pen.line(area, top.saturating_sub(1) + index, room.saturating_sub(line.width()) / 2, line);
    }
}
