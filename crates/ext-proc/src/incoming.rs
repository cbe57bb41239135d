//! Connections as they come in, over TLS where that is wanted.

use std::io;
use std::time::Duration;

use token_tracking_host::Acceptor;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

/// How long a connection may take to greet.
const GREETING: Duration = Duration::from_secs(10);
/// Connections that have greeted and wait to be served.
const WAITING: usize = 16;

/// Connections over TLS. They greet side by side, so that none holds up another; one that does
/// not come about is nobody's error but its own.
pub(crate) fn secure(
    listener: TcpListener,
    acceptor: Acceptor,
) -> impl Stream<Item = io::Result<TlsStream<TcpStream>>> {
    let (ready, incoming) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut greeting = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = ready.closed() => return,
                Some(_) = greeting.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let (acceptor, ready) = (acceptor.clone(), ready.clone());
                    greeting.spawn(async move {
                        let _ = stream.set_nodelay(true);
                        match tokio::time::timeout(GREETING, acceptor.accept(stream)).await {
                            Ok(Ok(stream)) => drop(ready.send(Ok(stream)).await),
                            Ok(Err(error)) => tracing::warn!(%peer, "no TLS came about: {error}"),
                            Err(_) => tracing::warn!(%peer, "no TLS came about in time"),
                        }
                    });
                }
                // Of one connection, or since files ran out; the latter passes.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    });
    ReceiverStream::new(incoming)
}
