//! Who carries out an action: chosen for each place and action, since an instance of a cloud may be reached over ssh.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::port::Platform;
use crate::model::fault::Fault;
use crate::model::operation::action::{Action, Place, Way};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Receipt};

/// Hands each action to whoever can carry it out. Cheap to clone.
#[derive(Clone)]
pub struct Router {
    /// Programs, pauses, and what GitHub says of runs.
    pub here: Arc<dyn Platform>,
    /// What AWS does.
    pub aws: Arc<dyn Platform>,
    /// What is done over ssh.
    pub hosts: Arc<dyn Platform>,
    /// What CircleCI does.
    pub circleci: Arc<dyn Platform>,
    /// What a listing of instances tells.
    pub renewed: Arc<dyn Platform>,
    /// What instances run.
    pub running: Arc<dyn Platform>,
}

impl Router {
    fn who(&self, action: &Action) -> &dyn Platform {
        match action {
            Action::Local(_) | Action::Pause(_) | Action::Quiet { .. } => &*self.here,
            Action::Rerun(_) => &*self.circleci,
            Action::Renewed { .. } => &*self.renewed,
            Action::Runs { .. } => &*self.running,
            Action::Copy(..) | Action::Run { way: Way::Ssh(_), .. } | Action::Reached(Way::Ssh(_)) => &*self.hosts,
            Action::Deploy(_)
            | Action::Restart
            | Action::Rebuild
            | Action::Abort
            | Action::Swap { .. }
            | Action::Resize { .. }
            | Action::Deregister(_)
            | Action::Register(_)
            | Action::Reboot
            | Action::Replace
            | Action::Terminate
            | Action::Run { way: Way::Ssm, .. }
            | Action::Drained(_)
            | Action::Healthy(_)
            | Action::Proven(_)
            | Action::Steady
            | Action::Reached(Way::Ssm)
            | Action::Built { .. } => &*self.aws,
        }
    }
}

impl Platform for Router {
    fn before(&self, place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        self.who(&action).before(place, action)
    }

    fn check(&self, place: Place, action: Action) -> BoxFuture<'_, Result<(), Fault>> {
        self.who(&action).check(place, action)
    }

    fn begin(&self, place: Place, action: Action, mark: Mark) -> BoxFuture<'_, Begun> {
        self.who(&action).begin(place, action, mark)
    }

    fn observe(
        &self,
        place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        self.who(&action).observe(place, action, mark, baseline, receipt)
    }
}
