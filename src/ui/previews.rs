//! The Previews screen: what still runs of pull requests.
//!
//! ```text
//!    PREVIEW       PULL    STATE      AGE  HEALTH     VERSION   OWNER     TITLE
//! ▌  pr-4310       #4310   ▲ orphan    9d  △ Warning  8a52aea   min-jun   Export to PDF
//!    pr-4321       #4321   ● open      2h  ● Ok       77c1d09   ines      Let officers choose …
//! ── pr-4310 ───────────────────────────────────────────────────────────────────────────────
//! ```

use ratatui::layout::Rect;

use super::first_steps;
use super::line::{Line, Pen};
use super::middle::{self, Said};
use super::table::{self, Align, Column};
use super::theme::Role;
use super::version;
use super::view::View;
use super::words::{NOT_YET, NOTHING, UNKNOWN, level_piece, platform_word, stale_level};
use crate::app::command::CommandId;
use crate::app::previews::{DETAIL, Preview, shut_out, window};
use crate::model::environment::{Doubt, Environment, Need};
use crate::model::id::{Login, Platform};
use crate::model::tagged::PullRequest;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cell {
    Name,
    Pull,
    Need,
    Age,
    Health,
    Version,
    Owner,
    Branch,
    App,
    Title,
}

const COLUMNS: [Column<Cell>; 10] = [
    column(Cell::Name, "PREVIEW", 255, (14, 20, 30), Align::Left),
    column(Cell::Pull, "PULL", 250, (6, 7, 7), Align::Right),
    column(Cell::Need, "STATE", 255, (11, 11, 11), Align::Left),
    column(Cell::Age, "AGE", 200, (4, 4, 4), Align::Right),
    column(Cell::Health, "HEALTH", 150, (11, 11, 11), Align::Left),
    column(Cell::Version, "VERSION", 120, (10, 18, 18), Align::Left),
    column(Cell::Owner, "OWNER", 100, (10, 14, 20), Align::Left),
    column(Cell::Branch, "BRANCH", 70, (12, 18, 30), Align::Left),
    column(Cell::App, "APP", 60, (8, 10, 16), Align::Left),
    column(Cell::Title, "TITLE", 90, (16, 30, usize::MAX), Align::Left),
];

const fn column(id: Cell, title: &'static str, worth: u8, (least, usual, most): (usize, usize, usize), align: Align) -> Column<Cell> {
    Column { id, title, worth, least, usual, most, align }
}

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.previews_screen;
    let below = u16::try_from(DETAIL).unwrap_or(4).min(area.height);
    if screen.rows.is_empty() {
        middle::draw(pen, Rect { height: area.height - below, ..area }, &empty(view));
    } else {
        rows(view, pen, area);
    }
    detail(view, pen, Rect { y: area.bottom() - below, height: below, ..area });
}

fn rows(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.previews_screen;
    let placed = table::lay_out(&COLUMNS, usize::from(area.width), |_| false);
    table::headings(pen, area, 0, &placed, None, None);
    let shown = window(view.state.size);
    let from = screen.cursor.offset();
    view.lists(area.y + 1, screen.rows.len().saturating_sub(from).min(shown), from);
    for (down, key) in screen.rows.iter().skip(from).take(shown).enumerate() {
        let (Some(preview), Some(environment)) = (screen.get(key), view.state.fleet.get(key)) else { continue };
        for column in &placed {
            table::cell(pen, area, down + 1, column, cell(view, preview, &environment, column.id, column.width));
        }
        table::finish_row(pen, area, down + 1, screen.cursor.selected() == Some(key), false);
    }
}

/// Why there is no row.
fn empty(view: &View<'_>) -> Vec<Said> {
    let screen = &view.state.previews_screen;
    let state = view.state;
    let doubtful = screen.each.iter().filter(|preview| matches!(preview.need, Need::Unknown(_))).count();
    if !screen.each.is_empty() {
        let mut said = vec![Said::plain(format!("None of {} previews is known to be an orphan.", screen.each.len()))];
        if doubtful > 0 {
            said.push(Said::plain(format!("Of {doubtful} it is not known whether their pull requests are open.")));
        }
        said.push(Said::step(format!("{} shows all of them.", first_steps::key(view, CommandId::OrphansOnly))));
        return said;
    }
    if state.reading.scopes.is_none() {
        return vec![Said::plain("Reading …")];
    }
    let mut said = vec![Said::plain("No preview is known here.")];
    if let Some(fault) = shut_out(state) {
        said.push(Said::fault(fault.to_string()));
        said.extend(first_steps::without_github(view, fault.kind));
    }
    said.push(Said::step(
        "The configuration says where previews are: pull_tag in [[tagged_instances]], previews = true in [[hosts.apps]], tier = \"preview\".",
    ));
    said
}

fn cell<'a>(view: &View<'a>, preview: &'a Preview, environment: &Environment<'a>, id: Cell, room: usize) -> Line<'a> {
    let pull = environment.pull().map(|told| told.value);
    let is_old = environment.listing_fault().is_some();
    match id {
        Cell::Name => Line::foreign(preview.key.name.to_string(), Role::Text),
        Cell::Pull => {
            preview.pull.map_or_else(|| Line::own(UNKNOWN, Role::HealthUnknown), |number| Line::own(format!("#{number}"), Role::Text))
        }
        Cell::Need => need(&preview.need),
        Cell::Age => match environment.there_since() {
            Some(at) => Line::own(view.age(at).to_string(), Role::Text),
            None if environment.is_unseen() => Line::own(UNKNOWN, Role::HealthUnknown),
            None => Line::own(NOT_YET, Role::Faint),
        },
        Cell::Health if is_old => stale_level(environment.level(), platform_word(environment)),
        Cell::Health => {
            let mut line = Line::new();
            line.push(level_piece(environment.level(), platform_word(environment)));
            line
        }
        Cell::Version => version::cell(&view.state.fleet, environment, room),
        Cell::App => Line::foreign(environment.app().to_string(), Role::Faint),
        Cell::Owner => told(pull, |pull| pull.author.as_ref().map(Login::as_str)),
        Cell::Branch => told(pull, |pull| pull.branch.as_deref()),
        Cell::Title => told(pull, |pull| Some(&*pull.title)),
    }
}

/// What GitHub tells of a pull request: not told yet, told, or told to be nothing.
fn told<'a>(pull: Option<&'a PullRequest>, part: impl Fn(&'a PullRequest) -> Option<&'a str>) -> Line<'a> {
    match pull.map(part) {
        None => Line::own(NOT_YET, Role::Faint),
        Some(None) => Line::own(NOTHING, Role::Faint),
        Some(Some(text)) => Line::foreign(text, Role::Text),
    }
}

fn need(need: &Need) -> Line<'static> {
    match need {
        Need::Orphan => Line::own("▲ orphan", Role::HealthDegraded),
        Need::Over => Line::own("△ over", Role::HealthWarning),
        Need::Unknown(Doubt::NotTold) => Line::own("· not read", Role::Faint),
        Need::Unknown(_) => Line::own("? not known", Role::HealthUnknown),
        Need::Open => Line::own("● open", Role::HealthOk),
    }
}

/// What is selected, in full.
fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let wide = usize::from(area.width);
    let room = wide.saturating_sub(4);
    pen.fill(area, 0, 0, wide, "─", Role::Rule);
    let screen = &view.state.previews_screen;
    let Some(preview) = screen.cursor.selected().and_then(|key| screen.get(key)) else { return };
    let Some(environment) = view.state.fleet.get(&preview.key) else { return };
    let title = Line::own(" ", Role::Title).and_foreign(preview.key.name.to_string(), Role::Title).and(" ", Role::Title);
    pen.line(area, 0, 2, title.cut(room));
    pen.line(area, 1, 3, pull_line(view, &environment).cut(room));
    pen.line(area, 2, 3, verdict(view, preview, &environment).cut(room));
    let line = match environment.identity().and_then(|identity| identity.url.as_ref()) {
        Some(url) => Line::foreign(url.to_string(), Role::Faint),
        None => Line::new(),
    };
    pen.line(area, 3, 3, line.cut(room));
}

/// The pull request in words.
fn pull_line<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let Some(told) = environment.pull() else {
        let number = environment.identity().and_then(|identity| identity.pull);
        let text = number.map_or_else(|| "its pull request is not known".to_owned(), |number| format!("pull request #{number}"));
        return Line::own(text, Role::Text);
    };
    let pull = told.value;
    let mut line = Line::own(format!("#{} ", pull.number), Role::Strong).and_foreign(&*pull.title, Role::Strong);
    if let Some(author) = &pull.author {
        line = line.and(" by ", Role::Faint).and_foreign(author.as_str(), Role::Text);
    }
    if let Some(branch) = &pull.branch {
        line = line.and(" from ", Role::Faint).and_foreign(&**branch, Role::Text);
    }
    match pull.created_at {
        Some(at) => line.and(format!(", opened {} ago", view.age(at)), Role::Faint),
        None => line,
    }
}

/// Whether somebody needs it, and from when that is known.
fn verdict<'a>(view: &View<'_>, preview: &'a Preview, environment: &Environment<'a>) -> Line<'a> {
    let pull = environment.pull();
    let over = pull.map_or_else(String::new, |told| {
        let ago = told.value.closed_at.map_or_else(String::new, |at| format!(" {} ago", view.age(at)));
        format!("{}{ago}", told.value.state.word())
    });
    let asked = pull.map_or_else(Line::new, |told| Line::own(format!("  asked {} ago", view.age(told.at)), Role::Faint));
    let mut line = match &preview.need {
        Need::Orphan => {
            Line::own(format!("▲ {over}, and it still runs: an orphan."), Role::HealthDegraded).and(end(view, environment), Role::Text)
        }
        Need::Over => Line::own(format!("△ {over}; that it still runs is not proven since."), Role::HealthWarning),
        Need::Unknown(doubt) => {
            Line::own("? whether somebody needs it is not known: ", Role::HealthUnknown).and_foreign(doubt.sentence(), Role::Text)
        }
        Need::Open => Line::own("● its pull request is open.", Role::HealthOk),
    };
    line.append(asked);
    line
}

/// Who ends it.
fn end(view: &View<'_>, environment: &Environment<'_>) -> String {
    match environment.key().platform {
        Platform::TaggedEc2 => format!(" {} ends it, after a plan.", first_steps::key(view, CommandId::StopUpdate)),
        Platform::Host => " Its pipeline or a login on its server ends it.".to_owned(),
        Platform::Beanstalk | Platform::TargetGroup => String::new(),
    }
}
