//! The way to the server: directly or through a proxy, with TLS or without.
//!
//! octocrab's own client knows no proxies, and gives no time to the making of
//! a connection that could be told from the time for an answer. Whether a
//! request left decides what may be said of a write, so errors say it here.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use tokio::net::TcpStream;
use tower_service::Service;

type Anything = Box<dyn Error + Send + Sync>;
type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Anything>> + Send>>;

/// Idle connections are given up before the server closes them.
const IDLE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// There was no connection: nothing left this machine.
    #[error("{0}")]
    Unsent(String),
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
}

/// The clients: one that keeps connections for what may be asked again, and one that makes a new one for each write.
pub struct Lines {
    pub reads: Octocrab,
    pub writes: Octocrab,
}

impl Lines {
    /// The clients for one server; `plain` where it has no TLS. Reads the trust roots otherwise, which takes time.
    pub fn open(plain: bool, patience: Duration) -> Result<Self, String> {
        let tls = if plain { blind()? } else { trusting()? };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let https = https.wrap_connector(Direct { tcp, proxies: std::sync::Arc::new(Matcher::from_env()) });
        let connector = Patient { https, patience };
        Ok(Self { reads: line(connector.clone(), true), writes: line(connector, false) })
    }
}

fn line(connector: Patient, kept: bool) -> Octocrab {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
    if !kept {
        // A connection that idled may be closing: nobody could tell whether a write on it had left.
        builder.pool_max_idle_per_host(0).retry_canceled_requests(false);
    }
    let sender = Sender { client: builder.build(connector) };
    let made = OctocrabBuilder::new_empty().with_service(sender).with_auth(AuthState::None).build();
    made.unwrap_or_else(|never| match never {})
}

fn provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::ring::default_provider())
}

/// TLS that trusts nobody: for a server without TLS no roots have to be there.
fn blind() -> Result<rustls::ClientConfig, String> {
    let builder = rustls::ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

fn trusting() -> Result<rustls::ClientConfig, String> {
    use hyper_rustls::ConfigBuilderExt as _;
    let builder = rustls::ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?.with_native_roots();
    let builder = builder.map_err(|error| format!("this machine's certificates cannot be read: {error}"))?;
    Ok(builder.with_no_client_auth())
}

/// Sends, and says of a failure whether anything left.
#[derive(Clone)]
struct Sender {
    client: Client<Patient, OctoBody>,
}

impl Service<Request<OctoBody>> for Sender {
    type Response = Response<Incoming>;
    type Error = Anything;
    type Future = Pending<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Anything>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let sent = self.client.request(request);
        Box::pin(async move {
            sent.await.map_err(|error| {
                let lost = if error.is_connect() { Lost::Unsent(root(&error)) } else { Lost::Broken };
                Anything::from(lost)
            })
        })
    }
}

/// The innermost cause in its own words: refused, no such name, an invalid certificate.
fn root(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = inner(cause) {
        cause = next;
    }
    cause.to_string()
}

fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    // `io::Error::source` skips the very error that it carries.
    let carried = |carrier: &'e std::io::Error| carrier.get_ref().map(|carried| carried as &(dyn Error + 'static));
    error.downcast_ref::<std::io::Error>().map_or_else(|| error.source(), carried)
}

/// What an error of octocrab's means for a request.
pub fn lost(error: &octocrab::Error) -> Lost {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(Lost::Unsent(why)) = error.downcast_ref::<Lost>() {
            return Lost::Unsent(why.clone());
        }
        cause = error.source();
    }
    Lost::Broken
}

/// Gives the making of a connection, TLS and proxy included, only so much time.
#[derive(Clone)]
struct Patient {
    https: HttpsConnector<Direct>,
    patience: Duration,
}

impl Service<Uri> for Patient {
    type Response = <HttpsConnector<Direct> as Service<Uri>>::Response;
    type Error = Anything;
    type Future = Pending<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Anything>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let (made, patience) = (self.https.call(server), self.patience);
        Box::pin(async move {
            let late = || Anything::from(format!("no connection within {} s", patience.as_secs_f64()));
            tokio::time::timeout(patience, made).await.map_err(|_| late())?
        })
    }
}

/// Connects to the server, or to the proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name for it.
///
/// What goes over plain HTTP goes directly: that is a server on this machine or in this network.
#[derive(Clone)]
struct Direct {
    tcp: HttpConnector,
    proxies: std::sync::Arc<Matcher>,
}

impl Service<Uri> for Direct {
    type Response = TokioIo<TcpStream>;
    type Error = Anything;
    type Future = Pending<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Anything>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let proxy = self.proxies.intercept(&server).filter(|_| server.scheme_str() == Some("https"));
        let Some(proxy) = proxy else {
            let made = self.tcp.call(server);
            return Box::pin(async move { made.await.map_err(Into::into) });
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Box::pin(async { Err("only proxies whose URL begins with http:// are supported".into()) });
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(login) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(login.clone());
        }
        let made = tunnel.call(server);
        Box::pin(async move { made.await.map_err(|error| format!("through the proxy: {}", root(&error)).into()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn tls_goes_through_the_proxy_that_the_environment_names_and_plain_http_does_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = [0; 512];
            let count = stream.read(&mut read).await.unwrap();
            stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
            String::from_utf8_lossy(&read[..count]).into_owned()
        });
        let matcher = Matcher::builder().all(format!("http://user:word@{address}")).no("near.example.com").build();
        let mut direct = Direct { tcp: HttpConnector::new(), proxies: std::sync::Arc::new(matcher) };
        direct.tcp.enforce_http(false);
        let refused = direct.call("https://ghe.example.com/api/v3".parse().unwrap()).await.unwrap_err().to_string();
        assert!(refused.starts_with("through the proxy: "), "{refused}");
        let asked = proxy.await.unwrap();
        assert!(asked.starts_with("CONNECT ghe.example.com:443 HTTP/1.1\r\n") && asked.contains("Basic "), "{asked}");
        let socks = Matcher::builder().all("socks5://127.0.0.1:1").build();
        let mut direct = Direct { proxies: std::sync::Arc::new(socks), ..direct };
        let refused = direct.call("https://ghe.example.com/".parse().unwrap()).await.unwrap_err().to_string();
        assert!(refused.contains("http://"), "{refused}");
        // The listener is gone: who goes there directly is refused by this machine, not by a proxy.
        let refused = direct.call(format!("http://{address}/").parse().unwrap()).await.unwrap_err().to_string();
        assert!(!refused.contains("proxies"), "{refused}");
    }
}
