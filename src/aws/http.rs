//! The one HTTP client that every AWS client of the program shares.
//!
//! Owns connections, proxies and trust roots. Nothing is loaded before the
//! first request that needs it: the SDK's own client reads and parses the
//! trust roots whenever a service client is made, hundreds of milliseconds on
//! some machines, even where the endpoint is plain HTTP.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::local;

/// Idle connections are given up before AWS closes them: a request that meets
/// a closing connection fails, and nothing here would send it again.
const IDLE: Duration = Duration::from_secs(20);

/// A client that honors `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
pub fn shared() -> SharedHttpClient {
    SharedHttpClient::new(LazyClient { proxies: true, connectors: Mutex::default() })
}

/// A client that connects directly, whatever the environment says.
pub fn isolated() -> SharedHttpClient {
    SharedHttpClient::new(LazyClient { proxies: false, connectors: Mutex::default() })
}

/// What fetches from elsewhere than AWS's APIs, such as from an address that one of them told.
pub fn fetcher(proxies: bool) -> SharedHttpConnector {
    let builder = Connector::builder().pool_idle_timeout(IDLE);
    SharedHttpConnector::new(LazyConnector(Arc::new(Parts { builder, proxies, direct: OnceLock::new(), full: OnceLock::new() })))
}

/// What tells one set of connector settings from another.
type Timeouts = (Option<Duration>, Option<Duration>);

struct LazyClient {
    proxies: bool,
    /// The SDK asks for a connector at every request, with few different settings.
    connectors: Mutex<Vec<(Timeouts, SharedHttpConnector)>>,
}

impl fmt::Debug for LazyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyClient").field("proxies", &self.proxies).finish_non_exhaustive()
    }
}

impl HttpClient for LazyClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut known = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = known.iter().find(|(of, _)| *of == timeouts) {
            return connector.clone();
        }
        let mut builder = Connector::builder().connector_settings(settings.clone()).pool_idle_timeout(IDLE);
        builder.set_sleep_impl(components.sleep_impl());
        let parts = Parts { builder, proxies: self.proxies, direct: OnceLock::new(), full: OnceLock::new() };
        let connector = SharedHttpConnector::new(LazyConnector(Arc::new(parts)));
        known.push((timeouts, connector.clone()));
        connector
    }
}

struct Parts {
    builder: ConnectorBuilder,
    proxies: bool,
    /// For plain HTTP to near hosts, and for everything plain where there are no proxies: needs no trust roots.
    direct: OnceLock<SharedHttpConnector>,
    full: OnceLock<SharedHttpConnector>,
}

impl Parts {
    fn goes_direct(&self, url: &str) -> bool {
        let plain = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
        plain && (!self.proxies || local::is_near(url))
    }

    /// The connector for a URL, where it needs no more work.
    fn ready(&self, url: &str) -> Option<&SharedHttpConnector> {
        if self.goes_direct(url) { Some(self.connector_for(url)) } else { self.full.get() }
    }

    fn connector_for(&self, url: &str) -> &SharedHttpConnector {
        if self.goes_direct(url) {
            return self.direct.get_or_init(|| self.build(ProxyConfig::disabled(), TrustStore::empty()));
        }
        self.full.get_or_init(|| {
            let proxies = if self.proxies { ProxyConfig::from_env() } else { ProxyConfig::disabled() };
            self.build(proxies, TrustStore::default())
        })
    }

    fn build(&self, proxies: ProxyConfig, trust: TrustStore) -> SharedHttpConnector {
        let builder = self.builder.clone().proxy_config(proxies).tls_provider(Provider::Rustls(CryptoMode::Ring));
        let context = TlsContext::builder().with_trust_store(trust).build();
        SharedHttpConnector::new(match context {
            Ok(context) => builder.tls_context(context).build(),
            Err(_) => builder.build(),
        })
    }
}

struct LazyConnector(Arc<Parts>);

impl fmt::Debug for LazyConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyConnector")
    }
}

impl HttpConnector for LazyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let parts = Arc::clone(&self.0);
        if let Some(connector) = parts.ready(request.uri()) {
            return connector.call(request);
        }
        // Reading the trust roots blocks: not on a thread that drives other calls.
        HttpConnectorFuture::new(async move {
            let made = tokio::task::spawn_blocking(move || parts.connector_for(request.uri()).call(request)).await;
            match made {
                Ok(sent) => sent.await,
                Err(error) => Err(ConnectorError::other(error.into(), None)),
            }
        })
    }
}
