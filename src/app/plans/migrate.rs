//! Starting the workflow that runs an app's migrations, with the inputs that the configuration gives it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::act::Refusal;
use super::super::menu::{Choice, Item, Menu};
use super::super::state::State;
use super::may_write;
use crate::model::catalogue::App;
use crate::model::id::{EnvironmentKey, Repository, Sha};

/// The workflow of this app, to be started by hand; with the commit that ships, where it wants one.
///
/// # Errors
/// Why none can be started.
pub fn menu(state: &State, app: &App, environment: Option<&EnvironmentKey>, commit: Option<&Sha>) -> Result<Menu, Refusal> {
    let repository = app.repository.as_deref().map(Repository::from);
    let repository = repository.ok_or("this app has no repository: say in the configuration which")?;
    may_write(state, &repository)?;
    if app.shipping.migrations_run {
        return Err("its migrations run when a version is deployed (migrations in the configuration)".into());
    }
    let workflow = app.shipping.migration_workflow.as_ref();
    let workflow = workflow.ok_or("say in the configuration which workflow runs its migrations: migration_workflow")?;
    let facts = state.github.forge.get(&repository).ok_or("nothing was read of that repository yet")?;
    let overview = facts.overview.value().ok_or("its workflows were not read yet")?;
    let manual = overview.manual.iter().find(|manual| workflow.has_file(&manual.workflow));
    let manual = manual.ok_or("the repository has no workflow of that name that a person can start (migration_workflow)")?;
    let wanting = manual.inputs.iter().filter(|input| input.wants_commit());
    let mut entered: BTreeMap<Arc<str>, Arc<str>> =
        wanting.filter_map(|input| Some((Arc::clone(&input.name), Arc::from(commit?.as_str())))).collect();
    entered.extend(workflow.inputs.clone());
    Ok(Menu {
        title: "start which workflow?",
        note: "⏎ its inputs · esc starts nothing",
        heading: repository.to_string(),
        items: vec![Item {
            name: Arc::clone(&manual.name),
            detail: Arc::clone(&workflow.file),
            choice: Choice::Start { repository, manual: Box::new(manual.clone()), environment: environment.cloned(), entered },
        }],
        at: 0,
        filter: None,
        takes: None,
    })
}
