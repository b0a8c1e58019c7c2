//! Whether a call left this machine: only then it counts.
//!
//! An error does not tell. Credentials that are not there fail in the middle
//! of sending, and patience may end while they are still being found.

use std::cell::Cell;
use std::future::Future;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::ops::limit::{BudgetKey, Limiter};

tokio::task_local! {
    static CALL: Call;
}

/// The call that a task is making.
struct Call {
    limiter: Limiter,
    key: BudgetKey,
    left: Cell<bool>,
}

/// What came of a call, and whether it left. Its client must have [`Departures`].
pub fn counted<F: Future>(limiter: Limiter, key: BudgetKey, send: F) -> impl Future<Output = (F::Output, bool)> {
    CALL.scope(Call { limiter, key, left: Cell::new(false) }, async {
        let told = send.await;
        (told, CALL.with(|call| call.left.get()))
    })
}

/// Counts a signed request when it is handed to the network.
///
/// Only for the clients of services: what the credential chain sends to find
/// credentials is another call.
#[derive(Debug)]
pub struct Departures;

impl Intercept for Departures {
    fn name(&self) -> &'static str {
        "Departures"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // A call that nobody counts has passed no budget: there is none.
        let _ = CALL.try_with(|call| {
            call.limiter.sent(&call.key);
            call.left.set(true);
        });
        Ok(())
    }
}
