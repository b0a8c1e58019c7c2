//! The ship sheet: what approving ships where, what stands in the way, and then what becomes of it.
//!
//! ```text
//!  Ships 77c1d09 to production: 7 commits, 4 PRs, 3 authors
//!    8a52aea → 77c1d09   h-prod us-west-1, ca-central-1
//!  run #4130 by @ada, waits 3d                            ── ready? ────────────────────────
//!  ▌ [x] Production              h-prod us-west-1          ✔ h-staging runs it, ok for 2h
//!    [x] Production (Canada)     h-prod ca-central-1       ✖ H_TITLE_LIMIT is not set in …
//!    #7691 Add New Relic …              @ada 2d  ✔ checks  ▲ migration adds a NOT NULL …
//! ```

use std::cmp::Reverse;

use ratatui::layout::Rect;

use super::chain;
use super::line::{Line, Pen};
use super::table;
use super::text::wrap;
use super::theme::Role;
use super::view::View;
use super::words::level_piece;
use crate::app::sheet::{Row, SheetScreen, WIDE, window};
use crate::model::id::{EnvironmentKey, Login, Sha};
use crate::model::promotion::{self, Arrival, Held, Sheet, Shipment};
use crate::model::run::Progress;
use crate::model::write::Sent;

/// Draws the sheet.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.sheet_screen;
    heading(view, pen, area, screen);
    let high = crate::app::sheet::heading(view.state.size);
    let below = Rect { y: area.y + high, height: area.height.saturating_sub(high), ..area };
    let beside = view.state.size.width >= WIDE;
    // What the list leaves over is for the checks: none is hidden beside empty rows.
    let listed = window(view.state.size).min(screen.rows.len().max(1));
    let rows = u16::try_from(listed).unwrap_or(u16::MAX).min(below.height.saturating_sub(1));
    let (list, checks) = if beside {
        let left = area.width * 21 / 40;
        (Rect { width: left, ..below }, Rect { x: area.x + left + 1, width: area.width - left - 1, ..below })
    } else {
        let high = rows + 1;
        (Rect { height: high, ..below }, Rect { y: below.y + high, height: below.height.saturating_sub(high), ..below })
    };
    draw_list(view, pen, list, screen);
    match &screen.sheet {
        Some(sheet) => {
            let used = draw_checks(pen, checks, sheet);
            draw_environments(view, pen, Rect { y: checks.y + used, height: checks.height.saturating_sub(used), ..checks }, screen);
        }
        None => draw_progress(view, pen, checks, screen),
    }
}

fn heading(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, screen: &SheetScreen) {
    let Some(promotion) = &screen.promotion else {
        pen.line(area, 1, 3, Line::own("· not read yet", Role::Faint));
        return;
    };
    let run = &promotion.run;
    let mut authors: Vec<&str> = screen.changes.iter().filter_map(|change| change.author.as_ref().map(Login::as_str)).collect();
    authors.sort_unstable();
    authors.dedup();
    let pulls = screen.changes.iter().filter(|change| change.pull.is_some()).count();
    let tier = screen.sheet.as_ref().map_or("", |sheet| if sheet.production { " to production" } else { "" });
    let first = Line::own(format!("Ships {}{tier}", run.head.short()), Role::Strong)
        .and(ships(screen, pulls, authors.len()), Role::Text)
        .and_foreign(&*run.title, Role::Faint);
    pen.line(area, 0, 1, first);
    pen.line(area, 1, 1, from(screen));
    // Once it waits no more, from what it goes on is not told.
    let below = if screen.sheet.is_some() { 2 } else { 1 };
    let mut line = Line::own(format!("run #{}", run.number), Role::Text);
    if let Some(actor) = &run.actor {
        line = line.and(" by @", Role::Faint).and_foreign(actor.as_str(), Role::Text);
    }
    if let Some(at) = run.created_at {
        line = line.and(format!(", created {} ago", view.age(at)), Role::Faint);
    }
    line.append(given(view, screen));
    if let Some(fault) = chain::fault(view, &promotion.repository) {
        line = line.and("  ", Role::Text);
        line.append(fault);
    }
    pen.line(area, below, 1, line);
}

/// From what it ships: what most run first, so that the order is the same however it was read. What runs several versions
/// stands behind each of them, and is marked.
fn from(screen: &SheetScreen) -> Line<'_> {
    let mut shipments: Vec<&Shipment> = screen.sheet.iter().flat_map(|sheet| &sheet.shipments).collect();
    shipments.sort_by_key(|shipment| (Reverse(shipment.environments.len()), shipment.environments.first()));
    let is_mixed = |key: &EnvironmentKey| shipments.iter().filter(|shipment| shipment.environments.contains(key)).count() > 1;
    let mut from = Line::own(if screen.sheet.is_some() { "from " } else { "" }, Role::Faint);
    for (index, shipment) in shipments.iter().enumerate() {
        let version = shipment.from.as_ref().map_or("?", |sha| sha.short());
        from = from.and(if index > 0 { "  ·  " } else { "" }, Role::Faint).and(format!("{version} "), Role::Text);
        let (mixed, whole): (Vec<_>, Vec<_>) = shipment.environments.iter().cloned().partition(is_mixed);
        from.append(Line::foreign(chain::environments(&whole), Role::Text));
        if !mixed.is_empty() {
            from.append(
                Line::own(if whole.is_empty() { "" } else { ", " }, Role::Text).and_foreign(chain::environments(&mixed), Role::Text),
            );
            from = from.and(" mixed", Role::Differs);
        }
    }
    from
}

/// How much ships: what is not known is no zero, and what is listed may not be all.
fn ships(screen: &SheetScreen, pulls: usize, authors: usize) -> String {
    let listed: usize = screen.changes.iter().map(|change| change.commits).sum();
    match screen.commits {
        None => ": how much is not known  ".to_owned(),
        Some(commits) if commits > u64::try_from(listed).unwrap_or(u64::MAX) => {
            format!(": {}, {listed} of them listed: {}, {}  ", counted(commits, "commit"), counted(pulls, "PR"), counted(authors, "author"))
        }
        Some(commits) => format!(": {}, {}, {}  ", counted(commits, "commit"), counted(pulls, "PR"), counted(authors, "author")),
    }
}

fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// What became of the answer that was given here.
fn given(view: &View<'_>, screen: &SheetScreen) -> Line<'static> {
    let Some(given) = &screen.given else { return Line::new() };
    let (done, age) = (given.participle, view.age(given.at));
    match &given.sent {
        None => Line::own("  ↻ it is on its way", Role::Activity),
        Some(Sent::Done(_) | Sent::Found(_)) => Line::own(format!("  ✔ {done} by you {age} ago"), Role::HealthOk),
        Some(Sent::Refused(_) | Sent::Changed(_)) => Line::own(format!("  ✖ not {done}: nothing has changed"), Role::HealthSevere),
        Some(Sent::Unclear(_)) => Line::own(format!("  ? whether it is {done} is not known: look at the run"), Role::Fault),
    }
}

fn draw_list(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, screen: &SheetScreen) {
    let title = if screen.sheet.is_some() { " gates and changes " } else { " changes " };
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    pen.line(area, 0, 1, Line::own(title, Role::Heading));
    let room = usize::from(area.width).saturating_sub(4);
    let columns = chain::Changes::of(screen.changes.iter(), room, false);
    let shown = usize::from(area.height).saturating_sub(1);
    let listed = screen.rows.len().saturating_sub(screen.cursor.offset()).min(shown);
    view.lists(area.y + 1, listed, screen.cursor.offset());
    for (down, row) in screen.rows.iter().skip(screen.cursor.offset()).take(shown).enumerate() {
        let line = match row {
            Row::Gate(id) => {
                let held = screen.sheet.as_ref().and_then(|sheet| sheet.promotion.held.iter().find(|held| held.gate.id == *id));
                held.map_or_else(Line::new, |held| gate_line(view, held, !screen.left_out.contains(id)))
            }
            Row::Change(sha) => {
                let change = screen.changes.iter().find(|change| change.newest == *sha);
                change.map_or_else(Line::new, |change| columns.line(view, change))
            }
        };
        pen.line(area, down + 1, 3, line.cut(room));
        table::finish_row(pen, area, down + 1, screen.cursor.selected() == Some(row), false);
    }
    if screen.rows.is_empty() {
        pen.line(area, 1, 3, Line::own(if screen.promotion.is_some() { "nothing to list yet" } else { "reading …" }, Role::Faint));
    }
}

fn gate_line<'a>(view: &View<'_>, held: &'a Held, chosen: bool) -> Line<'a> {
    let (mark, role) = if chosen { ("[x] ", Role::Strong) } else { ("[ ] ", Role::Faint) };
    let line = Line::own(mark, role).and_foreign(&*held.gate.name, role).and("  ", Role::Text);
    let line = match chain::timer(view, &held.gate) {
        Some(timer) => line.and(format!("{timer}  "), Role::Faint),
        None => line,
    };
    if held.environments.is_empty() {
        return line.and("? where it deploys to is not known", Role::HealthUnknown);
    }
    line.and_foreign(chain::environments(&held.environments), Role::Faint)
}

/// What speaks for it and against it; how many rows that takes.
fn draw_checks(pen: &mut Pen<'_>, area: Rect, sheet: &Sheet) -> u16 {
    let failed = sheet.failed().count();
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    let title =
        if failed == 0 { Line::own(" ready ", Role::HealthOk) } else { Line::own(format!(" {failed} in the way "), Role::HealthSevere) };
    pen.line(area, 0, 1, title);
    let room = usize::from(area.width).saturating_sub(4);
    let mut lines = Vec::new();
    for check in &sheet.checks {
        let (sign, role) = chain::verdict(check.verdict);
        for (index, text) in wrap(&check.sentence, room, 4).into_iter().enumerate() {
            let start = if index == 0 { Line::own(format!("{sign} "), role) } else { Line::own("  ", Role::Text) };
            lines.push(start.and_foreign(text, Role::Text));
        }
    }
    let used = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1).min(area.height);
    let hidden = list(pen, area, lines);
    if let Some(hidden) = hidden {
        pen.line_at_end(area, 0, 1, hidden);
    }
    used
}

/// How it is where it goes, as far as there is room below the checks: all of it, or nothing.
fn draw_environments(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, screen: &SheetScreen) {
    let lines = arrivals(view, screen);
    // A blank row, and the title.
    if lines.is_empty() || usize::from(area.height) < lines.len() + 2 {
        return;
    }
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    pen.fill(below, 0, 0, usize::from(below.width), "─", Role::Rule);
    pen.line(below, 0, 1, Line::own(" where it goes ", Role::Heading));
    let _ = list(pen, below, lines);
}

/// How far it has come in each of its environments, and how they are; names in a column of their own.
fn arrivals<'a>(view: &View<'a>, screen: &'a SheetScreen) -> Vec<Line<'a>> {
    let Some(promotion) = &screen.promotion else { return Vec::new() };
    let keys = screen.environments();
    let wide = keys.iter().map(|key| name(key).width()).max().unwrap_or_default();
    let since = screen.given.as_ref().map(|given| given.at);
    let head = &promotion.run.head;
    let come = |key| come(view, key, wide, promotion::arrival(&view.state.fleet, key, head, since), head);
    keys.into_iter().map(come).collect()
}

fn name(key: &EnvironmentKey) -> Line<'_> {
    Line::foreign(chain::environments([key]), Role::Strong)
}

/// Writes these below a heading; what its end says of those that do not fit.
fn list(pen: &mut Pen<'_>, area: Rect, lines: Vec<Line<'_>>) -> Option<Line<'static>> {
    let fits = usize::from(area.height).saturating_sub(1);
    let hidden = lines.len().saturating_sub(fits);
    for (down, line) in lines.into_iter().take(fits).enumerate() {
        pen.line(area, down + 1, 1, line);
    }
    (hidden > 0).then(|| Line::own(format!(" … {} ", counted(hidden, "more line")), Role::Faint))
}

/// The run's jobs and the environments, once the run no longer waits.
fn draw_progress(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, screen: &SheetScreen) {
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    let Some(promotion) = &screen.promotion else { return };
    let facts = view.state.github.forge.get(&promotion.repository);
    let run = facts.and_then(|facts| facts.run(promotion.run.id));
    let state = run.map_or("not in the list of runs any more", |run| run.progress.word());
    pen.line(area, 0, 1, Line::own(format!(" run #{} {state} ", promotion.run.number), Role::Heading));
    let mut lines = arrivals(view, screen);
    let jobs = facts.and_then(|facts| facts.jobs.get(&promotion.run.id)?.value());
    for job in jobs.into_iter().flat_map(|jobs| &jobs.each) {
        let (sign, role) = chain::progress(job.progress);
        let mut line =
            Line::own(format!("{sign} "), role).and_foreign(&*job.name, Role::Text).and(format!("  {}", job.progress.word()), Role::Faint);
        if let Some(at) = job.started_at.filter(|_| job.progress == Progress::InProgress) {
            line = line.and(format!(" for {}", view.age(at)), Role::Faint);
        }
        lines.push(line);
    }
    let hidden = list(pen, area, lines);
    let first = jobs.filter(|jobs| !jobs.is_complete).map(|jobs| format!(" the first {} only ", counted(jobs.each.len(), "job")));
    // That not all were read matters more than that not all fit.
    if let Some(more) = first.map(|first| Line::own(first, Role::Fault)).or(hidden) {
        pen.line_at_end(area, 0, 1, more);
    }
}

/// How far the commit has come there.
fn come<'a>(view: &View<'a>, key: &'a EnvironmentKey, wide: usize, arrival: Arrival, head: &Sha) -> Line<'a> {
    let name = name(key).padded(wide + 2);
    let runs = format!("runs {}", head.short());
    let line = match arrival {
        Arrival::Unknown(why) => name.and("? ", Role::HealthUnknown).and_foreign(why, Role::HealthUnknown),
        Arrival::Busy(kind) => name.and(format!("↻ {}", kind.phrase()), Role::Activity),
        Arrival::Proven => name.and(format!("✔ {runs}"), Role::HealthOk),
        Arrival::Stated => name.and(format!("? {runs}, but not every instance tells"), Role::HealthUnknown),
        Arrival::Troubled(message) => {
            name.and(format!("▲ {runs}, and told of an error: "), Role::HealthWarning).and_foreign(message.to_string(), Role::Text)
        }
        Arrival::Mixed => name.and("▲ several versions", Role::HealthWarning),
        Arrival::Other(version) => name.and(format!("· still {}", version.as_ref().map_or("?", Sha::short)), Role::Faint),
    };
    let Some(environment) = view.state.fleet.get(key) else { return line };
    let mut line = line.and("  ", Role::Text);
    line.push(level_piece(environment.level(), None));
    line
}
