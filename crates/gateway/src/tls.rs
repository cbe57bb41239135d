//! TLS towards clients: a certificate and its key in PEM files, read again when they change.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;

use crate::duration;
use crate::error::GatewayError;

/// The files of a listener with TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file with the certificate, and those between it and a root after it.
    pub certificate: PathBuf,
    /// PEM file with the certificate's private key.
    pub key: PathBuf,
    /// How often to look whether the files have changed. What cannot be used is logged, and
    /// the certificate before it stays.
    #[serde(with = "duration", default = "ten_seconds")]
    #[schemars(schema_with = "duration::schema")]
    pub reload: Duration,
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

impl TlsFiles {
    /// These files, looked at every ten seconds.
    #[must_use]
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: certificate.into(), key: key.into(), reload: ten_seconds() }
    }

    fn read(&self) -> Result<Contents, String> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        Ok(Contents { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }
}

/// What the files held when they were last looked at. Contents and not times are compared:
/// files are replaced by links, restored with old dates, and written twice in a second.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Contents {
    fn parse(&self, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("the certificate is no PEM: {error}"))?;
        if chain.is_empty() {
            return Err("the certificate file has no certificate".to_owned());
        }
        // Without the error's text, which could quote the file.
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| "the key file has no private key in PEM".to_owned())?;
        // Also fails where the key is not the certificate's.
        CertifiedKey::from_der(chain, key, provider).map_err(|error| error.to_string())
    }
}

/// The acceptor, and what it takes to keep its certificate fresh.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    files: TlsFiles,
    seen: Contents,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
}

impl Tls {
    pub(crate) fn new(files: &TlsFiles) -> Result<Self, GatewayError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let seen = files.read().map_err(GatewayError::ListenTls)?;
        let key = seen.parse(&provider).map_err(GatewayError::ListenTls)?;
        let current = Arc::new(Current(RwLock::new(Arc::new(key))));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| GatewayError::ListenTls(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as _);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { acceptor, files: files.clone(), seen, provider, current })
    }

    /// Looks at the files again and again; never ends.
    pub(crate) async fn keep_fresh(mut self) {
        loop {
            tokio::time::sleep(self.files.reload).await;
            match self.look() {
                Ok(false) => {}
                Ok(true) => tracing::info!("the certificate has changed"),
                Err(why) => tracing::error!("the certificate stays as it was: {why}"),
            }
        }
    }

    /// Whether the files hold something new that can be used. Something that cannot is an
    /// error once, and not at each look.
    fn look(&mut self) -> Result<bool, String> {
        let contents = self.files.read()?;
        if contents == self.seen {
            return Ok(false);
        }
        let key = contents.parse(&self.provider);
        self.seen = contents;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key?);
        Ok(true)
    }
}

/// The certificate that is served now.
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
