//! The listener: an address or a socket, TLS, health, and an orderly end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessorServer;
use token_tracking_core::RecordSink;
use tokio::net::{TcpListener, UnixListener};
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};
use tonic::transport::server::Router;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

use crate::choose::Choose;
use crate::error::ExtProcError;
use crate::service::Service;
use crate::settings::{Listen, Settings, Tls};

/// A processor that has its address and is ready to serve.
pub struct ExtProc {
    settings: Settings,
    listener: Listener,
    service: Service,
}

enum Listener {
    Tcp(std::net::TcpListener, SocketAddr),
    Unix(std::os::unix::net::UnixListener),
}

impl ExtProc {
    /// Takes the address. Calls that arrive from now on wait until [`ExtProc::serve`].
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn bind(
        settings: Settings,
        choose: Arc<dyn Choose>,
        sink: Arc<dyn RecordSink>,
    ) -> Result<Self, ExtProcError> {
        let listener = listen(&settings.listen)?;
        Ok(Self { settings, listener, service: Service { choose, sink } })
    }

    /// The address that was taken, with the port that the system chose; `None` of a socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.listener {
            Listener::Tcp(_, address) => Some(*address),
            Listener::Unix(_) => None,
        }
    }

    /// Serves until `shutdown` is done, and then until the calls in flight are, or the
    /// drain timeout is over. The health service says so first.
    ///
    /// # Errors
    /// When the listener or the certificate cannot be used.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), ExtProcError> {
        let failed = |error: &dyn std::error::Error| ExtProcError::Serve(chain(error));
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<ExternalProcessorServer<Service>>().await;
        let router = router(&self.settings, self.service)?.add_service(health_service);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let until = async {
            let _ = stopped.await;
        };
        let drain = async {
            shutdown.await;
            health.set_not_serving::<ExternalProcessorServer<Service>>().await;
            let _ = stop.send(());
            tokio::time::sleep(self.settings.drain_timeout).await;
        };
        let serving = async {
            match self.listener {
                Listener::Tcp(listener, _) => {
                    let listener = TcpListener::from_std(listener).map_err(|e| failed(&e))?;
                    let incoming = TcpListenerStream::new(listener);
                    router.serve_with_incoming_shutdown(incoming, until).await
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

fn router(settings: &Settings, service: Service) -> Result<Router, ExtProcError> {
    let mut server = Server::builder()
        .tcp_nodelay(true)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_adaptive_window(Some(true));
    if let Some(Tls { certificate, key, client_ca }) = &settings.tls {
        let mut tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        if let Some(authorities) = client_ca {
            tls = tls.client_ca_root(Certificate::from_pem(authorities));
        }
        server = server.tls_config(tls).map_err(|error| ExtProcError::Tls(chain(&error)))?;
    }
    let service = ExternalProcessorServer::new(service)
        .max_decoding_message_size(settings.max_message_bytes)
        .max_encoding_message_size(settings.max_message_bytes);
    Ok(server.add_service(service))
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
    // Only a socket that nobody serves is in the way; any other file stays.
    if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket()) {
        if UnixStream::connect(path).is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(listener))
}
