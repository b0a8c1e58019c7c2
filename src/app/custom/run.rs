//! Whether a command of a team's own can run now, and what then does.

use std::collections::BTreeSet;

use super::super::act::{Act, Refusal, scope_of};
use super::super::event::Effect;
use super::super::fleet::Row as FleetRow;
use super::super::history::Place as Screen;
use super::super::pending::Row as PendingRow;
use super::super::plans::operation::may_act;
use super::super::state::State;
use super::{Custom, Place, Run, is_read_again};
use crate::model::environment::Environment;
use crate::model::id::{AppName, EnvironmentKey};
use crate::model::link::Placeholder;

/// The commands that can run now, with their numbers.
pub fn offered(state: &State) -> impl Iterator<Item = (usize, &Custom)> + '_ {
    state.customs.iter().enumerate().filter(|(number, _)| prepare(state, *number).is_ok())
}

/// What the command of this number does now.
///
/// # Errors
/// Why it cannot run.
pub fn prepare(state: &State, number: usize) -> Result<Act, Refusal> {
    let custom = state.customs.get(number).ok_or("there is no such command")?;
    if !custom.scope.holds(scope_of(state.place())) {
        return Err(format!("{} is for another screen", custom.name).into());
    }
    let key = subject(state);
    if !custom.reads {
        may_act(state, key.as_slice())?;
    }
    let environment = key.as_ref().and_then(|key| state.fleet.get(key));
    let is_wanted = |platforms: &[_]| key.as_ref().is_some_and(|key| platforms.contains(&key.platform));
    if !custom.platforms.is_empty() && !is_wanted(&custom.platforms) {
        let words: Vec<&str> = custom.platforms.iter().map(|platform| platform.word()).collect();
        return Err(format!("{} is for environments of {}", custom.name, words.join(", ")).into());
    }
    let plain_only = is_read_again(&custom.command);
    let fill = |argument: &super::Argument| argument.fill(plain_only, |place| value(state, environment.as_ref(), place));
    let command = custom.command.iter().map(fill).collect::<Result<Vec<_>, _>>();
    let command = command.map_err(|why| match &key {
        Some(key) => format!("{} does not run for {}: {why}", custom.name, key.name),
        None => format!("{} needs a selected environment: {}", custom.name, lacking(state, custom)),
    })?;
    let about = custom.command.iter().any(|argument| argument.places().next().is_some());
    let run = Run {
        name: custom.name.clone(),
        command,
        environment: key.filter(|_| about || !custom.reads),
        reads: custom.reads,
        output: custom.output,
        seconds: custom.seconds,
    };
    let question = format!("Run {}? {}", run.name, run.line());
    let then = Effect::Run(Box::new(run));
    Ok(if custom.confirm { Act::Confirm { question, then } } else { Act::Do(then) })
}

/// Which of its places only an environment fills.
fn lacking(state: &State, custom: &Custom) -> String {
    let places = custom.command.iter().flat_map(super::Argument::places).filter(|place| value(state, None, *place).is_none());
    let words: BTreeSet<String> = places.map(|place| format!("{{{}}}", place.word())).collect();
    let words: Vec<String> = words.into_iter().collect();
    format!("{} {} filled in from it", words.join(", "), if words.len() == 1 { "is" } else { "are" })
}

/// The one environment that is selected, or that the screen is about.
#[must_use]
pub fn subject(state: &State) -> Option<EnvironmentKey> {
    match state.place() {
        Screen::Fleet => match state.fleet_screen.cursor.selected() {
            Some(FleetRow::Environment(key)) => Some(key.clone()),
            Some(FleetRow::Group(_)) | None => None,
        },
        Screen::Environment(key) | Screen::Properties(key) => Some(key.clone()),
        Screen::Pending(_) => match state.pending_screen.cursor.selected() {
            Some(PendingRow::Step(key)) => Some(key.clone()),
            Some(PendingRow::Change(_, _)) | None => None,
        },
        Screen::Sheet(_, _) => match state.sheet_screen.environments().as_slice() {
            [only] => Some((*only).clone()),
            _ => None,
        },
        Screen::Logs(subject) => subject.only().cloned(),
        Screen::Operations => {
            let unit = state.operations_screen.unit.selected()?;
            super::super::operate::selected(state)?.environment_of(*unit).cloned()
        }
        Screen::Previews => super::super::previews::selected(state).cloned(),
        Screen::Timeline(_) => super::super::timeline::selected(state).cloned(),
        Screen::Promotions => None,
    }
}

/// The app that is selected, or that the screen is about, where no environment is.
fn app(state: &State) -> Option<&AppName> {
    match (state.place(), state.fleet_screen.cursor.selected()) {
        (Screen::Fleet, Some(FleetRow::Group(app))) => Some(app),
        (Screen::Pending(app), _) => app.as_ref(),
        _ => None,
    }
}

/// What stands in a place for this environment, or for an app.
fn value(state: &State, environment: Option<&Environment<'_>>, place: Place) -> Option<String> {
    let Some(environment) = environment else {
        // Whatever is selected of an app, it is that app's.
        return app(state).filter(|_| place == Place::Of(Placeholder::App)).map(ToString::to_string);
    };
    match place {
        Place::Of(placeholder) => placeholder.value(environment),
        Place::Profile => {
            let way = state.fleet.catalogue().way_in(&environment.source()?.scope.connection)?;
            way.profile.as_deref().map(str::to_owned)
        }
        Place::Url => environment.identity()?.url.as_ref().map(ToString::to_string),
        Place::Instance => match state.place() {
            Screen::Environment(_) => state.environment_screen.instances.selected().map(ToString::to_string),
            _ => None,
        },
        Place::Key => Some(environment.key().to_string()),
    }
}
