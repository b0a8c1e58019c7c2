//! Whose certificates are believed.

use std::sync::Arc;

use rustls::RootCertStore;
use tokio_rustls::TlsConnector;

/// Whose certificates are believed.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Those that this machine believes, or that `SSL_CERT_FILE` names.
    Machine,
    /// These.
    Only(Arc<RootCertStore>),
}

impl Trust {
    /// What adds TLS to connections; or why there is none.
    pub(super) async fn connector(&self) -> Result<TlsConnector, String> {
        let roots = match self {
            Self::Only(roots) => Arc::clone(roots),
            Self::Machine => {
                let read = tokio::task::spawn_blocking(machine).await;
                Arc::new(read.map_err(|_| "this machine's certificates could not be read".to_owned())??)
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

/// One certificate that cannot be understood does not cost the rest.
fn machine() -> Result<RootCertStore, String> {
    let read = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(read.certs);
    if taken > 0 {
        return Ok(roots);
    }
    let why = read.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
    Err(format!("this machine's certificates cannot be read: {why}"))
}
