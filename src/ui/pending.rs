//! The Pending screen: for every step of every chain, what has not arrived.
//!
//! ```text
//!  h  h-prod us-west-1, ca-central-1 ← h-staging     8a52aea → 77c1d09   7 commits, 4 PRs
//!    #7691   Add New Relic to the SQL task runner          @ada 2d  ✔ checks  ◔ waits for approval
//! ── #7691 ──────────────────────────────────────────────────────────────────────────────────
//! ```

use ratatui::layout::Rect;

use super::chain;
use super::first_steps;
use super::line::{Line, Pen};
use super::middle::{self, Said};
use super::table;
use super::theme::Role;
use super::view::View;
use super::words::UNKNOWN;
use crate::app::pending::{DETAIL, Row, Step, window};
use crate::model::chain::{Behind, Upstream};
use crate::model::fault::FaultKind;
use crate::model::id::Sha;

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.pending_screen;
    let shown = window(view.state.size);
    if screen.rows.is_empty() {
        empty(view, pen, area);
    }
    let listed = screen.rows.len().saturating_sub(screen.cursor.offset()).min(shown);
    view.lists(area.y, listed, screen.cursor.offset());
    let room = usize::from(area.width).saturating_sub(5);
    let changes = chain::Changes::of(screen.steps.iter().flat_map(|step| &step.changes), room, true);
    let steps = Steps::of(&screen.steps, usize::from(area.width).saturating_sub(2));
    for (down, row) in screen.rows.iter().skip(screen.cursor.offset()).take(shown).enumerate() {
        match (row, screen.step(row), screen.change(row)) {
            (Row::Step(_), Some(step), _) => drop(pen.line(area, down, 1, steps.line(step))),
            (Row::Change(_, _), _, Some(change)) => drop(pen.line(area, down, 4, changes.line(view, change))),
            _ => {}
        }
        table::finish_row(pen, area, down, screen.cursor.selected() == Some(row), false);
    }
    let height = u16::try_from(DETAIL).unwrap_or(4).min(area.height);
    detail(view, pen, Rect { y: area.bottom() - height, height, ..area });
}

fn empty(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let state = view.state;
    let sentence = match (state.pending_screen.mine, state.github.links.is_empty(), state.github.forge.faults().next()) {
        (true, _, _) => "None of what is pending is yours. m shows everything.".to_owned(),
        (false, true, Some((repository, fault))) => format!("{repository}: {fault}"),
        (false, true, None) => "No environment of an app with a repository is known yet.".to_owned(),
        (false, false, _) => String::new(),
    };
    if let Some(said) = no_token(view) {
        let height = area.height.saturating_sub(u16::try_from(DETAIL).unwrap_or(4));
        return middle::draw(pen, Rect { height, ..area }, &said);
    }
    pen.line(area, 1, 3, Line::foreign(sentence, Role::Text));
}

/// What to say where GitHub accepts no token: that is no repository's fault, but everything's.
pub(super) fn no_token(view: &View<'_>) -> Option<Vec<Said>> {
    let forge = &view.state.github.forge;
    let mut faults = forge.viewer.fault().into_iter().chain(forge.faults().map(|(_, fault)| fault));
    let fault = faults.find(|fault| fault.kind == FaultKind::Expired)?;
    let mut said = vec![Said::fault(fault.to_string())];
    said.extend(first_steps::without_github(view, fault.kind));
    Some(said)
}

/// How wide what leads to a step is, so that what is told of steps stands in one column.
struct Steps {
    room: usize,
    way: usize,
}

impl Steps {
    fn of(steps: &[Step], room: usize) -> Self {
        Self { room, way: steps.iter().map(|step| way(step).width()).max().unwrap_or_default() }
    }

    /// From where to where, what runs and what is offered, and how far it is behind.
    fn line<'a>(&self, step: &'a Step) -> Line<'a> {
        let (way, end) = (way(step), end(step));
        // Which environments they are is worth as much as how far they are behind: a long reason stands whole below.
        let end = end.cut(self.room.saturating_sub(way.width().min(self.room / 2) + GAP));
        let at = (self.way + GAP).min(self.room.saturating_sub(end.width()));
        let mut line = way.cut(at.saturating_sub(GAP)).padded(at);
        line.append(end);
        line
    }
}

/// What stands beside something is two cells away.
const GAP: usize = 2;

/// The app, its environments, and what feeds them.
fn way(step: &Step) -> Line<'_> {
    let upstream = match &step.upstream {
        Upstream::Branch(branch) => branch.as_deref().unwrap_or(UNKNOWN).to_owned(),
        Upstream::Environment(key) => key.name.to_string(),
    };
    let mut line = Line::foreign(step.app.as_str(), Role::Group).and("  ", Role::Text);
    line.append(Line::foreign(chain::environments(&step.environments), Role::Strong));
    line.and(" ← ", Role::Faint).and_foreign(upstream, Role::Text)
}

/// What runs, what is offered, and what is pending.
fn end(step: &Step) -> Line<'_> {
    let short = |sha: Option<&Sha>| sha.map_or_else(|| UNKNOWN.to_owned(), |sha| sha.short().to_owned());
    let offered = short(step.offered.as_ref());
    let running = match step.shares.len() {
        0 => short(step.running.as_ref()),
        1 => step.shares.iter().map(|share| share.commit.short()).collect(),
        several => format!("{several} versions"),
    };
    let mut end = Line::own(if running == offered { running } else { format!("{running} → {offered}") }, Role::Faint).and("  ", Role::Text);
    end.append(behind(step));
    match step.unknown() {
        Some(unknown) => end.and("  ", Role::Text).and_foreign(unknown, Role::Fault),
        None => end,
    }
}

/// How far it is behind; where several versions run, what has not arrived on every instance.
#[must_use]
pub fn behind(step: &Step) -> Line<'static> {
    if step.behind != Behind::Mixed || step.shares.is_empty() || step.offered.is_none() {
        return chain::behind_in_words(&step.behind);
    }
    match step.changes.iter().map(|change| change.commits).sum::<usize>() {
        _ if !step.is_compared => Line::own("· not compared yet", Role::Faint),
        0 => Line::own("none of them is behind", Role::Text),
        1 => Line::own("◐ 1 commit", Role::Differs).and(" not everywhere", Role::Text),
        commits => Line::own(format!("◐ {commits} commits"), Role::Differs).and(" not everywhere", Role::Text),
    }
}

/// What its instances run, where that is several versions.
#[must_use]
pub fn shares(step: &Step) -> String {
    let each = step.shares.iter().map(|share| format!("{}×{}", share.instances, share.commit.short()));
    each.collect::<Vec<_>>().join(" ")
}

/// What is selected, in full.
fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.pending_screen;
    let wide = usize::from(area.width);
    pen.fill(area, 0, 0, wide, "─", Role::Rule);
    let Some(row) = screen.cursor.selected() else { return };
    let Some(step) = screen.step(row) else { return };
    let fault = chain::fault(view, &step.repository);
    match screen.change(row) {
        Some(change) => {
            pen.line(area, 0, 2, Line::own(format!(" {} ", change.name()), Role::Title));
            pen.line(area, 1, 3, Line::foreign(&*change.title, Role::Strong));
            let mut line = chain::author(change);
            if let Some(at) = change.at {
                line = line.and(format!(" {} ago", view.age(at)), Role::Faint);
            }
            let count = if change.commits == 1 { "1 commit".to_owned() } else { format!("{} commits", change.commits) };
            line = line.and(format!("  {count}, newest {}  ", change.newest.short()), Role::Text);
            line.append(chain::checks(change.checks));
            line = line.and("  ", Role::Text);
            line.append(chain::whereabouts(&change.whereabouts));
            if let Some((arrived, all)) = change.arrived {
                line = line.and(format!("  runs on {arrived} of {all} instances"), Role::Differs);
            }
            pen.line(area, 2, 3, line);
            match (&fault, &change.url) {
                (Some(fault), _) => drop(pen.line(area, 3, 3, fault.clone())),
                (None, Some(url)) => drop(pen.line(area, 3, 3, Line::foreign(&**url, Role::Faint))),
                (None, None) => {}
            }
        }
        None => {
            pen.line(area, 0, 2, Line::own(" ", Role::Title).and_foreign(step.repository.as_str(), Role::Title).and(" ", Role::Title));
            pen.line(area, 1, 3, Line::foreign(chain::environments(&step.environments), Role::Strong));
            let mut line = behind(step);
            if !step.shares.is_empty() {
                line = line.and(format!("  runs {}", shares(step)), Role::Text);
            }
            pen.line(area, 2, 3, line);
            if let Some(fault) = fault {
                pen.line(area, 3, 3, fault);
            }
        }
    }
}
