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

tokio::task_local! {
    static SENT: Cell<bool>;
}

/// What came of a call, and whether it was sent. Its client must have [`Departures`].
pub(super) async fn watch<F: Future>(send: F) -> (F::Output, bool) {
    let watched = async {
        let told = send.await;
        (told, SENT.with(Cell::get))
    };
    SENT.scope(Cell::new(false), watched).await
}

/// Notes that a signed request is handed to the network.
///
/// Only for the clients of services: what the credential chain sends to find
/// credentials is another call.
#[derive(Debug)]
pub(super) struct Departures;

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
        // Nobody watches: then nobody counts either.
        let _ = SENT.try_with(|sent| sent.set(true));
        Ok(())
    }
}
