//! What the other screens say of operations: their number in the title, and what they do with an environment.

use super::fleet_cells::progress;
use super::line::Line;
use super::operations::SIGN;
use super::theme::Role;
use super::view::View;
use crate::app::operations::Condition;
use crate::app::state::State;
use crate::model::activity::Activity;
use crate::model::id::EnvironmentKey;
use crate::model::operation::verdict::Standing;

/// How many operations there are that a person should know of, for the title.
#[must_use]
pub fn counts(state: &State) -> Vec<(u8, Line<'static>)> {
    let mut parts = Vec::new();
    let asking = state.operations.live().filter(|known| known.condition() == Condition::Asks).count();
    let going_on = state.operations.live().count() - asking;
    let interrupted = state.operations.interrupted();
    if asking > 0 {
        parts.push((98, Line::own(format!("? {asking} asks you"), Role::HealthUnknown)));
    }
    if interrupted > 0 {
        parts.push((97, Line::own(format!("! {interrupted} interrupted"), Role::Fault)));
    }
    if going_on > 0 {
        let noun = if going_on == 1 { "operation" } else { "operations" };
        parts.push((96, Line::own(format!("{SIGN} {going_on} {noun}"), Role::Activity)));
    }
    parts
}

/// What an operation of this machine does with an environment, for its row.
#[must_use]
pub fn of_environment(view: &View<'_>, key: &EnvironmentKey, activity: Option<Activity>, room: usize) -> Option<Line<'static>> {
    let known = view.state.operations.changing(key)?;
    let word = known.operation.plan().kind.word();
    let standing = known.unit_of(key).map(|unit| known.operation.standing(unit));
    let state = match standing {
        Some(Standing::Done | Standing::Skipped { .. }) | None => return None,
        Some(Standing::Waiting) => "waits its turn",
        Some(Standing::Underway(_)) => "",
        Some(Standing::Baking) => "is watched",
        Some(Standing::PuttingBack(_)) => "puts back",
        Some(Standing::Asks(_)) => "asks you",
        Some(Standing::Failed { .. }) => "failed",
        Some(Standing::Stopped(_)) => "stopped",
    };
    let line = Line::own(format!("{SIGN} {word} {state}"), Role::Activity);
    Some(match activity {
        Some(activity) => {
            let rest = progress(view, &activity, room.saturating_sub(line.width() + 1));
            if line.width() + 1 + rest.width() <= room {
                let mut line = line.and(if state.is_empty() { "" } else { " " }, Role::Text);
                line.append(rest);
                line
            } else {
                line
            }
        }
        None => line,
    })
}
