//! `quarterdeck pending`, `promotions`, `approve`, `reject`, `wait`: what is pending and what waits, without a screen.

pub mod answer;
pub mod inbox;
pub mod pending;
pub mod wait;

use std::time::Duration;

use super::session::{self, Session};
use super::{Common, Exit, complain};
use crate::app::github::GitHubState;
use crate::config::Settings;
use crate::model::safe_text::safe;

/// How long GitHub and the regions are waited for, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// The settings, where they are such that GitHub is of use.
fn settings(common: &Common) -> Result<Settings, Exit> {
    let settings = common.settings().map_err(|error| {
        complain(&error);
        Exit::Usage
    })?;
    if settings.catalogue.apps.iter().all(|app| app.repository.is_none()) {
        complain(&"no app has a repository: say in the configuration which, as repository = \"owner/name\" below [apps.NAME]");
        return Err(Exit::Usage);
    }
    Ok(settings)
}

/// A session in which all that can be known is known.
async fn gathered(settings: &Settings) -> Session {
    let mut session = Session::open(settings);
    session.until(PATIENCE, session::is_compared).await;
    session
}

/// Says what could not be read; the exit code that this makes.
fn exit(session: &Session) -> Exit {
    let faults = session::faults(&session.state);
    for (repository, fault) in &faults {
        complain(&safe(&format!("{repository}: {fault}")));
    }
    let troubles = session::troubles(&session.state);
    for trouble in &troubles {
        complain(&safe(trouble));
    }
    let repositories = session.state.github.forge.repositories().count();
    let nothing =
        session.state.github.forge.repositories().all(|(_, facts)| facts.runs.value().is_none() && facts.overview.value().is_none());
    match (faults.is_empty() && troubles.is_empty(), nothing || repositories == 0) {
        (_, true) => Exit::Failed,
        (true, false) if GitHubState::is_used(&session.state.fleet) && session::is_compared(&session.state) => Exit::Complete,
        (_, false) => Exit::Partial,
    }
}
