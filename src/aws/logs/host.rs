//! Where a live tail is asked for.
//!
//! The SDK puts `stream-` in front of the host of StartLiveTail, also where the
//! endpoint is an address or this machine: there nothing has such a name.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::super::local;

/// Takes `stream-` away from the host of a request, where the rest is an address or this machine.
#[derive(Debug)]
pub struct PlainHost;

/// The same URL without the prefix, where it leads nowhere.
fn plain(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://stream-")?;
    let plain = format!("{scheme}://{rest}");
    local::is_literal(&plain).then_some(plain)
}

impl Intercept for PlainHost {
    fn name(&self) -> &'static str {
        "PlainHost"
    }

    // Before signing, so that the host that is signed is the one that is asked.
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(plain) = plain(context.request().uri()) {
            context.request_mut().set_uri(plain)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_addresses_and_this_machine_lose_the_prefix() {
        assert_eq!(plain("http://stream-127.0.0.1:5000/").as_deref(), Some("http://127.0.0.1:5000/"));
        assert_eq!(plain("http://stream-localhost:5000/").as_deref(), Some("http://localhost:5000/"));
        for other in ["https://stream-logs.eu-west-1.amazonaws.com/", "http://stream-moto:5000/", "http://127.0.0.1:5000/stream-x"] {
            assert_eq!(plain(other), None, "{other}");
        }
    }
}
