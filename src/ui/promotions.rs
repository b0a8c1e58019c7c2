//! The Promotions screen: every run that waits for a person, and those that were answered to from here.
//!
//! ```text
//!  RUN                        ENVIRONMENTS                        COMMIT   WAITS  YOU
//!  hypothesis/h #4130         Production, Production (Canada)     77c1d09  3d     may approve
//! ```

use ratatui::layout::Rect;

use super::chain;
use super::line::{Line, Pen};
use super::middle;
use super::pending;
use super::table::{self, Align, Column};
use super::theme::Role;
use super::view::View;
use crate::app::followed::Answered;
use crate::app::pending::{DETAIL, window};
use crate::app::sheet;
use crate::model::id::{Repository, RunId};
use crate::model::promotion::Promotion;
use crate::model::run::Progress;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cell {
    Run,
    Gates,
    Title,
    Commit,
    Age,
    You,
}

const COLUMNS: [Column<Cell>; 6] = [
    column(Cell::Run, "RUN", 255, (18, 26, 40), Align::Left),
    column(Cell::Gates, "GATES", 255, (16, 34, 44), Align::Left),
    column(Cell::Title, "TITLE", 60, (16, 30, usize::MAX), Align::Left),
    column(Cell::Commit, "COMMIT", 80, (7, 7, 7), Align::Left),
    column(Cell::Age, "WAITS", 90, (5, 5, 5), Align::Right),
    column(Cell::You, "YOU", 100, (13, 13, 13), Align::Left),
];

const fn column(id: Cell, title: &'static str, worth: u8, (least, usual, most): (usize, usize, usize), align: Align) -> Column<Cell> {
    Column { id, title, worth, least, usual, most, align }
}

/// The columns; runs and gates no wider than those that wait, so that no title is cut beside empty cells.
fn columns(view: &View<'_>) -> [Column<Cell>; 6] {
    let screen = &view.state.promotions_screen;
    let each = || screen.rows.iter().filter_map(|row| Shown::of(view, row));
    COLUMNS.map(|column| match column.id {
        Cell::Run | Cell::Gates => {
            let held = each().map(|shown| cell(view, &shown, column.id).width()).max().unwrap_or(column.most);
            let (least, usual, most) = (column.least.min(held), column.usual.min(held), column.most.min(held));
            Column { least, usual, most, ..column }
        }
        Cell::Title | Cell::Commit | Cell::Age | Cell::You => column,
    })
}

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.promotions_screen;
    let placed = table::lay_out(&columns(view), usize::from(area.width), |_| false);
    table::headings(pen, area, 0, &placed, None, None);
    let shown = window(view.state.size).saturating_sub(1);
    if screen.rows.is_empty() {
        let height = area.height.saturating_sub(u16::try_from(DETAIL).unwrap_or(4));
        match pending::no_token(view) {
            Some(said) => middle::draw(pen, Rect { height, ..area }, &said),
            None => drop(pen.line(area, 2, 3, nothing(view))),
        }
    }
    let listed = screen.rows.len().saturating_sub(screen.cursor.offset()).min(shown);
    view.lists(area.y + 1, listed, screen.cursor.offset());
    for (down, row) in screen.rows.iter().skip(screen.cursor.offset()).take(shown).enumerate() {
        let Some(shown) = Shown::of(view, row) else { continue };
        for column in &placed {
            table::cell(pen, area, down + 1, column, cell(view, &shown, column.id));
        }
        table::finish_row(pen, area, down + 1, screen.cursor.selected() == Some(row), false);
    }
    let height = u16::try_from(DETAIL).unwrap_or(4).min(area.height);
    detail(view, pen, Rect { y: area.bottom() - height, height, ..area });
}

fn nothing<'a>(view: &View<'a>) -> Line<'a> {
    let state = view.state;
    match (state.github.forge.faults().next(), state.promotions_screen.mine) {
        (Some((repository, fault)), _) => Line::own("! ", Role::Fault).and_foreign(format!("{repository}: {fault}"), Role::Text),
        (None, true) => Line::own("Nothing waits that you may approve. m shows what waits for others.", Role::Text),
        (None, false) if state.github.forge.repositories().next().is_none() => Line::own("reading …", Role::Faint),
        (None, false) => Line::own("Nothing waits for a person.", Role::Text),
    }
}

/// A run of the list: it waits, or was answered to from here.
struct Shown<'a> {
    promotion: &'a Promotion,
    answered: Option<&'a Answered>,
}

impl<'a> Shown<'a> {
    fn of(view: &View<'a>, (repository, run): &(Repository, RunId)) -> Option<Self> {
        let state = view.state;
        let answered = || state.followed.get(repository, *run);
        match state.github.promotion(repository, *run) {
            Some(promotion) => Some(Self { promotion, answered: None }),
            None => answered().map(|answered| Self { promotion: &answered.promotion, answered: Some(answered) }),
        }
    }

    /// What it waits at, or waited at.
    fn gates(&self) -> String {
        let passed = self.answered.into_iter().flat_map(|answered| &answered.passed);
        passed.chain(&self.promotion.held).map(|held| &*held.gate.name).collect::<Vec<_>>().join(", ")
    }
}

fn cell<'a>(view: &View<'_>, shown: &Shown<'a>, id: Cell) -> Line<'a> {
    let promotion = shown.promotion;
    let run = &promotion.run;
    if let Some(answered) = shown.answered {
        match id {
            Cell::Gates => return Line::foreign(shown.gates(), Role::Faint),
            Cell::Age => return Line::own("—", Role::Faint),
            Cell::You => return progress(answered.run(&view.state.github.forge).progress),
            Cell::Run | Cell::Title | Cell::Commit => {}
        }
    }
    match id {
        Cell::Run => Line::foreign(promotion.repository.as_str(), Role::Text).and(format!(" #{}", run.number), Role::Strong),
        Cell::Gates if !promotion.is_read => Line::own("· not read yet", Role::Faint),
        Cell::Gates => Line::foreign(shown.gates(), Role::Text),
        Cell::Title => Line::foreign(&*run.title, Role::Text),
        Cell::Commit => Line::own(run.head.short(), Role::Text),
        Cell::Age => {
            run.created_at.map_or_else(|| Line::own("?", Role::HealthUnknown), |at| Line::own(view.age(at).to_string(), Role::Text))
        }
        Cell::You if !promotion.is_read => Line::own("? not known", Role::HealthUnknown),
        Cell::You if promotion.may_approve() => Line::own("✔ may approve", Role::HealthOk),
        Cell::You => Line::own("— may not", Role::Faint),
    }
}

/// How far a run is that waits no more.
fn progress(progress: Progress) -> Line<'static> {
    let (sign, role) = chain::progress(progress);
    Line::own(format!("{sign} {}", progress.word()), role)
}

/// What is selected, in full.
fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    let Some((repository, run)) = view.state.promotions_screen.cursor.selected() else { return };
    let Some(shown) = Shown::of(view, &(repository.clone(), *run)) else { return };
    let promotion = shown.promotion;
    // All of its gates, whatever room their column has.
    let mut title = Line::own(format!(" #{} ", promotion.run.number), Role::Title);
    let gates = shown.gates();
    if !gates.is_empty() {
        let waits = if shown.answered.is_some() { "waited at " } else { "waits at " };
        title = title.and(waits, Role::Faint).and_foreign(gates, Role::Text).and(" ", Role::Faint);
    }
    pen.line(area, 0, 2, title.cut(usize::from(area.width).saturating_sub(3)));
    pen.line(area, 1, 3, Line::foreign(&*promotion.run.title, Role::Strong));
    let passed = shown.answered.map_or(&[][..], |answered| &answered.passed);
    let environments = chain::environments(sheet::environments(passed, Some(promotion)));
    let line = if environments.is_empty() {
        Line::own("? it is not known what it deploys to", Role::HealthUnknown)
    } else {
        Line::own("ships to ", Role::Faint).and_foreign(environments, Role::Text)
    };
    pen.line(area, 2, 3, line);
    if let Some(answered) = shown.answered {
        let mut line = Line::own(format!("{} here {} ago  ", answered.given.participle, view.age(answered.given.at)), Role::Faint);
        line.append(progress(answered.run(&view.state.github.forge).progress));
        pen.line(area, 3, 3, chain::fault(view, repository).unwrap_or(line));
        return;
    }
    let mut reviewers: Vec<&str> = promotion.held.iter().flat_map(|held| held.gate.reviewers.iter().map(|name| &**name)).collect();
    reviewers.sort_unstable();
    reviewers.dedup();
    let mut line = Line::own("reviewers ", Role::Faint).and_foreign(reviewers.join(", "), Role::Text);
    let timers = promotion.held.iter().filter_map(|held| Some((&held.gate.name, chain::timer(view, &held.gate)?)));
    for (name, timer) in timers {
        line = line.and("  · ", Role::Faint).and_foreign(name.to_string(), Role::Faint).and(format!(" {timer}"), Role::Faint);
    }
    if promotion.holds_group {
        line = line.and("  · later runs of its group wait behind it, or cancel it", Role::Faint);
    }
    pen.line(area, 3, 3, chain::fault(view, repository).unwrap_or(line));
}
