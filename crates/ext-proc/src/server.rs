//! The listener: an address or a socket, TLS, health, and an orderly end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessorServer;
use token_tracking_core::RecordSink;
use token_tracking_host::{Attributor, Tls};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;
use tonic::transport::server::{Router, TcpIncoming};

use crate::choose::Choose;
use crate::error::ExtProcError;
use crate::incoming::secure;
use crate::service::{Service, Shared};
use crate::settings::{Listen, Settings};

/// A processor that has its address and is ready to serve.
pub struct ExtProc {
    settings: Settings,
    listener: Listener,
    tls: Option<Tls>,
    shared: Arc<Shared>,
}

/// A hand on a processor while it serves. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    /// Whether it takes calls: not since its shutdown began.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.shared.draining.load(Relaxed)
    }

    /// How many calls are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.calls.load(Relaxed)
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("ready", &self.is_ready()).finish_non_exhaustive()
    }
}

enum Listener {
    Tcp(std::net::TcpListener, SocketAddr),
    Unix(std::os::unix::net::UnixListener),
}

impl ExtProc {
    /// Takes the address. Calls that arrive from now on wait until [`ExtProc::serve`].
    ///
    /// # Errors
    /// When the address cannot be had, the attribution does not compile, or the files of TLS
    /// cannot be used.
    pub fn bind(
        settings: Settings,
        choose: Arc<dyn Choose>,
        sink: Arc<dyn RecordSink>,
    ) -> Result<Self, ExtProcError> {
        let attributor = Attributor::new(&settings.attribution)
            .map_err(|problem| ExtProcError::Attribution(problem.to_string()))?;
        // The protocol of gRPC.
        let tls = settings.tls.as_ref().map(|files| Tls::new(files, &["h2"])).transpose();
        let tls = tls.map_err(ExtProcError::Tls)?;
        let listener = listen(&settings.listen)?;
        let (node, calls, draining) = (settings.node.clone(), 0.into(), false.into());
        let shared = Shared { choose, sink, attributor, node, calls, draining };
        Ok(Self { settings, listener, tls, shared: Arc::new(shared) })
    }

    /// The address that was taken, with the port that the system chose; `None` of a socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.listener {
            Listener::Tcp(_, address) => Some(*address),
            Listener::Unix(_) => None,
        }
    }

    /// A hand on it, for while it serves.
    #[must_use]
    pub fn control(&self) -> Control {
        Control { shared: Arc::clone(&self.shared) }
    }

    /// Serves until `shutdown` is done, and then until the calls in flight are, or the
    /// drain timeout is over. The health service says so first.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), ExtProcError> {
        let failed = |error: &dyn std::error::Error| ExtProcError::Serve(chain(error));
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<ExternalProcessorServer<Service>>().await;
        let service = Service(Arc::clone(&self.shared));
        let router = router(&self.settings, service).add_service(health_service);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let until = async {
            let _ = stopped.await;
        };
        let drain = async {
            shutdown.await;
            self.shared.draining.store(true, Relaxed);
            health.set_not_serving::<ExternalProcessorServer<Service>>().await;
            let _ = stop.send(());
            tokio::time::sleep(self.settings.drain_timeout).await;
        };
        let mut fresh = JoinSet::new();
        let serving = async {
            match self.listener {
                Listener::Tcp(listener, _) => {
                    let listener = TcpListener::from_std(listener).map_err(|e| failed(&e))?;
                    if let Some(tls) = self.tls {
                        let incoming = secure(listener, tls.acceptor());
                        fresh.spawn(tls.keep_fresh());
                        router.serve_with_incoming_shutdown(incoming, until).await
                    } else {
                        // Else a small answer can wait for an acknowledgement. (The server's own
                        // setting is not for listeners that it did not open.)
                        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                        router.serve_with_incoming_shutdown(incoming, until).await
                    }
                }
                Listener::Unix(listener) => {
                    let listener = UnixListener::from_std(listener).map_err(|e| failed(&e))?;
                    let incoming = UnixListenerStream::new(listener);
                    router.serve_with_incoming_shutdown(incoming, until).await
                }
            }
            .map_err(|error| failed(&error))
        };
        let result = tokio::select! {
            result = serving => result,
            () = drain => {
                tracing::warn!("the drain timeout is over: cutting off");
                Ok(())
            }
        };
        if let Listen::Unix(path) = &self.settings.listen {
            let _ = std::fs::remove_file(path);
        }
        result
    }
}

impl std::fmt::Debug for ExtProc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExtProc").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn router(settings: &Settings, service: Service) -> Router {
    let service = ExternalProcessorServer::new(service)
        .max_decoding_message_size(settings.max_message_bytes)
        .max_encoding_message_size(settings.max_message_bytes);
    Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_adaptive_window(Some(true))
        .add_service(service)
}

/// An error with what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}

fn listen(listen: &Listen) -> Result<Listener, ExtProcError> {
    let (address, opened) = match listen {
        Listen::Tcp(address) => (address.clone(), tcp(address)),
        Listen::Unix(path) => (path.display().to_string(), unix(path)),
    };
    opened.map_err(|source| {
        let advice = match source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program has it; stop that, or let the system choose a free port with \
                 --listen 127.0.0.1:0"
            }
            io::ErrorKind::PermissionDenied => "this user may not listen there; choose another",
            io::ErrorKind::AlreadyExists => {
                "a file that is no socket is there; remove it or choose another path"
            }
            io::ErrorKind::NotFound => "the folder of the socket is not there; make it first",
            _ => {
                "give an address and a port such as 127.0.0.1:50051, or a socket such as \
                 unix:/run/token-tracking.sock"
            }
        };
        ExtProcError::Listen { address, source, advice }
    })
}

fn tcp(address: &str) -> io::Result<Listener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let local = listener.local_addr()?;
    Ok(Listener::Tcp(listener, local))
}

fn unix(path: &Path) -> io::Result<Listener> {
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::{UnixListener, UnixStream};
    // A socket that nobody serves is in the way; any other file stays.
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if UnixStream::connect(path).is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(listener))
}
