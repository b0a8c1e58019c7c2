//! Whether a command can act now, and what it then does: one function for both.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::{CommandId, Risk, Scope};
use super::decision::Decision;
use super::environment::Pane;
use super::event::Effect;
use super::fleet::{Layout as FleetLayout, Row};
use super::form::Form;
use super::github_act;
use super::history::Place;
use super::logs;
use super::menu::Menu;
use super::operate;
use super::panes;
use super::plans::Intent;
use super::previews;
use super::properties;
use super::reader::Reader;
use super::reason::Reason;
use super::setup::Setup;
use super::state::State;
use super::timeline;
use crate::model::id::{AppName, EnvironmentKey, GateId};
use crate::model::property::PropertyKey;
use crate::model::sighting;

/// How a selection moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Motion {
    /// By so many rows.
    By(isize),
    /// By half windows.
    HalfPages(isize),
    /// By windows.
    Pages(isize),
    /// To the row of this number.
    To(usize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Motion {
    /// The row this leads to.
    #[must_use]
    pub fn apply(self, index: usize, count: usize, window: usize) -> usize {
        let by = |pages: isize, size: usize| index.saturating_add_signed(pages.saturating_mul(size.max(1).cast_signed()));
        let to = match self {
            Self::By(rows) => index.saturating_add_signed(rows),
            Self::HalfPages(pages) => by(pages, window / 2),
            Self::Pages(pages) => by(pages, window.saturating_sub(1)),
            Self::To(row) => row,
            Self::First => 0,
            Self::Last => count,
        };
        to.min(count.saturating_sub(1))
    }
}

/// What a command does, everything it needs included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Open the help.
    OpenHelp,
    /// Open the palette.
    OpenPalette,
    /// Open the dialog of columns.
    ChooseColumns,
    /// Open the dialog of views.
    ChooseView,
    /// Begin to type a filter.
    EditFilter,
    /// Clear the filter, or undo faults only.
    ClearFilter,
    /// Go to a screen.
    Go(Place),
    /// Go back one screen.
    GoBack,
    /// Go forward one screen.
    GoForward,
    /// Go to the screen shown before.
    GoPrevious,
    /// Move the selection.
    Move(Motion),
    /// Select the column so many to the right.
    MoveColumn(isize),
    /// Change the order.
    Sort,
    /// Show only what needs a person, or everything.
    ToggleFaultsOnly,
    /// Fold or unfold an app.
    ToggleFold(AppName),
    /// Fold every app (`true`) or unfold all.
    FoldAll(bool),
    /// Mark or unmark.
    ToggleMark(EnvironmentKey),
    /// Mark from the first to the second.
    MarkRange(EnvironmentKey, EnvironmentKey),
    /// Unmark everything.
    ClearMarks,
    /// Show only one's own, or everything.
    ToggleMine,
    /// Take a gate into the choice, or out of it.
    ToggleGate(GateId),
    /// Open the dialog in which a write is decided on.
    Decide(Box<Decision>),
    /// Open a form to fill in.
    Fill(Box<Form>),
    /// Open a list to choose from.
    Menu(Menu),
    /// Make the plan and open the dialog in which it is decided.
    Plan(Intent),
    /// Open the dialog in which is said how several environments are gone through.
    Setup(Box<Setup>),
    /// Open the dialog in which a reason is given.
    Reason(Box<Reason>),
    /// Open the dialog in which an environment is locked.
    Lock(EnvironmentKey),
    /// Ask, and do this where the answer is yes.
    Confirm {
        /// The question; not yet safe to show.
        question: String,
        /// What is done.
        then: Effect,
    },
    /// Open a text.
    Read(Box<Reader>),
    /// Give the keys to the next pane, or to the one before.
    OtherPane {
        /// To the one before.
        back: bool,
    },
    /// Something outside of the state.
    Do(Effect),
    /// Something on the Logs screen.
    Logs(logs::act::Deed),
    /// Something with panes.
    Panes(panes::act::Deed),
    /// Something on the Timeline screen.
    Timeline(timeline::act::Deed),
    /// Read the value of a property, where its environment is listed.
    Reveal(Arc<sighting::Scope>, PropertyKey),
    /// Copy the ship sheet, or list what can be copied.
    Copy,
    /// List the versions that can be deployed to these.
    Versions(Vec<EnvironmentKey>),
    /// Hide the value that is shown.
    Hide,
    /// Show only properties that differ elsewhere, or all.
    ToggleDifferent,
    /// Show only orphans on the Previews screen, or all.
    ToggleOrphans,
    /// Note that ctrl-c was pressed; the second time offers to quit.
    Cancel,
}

/// Why a command cannot act now, as a sentence.
pub type Refusal = Cow<'static, str>;

/// The refusal to go to the screen that is open: it is not offered, and its key does nothing, so that no notice stands in
/// the footer instead of the keys.
pub const HERE: &str = "this screen is open already";

/// The scope of the screen that is shown.
#[must_use]
pub const fn scope_of(place: &Place) -> Scope {
    match place {
        Place::Fleet => Scope::Fleet,
        Place::Environment(_) => Scope::Environment,
        Place::Pending(_) => Scope::Pending,
        Place::Promotions => Scope::Promotions,
        Place::Sheet(_, _) => Scope::Sheet,
        Place::Operations => Scope::Operations,
        Place::Logs(_) => Scope::Logs,
        Place::Previews => Scope::Previews,
        Place::Timeline(_) => Scope::Timeline,
        Place::Properties(_) => Scope::Properties,
    }
}

/// Refuses what is for another screen, and to change what was not read yet.
fn belongs_here(state: &State, id: CommandId) -> Result<(), Refusal> {
    let command = super::command::command(id);
    if !command.scope.holds(scope_of(state.place())) {
        return Err("that is for another screen".into());
    }
    match super::remembered::refusal(state).filter(|_| command.risk != Risk::Reads) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// What a command would do now.
///
/// # Errors
/// Why it can do nothing.
#[expect(clippy::too_many_lines, reason = "a line for each command and whom it is handed to, and nothing else")]
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    let here = scope_of(state.place());
    belongs_here(state, id)?;
    match id {
        CommandId::Help => Ok(Act::OpenHelp),
        CommandId::Palette => Ok(Act::OpenPalette),
        CommandId::Cancel => Ok(Act::Cancel),
        CommandId::Quit => Ok(quit(state)),
        CommandId::Redraw => Ok(Act::Do(Effect::Redraw)),
        CommandId::Suspend => Ok(Act::Do(Effect::Suspend)),
        CommandId::ReadNow => Ok(Act::Do(Effect::ReadNow(open_environment(state).cloned()))),
        CommandId::Escape | CommandId::Back => leave(state, id),
        CommandId::Previous | CommandId::HistoryBack | CommandId::HistoryForward | CommandId::GoFleet | CommandId::GoOperations => {
            travel(state, id)
        }
        CommandId::GoPending
        | CommandId::GoPromotions
        | CommandId::Pending
        | CommandId::Mine
        | CommandId::Choose
        | CommandId::Approve
        | CommandId::Reject
        | CommandId::RerunFailed
        | CommandId::CancelRun
        | CommandId::CancelOpen
        | CommandId::Dispatch
        | CommandId::Migrate
        | CommandId::Diff
        | CommandId::Checks
        | CommandId::Revert => github_act::prepare(state, id),
        CommandId::Deploy
        | CommandId::Redeploy
        | CommandId::Restart
        | CommandId::StopUpdate
        | CommandId::Capacity
        | CommandId::Rebuild
        | CommandId::Swap
        | CommandId::Wave => operate::prepare(state, id),
        CommandId::Instance => super::instance::menu(state).map(Act::Menu),
        CommandId::Shell => super::instance::shell(state),
        CommandId::Output
        | CommandId::Pause
        | CommandId::StopOperation
        | CommandId::Finish
        | CommandId::PutBack
        | CommandId::Skip
        | CommandId::Leave => operate::on_operation(state, id),
        CommandId::Lock => super::lock::prepare(state),
        CommandId::Open => open(state),
        CommandId::LogIn => super::login::prepare(state),
        CommandId::Links => super::links::menu(state).map(Act::Menu).ok_or_else(|| "nothing here has a page".into()),
        CommandId::Down
        | CommandId::Up
        | CommandId::First
        | CommandId::Last
        | CommandId::HalfPageDown
        | CommandId::HalfPageUp
        | CommandId::PageDown
        | CommandId::PageUp => Ok(Act::Move(motion(id))),
        CommandId::GoLogs => logs::act::go(state),
        CommandId::GoTimeline
        | CommandId::TimelineHere
        | CommandId::Before
        | CommandId::Change
        | CommandId::Kinds
        | CommandId::CopyTimeline => timeline::act::prepare(state, id),
        CommandId::Filter if here == Scope::Timeline => timeline::act::prepare(state, id),
        CommandId::GoPreviews | CommandId::OrphansOnly | CommandId::PullRequest => previews::prepare(state, id),
        CommandId::Properties | CommandId::Reveal | CommandId::DifferentOnly => properties::prepare(state, id),
        CommandId::Logs | CommandId::RunLogs | CommandId::FollowOutput => logs::act::begin(state, id),
        CommandId::Copy | CommandId::Save | CommandId::Filter if here == Scope::Logs => logs::act::prepare(state, id),
        CommandId::Copy | CommandId::Save | CommandId::Mouse | CommandId::Theme => super::saving::prepare(state, id),
        CommandId::LogFilter
        | CommandId::Invert
        | CommandId::NextHit
        | CommandId::PreviousHit
        | CommandId::NextError
        | CommandId::PreviousError
        | CommandId::Follow
        | CommandId::LogPageDown
        | CommandId::LogPageUp
        | CommandId::Period
        | CommandId::Around
        | CommandId::Bookmark
        | CommandId::NextBookmark
        | CommandId::PreviousBookmark
        | CommandId::Sources
        | CommandId::Wrap
        | CommandId::ScrollLeft
        | CommandId::ScrollRight
        | CommandId::Columns
        | CommandId::Zone
        | CommandId::Chart
        | CommandId::Still
        | CommandId::Detail => logs::act::prepare(state, id),
        CommandId::ChooseColumns
        | CommandId::Views
        | CommandId::Filter
        | CommandId::ColumnLeft
        | CommandId::ColumnRight
        | CommandId::Sort
        | CommandId::FaultsOnly
        | CommandId::FoldAll
        | CommandId::Mark
        | CommandId::MarkRange
        | CommandId::ClearMarks => on_fleet(state, id),
        CommandId::Pane(id) => panes::act::prepare(state, id),
        CommandId::NextPane | CommandId::PreviousPane => other_pane(state, id == CommandId::PreviousPane),
    }
}

const fn motion(id: CommandId) -> Motion {
    match id {
        CommandId::Up => Motion::By(-1),
        CommandId::First => Motion::First,
        CommandId::Last => Motion::Last,
        CommandId::HalfPageDown => Motion::HalfPages(1),
        CommandId::HalfPageUp => Motion::HalfPages(-1),
        CommandId::PageDown => Motion::Pages(1),
        CommandId::PageUp => Motion::Pages(-1),
        _ => Motion::By(1),
    }
}

const fn open_environment(state: &State) -> Option<&EnvironmentKey> {
    if let Place::Environment(key) = state.history.current() { Some(key) } else { None }
}

fn other_pane(state: &State, back: bool) -> Result<Act, Refusal> {
    match state.place() {
        Place::Operations if state.operations_screen.rows.is_empty() => Err("there is no operation".into()),
        Place::Environment(_) | Place::Operations => Ok(Act::OtherPane { back }),
        Place::Fleet
        | Place::Pending(_)
        | Place::Promotions
        | Place::Sheet(_, _)
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => Err("this screen has one pane".into()),
    }
}

/// Ends the program; asks where that interrupts something.
fn quit(state: &State) -> Act {
    super::quit::question(state).map_or(Act::Do(Effect::Quit), |question| Act::Confirm { question, then: Effect::Quit })
}

fn leave(state: &State, id: CommandId) -> Result<Act, Refusal> {
    if let (Place::Logs(_), CommandId::Escape) = (state.place(), id)
        && let Some(act) = logs::act::escape(state)
    {
        return Ok(act);
    }
    if let (Place::Timeline(_), CommandId::Escape) = (state.place(), id)
        && let Some(act) = timeline::act::escape(state)
    {
        return Ok(act);
    }
    if let (Place::Properties(_), CommandId::Escape) = (state.place(), id)
        && let Some(act) = properties::escape(state)
    {
        return Ok(act);
    }
    match state.place() {
        Place::Previews if id == CommandId::Escape && state.previews_screen.orphans_only => Ok(Act::ToggleOrphans),
        Place::Environment(_)
        | Place::Pending(_)
        | Place::Promotions
        | Place::Sheet(_, _)
        | Place::Operations
        | Place::Logs(_)
        | Place::Timeline(_)
        | Place::Properties(_)
        | Place::Previews => Ok(if state.history.can_go_back() { Act::GoBack } else { leave_first(state, id) }),
        Place::Fleet if !state.fleet_screen.filter_text.text().is_empty() || state.fleet_screen.faults_only => Ok(Act::ClearFilter),
        Place::Fleet if id == CommandId::Back && !state.fleet_screen.marks.is_empty() => Ok(Act::ClearMarks),
        Place::Fleet if id == CommandId::Back => Ok(if state.split.is_some() { leave_first(state, id) } else { quit(state) }),
        Place::Fleet if state.split.is_some() => Err("there is nothing to clear; q closes this pane".into()),
        Place::Fleet => Err("there is nothing to close; q quits".into()),
    }
}

/// Leaves a screen before which there is none: of two panes, closes this one. `Esc` closes no pane: with it goes what
/// its logs have told.
fn leave_first(state: &State, id: CommandId) -> Act {
    if state.split.is_some() && id == CommandId::Back { Act::Panes(panes::act::Deed::Close) } else { Act::Go(Place::Fleet) }
}

fn travel(state: &State, id: CommandId) -> Result<Act, Refusal> {
    match id {
        CommandId::GoFleet if *state.place() == Place::Fleet => Err(HERE.into()),
        CommandId::GoFleet => Ok(Act::Go(Place::Fleet)),
        CommandId::GoOperations if *state.place() == Place::Operations => Err(HERE.into()),
        CommandId::GoOperations => Ok(Act::Go(Place::Operations)),
        CommandId::HistoryBack if state.history.can_go_back() => Ok(Act::GoBack),
        CommandId::HistoryForward if state.history.can_go_forward() => Ok(Act::GoForward),
        CommandId::Previous if state.history.has_previous() => Ok(Act::GoPrevious),
        _ => Err("no screen lies in that direction".into()),
    }
}

fn open(state: &State) -> Result<Act, Refusal> {
    match (state.place(), state.fleet_screen.cursor.selected()) {
        (Place::Environment(key), _) => open_instance(state, key),
        (Place::Logs(_), _) => logs::act::open(state),
        (Place::Previews, _) => previews::open(state),
        (Place::Timeline(_), _) => timeline::act::open(state),
        (Place::Properties(_), _) => properties::prepare(state, CommandId::Reveal),
        (Place::Pending(_) | Place::Promotions | Place::Sheet(_, _), _) => github_act::open(state),
        (Place::Fleet, Some(Row::Environment(key))) => Ok(Act::Go(Place::Environment(key.clone()))),
        (Place::Fleet, Some(Row::Group(app))) => Ok(Act::ToggleFold(app.clone())),
        (Place::Operations, _) => operate::open(state),
        // With no row to open, what stands there is the notice.
        (Place::Fleet, None) if super::login::offered(state).is_some() => super::login::prepare(state),
        (Place::Fleet, None) => Err("nothing is selected".into()),
    }
}

/// The logs of the selected instance.
fn open_instance(state: &State, key: &EnvironmentKey) -> Result<Act, Refusal> {
    let screen = &state.environment_screen;
    match screen.instances.selected().filter(|_| screen.pane == Pane::Instances) {
        Some(instance) => Ok(Act::Go(Place::Logs(logs::subject::Subject::of_instance(key.clone(), instance.clone())))),
        None => Err("select an instance to see its logs; l shows those of the environment".into()),
    }
}

fn on_fleet(state: &State, id: CommandId) -> Result<Act, Refusal> {
    if *state.place() != Place::Fleet {
        return Err("that is for the Fleet screen".into());
    }
    let screen = &state.fleet_screen;
    let selected = match screen.cursor.selected() {
        Some(Row::Environment(key)) => Some(key.clone()),
        Some(Row::Group(_)) | None => None,
    };
    match id {
        CommandId::ChooseColumns => Ok(Act::ChooseColumns),
        CommandId::Views => Ok(Act::ChooseView),
        CommandId::Filter => Ok(Act::EditFilter),
        CommandId::ColumnLeft => Ok(Act::MoveColumn(-1)),
        CommandId::ColumnRight => Ok(Act::MoveColumn(1)),
        CommandId::Sort => Ok(Act::Sort),
        CommandId::FaultsOnly => Ok(Act::ToggleFaultsOnly),
        CommandId::FoldAll if screen.groups.is_empty() => Err("there is nothing to fold".into()),
        CommandId::FoldAll => Ok(Act::FoldAll(screen.groups.values().any(|group| !group.folded))),
        CommandId::Mark => selected.map(Act::ToggleMark).ok_or_else(|| "an environment can be marked, a heading cannot".into()),
        CommandId::MarkRange => {
            let from = screen.last_marked.clone().ok_or("mark one environment first")?;
            Ok(Act::MarkRange(from, selected.ok_or("a range ends on an environment")?))
        }
        CommandId::ClearMarks if screen.marks.is_empty() => Err("nothing is marked".into()),
        CommandId::ClearMarks => Ok(Act::ClearMarks),
        _ => Err("that is for another screen".into()),
    }
}

/// The number of rows that the Fleet table shows.
#[must_use]
pub fn fleet_window(state: &State) -> usize {
    let editing = usize::from(state.fleet_screen.editing_filter || !state.fleet_screen.filter_text.text().is_empty());
    FleetLayout::of(state.size).rows.saturating_sub(editing)
}
