//! A page behind a certificate that nobody has signed.

use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Serves for as long as this lives.
pub struct Unsigned {
    /// Where it is.
    pub url: String,
    accepting: JoinHandle<()>,
}

impl Drop for Unsigned {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Unsigned {
    /// A server on loopback; nobody who checks its certificate comes as far as a page.
    pub async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { acceptor.accept(stream).await.map(drop) });
            }
        });
        Self { url, accepting }
    }
}
