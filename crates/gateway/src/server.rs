//! The listener: checks before traffic, connections, and an orderly end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use token_tracking_core::RecordSink;
use token_tracking_host::{Acceptor, Attributor, Tls};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::client::Clients;
use crate::control::Control;
use crate::error::GatewayError;
use crate::forward::Proxy;
use crate::forwarding::Peer;
use crate::guard::Guarded;
use crate::library::{Library, Reload};
use crate::limits::{Place, Places};
use crate::served::{Served, keep_fresh};
use crate::settings::Settings;
use crate::table::{admit, announce};

/// A gateway that has its address and is ready to serve.
pub struct Gateway {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    proxy: Arc<Proxy>,
    library: Option<(Library, Reload)>,
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
        Self::bind_with(settings, apis, None, sink)
    }

    /// As [`Gateway::bind`], with the APIs of a library too, whose files are looked at while
    /// the gateway serves. Each request is answered as the files were when it came.
    ///
    /// # Errors
    /// As [`Gateway::bind`].
    pub fn bind_with(
        settings: Settings,
        apis: Vec<Api>,
        library: Option<(Library, Reload)>,
        sink: Arc<dyn RecordSink>,
    ) -> Result<Self, GatewayError> {
        let fixed: Vec<_> = apis.into_iter().map(Arc::new).collect();
        let mut apis = fixed.clone();
        apis.extend(library.iter().flat_map(|(library, _)| library.apis()));
        admit(&settings, &apis)?;
        announce(&apis);
        let served = Arc::new(Served::new(fixed, library.as_ref().map(|(library, _)| library))?);
        let secure = |api: &Arc<Api>| api.endpoints.list.iter().any(|e| e.target.is_https());
        // A definition that is changed may come to need it.
        let https = library.is_some() || apis.iter().any(secure);
        let clients = Clients::new(&settings, https)?;
        let tls =
            settings.tls.as_ref().map(|files| Tls::new(files, &["h2", "http/1.1"])).transpose();
        let tls = tls.map_err(GatewayError::ListenTls)?;
        let (listener, address) = listen(&settings.listen)?;
        let in_flight = Places::new(settings.limits.in_flight);
        let closing = watch::Sender::new(false);
        let draining = AtomicBool::new(false);
        let attributor = Attributor::new(&settings.attribution).map_err(|mut problem| {
            problem.pointer.insert_str(0, "/attribution");
            GatewayError::Settings(problem.to_string())
        })?;
        let proxy =
            Proxy { served, clients, sink, settings, attributor, in_flight, draining, closing };
        Ok(Self { listener, address, tls, proxy: Arc::new(proxy), library })
    }

    /// The address that was taken, with the port that the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// A hand on it, for while it serves.
    #[must_use]
    pub fn control(&self) -> Control {
        Control { proxy: Arc::clone(&self.proxy) }
    }

    /// Serves until `shutdown` is done, and then until the answers in flight are, or the
    /// drain timeout is over. All meters have given their records when this returns,
    /// except those of HTTP/2 streams that had to be cut off, which follow at once.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), GatewayError> {
        let Self { listener, tls, proxy, library, .. } = self;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(GatewayError::Serve)?;
        let settings = &proxy.settings;
        let places = Places::new(settings.limits.connections);
        let graceful = GracefulShutdown::new();
        let door = Arc::new(Door {
            http: server(settings),
            acceptor: tls.as_ref().map(Tls::acceptor),
            proxy: Arc::clone(&proxy),
        });
        let mut connections = JoinSet::new();
        let mut background = JoinSet::new();
        background.extend(tls.map(Tls::keep_fresh));
        let fresh = |(library, reload)| keep_fresh(library, reload, Arc::clone(&proxy.served));
        background.extend(library.map(fresh));
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // Forgets the connections that have ended.
                Some(_) = connections.join_next() => {}
                accepted = accept(&listener, &places) => match accepted {
                    Ok((stream, peer, place)) => {
                        let serving = Arc::clone(&door).serve(stream, peer, graceful.watcher());
                        connections.spawn(async move {
                            serving.await;
                            drop(place);
                        });
                    }
                    Err(error) => pause(&error).await,
                },
            }
        }
        proxy.draining.store(true, Ordering::Relaxed);
        // From here on new connections are refused.
        drop(listener);
        let drained = async {
            graceful.shutdown().await;
            // Tunnels are no connections of the server any more.
            proxy.closing.closed().await;
        };
        if tokio::time::timeout(settings.drain_timeout, drained).await.is_err() {
            tracing::warn!(open = connections.len(), "the drain timeout is over: cutting off");
        }
        connections.shutdown().await;
        proxy.closing.send_replace(true);
        proxy.closing.closed().await;
        Ok(())
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("address", &self.address)
            .field("apis", &self.proxy.served.table.load().apis)
            .finish_non_exhaustive()
    }
}

/// Takes an address, or says what to do about it.
pub(crate) fn listen(address: &str) -> Result<(TcpListener, SocketAddr), GatewayError> {
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

/// How many header lines of a request hyper takes where it is told nothing.
const HYPERS_HEADERS: usize = 100;

/// HTTP/1.1, and HTTP/2 where the client begins with its preface.
fn server(settings: &Settings) -> Server {
    let head_bytes = settings.limits.head_bytes.max(8 * 1024);
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.timeouts.head)
        // hyper panics below 8 KiB.
        .max_buf_size(head_bytes);
    let headers = settings.limits.headers.max(1);
    // hyper takes each request's headers into a list that it fills anew, unless told nothing.
    if headers != HYPERS_HEADERS {
        server.http1().max_headers(headers);
    }
    server
        .http2()
        .timer(TokioTimer::new())
        // Of requests that a target has not taken yet.
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX));
    server
}

/// A connection, once there is a place for one.
async fn accept(
    listener: &tokio::net::TcpListener,
    places: &Places,
) -> io::Result<(TcpStream, SocketAddr, Option<Place>)> {
    let place = places.wait().await;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// What it takes to serve a connection.
struct Door {
    http: Server,
    acceptor: Option<Acceptor>,
    proxy: Arc<Proxy>,
}

impl Door {
    /// The work of one connection.
    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        // Without it the last chunk of an answer can wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().ok().map(|local| local.ip());
        let from = Peer { ip: peer.ip(), local, tls: self.acceptor.is_some() };
        let Some(acceptor) = &self.acceptor else {
            return self.speak(stream, from, watcher).await;
        };
        let greeting = acceptor.accept(stream);
        match tokio::time::timeout(self.proxy.settings.timeouts.head, greeting).await {
            Ok(Ok(stream)) => self.speak(stream, from, watcher).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS came about"),
            Err(_) => tracing::debug!(%peer, "no TLS came about in time"),
        }
    }

    async fn speak<S>(&self, stream: S, peer: Peer, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let timeouts = &self.proxy.settings.timeouts;
        let stream = TokioIo::new(Guarded::new(stream, timeouts.head, timeouts.client));
        let proxy = Arc::clone(&self.proxy);
        let service = service_fn(move |request| {
            let proxy = Arc::clone(&proxy);
            async move { Ok::<_, Infallible>(proxy.handle(request, peer).await) }
        });
        let serving = self.http.serve_connection_with_upgrades(stream, service);
        if let Err(error) = watcher.watch(serving).await {
            tracing::debug!(peer = %peer.ip, error, "a connection ended early");
        }
    }
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
