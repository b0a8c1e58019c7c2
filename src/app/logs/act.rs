//! Whether a command of the Logs screen can act now, and what it then does.

use super::beside;
use super::order::Order;
use super::screen::Period;
use super::subject::{self, Subject};
use crate::app::act::{Act, Refusal};
use crate::app::command::CommandId as Id;
use crate::app::event::Effect;
use crate::app::history::Place;
use crate::app::state::State;
use crate::app::{github_act, operate};

/// What is done on the Logs screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Begin to type a filter.
    Filter,
    /// Begin to type what to search for.
    Find,
    /// Turn the filter around.
    Invert,
    /// To a line that the search finds.
    Hit {
        /// To the next one; else to the one before.
        forward: bool,
    },
    /// To a line that says that something went wrong.
    Error {
        /// To the next one; else to the one before.
        forward: bool,
    },
    /// Go along with the end, or stay.
    Follow,
    /// A page down, or up.
    Page {
        /// Down.
        forward: bool,
    },
    /// Set a bookmark, or take it away.
    Bookmark,
    /// To a bookmark.
    ToBookmark {
        /// To the next one; else to the one before.
        forward: bool,
    },
    /// Choose the piece of time that is shown.
    Period,
    /// Break long lines, or not.
    Wrap,
    /// Fewer columns, or all.
    Columns,
    /// Times in the other zone.
    Zone,
    /// The sources: list them, choose among them, hide them.
    Sources,
    /// A larger chart, or none.
    Chart,
    /// Have the screen stand still, or go on.
    Pause,
    /// Set the filter aside, or take it back.
    Aside,
    /// Scroll sideways.
    Sideways {
        /// To the right.
        right: bool,
    },
    /// Read the current line, whole.
    Detail,
    /// Choose what is copied.
    Copy,
    /// Choose what is saved.
    Save,
    /// Clear the search, else what narrows.
    Clear,
}

/// The current stream, or the selection's.
pub fn go(state: &State) -> Result<Act, Refusal> {
    match (state.place(), &state.logs.stream) {
        (Place::Logs(_), _) => Err("this is the Logs screen".into()),
        (_, Some(stream)) => Ok(Act::Go(Place::Logs(stream.subject.clone()))),
        (_, None) => open_selected(state),
    }
}

/// What a command of another screen opens here.
pub fn begin(state: &State, id: Id) -> Result<Act, Refusal> {
    match id {
        Id::RunLogs => open_run(state),
        Id::FollowOutput => open_operation(state),
        _ => open_selected(state),
    }
}

/// The logs of what is selected.
fn open_selected(state: &State) -> Result<Act, Refusal> {
    let subject = subject::selected(state)?;
    if subject.environments.is_empty() {
        return Err("there is no environment there".into());
    }
    Ok(Act::Go(Place::Logs(subject)))
}

/// The jobs of the run that is selected, open, or carries what is selected.
fn open_run(state: &State) -> Result<Act, Refusal> {
    let (repository, run) = github_act::run(state).ok_or("no run is selected")?;
    Ok(Act::Go(Place::Logs(Subject::of_run(repository, run))))
}

/// What the selected operation's steps write.
fn open_operation(state: &State) -> Result<Act, Refusal> {
    let known = operate::selected(state).ok_or("no operation is selected")?;
    if !beside::is_heard(&state.operations, known) {
        return Err("what its steps write is heard only where it is carried out: l shows what was done".into());
    }
    Ok(Act::Go(Place::Logs(Subject::of_operation(known.id().clone()))))
}

/// What a command of this screen would do now.
///
/// # Errors
/// Why it can do nothing.
pub fn prepare(state: &State, id: Id) -> Result<Act, Refusal> {
    let (stream, screen) = (state.logs.stream.as_ref().ok_or("nothing is followed")?, &state.logs.screen);
    let is_empty = stream.buffer.lines() == 0;
    let deed = match id {
        Id::LogFilter => Deed::Filter,
        Id::Filter => Deed::Find,
        Id::Invert if !screen.narrowing.is_told() => return Err("there is no filter to turn around: & types one".into()),
        Id::Invert => Deed::Invert,
        Id::NextHit | Id::PreviousHit if screen.search.is_none() => return Err("nothing is searched for: / types what to find".into()),
        Id::NextHit => Deed::Hit { forward: true },
        Id::PreviousHit => Deed::Hit { forward: false },
        Id::NextError | Id::PreviousError if stream.buffer.error_lines() == 0 => {
            return Err("no line says that something went wrong".into());
        }
        Id::NextError => Deed::Error { forward: true },
        Id::PreviousError => Deed::Error { forward: false },
        Id::Follow => Deed::Follow,
        Id::LogPageDown => Deed::Page { forward: true },
        Id::LogPageUp => Deed::Page { forward: false },
        Id::Bookmark | Id::Detail | Id::Copy | Id::Save if is_empty => return Err("there is no line yet".into()),
        Id::Bookmark => Deed::Bookmark,
        Id::NextBookmark => Deed::ToBookmark { forward: true },
        Id::PreviousBookmark => Deed::ToBookmark { forward: false },
        Id::Period => Deed::Period,
        Id::Wrap => Deed::Wrap,
        Id::Columns => Deed::Columns,
        Id::Zone => Deed::Zone,
        Id::Sources => Deed::Sources,
        Id::Chart => Deed::Chart,
        Id::Still => Deed::Pause,
        Id::Around if !screen.narrowing.is_told() && screen.hidden.is_empty() => return Err("all lines are shown: & types a filter".into()),
        Id::Around => Deed::Aside,
        Id::ScrollRight => Deed::Sideways { right: true },
        Id::ScrollLeft if screen.right == 0 => return Err("this is the beginning of the lines".into()),
        Id::ScrollLeft => Deed::Sideways { right: false },
        Id::Copy => Deed::Copy,
        Id::Save if screen.saving.is_some() => return Err("something is being saved: esc stops it".into()),
        // One file is written at a time.
        Id::Save if state.other_pane().is_some_and(|pane| pane.logs.screen.saving.is_some()) => {
            return Err("something is being saved in the other pane: esc there stops it".into());
        }
        Id::Save => Deed::Save,
        _ => return Err("that is for another screen".into()),
    };
    Ok(Act::Logs(deed))
}

/// What `Enter` does.
pub fn open(state: &State) -> Result<Act, Refusal> {
    match &state.logs.stream {
        Some(stream) if stream.buffer.lines() > 0 => Ok(Act::Logs(Deed::Detail)),
        _ => Err("there is no line yet".into()),
    }
}

/// What `Esc` does before it goes back: `None` where there is nothing to clear.
#[must_use]
pub fn escape(state: &State) -> Option<Act> {
    let screen = &state.logs.screen;
    if let Some(saving) = &screen.saving {
        return Some(Act::Do(Effect::Logs(Order::Discard(saving.id))));
    }
    let clears = screen.search.is_some() || screen.narrowing.is_told() || screen.period != Period::All || screen.paused.is_some();
    clears.then_some(Act::Logs(Deed::Clear))
}
