//! TLS towards clients: a certificate, its key, and whose clients are taken, in PEM files that are
//! read again when they change.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use std::{fmt, io};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::duration;

/// The files of a listener with TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file with the certificate, and those between it and a root after it.
    pub certificate: PathBuf,
    /// PEM file with the certificate's private key.
    pub key: PathBuf,
    /// PEM file with authorities: only clients with a certificate of theirs are taken. Where
    /// absent, clients need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"clients.pem")]
    pub client_authorities: Option<PathBuf>,
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
        let (certificate, key) = (certificate.into(), key.into());
        Self { certificate, key, client_authorities: None, reload: ten_seconds() }
    }

    /// The same, for clients with a certificate of these authorities only.
    #[must_use]
    pub fn with_client_authorities(mut self, file: impl Into<PathBuf>) -> Self {
        self.client_authorities = Some(file.into());
        self
    }

    fn read(&self) -> Result<Contents, String> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            authorities: self.client_authorities.as_ref().map(read).transpose()?,
        })
    }
}

/// What the files held when they were last looked at. Contents and not times are compared:
/// files are replaced by links, restored with old dates, and written twice in a second.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Option<Vec<u8>>,
}

impl Contents {
    fn config(
        &self,
        provider: &Arc<CryptoProvider>,
        protocols: &[Vec<u8>],
    ) -> Result<Arc<ServerConfig>, String> {
        let chain = certificates(&self.certificate, "the certificate")?;
        // Without the error's text, which could quote the file.
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| "the key file has no private key in PEM".to_owned())?;
        let config = ServerConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = match &self.authorities {
            None => config.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(pem, "the clients' authorities")? {
                    roots.add(authority).map_err(|error| error.to_string())?;
                }
                let provider = Arc::clone(provider);
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                config.with_client_cert_verifier(verifier.map_err(|error| error.to_string())?)
            }
        };
        // Also fails where the key is not the certificate's.
        let mut config = config.with_single_cert(chain, key).map_err(|error| error.to_string())?;
        config.alpn_protocols = protocols.to_vec();
        Ok(Arc::new(config))
    }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{what}: no PEM: {error}"))?;
    if chain.is_empty() {
        return Err(format!("{what}: the file has no certificate"));
    }
    Ok(chain)
}

/// Takes connections over TLS, with the certificate that its files hold now. Cheap to clone.
#[derive(Clone)]
pub struct Acceptor(Arc<RwLock<Arc<ServerConfig>>>);

impl Acceptor {
    /// The greeting of a connection.
    ///
    /// # Errors
    /// When the other side does not agree.
    pub async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(config).accept(stream).await
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor")
    }
}

/// The acceptor, and what it takes to keep its certificate fresh.
pub struct Tls {
    acceptor: Acceptor,
    files: TlsFiles,
    protocols: Vec<Vec<u8>>,
    seen: Contents,
    provider: Arc<CryptoProvider>,
}

impl Tls {
    /// Reads the files; the protocols are those that clients may choose from, by their names in
    /// ALPN.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn new(files: &TlsFiles, protocols: &[&str]) -> Result<Self, String> {
        let protocols: Vec<_> = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let seen = files.read()?;
        let config = seen.config(&provider, &protocols)?;
        let acceptor = Acceptor(Arc::new(RwLock::new(config)));
        Ok(Self { acceptor, files: files.clone(), protocols, seen, provider })
    }

    /// What takes connections.
    #[must_use]
    pub fn acceptor(&self) -> Acceptor {
        self.acceptor.clone()
    }

    /// Looks at the files again and again; never ends.
    pub async fn keep_fresh(mut self) {
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
        let config = contents.config(&self.provider, &self.protocols);
        self.seen = contents;
        *self.acceptor.0.write().unwrap_or_else(PoisonError::into_inner) = config?;
        Ok(true)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}
