//! The listener: checks before traffic, connections, and an orderly end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use token_tracking_core::RecordSink;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::client::client;
use crate::error::{Finding, Findings, GatewayError};
use crate::forward::Proxy;
use crate::routes::Routes;
use crate::settings::Settings;

/// A gateway that has its address and is ready to serve.
pub struct Gateway {
    settings: Settings,
    listener: TcpListener,
    address: SocketAddr,
    proxy: Arc<Proxy>,
}

impl Gateway {
    /// Checks the APIs, takes the address, and prepares the connections to the targets.
    /// Connections that arrive from now on wait until [`Gateway::serve`].
    ///
    /// # Errors
    /// When an API asks for what is not implemented (unless the settings ignore that),
    /// when tracking does not compile (only where they are strict), when two APIs are on
    /// one path, or when the address cannot be had.
    pub fn bind(
        settings: Settings,
        apis: Vec<Api>,
        sink: Arc<dyn RecordSink>,
    ) -> Result<Self, GatewayError> {
        if apis.is_empty() {
            return Err(GatewayError::NoApis);
        }
        check(&settings, &apis)?;
        let routes = Routes::new(&apis)?;
        let https = apis.iter().flat_map(|api| &api.endpoints).any(|e| e.target.is_https());
        let client = client(&settings, https)?;
        let (listener, address) = listen(&settings.listen)?;
        let proxy = Arc::new(Proxy { apis, routes, client, sink });
        Ok(Self { settings, listener, address, proxy })
    }

    /// The address that was taken, with the port that the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The APIs that are served.
    #[must_use]
    pub fn apis(&self) -> &[Api] {
        &self.proxy.apis
    }

    /// Serves until `shutdown` is done, and then until the answers in flight are, or the
    /// drain timeout is over. All meters have given their records when this returns,
    /// except those of HTTP/2 streams that had to be cut off, which follow at once.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), GatewayError> {
        let listener =
            tokio::net::TcpListener::from_std(self.listener).map_err(GatewayError::Serve)?;
        let server = server(&self.settings);
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // Forgets the connections that have ended.
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let proxy = Arc::clone(&self.proxy);
                        let serving = connection(&server, proxy, stream, peer);
                        let watched = graceful.watch(serving);
                        connections.spawn(async move {
                            if let Err(error) = watched.await {
                                tracing::debug!(%peer, error, "a connection ended early");
                            }
                        });
                    }
                    Err(error) => pause(&error).await,
                },
            }
        }
        // From here on new connections are refused.
        drop(listener);
        if tokio::time::timeout(self.settings.drain_timeout, graceful.shutdown()).await.is_err() {
            tracing::warn!(open = connections.len(), "the drain timeout is over: cutting off");
        }
        connections.shutdown().await;
        Ok(())
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("address", &self.address)
            .field("apis", &self.proxy.apis)
            .finish_non_exhaustive()
    }
}

/// Refuses what must not be served, and says loudly what is served in part.
fn check(settings: &Settings, apis: &[Api]) -> Result<(), GatewayError> {
    let all = |part: fn(&Api) -> &[Finding]| {
        apis.iter().flat_map(part).cloned().collect::<Vec<Finding>>()
    };
    let unsupported = all(Api::unsupported);
    if !unsupported.is_empty() && !settings.ignore_unsupported {
        return Err(GatewayError::Unsupported(Findings(unsupported)));
    }
    let broken = all(Api::broken);
    if !broken.is_empty() && settings.strict {
        return Err(GatewayError::Misconfigured(Findings(broken)));
    }
    for finding in &unsupported {
        tracing::warn!("ignored, as asked: {finding}");
    }
    for finding in &broken {
        tracing::error!("served without tracking: {finding}");
    }
    for finding in all(Api::warnings) {
        tracing::warn!("{finding}");
    }
    Ok(())
}

fn listen(address: &str) -> Result<(TcpListener, SocketAddr), GatewayError> {
    let open = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let local = listener.local_addr()?;
        Ok((listener, local))
    };
    open().map_err(|source: io::Error| {
        let advice = match source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program has it; stop that, or let the system choose \
                 a free port with --listen 127.0.0.1:0"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 are for the administrator; use a higher one, \
                 or any free one with --listen 127.0.0.1:0"
            }
            io::ErrorKind::AddrNotAvailable => {
                "this machine has no such address; use one of its own, \
                 such as --listen 127.0.0.1:0"
            }
            _ => "give an address and a port, such as --listen 127.0.0.1:8080",
        };
        GatewayError::Listen { address: address.to_owned(), source, advice }
    })
}

type Server = auto::Builder<TokioExecutor>;

/// HTTP/1.1, and HTTP/2 where the client begins with its preface.
fn server(settings: &Settings) -> Server {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        // hyper panics below 8 KiB.
        .max_buf_size(settings.max_head_bytes.max(8 * 1024));
    server
        .http2()
        .timer(TokioTimer::new())
        .adaptive_window(true)
        .keep_alive_interval(Duration::from_secs(30))
        .max_header_list_size(u32::try_from(settings.max_head_bytes).unwrap_or(u32::MAX));
    server
}

/// The work of one connection.
fn connection(
    server: &Server,
    proxy: Arc<Proxy>,
    stream: TcpStream,
    peer: SocketAddr,
) -> impl hyper_util::server::graceful::GracefulConnection<
    Error = Box<dyn std::error::Error + Send + Sync>,
>
+ Send
+ 'static
+ use<> {
    // Without it the last chunk of an answer can wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let proxy = Arc::clone(&proxy);
        async move { Ok::<_, Infallible>(proxy.handle(request, peer.ip()).await) }
    });
    server.serve_connection(TokioIo::new(stream), service).into_owned()
}

/// Accepting failed: of one connection, or since files or memory ran out. The latter
/// passes, and trying again at once would only burn a processor.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "cannot accept connections for now");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
