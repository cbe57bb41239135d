//! The client for the targets: pooled connections, TLS, and a bound on making one.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_host::duration;
use tower_service::Service;

use crate::error::GatewayError;
use crate::lanes::{LANES, Lane};
use crate::settings::Settings;
use crate::timeouts::BoxError;
use crate::upload::Sent;

/// How connections to targets are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Pool {
    /// How long an idle connection to a target is kept. Shorter than the minute after
    /// which many servers close theirs, so that a request seldom meets a closing one.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle_timeout: Duration,
    /// Idle connections that are kept to one target; 0 keeps none.
    #[schemars(example = 256)]
    pub max_idle: usize,
    /// Requests at once on one connection over HTTP/2; the next one gets another connection.
    /// It should be no more than the targets take.
    #[schemars(range(min = 1), example = 100)]
    pub streams: usize,
    /// How often TCP asks whether an idle connection is still there.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub tcp_keepalive: Duration,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_secs(50),
            max_idle: 256,
            streams: 100,
            tcp_keepalive: Duration::from_secs(60),
        }
    }
}

/// The HTTP version that a target is asked in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Protocol {
    /// Over TLS what it agrees to (ALPN), without TLS HTTP/1.1.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// HTTP/1.1.
    #[serde(rename = "http/1.1")]
    Http1,
    /// HTTP/2; without TLS with prior knowledge (RFC 9113 §3.3).
    #[serde(rename = "h2")]
    Http2,
}

/// A client that sends requests on with their bodies as they come. It sends a request once
/// more only where a kept connection was closed before a byte of it was written.
pub(crate) type Client = legacy::Client<Timed<HttpsConnector<HttpConnector>>, Sent>;

/// Clients for each protocol, each with its connections; for HTTP/2 one a lane.
pub(crate) struct Clients {
    auto: Vec<Client>,
    http1: Client,
    http2: Vec<Client>,
}

impl Clients {
    /// Makes the clients. Certificates are loaded only where a target needs them.
    pub(crate) fn new(settings: &Settings, https: bool) -> Result<Self, GatewayError> {
        let tls = tls(settings, https)?;
        let make = |protocol| client(settings, tls.clone(), protocol);
        let lanes = |protocol| (0..LANES).map(|_| make(protocol)).collect();
        Ok(Self {
            auto: lanes(Protocol::Auto),
            http1: make(Protocol::Http1),
            http2: lanes(Protocol::Http2),
        })
    }

    /// The client for a protocol, on this lane.
    pub(crate) fn of(&self, protocol: Protocol, lane: Option<&Lane>) -> &Client {
        let lane = lane.map_or(0, Lane::index);
        let client = match protocol {
            Protocol::Auto => self.auto.get(lane),
            Protocol::Http1 => None,
            Protocol::Http2 => self.http2.get(lane),
        };
        client.unwrap_or(&self.http1)
    }
}

tokio::task_local! {
    /// How long a connection may take for the request that is being sent, where its endpoint
    /// has its own word on that. The connector is called while that request waits for it.
    pub(crate) static CONNECT: Option<Duration>;
}

/// What a target may send of one answer before its client has taken it: 256 KiB. It bounds
/// what a client that stalls costs, and is enough for 12 MB/s over 20 ms.
const STREAM_WINDOW: u32 = 256 * 1024;

/// The same for all answers on a connection, which should never bind: else some clients that
/// stall would stall all. h2 also takes half of it as the budget for the overhead of small
/// frames, and closes the connection beyond it; a token of a stream is a small frame.
fn connection_window(streams: usize) -> u32 {
    const MOST: u32 = (1 << 31) - 1;
    let streams = u32::try_from(streams).unwrap_or(MOST);
    streams.saturating_mul(STREAM_WINDOW).saturating_mul(4).clamp(4 * STREAM_WINDOW, MOST)
}

fn client(settings: &Settings, tls: ClientConfig, protocol: Protocol) -> Client {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_keepalive(Some(settings.pool.tcp_keepalive));
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    let https = match protocol {
        Protocol::Auto => https.enable_all_versions().wrap_connector(http),
        Protocol::Http1 => https.enable_http1().wrap_connector(http),
        Protocol::Http2 => https.enable_http2().wrap_connector(http),
    };
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(settings.pool.idle_timeout)
        .pool_max_idle_per_host(settings.pool.max_idle)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(connection_window(settings.pool.streams))
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_only(protocol == Protocol::Http2)
        .build(Timed { inner: https, limit: settings.timeouts.connect })
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
        let own = CONNECT.try_with(|own| *own).ok().flatten();
        let (connecting, limit) = (self.inner.call(uri), own.unwrap_or(self.limit));
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(format!("not connected within {limit:?}").into()),
            }
        })
    }
}
