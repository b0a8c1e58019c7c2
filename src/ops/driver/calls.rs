//! Calls to the platform: each within a limit, in a task of its own, so that one that hangs or panics stops nothing else.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::no_answer;
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::Action;
use crate::model::operation::evidence::{Baseline, Begun, Observed};
use crate::model::operation::fact::Spot;
use crate::model::operation::look::SETTLE;
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::Deed;
use crate::ops::port::Platform;

/// How long an answer is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// How much longer than it says a program may take that is run here.
const GRACE: Duration = Duration::from_secs(30);

/// A call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    /// The look before.
    Before(Spot),
    /// The request itself.
    Begin(Spot),
    /// A look at what has become of it.
    Look {
        /// At what.
        spot: Spot,
        /// Whether what is not there now will not come any more.
        settled: bool,
    },
}

impl Call {
    pub(super) const fn spot(self) -> Spot {
        match self {
            Self::Before(spot) | Self::Begin(spot) | Self::Look { spot, .. } => spot,
        }
    }
}

/// What came of a call.
pub(super) enum Answer {
    Before(Result<Baseline, Fault>),
    Begun(Begun),
    Seen(Result<Observed, Fault>),
}

/// The call, with all that it needs; none where the operation has no such deed, or it has not begun.
pub(super) fn answer(platform: &Arc<dyn Platform>, operation: &Operation, call: Call) -> Option<BoxFuture<'static, Answer>> {
    let platform = Arc::clone(platform);
    let spot = call.spot();
    let Deed { place, action, patience, only_checked, .. } = operation.deed(spot)?.clone();
    let mark = spot.mark(&operation.plan().id);
    let answer = match call {
        Call::Before(_) => async move {
            let look = async {
                if only_checked {
                    platform.check(place, action).await.map(|()| Baseline::default())
                } else {
                    platform.before(place, action).await
                }
            };
            let answered = tokio::time::timeout(LIMIT, look).await;
            Answer::Before(answered.unwrap_or_else(|_| Err(no_answer("the look before", LIMIT))))
        }
        .boxed(),
        Call::Begin(_) => async move {
            // A copy is done when it is answered.
            let limit = if matches!(action, Action::Copy(..)) { patience.max(LIMIT) } else { LIMIT };
            let answered = tokio::time::timeout(limit, platform.begin(place, action, mark)).await;
            Answer::Begun(answered.unwrap_or_else(|_| Begun::Unclear(no_answer("the request", limit))))
        }
        .boxed(),
        Call::Look { .. } => {
            let begun = operation.begun(spot)?.clone();
            let action = match action {
                Action::Runs { version, also, .. } => Action::Runs { version, also, except: operation.unchanged() },
                action => action,
            };
            async move {
                let limit = match &action {
                    Action::Local(local) => local.limit + GRACE,
                    // Many machines may be asked, a few at a time.
                    Action::Runs { .. } => patience.max(LIMIT),
                    _ => LIMIT,
                };
                let look = platform.observe(place, action, mark, begun.baseline, begun.receipt);
                let answered = tokio::time::timeout(limit, look).await;
                Answer::Seen(answered.unwrap_or_else(|_| Err(no_answer("the look at it", limit))))
            }
            .boxed()
        }
    };
    Some(answer)
}

/// What it means that an adapter panicked. Of a request nobody knows then whether it was sent.
pub(super) fn panicked(call: Call) -> Answer {
    let fault = Fault::new(FaultKind::Failed, "a mistake in Quarterdeck kept this from being told: please report it; it is tried again");
    match call {
        Call::Before(_) => Answer::Before(Err(fault)),
        Call::Begin(_) => Answer::Begun(Begun::Unclear(fault)),
        Call::Look { .. } => Answer::Seen(Err(fault)),
    }
}

/// Whether its end is told by the clock alone.
pub(super) const fn is_ours(deed: &Deed) -> bool {
    matches!(deed.action, Action::Pause(_))
}

/// Whether a request that was last on its way at `sent` would show in a look that was asked for then.
pub(super) fn is_settled(sent: Timestamp, asked_at: Timestamp) -> bool {
    seconds_since(sent, asked_at) >= SETTLE.as_secs()
}

/// How long until the next look.
pub(super) fn interval(operation: &Operation, spot: Spot) -> Duration {
    let asked = operation.questions().iter().any(|(asked, _)| *asked == spot);
    // To be told what runs may take a command or a login for each instance.
    let tells_versions = operation.deed(spot).is_some_and(|deed| matches!(deed.action, Action::Runs { .. }));
    let watched = matches!(spot, Spot::Watch { .. }) || tells_versions;
    // Every look at GitHub's runs costs several calls, past every cache.
    let of_runs = operation.deed(spot).is_some_and(|deed| matches!(deed.action, Action::Quiet { .. }));
    Duration::from_secs(if asked || of_runs {
        30
    } else if watched {
        15
    } else {
        5
    })
}
