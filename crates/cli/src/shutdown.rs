//! Being asked to end, by Ctrl-C or by the system; and to look again.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from now on, so that no signal is lost that comes before anyone waits. Must be
/// called within the runtime.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        return Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        });
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }

    /// Ends with the first one; the second ends the program.
    pub(crate) async fn drain(mut self) {
        self.next().await;
        tracing::info!("draining");
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(130);
        });
    }
}

/// Calls this at each SIGHUP, which then does not end the program. Must be called within the
/// runtime.
pub(crate) fn at_hangup(call: impl Fn() + Send + 'static) -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                call();
            }
        });
    }
    #[cfg(not(unix))]
    drop(call);
    Ok(())
}
