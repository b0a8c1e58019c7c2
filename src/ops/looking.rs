//! Units of an operation of which a look anew decides: nothing is sent for them.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::clock::Stamps;
use super::port::{Platform, Source};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Progress, Receipt};

/// What a look at an environment shows of an action.
pub trait Look: Send + Sync {
    /// Reads the environment and judges it.
    ///
    /// # Errors
    /// What could not be read, and [`elsewhere`] for an action of which this does not decide.
    fn look<'a>(&'a self, source: Option<&'a dyn Source>, place: Place, action: Action) -> BoxFuture<'a, Result<Observed, Fault>>;
}

/// Carries out actions that only look.
pub struct Looking<L> {
    look: L,
    stamps: Stamps,
    source: Option<Arc<dyn Source>>,
}

impl<L: Look> Looking<L> {
    /// By what reads the environments, where any are configured. It is asked for its listing before each look, so it is nobody
    /// else's.
    #[must_use]
    pub fn new(look: L, stamps: Stamps, source: Option<Arc<dyn Source>>) -> Self {
        Self { look, stamps, source }
    }
}

/// It is none of the actions of which a look decides.
pub(super) fn elsewhere() -> Fault {
    Fault::new(FaultKind::Unsupported, "this is not told by a look at instances")
}

/// It may show yet: what is read may be a moment behind. Whoever waits says for how long.
pub(super) fn underway(sentence: String) -> Observed {
    Observed::Underway(Progress { parts: None, note: Some(sentence.into()) })
}

impl<L: Look> Platform for Looking<L> {
    fn before(&self, _place: Place, _action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        let baseline = Baseline { at: Some(self.stamps.now()), ..Baseline::default() };
        Box::pin(std::future::ready(Ok(baseline)))
    }

    fn begin(&self, _place: Place, _action: Action, _mark: Mark) -> BoxFuture<'_, Begun> {
        Box::pin(std::future::ready(Begun::Refused(elsewhere())))
    }

    fn observe(
        &self,
        place: Place,
        action: Action,
        _mark: Mark,
        _baseline: Baseline,
        _receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        self.look.look(self.source.as_deref(), place, action)
    }
}
