//! The way to a page: directly or through a proxy, then TLS.

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service as _;

use super::error::{self, NoAnswer};
use super::page::Page;
use super::trust::Trust;

/// Makes connections.
pub(super) struct Way {
    proxies: Matcher,
    trust: Trust,
    /// Made when the first page needs it: reading a machine's certificates takes time.
    tls: OnceCell<Result<TlsConnector, String>>,
}

impl Way {
    pub fn new(trust: Trust) -> Self {
        Self { proxies: Matcher::from_env(), trust, tls: OnceCell::new() }
    }

    /// Connects to the page's host, or to the proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name for it.
    ///
    /// What goes without TLS goes directly: that is a server on this machine or in this network.
    pub async fn connect(&self, page: &Page) -> Result<TcpStream, NoAnswer> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let proxy = self.proxies.intercept(page.uri()).filter(|_| page.is_secret());
        let Some(proxy) = proxy else {
            let made = tcp.call(page.uri().clone()).await;
            return made.map(TokioIo::into_inner).map_err(|error| error::of_connecting(page.host(), &error));
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Err(NoAnswer::Proxy("only proxies whose URL begins with http:// are supported".to_owned()));
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
        if let Some(login) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(login.clone());
        }
        let made = tunnel.call(page.uri().clone()).await;
        made.map(TokioIo::into_inner).map_err(|error| NoAnswer::Proxy(error::innermost(&error)))
    }

    /// Adds TLS to a connection, and holds the certificate against the page's host.
    pub async fn secure(&self, stream: TcpStream, page: &Page) -> Result<TlsStream<TcpStream>, NoAnswer> {
        let connector = self.tls.get_or_init(|| self.trust.connector()).await.as_ref().map_err(|why| NoAnswer::NoTrust(why.clone()))?;
        let name = ServerName::try_from(page.host().to_owned()).map_err(|_| NoAnswer::NoSuchName(page.host().to_owned()))?;
        connector.connect(name, stream).await.map_err(|error| error::of_tls(page.host(), &error))
    }
}
