//! The client for the targets: pooled connections, TLS, and a bound on making one.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

use crate::error::GatewayError;
use crate::settings::Settings;

type BoxError = Box<dyn Error + Send + Sync>;

/// A client that sends requests on with their bodies as they come.
pub(crate) type Client = legacy::Client<Timed<HttpsConnector<HttpConnector>>, Incoming>;

/// Makes the client. Certificates are loaded only where a target needs them.
pub(crate) fn client(settings: &Settings, https: bool) -> Result<Client, GatewayError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_keepalive(Some(Duration::from_secs(60)));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls(settings, https)?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(http);
    let connector = Timed { inner: https, limit: settings.connect_timeout };
    Ok(legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(settings.idle_timeout)
        .http2_adaptive_window(true)
        .build(connector))
}

fn tls(settings: &Settings, https: bool) -> Result<ClientConfig, GatewayError> {
    let mut roots = RootCertStore::empty();
    if https {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let native = rustls_native_certs::load_native_certs();
        for error in native.errors {
            // Mozilla's are there all the same.
            tracing::debug!(%error, "a certificate of the system cannot be read");
        }
        roots.add_parsable_certificates(native.certs);
    }
    for certificate in &settings.extra_roots {
        let added = roots.add(certificate.clone());
        added.map_err(|error| GatewayError::Tls(format!("an extra root certificate: {error}")))?;
    }
    // Named, not looked up: a process-wide default is the embedder's to choose.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| GatewayError::Tls(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// What went wrong with a request to a target, in one line with all causes. The URL is
/// not in it: it may hold a key.
pub(crate) fn describe(error: &legacy::Error) -> String {
    let mut text = if error.is_connect() { "cannot connect" } else { "no answer" }.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// A connector whose connections are made in time, name resolution and TLS included.
#[derive(Clone)]
pub(crate) struct Timed<C> {
    inner: C,
    limit: Duration,
}

impl<C> Service<Uri> for Timed<C>
where
    C: Service<Uri>,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.inner.call(uri), self.limit);
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(format!("not connected within {limit:?}").into()),
            }
        })
    }
}
