//! What a stream is of.

use std::collections::BTreeSet;

use crate::app::fleet::Row;
use crate::app::history::Place;
use crate::app::previews;
use crate::app::state::State;
use crate::model::id::{EnvironmentKey, InstanceId, Repository, RunId};
use crate::model::operation::plan::OperationId;

/// What the Logs screen shows the lines of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject {
    /// The environments, each once, in their order.
    pub environments: Vec<EnvironmentKey>,
    /// The one instance whose lines are shown.
    pub instance: Option<InstanceId>,
    /// What is told instead of the lines of environments.
    pub work: Option<Work>,
}

/// Something that is done and tells lines of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// The jobs of a workflow run.
    Run(Repository, RunId),
    /// An operation.
    Operation(OperationId),
}

impl Subject {
    /// These environments.
    #[must_use]
    pub fn of(environments: impl IntoIterator<Item = EnvironmentKey>) -> Self {
        let each: BTreeSet<EnvironmentKey> = environments.into_iter().collect();
        Self { environments: each.into_iter().collect(), instance: None, work: None }
    }

    /// One instance of an environment.
    #[must_use]
    pub fn of_instance(environment: EnvironmentKey, instance: InstanceId) -> Self {
        Self { environments: vec![environment], instance: Some(instance), work: None }
    }

    /// The jobs of a run.
    #[must_use]
    pub const fn of_run(repository: Repository, run: RunId) -> Self {
        Self { environments: Vec::new(), instance: None, work: Some(Work::Run(repository, run)) }
    }

    /// What an operation's steps write.
    #[must_use]
    pub const fn of_operation(id: OperationId) -> Self {
        Self { environments: Vec::new(), instance: None, work: Some(Work::Operation(id)) }
    }

    /// What a file of its lines may be called.
    #[must_use]
    pub fn name(&self) -> &str {
        match (self.only(), &self.work) {
            (Some(key), _) => key.name.as_str(),
            (None, Some(Work::Run(..))) => "run",
            (None, Some(Work::Operation(_))) => "operation",
            (None, None) => "environments",
        }
    }

    /// The one environment it is of, where it is one.
    #[must_use]
    pub fn only(&self) -> Option<&EnvironmentKey> {
        match self.environments.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// What `l` is about: the marked environments, the open one, the selected one, or all of the selected app.
///
/// # Errors
/// When nothing is selected that has logs.
pub fn selected(state: &State) -> Result<Subject, &'static str> {
    let screen = &state.fleet_screen;
    match (state.place(), screen.cursor.selected()) {
        (Place::Fleet, _) if !screen.marks.is_empty() => Ok(Subject::of(screen.marks.iter().cloned())),
        (Place::Previews, _) => Ok(Subject::of(previews::selected(state).cloned())),
        (Place::Environment(key) | Place::Properties(key), _) | (Place::Fleet, Some(Row::Environment(key))) => {
            Ok(Subject::of([key.clone()]))
        }
        (Place::Fleet, Some(Row::Group(app))) => {
            let of_app = state.fleet.environments().filter(|environment| !environment.is_unseen() && environment.app() == *app);
            Ok(Subject::of(of_app.map(|environment| environment.key())))
        }
        _ => Err("select an environment on the Fleet screen, or mark several, then l shows their logs"),
    }
}
