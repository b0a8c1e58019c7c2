//! The pages about what is selected: run, pull request, those that are configured, console, the environment itself.

use std::sync::Arc;

use super::fleet::Row as FleetRow;
use super::history::Place;
use super::menu::{Choice, Item, Menu};
use super::pending::{Change, Row as PendingRow};
use super::previews;
use super::sheet::Row as SheetRow;
use super::state::State;
use super::timeline;
use crate::model::id::{EnvironmentKey, Repository, RunId};
pub use crate::model::link::is_page;

/// The list of pages about what is selected.
#[must_use]
pub fn menu(state: &State) -> Option<Menu> {
    let mut items = Vec::new();
    match state.place() {
        Place::Fleet => {
            if let Some(FleetRow::Environment(key)) = state.fleet_screen.cursor.selected() {
                of_environment(state, key, &mut items);
            }
        }
        Place::Environment(key) => {
            of_pull(state, key, &mut items);
            of_environment(state, key, &mut items);
        }
        Place::Pending(_) => match state.pending_screen.cursor.selected() {
            Some(PendingRow::Step(key)) => of_environment(state, key, &mut items),
            Some(row @ PendingRow::Change(_, _)) => {
                let step = state.pending_screen.step(row);
                if let (Some(change), Some(step)) = (state.pending_screen.change(row), step) {
                    of_change(state, &step.repository, change, &mut items);
                }
            }
            None => {}
        },
        Place::Promotions => {
            if let Some((repository, run)) = state.promotions_screen.cursor.selected() {
                of_run(state, repository, *run, &mut items);
            }
        }
        Place::Sheet(repository, run) => {
            if let Some(SheetRow::Change(sha)) = state.sheet_screen.cursor.selected()
                && let Some(change) = state.sheet_screen.changes.iter().find(|change| change.newest == *sha)
            {
                of_change(state, repository, change, &mut items);
            }
            of_run(state, repository, *run, &mut items);
            for key in state.sheet_screen.environments() {
                of_environment(state, key, &mut items);
            }
        }
        Place::Timeline(_) => {
            if let Some(key) = timeline::selected(state) {
                of_environment(state, key, &mut items);
            }
        }
        Place::Properties(key) => of_environment(state, key, &mut items),
        Place::Previews => {
            if let Some(key) = previews::selected(state) {
                of_pull(state, key, &mut items);
                of_environment(state, key, &mut items);
            }
        }
        Place::Logs(subject) => {
            for key in &subject.environments {
                of_environment(state, key, &mut items);
            }
        }
        Place::Operations => {
            let unit = state.operations_screen.unit.selected();
            let known = super::operate::selected(state);
            if let Some(key) = known.zip(unit).and_then(|(known, unit)| known.environment_of(*unit)) {
                of_environment(state, key, &mut items);
            }
        }
    }
    items.dedup_by(|a, b| a.choice == b.choice);
    (!items.is_empty()).then(|| Menu {
        title: "links",
        note: "⏎ opens · c copies · esc closes",
        heading: String::new(),
        items,
        at: 0,
        filter: None,
        takes: None,
    })
}

fn push(items: &mut Vec<Item>, name: impl Into<Arc<str>>, address: &str) {
    if is_page(address) {
        items.push(Item { name: name.into(), detail: address.into(), choice: Choice::Page(address.into()) });
    }
}

fn of_run(state: &State, repository: &Repository, run: RunId, items: &mut Vec<Item>) {
    let told = state.github.forge.get(repository).and_then(|facts| facts.run(run));
    let run = told.or_else(|| state.sheet_screen.promotion.as_ref().map(|promotion| &promotion.run).filter(|known| known.id == run));
    if let Some(run) = run {
        push(items, format!("run #{}", run.number), &run.url);
    }
}

fn of_change(state: &State, repository: &Repository, change: &Change, items: &mut Vec<Item>) {
    if let Some(address) = &change.url {
        push(items, format!("pull request {}", change.name()), address);
    }
    if let Some(run) = change.whereabouts.run() {
        of_run(state, repository, run, items);
    }
}

/// The pull request that it is a preview of.
fn of_pull(state: &State, key: &EnvironmentKey, items: &mut Vec<Item>) {
    if let Some(address) = previews::page(state, key) {
        push(items, format!("pull request of {}", key.name), &address);
    }
}

fn of_environment(state: &State, key: &EnvironmentKey, items: &mut Vec<Item>) {
    let Some(environment) = state.fleet.get(key) else { return };
    for link in &state.fleet.catalogue().links {
        if let Some(address) = link.about(&environment) {
            push(items, format!("{}: {}", link.name, key.name), &address);
        }
    }
    let Some(identity) = environment.identity() else { return };
    if let Some(address) = environment.console_page() {
        push(items, format!("console: {}", key.name), &address);
    }
    if let Some(address) = &identity.url {
        let whole = if address.contains("://") { address.to_string() } else { format!("http://{address}") };
        push(items, format!("{} itself", key.name), &whole);
    }
}
