//! The Logs screen: one stream out of many.
//!
//! ```text
//!  ✖ 23 errors  ● 2 live  412/s  lag 1.2s  12,345 lines
//!  lines   ▂▂▃▂▂▅▂▂▁▂▂▃▂▂▂▂▃▂▂█▆
//!  errors            ▂          ▅█
//!  & timeout  123 of 12,345 lines   / refused  3 of 17
//!  02:57:11.123 ▎web.stdout  0a3c59   request handled
//!  02:57:11.204 ▎nginx/error 0b72aa ✖ connect() failed
//!  02:57:12.000 ── ⇡ Environment update is starting. ───────────────────────────
//! ── line 3,400 of 12,345 ──────────────────────────── 412 new lines · G follows ──
//! ```

mod chart;
mod head;
mod lines;
mod panel;
mod prompt;

pub use prompt::hints;

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::theme::Role;
use super::view::View;
use crate::app::logs::LINGER;
use crate::app::logs::layout::{Layout, MARK};
use crate::app::logs::names::Column;
use crate::app::logs::screen::LogsScreen;
use crate::app::logs::stream::Stream;
use crate::app::logs::subject::{Subject, Work};
use crate::app::state::State;
use crate::model::clock::seconds_since;
use crate::model::log::line::Millis;

/// What all parts of the screen are drawn from.
struct Scene<'a> {
    view: &'a View<'a>,
    stream: &'a Stream,
    screen: &'a LogsScreen,
    layout: Layout,
    /// What sources are called in the room that there is: before their lines, and in the list.
    names: Cow<'a, Column>,
    now: Millis,
}

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, subject: &Subject) {
    let state = view.state;
    let Some(stream) = state.logs.of(subject) else { return };
    let screen = &state.logs.screen;
    let layout = screen.layout(state.size, stream.named());
    // Where the column is not shown, the list has the most telling form that it has room for.
    let room = if layout.source > 0 { layout.source.saturating_sub(MARK + 1) } else { layout.panel.saturating_sub(3) };
    let scene = Scene { view, stream, screen, layout, names: stream.names.fitting(room), now: state.now.into() };
    if stream.is_followed {
        // Rates and lags are those of now.
        view.again_in(1);
    }
    let mut below = Rows { area, taken: 0 };
    head::summary(&scene, pen, below.take(1));
    chart::draw(&scene, pen, below.take(layout.chart));
    head::narrowing(&scene, pen, below.take(layout.narrowed));
    let body = below.take(layout.rows);
    let (left, right) = split(body, layout.panel);
    panel::draw(&scene, pen, left);
    lines::draw(&scene, pen, right);
    head::rule(&scene, pen, below.take(1));
    prompt::draw(&scene, pen, below.take(usize::from(screen.prompt.is_some())));
}

/// Has a frame drawn when a stream whose screen was left is to be let go of.
pub fn linger(view: &View<'_>) {
    let is_followed = view.state.logs.stream.as_ref().is_some_and(|stream| stream.is_followed);
    if let Some(left_at) = view.state.logs.left_at.filter(|_| is_followed) {
        view.again_in(LINGER.as_secs().saturating_sub(seconds_since(left_at, view.state.now)));
    }
}

/// Rows handed out from top to bottom.
struct Rows {
    area: Rect,
    taken: u16,
}

impl Rows {
    fn take(&mut self, rows: usize) -> Rect {
        let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(self.area.height.saturating_sub(self.taken));
        let part = Rect { y: self.area.y + self.taken, height: rows, ..self.area };
        self.taken += rows;
        part
    }
}

fn split(area: Rect, left: usize) -> (Rect, Rect) {
    let left = u16::try_from(left).unwrap_or(u16::MAX).min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

/// What the title says of the place.
#[must_use]
pub fn place<'a>(state: &'a State, subject: &'a Subject) -> Line<'a> {
    let line = Line::own("logs › ", Role::Faint);
    if let Some(work) = &subject.work {
        return line.and_foreign(name_of_work(state, work), Role::Strong);
    }
    match (subject.only(), &subject.instance) {
        (Some(key), instance) => {
            let mut line = line.and_foreign(key.name.as_str(), Role::Strong);
            if let Some(region) = &key.region {
                line = line.and(" ", Role::Text).and_foreign(region.as_str(), Role::Text);
            }
            match instance {
                Some(instance) => line.and(" › ", Role::Faint).and_foreign(instance.as_str(), Role::Strong),
                None => line,
            }
        }
        (None, _) => {
            let apps: std::collections::BTreeSet<_> =
                subject.environments.iter().filter_map(|key| state.fleet.get(key).map(|environment| environment.app())).collect();
            let count = super::text::counted(subject.environments.len(), "environment", "environments");
            match apps.into_iter().collect::<Vec<_>>().as_slice() {
                [app] => line.and_foreign(app.to_string(), Role::Strong).and(format!(" {count}"), Role::Text),
                _ => line.and(count, Role::Strong),
            }
        }
    }
}

/// What is done, as a person calls it. Not yet safe to show.
fn name_of_work(state: &State, work: &Work) -> String {
    match work {
        Work::Run(repository, id) => match state.github.forge.get(repository).and_then(|facts| facts.run(*id)) {
            Some(run) => format!("{repository} {} #{}", run.name, run.number),
            None => format!("{repository} run {id}"),
        },
        Work::Operation(id) => state.operations.get(id).map_or_else(|| id.to_string(), |known| known.operation.plan().title.to_string()),
    }
}
