//! What commands would do on the screens of what is pending and what waits.

use super::act::{Act, HERE, Refusal};
use super::command::CommandId;
use super::fleet::Row as FleetRow;
use super::github::GitHubState;
use super::history::Place;
use super::pending::{Change, Row as PendingRow};
use super::plans::{self, Intent};
use super::previews;
use super::reader;
use super::sheet::Row as SheetRow;
use super::state::State;
use crate::model::catalogue::Way;
use crate::model::chain::Whereabouts;
use crate::model::commit::Comparison;
use crate::model::forge::Between;
use crate::model::id::{EnvironmentKey, Repository, RunId};
use crate::model::promotion;

/// What such a command would do now.
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    if !GitHubState::is_used(&state.fleet) {
        return Err(
            "no app has a repository: say in the configuration which, as repository = \"owner/name\"; quarterdeck init finds them".into()
        );
    }
    match id {
        CommandId::GoPending if *state.place() == Place::Pending(None) => Err(HERE.into()),
        CommandId::GoPending => Ok(Act::Go(Place::Pending(None))),
        CommandId::GoPromotions if *state.place() == Place::Promotions => Err(HERE.into()),
        CommandId::GoPromotions => Ok(Act::Go(Place::Promotions)),
        CommandId::Pending => pending(state),
        CommandId::Mine => mine(state),
        CommandId::Choose => choose(state),
        CommandId::Approve if matches!(state.place(), Place::Sheet(_, _)) => decide(state, &Intent::Review { approve: true }),
        CommandId::Approve => sheet(state),
        CommandId::Reject => decide(state, &Intent::Review { approve: false }),
        CommandId::RerunFailed => rerun(state),
        CommandId::CancelRun | CommandId::CancelOpen => cancel(state),
        CommandId::Dispatch => dispatch(state),
        CommandId::Migrate => migrate(state),
        CommandId::Revert => revert(state),
        CommandId::Diff => diff(state),
        CommandId::Checks => checks(state),
        _ => Err("that is for another screen".into()),
    }
}

/// What `Enter` does on these screens.
pub fn open(state: &State) -> Result<Act, Refusal> {
    match state.place() {
        Place::Pending(_) => match state.pending_screen.cursor.selected() {
            Some(PendingRow::Step(key)) => Ok(Act::Go(Place::Environment(key.clone()))),
            Some(PendingRow::Change(_, _)) => {
                let (repository, id) = run(state).ok_or("no run carries it")?;
                Ok(Act::Go(Place::Sheet(repository, id)))
            }
            None => Err("nothing is selected".into()),
        },
        Place::Promotions => sheet(state),
        Place::Sheet(_, _) => match state.sheet_screen.cursor.selected() {
            Some(SheetRow::Gate(_)) => choose(state),
            Some(SheetRow::Change(_)) | None => Err("there is nothing to open here".into()),
        },
        Place::Fleet
        | Place::Environment(_)
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => Err("that is for another screen".into()),
    }
}

/// The environment that is open or selected.
fn environment(state: &State) -> Option<&EnvironmentKey> {
    match state.place() {
        Place::Environment(key) | Place::Properties(key) => Some(key),
        Place::Fleet => match state.fleet_screen.cursor.selected() {
            Some(FleetRow::Environment(key)) => Some(key),
            Some(FleetRow::Group(_)) | None => None,
        },
        Place::Pending(_) => match state.pending_screen.cursor.selected() {
            Some(PendingRow::Step(key) | PendingRow::Change(key, _)) => Some(key),
            None => None,
        },
        Place::Previews => previews::selected(state),
        Place::Promotions | Place::Sheet(_, _) | Place::Operations | Place::Logs(_) | Place::Timeline(_) => None,
    }
}

/// The repository of what is open or selected.
pub fn repository(state: &State) -> Option<Repository> {
    let group = match (state.place(), state.fleet_screen.cursor.selected()) {
        (Place::Fleet, Some(FleetRow::Group(app))) => Some(app.clone()),
        _ => None,
    };
    let app = group.or_else(|| Some(state.fleet.get(environment(state)?)?.app()))?;
    state.fleet.catalogue().app(&app)?.repository.as_deref().map(Repository::from)
}

fn pending(state: &State) -> Result<Act, Refusal> {
    let group = match (state.place(), state.fleet_screen.cursor.selected()) {
        (
            Place::Pending(_)
            | Place::Promotions
            | Place::Sheet(_, _)
            | Place::Operations
            | Place::Logs(_)
            | Place::Previews
            | Place::Properties(_)
            | Place::Timeline(_),
            _,
        ) => {
            return Err("that is for another screen".into());
        }
        (Place::Fleet, Some(FleetRow::Group(app))) => Some(app.clone()),
        _ => None,
    };
    let of = |key: &EnvironmentKey| state.fleet.get(key).map(|environment| environment.app());
    let app = group.or_else(|| environment(state).and_then(of)).ok_or("nothing is selected")?;
    let known = state.fleet.catalogue().app(&app).is_some_and(|app| app.repository.is_some());
    if known { Ok(Act::Go(Place::Pending(Some(app)))) } else { Err("this app has no repository: say in the configuration which".into()) }
}

fn mine(state: &State) -> Result<Act, Refusal> {
    match state.place() {
        Place::Pending(_) if state.github.forge.viewer.value().is_none() => Err("GitHub has not told yet who you are".into()),
        Place::Pending(_) | Place::Promotions => Ok(Act::ToggleMine),
        Place::Fleet
        | Place::Environment(_)
        | Place::Sheet(_, _)
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => Err("that is for the Pending and Promotions screens".into()),
    }
}

/// The run that waits for what is selected.
fn waiting(state: &State) -> Option<(Repository, RunId)> {
    if *state.place() == Place::Promotions {
        return state.promotions_screen.cursor.selected().cloned();
    }
    if let (Place::Pending(_), Some(row)) = (state.place(), state.pending_screen.cursor.selected()) {
        let (step, change) = (state.pending_screen.step(row)?, state.pending_screen.change(row));
        // On a heading it is what the newest below it waits in.
        let changes = change.map_or(&*step.changes, std::slice::from_ref);
        let run = changes.iter().find_map(|change| if let Whereabouts::Waiting(run) = change.whereabouts { Some(run) } else { None });
        if let Some(run) = run {
            return Some((step.repository.clone(), run));
        }
    }
    let promotion = state.github.waiting_for(environment(state)?)?;
    Some((promotion.repository.clone(), promotion.run.id))
}

/// The sheet of the run that waits for what is selected; the form for a tag, where that is how its app is promoted.
fn sheet(state: &State) -> Result<Act, Refusal> {
    if let Some((repository, run)) = waiting(state) {
        return Ok(Act::Go(Place::Sheet(repository, run)));
    }
    let way = |key: &EnvironmentKey| Some(&state.fleet.catalogue().app(&state.fleet.get(key)?.app())?.promotion);
    match environment(state).and_then(|key| Some((key, way(key)?))) {
        Some((key, Way::Tag { .. })) => plans::tag::form(state, key).map(Box::new).map(Act::Fill),
        Some((key, Way::Merge)) => plans::merge::menu(state, key).map(Act::Menu),
        Some((_, Way::Approval)) | None => Err("nothing waits for approval here".into()),
    }
}

fn choose(state: &State) -> Result<Act, Refusal> {
    match state.sheet_screen.cursor.selected() {
        Some(SheetRow::Gate(gate)) => Ok(Act::ToggleGate(*gate)),
        Some(SheetRow::Change(_)) | None => Err("a gate can be chosen, a change cannot".into()),
    }
}

/// The run that is open, selected, or carries what is selected.
pub(super) fn run(state: &State) -> Option<(Repository, RunId)> {
    match state.place() {
        Place::Sheet(repository, run) => Some((repository.clone(), *run)),
        Place::Promotions => state.promotions_screen.cursor.selected().cloned(),
        Place::Pending(_) => {
            let row = state.pending_screen.cursor.selected()?;
            let run = state.pending_screen.change(row)?.whereabouts.run()?;
            Some((state.pending_screen.step(row)?.repository.clone(), run))
        }
        Place::Fleet
        | Place::Environment(_)
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => None,
    }
}

/// What has failed is run again from the sheet alone, where its jobs are seen.
fn rerun(state: &State) -> Result<Act, Refusal> {
    let (repository, id) = run(state).ok_or("no run is selected")?;
    match state.place() {
        Place::Sheet(_, _) => decide(state, &Intent::Rerun(repository, id)),
        _ => Ok(Act::Go(Place::Sheet(repository, id))),
    }
}

fn cancel(state: &State) -> Result<Act, Refusal> {
    let (repository, id) = run(state).ok_or("no run is selected")?;
    decide(state, &Intent::Cancel(repository, id))
}

/// Opens the dialog in which it is decided.
fn decide(state: &State, intent: &Intent) -> Result<Act, Refusal> {
    plans::plan(state, intent).map(Box::new).map(Act::Decide).map_err(Into::into)
}

fn dispatch(state: &State) -> Result<Act, Refusal> {
    let environment = environment(state).cloned();
    let of_app = |key: &EnvironmentKey| {
        let app = state.fleet.get(key)?.app();
        state.fleet.catalogue().app(&app)?.repository.as_deref().map(Repository::from)
    };
    let repository = match state.place() {
        Place::Sheet(repository, _) => Some(repository.clone()),
        Place::Promotions => run(state).map(|(repository, _)| repository),
        Place::Fleet
        | Place::Environment(_)
        | Place::Pending(_)
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => environment.as_ref().and_then(of_app),
    };
    let repository = repository.ok_or("nothing is selected whose repository is known")?;
    plans::dispatch::menu(state, &repository, environment.as_ref()).map(Act::Menu)
}

/// The workflow that runs the migrations of what is pending, or of what the open run ships.
fn migrate(state: &State) -> Result<Act, Refusal> {
    let environment = environment(state);
    let promotion = state.sheet_screen.promotion.as_ref().filter(|_| matches!(state.place(), Place::Sheet(_, _)));
    let app = promotion.map_or_else(
        || environment.and_then(|key| state.fleet.catalogue().app(&state.fleet.get(key)?.app())),
        |promotion| promotion::app(&state.fleet, promotion),
    );
    let app = app.ok_or("nothing is selected whose app is known")?;
    let commit = promotion.filter(|promotion| !promotion.is_dispatched()).map(|promotion| &promotion.run.head);
    plans::migrate::menu(state, app, environment, commit).map(Act::Menu)
}

/// The change that is selected, with its repository and what it is a part of.
fn change(state: &State) -> Option<(&Repository, &Change, Option<&Comparison>)> {
    match state.place() {
        Place::Pending(_) => {
            let row = state.pending_screen.cursor.selected()?;
            let step = state.pending_screen.step(row)?;
            let between = step.base.clone().zip(step.offered.clone()).map(|(base, head)| Between { base, head });
            let facts = state.github.forge.get(&step.repository);
            let comparison = facts.zip(between).and_then(|(facts, between)| facts.comparisons.get(&between)?.value());
            Some((&step.repository, state.pending_screen.change(row)?, comparison))
        }
        Place::Sheet(repository, _) => {
            let Some(SheetRow::Change(sha)) = state.sheet_screen.cursor.selected() else { return None };
            let change = state.sheet_screen.changes.iter().find(|change| change.newest == *sha)?;
            let facts = state.github.forge.get(repository);
            let comparison = state.sheet_screen.sheet.as_ref().zip(facts).and_then(|(sheet, facts)| Some(sheet.largest(facts)?.comparison));
            Some((repository, change, comparison))
        }
        Place::Fleet
        | Place::Environment(_)
        | Place::Promotions
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => None,
    }
}

fn revert(state: &State) -> Result<Act, Refusal> {
    let (repository, change, _) = change(state).ok_or("select the change that is to be reverted")?;
    decide(state, &Intent::Revert(repository.clone(), Box::new(change.clone())))
}

fn diff(state: &State) -> Result<Act, Refusal> {
    let (repository, change, comparison) = change(state).ok_or("select a change")?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let comparison = comparison.ok_or("what lies between the versions was not read yet")?;
    Ok(Act::Read(Box::new(reader::diff(change, comparison, facts))))
}

fn checks(state: &State) -> Result<Act, Refusal> {
    let (repository, change, _) = change(state).ok_or("select a change")?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    Ok(Act::Read(Box::new(reader::checks(change, facts))))
}
