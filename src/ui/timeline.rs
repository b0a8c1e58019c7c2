//! The Timeline screen: what changed, newest first.
//!
//! ```text
//!    TIME        KIND    ENVIRONMENT      WHAT                                     WHO
//! ▌  02:51:07Z   health  h-prod cac1      ✖ health from Ok to Severe. 31 % of …    —
//!  ~ 02:40:12Z   deploy  growl-prod usw2  runs 77c1d09, ran 8a52aea                ?
//!    02:31:44Z   deploy  h-prod usw1      ✔ deployed g8a52aea in 1 m 04 s          ?
//!    20:57:00Z   ┄ nothing is known before this from Elastic Beanstalk's events (us-west-1) ┄┄┄
//! ── 02:51:07Z, 6m ago ───────────────────────────────────────────────────────────────
//! ```

use ratatui::layout::{Position, Rect};

use super::first_steps::key;
use super::line::{Line, Pen};
use super::middle::{self, Said};
use super::table::{self, Align, Column, Placed};
use super::text::wrap;
use super::theme::Role;
use super::version;
use super::view::View;
use super::words::{NOTHING, UNKNOWN, moment};
use crate::app::command::CommandId;
use crate::app::fleet::short_region;
use crate::app::history::Place;
use crate::app::state::State;
use crate::app::timeline::{DETAIL, Row, window};
use crate::model::clock::Timestamp;
use crate::model::id::EnvironmentKey;
use crate::model::timeline::update::{Stage, Update};
use crate::model::timeline::{self, Entry, Kind, Origin, Tone};

/// Before the moment of what was only seen: it came about some time before.
pub const SEEN: &str = "~";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cell {
    Time,
    Kind,
    About,
    What,
    Who,
}

/// The widest that names are shown, and what the heading takes.
const NAMES: (usize, usize) = (36, 11);

/// The columns, where the widest name takes so many cells: what it does not take is room for what has changed.
fn columns(about: usize) -> [Column<Cell>; 5] {
    let names = about.clamp(NAMES.1, NAMES.0);
    [
        column(Cell::Time, "TIME", 255, (13, 13, 13)),
        column(Cell::Kind, "KIND", 200, (9, 9, 9)),
        column(Cell::About, "ENVIRONMENT", 255, (names.min(15), names.min(24), names)),
        column(Cell::What, "WHAT", 255, (26, 60, usize::MAX)),
        column(Cell::Who, "WHO", 150, (8, 14, 24)),
    ]
}

const fn column(id: Cell, title: &'static str, worth: u8, (least, usual, most): (usize, usize, usize)) -> Column<Cell> {
    Column { id, title, worth, least, usual, most, align: Align::Left }
}

/// Which timeline this is, for the title.
#[must_use]
pub fn place<'a>(state: &State, about: &'a [EnvironmentKey]) -> Line<'a> {
    let line = Line::own("timeline › ", Role::Faint);
    let line = match about {
        [] => line.and("all", Role::Text),
        [one] => line.and_foreign(state.named(one), Role::Strong),
        several => line.and(format!("{} environments", several.len()), Role::Strong),
    };
    match state.timeline_screen.kind {
        Some(kind) => line.and(format!(" {} only", kind.word()), Role::Strong),
        None => line,
    }
}

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.timeline_screen;
    let below = u16::try_from(DETAIL).unwrap_or(5).min(area.height);
    let typed = u16::from(screen.editing || !screen.filter.text().is_empty());
    if typed > 0 {
        filter(view, pen, area);
    }
    let list = Rect { y: area.y + typed, height: area.height.saturating_sub(below + typed), ..area };
    let is_bare = screen.rows.iter().all(|row| row.entry().is_none());
    if is_bare {
        middle::draw(pen, list, &empty(view));
    } else {
        rows(view, pen, list);
    }
    let selected = screen.cursor.selected().filter(|_| !is_bare);
    detail(view, pen, Rect { y: area.bottom() - below, height: below, ..area }, selected);
}

fn filter(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.timeline_screen;
    let (before, behind) = screen.filter.around_cursor();
    let at = pen.line(area, 0, 1, Line::own("/ ", Role::Key).and_foreign(before.to_owned(), Role::Strong));
    pen.line(area, 0, at, Line::foreign(behind.to_owned(), Role::Strong));
    if screen.editing && view.state.dialog.is_none() {
        view.type_at(Position { x: area.x + u16::try_from(at).unwrap_or(area.width), y: area.y });
    }
}

fn rows(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.timeline_screen;
    let placed = table::lay_out(&columns(screen.about), usize::from(area.width), |_| false);
    table::headings(pen, area, 0, &placed, None, None);
    let shown = window(view.state);
    let from = screen.cursor.offset();
    view.lists(area.y + 1, screen.rows.len().saturating_sub(from).min(shown), from);
    for (down, row) in screen.rows.iter().skip(from).take(shown).enumerate() {
        match row {
            Row::Entry(entry) => {
                if entry.is_seen() {
                    pen.line(area, down + 1, 1, Line::own(SEEN, Role::HealthUnknown));
                }
                for column in &placed {
                    table::cell(pen, area, down + 1, column, cell(view, entry, column.id, column.width));
                }
            }
            Row::Update(update) => {
                for column in &placed {
                    let line = match column.id {
                        Cell::What => what_is_done(view, update),
                        other => cell(view, &update.told, other, column.width),
                    };
                    table::cell(pen, area, down + 1, column, line);
                }
            }
            Row::Horizon(horizon) => across(view, pen, (area, down + 1), &placed, horizon.at, horizon.sentence()),
            Row::Cut(at, left) => across(view, pen, (area, down + 1), &placed, *at, format!("{left} older changes are not listed")),
        }
        table::finish_row(pen, area, down + 1, screen.cursor.selected() == Some(row), false);
    }
}

/// A line that is no change: it goes over all columns but the first.
fn across(view: &View<'_>, pen: &mut Pen<'_>, (area, down): (Rect, usize), placed: &[Placed<Cell>], at: Timestamp, text: String) {
    pen.line(area, down, table::GUTTER, Line::own(moment(at, view.state.now), Role::Faint));
    let start = placed.get(1).map_or(table::GUTTER, |column| column.at);
    let room = usize::from(area.width).saturating_sub(start + 1);
    let end = pen.line(area, down, start, Line::own("┄ ", Role::Rule).and_foreign(text, Role::Faint).and(" ", Role::Faint).cut(room));
    pen.fill(area, down, end, usize::from(area.width).saturating_sub(1), "┄", Role::Rule);
}

fn cell<'a>(view: &View<'_>, entry: &'a Entry, id: Cell, room: usize) -> Line<'a> {
    match id {
        Cell::Time => Line::own(moment(entry.at, view.state.now), Role::Faint),
        Cell::Kind => Line::own(entry.kind.word(), Role::Text),
        Cell::About => about(entry, room),
        Cell::What => {
            let (sign, role) = sign(entry.tone);
            Line::own(sign, role).and(" ", Role::Text).and_foreign(&*entry.text, Role::Text)
        }
        Cell::Who => match &entry.who {
            Some(who) => Line::foreign(person(who), Role::Text),
            None if has_author(entry) => Line::own(UNKNOWN, Role::HealthUnknown),
            None => Line::own(NOTHING, Role::Faint),
        },
    }
}

/// An update in little room: its version by the commit, and for how long it goes on.
fn what_is_done<'a>(view: &View<'_>, update: &Update) -> Line<'a> {
    let key = update.told.about.first();
    let app = key.and_then(|key| view.state.fleet.get(key)).map(|environment| environment.app());
    let version = update.label.as_ref().map(|label| version::short(&view.state.fleet, app.as_ref(), label));
    let (sign, role) = if update.stage == Stage::Under { ("↻", Role::Activity) } else { sign(update.told.tone) };
    let line = Line::own(sign, role).and(" ", Role::Text).and_foreign(update.words(version.as_deref()), Role::Text);
    match update.stage {
        Stage::Under => line.and(format!(", for {}", view.age(update.began)), Role::Faint),
        Stage::Open | Stage::Done(_) | Stage::Failed(_) => line,
    }
}

/// Whether somebody did it: health and instances change by themselves, and a run ends by itself.
fn has_author(entry: &Entry) -> bool {
    let by_itself = matches!(entry.kind, Kind::Health | Kind::Instance) || (entry.origin == Origin::Runs && entry.who.is_none());
    !by_itself
}

/// Of an ARN the session's or user's name; a login as it is.
fn person(who: &str) -> &str {
    if who.starts_with("arn:") { who.rsplit('/').next().unwrap_or(who) } else { who }
}

fn about(entry: &Entry, room: usize) -> Line<'_> {
    match (entry.about.as_slice(), &entry.repository) {
        ([one], _) => {
            let line = Line::foreign(one.name.as_str(), Role::Strong);
            let region = one.region.as_ref().map(|region| short_region(region.as_str()));
            match region.filter(|region| line.width() + region.len() < room) {
                Some(region) => line.and(" ", Role::Faint).and_foreign(region, Role::Faint),
                None => line,
            }
        }
        ([], Some(repository)) => Line::foreign(repository.as_str(), Role::Text),
        ([], None) => Line::own(NOTHING, Role::Faint),
        ([first, rest @ ..], _) => Line::foreign(first.name.as_str(), Role::Strong).and(format!(" and {} more", rest.len()), Role::Faint),
    }
}

const fn sign(tone: Tone) -> (&'static str, Role) {
    match tone {
        Tone::Plain => ("·", Role::Faint),
        Tone::Good => ("✔", Role::HealthOk),
        Tone::Warning => ("△", Role::HealthWarning),
        Tone::Degraded => ("▲", Role::HealthDegraded),
        Tone::Bad => ("✖", Role::HealthSevere),
    }
}

fn empty(view: &View<'_>) -> Vec<Said> {
    let screen = &view.state.timeline_screen;
    if screen.is_narrowed() {
        return vec![Said::plain("No change that is known fits."), Said::step("esc shows all of them.")];
    }
    let mut said = vec![Said::plain("No change of the last 24 hours is known.")];
    said.extend(screen.unread.iter().take(3).map(|sentence| Said::fault(sentence.as_str())));
    said.extend(screen.rows.iter().filter_map(|row| match row {
        Row::Horizon(horizon) => Some(Said::plain(format!("{}: {}.", moment(horizon.at, view.state.now), horizon.sentence()))),
        Row::Entry(_) | Row::Update(_) | Row::Cut(..) => None,
    }));
    said
}

/// What is selected, in full, and what could not be read.
fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, selected: Option<&Row>) {
    let wide = usize::from(area.width);
    pen.fill(area, 0, 0, wide, "─", Role::Rule);
    let mut room = usize::from(area.height).saturating_sub(1);
    let unread = &view.state.timeline_screen.unread;
    if let Some(first) = unread.first() {
        let more = if unread.len() > 1 { format!(" (and {} more)", unread.len() - 1) } else { String::new() };
        let line = Line::own("! ", Role::Fault).and_foreign(first.as_str(), Role::Text).and(more, Role::Faint);
        pen.line(area, room, 1, line.cut(wide.saturating_sub(2)));
        room = room.saturating_sub(1);
    }
    let Some(row) = selected else { return };
    let at = row.at();
    pen.line(area, 0, 2, Line::own(format!(" {}, {} ago ", moment(at, view.state.now), view.age(at)), Role::Title));
    let text = match row {
        Row::Entry(entry) => whole(entry),
        Row::Update(update) => whole(&update.told),
        Row::Horizon(horizon) => format!("{}. That nothing older is listed does not say that nothing happened.", horizon.sentence()),
        Row::Cut(_, left) => {
            let (filter, kinds) = (key(view, CommandId::Filter), key(view, CommandId::Kinds));
            format!("{left} older changes are not listed: {filter} and {kinds} narrow the list.")
        }
    };
    for (down, line) in wrap(&text, wide.saturating_sub(4), room).into_iter().enumerate() {
        pen.line(area, down + 1, 3, Line::foreign(line, Role::Text));
    }
}

/// A change in a few sentences.
fn whole(entry: &Entry) -> String {
    let seen = if entry.is_seen() { "Seen then; it came about before that. " } else { "" };
    let who = match (&entry.who, has_author(entry)) {
        (Some(who), _) => format!(" By {who}."),
        (None, true) => " By whom is not known.".to_owned(),
        (None, false) => String::new(),
    };
    let detail: Vec<&str> = entry.detail.iter().map(|line| &**line).filter(|line| !says(&entry.text, line)).collect();
    let detail = if detail.is_empty() { String::new() } else { format!("  ·  {}", detail.join("  ·  ")) };
    format!("{seen}{}{who} Told by {}.{detail}", sentence(&entry.text), entry.origin.word())
}

/// Whether the text says this already, if in fewer words.
fn says(text: &str, line: &str) -> bool {
    text == line || text.strip_prefix("health ").is_some_and(|rest| timeline::transition(line) == Some(rest))
}

/// The text with a full stop.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// What the keys do while the filter is typed.
#[must_use]
pub fn hints(state: &State) -> Option<Vec<(u8, Line<'static>)>> {
    if !matches!(state.place(), Place::Timeline(_)) || !state.timeline_screen.editing {
        return None;
    }
    let hints = [(100, "⏎", "keep"), (90, "esc", "clear"), (70, "↑ ↓", "select"), (60, "!word", "leaves out")];
    Some(hints.map(|(worth, key, word)| (worth, Line::own(key, Role::Key).and(format!(" {word}"), Role::Faint))).to_vec())
}
