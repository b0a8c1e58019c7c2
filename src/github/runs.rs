//! The runs of a repository: the latest of all, and those that wait, however long they have.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::asking::Asking;
use super::error::Trouble;
use super::rest::{LIVE, RUNS, latest_runs, runs_with, waiting_runs};
use crate::model::forge::News;
use crate::model::id::Repository;
use crate::model::run::Run;

/// One list of runs as it was told. What is the same is the same one: it comes out of what is kept.
type Told = Weak<Vec<Run>>;

/// What was told last of each repository's runs: both lists, where there are two.
///
/// That a list has not changed since it was asked for is not that it was
/// told: the other one may have failed then.
#[derive(Default)]
pub struct ToldRuns {
    told: Mutex<HashMap<Repository, (Told, Option<Told>)>>,
}

impl ToldRuns {
    /// Takes note of what is told now; whether that is what was told last.
    fn tell(&self, repository: &Repository, latest: &Arc<Vec<Run>>, waiting: Option<&Arc<Vec<Run>>>) -> bool {
        let now = (Arc::downgrade(latest), waiting.map(Arc::downgrade));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.insert(repository.clone(), now.clone());
        before.is_some_and(|before| {
            let is_same = match (&before.1, &now.1) {
                (Some(before), Some(now)) => before.ptr_eq(now),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            is_same && before.0.ptr_eq(&now.0)
        })
    }
}

/// The runs, or that they are the same as before. Who reads them keeps them: they are told once.
///
/// Where the latest are all that there are, those that wait are among them, and cost no call.
pub async fn runs(asking: &mut Asking<'_>, told: &ToldRuns, repository: &Repository) -> Result<News, Trouble> {
    let latest = latest_runs(asking, repository).await?;
    let waiting = if latest.len() < RUNS { None } else { Some(waiting_runs(asking, repository).await?) };
    let is_same = told.tell(repository, &latest, waiting.as_ref());
    Ok(if is_same { News::Same } else { News::Runs(join(&latest, waiting.as_deref().map_or(&[], Vec::as_slice))) })
}

/// The runs that go on or are about to: how many others there are since does not matter.
pub async fn live_runs(asking: &mut Asking<'_>, repository: &Repository) -> Result<Vec<Run>, Trouble> {
    let mut live: Vec<Run> = Vec::new();
    for status in LIVE {
        let told = runs_with(asking, repository, status).await?;
        // It may have gone from one list to the next meanwhile.
        let news: Vec<Run> = told.iter().filter(|run| live.iter().all(|other| other.id != run.id)).cloned().collect();
        live.extend(news);
    }
    Ok(live)
}

/// Both lists as one, newest first. Of a run that is in both, the later state: neither list is of the same moment.
fn join(latest: &[Run], waiting: &[Run]) -> Vec<Run> {
    let state = |run: &Run| (run.attempt, run.updated_at);
    let mut joined = latest.to_vec();
    for run in waiting {
        match joined.iter_mut().find(|other| other.id == run.id) {
            Some(other) if state(run) > state(other) => other.clone_from(run),
            Some(_) => {}
            None => joined.push(run.clone()),
        }
    }
    joined.sort_by_key(|run| Reverse((run.created_at, run.number)));
    joined
}
