//! Says on standard error what is going on: in one line on a terminal, else now and then a line.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anstyle::Style;

const DIM: Style = Style::new().dimmed();

/// Where a run is.
pub(crate) struct Progress {
    began: Instant,
    done: usize,
    all: usize,
    terminal: bool,
    said: Instant,
}

impl Progress {
    /// Of so many steps.
    pub(crate) fn new(all: usize) -> Self {
        let now = Instant::now();
        Self { began: now, done: 0, all, terminal: std::io::stderr().is_terminal(), said: now }
    }

    /// One step is done.
    pub(crate) fn step(&mut self, what: &str) {
        self.done += 1;
        self.say(what);
    }

    /// Something long begins.
    pub(crate) fn say(&mut self, what: &str) {
        let seconds = self.began.elapsed().as_secs();
        let at = format!("{seconds:>4} s {:>3} %", 100 * self.done.min(self.all) / self.all.max(1));
        let mut err = anstream::stderr().lock();
        // Whoever looks on must not fail.
        if self.terminal {
            let _ = write!(err, "\r\x1b[2K{DIM}{at}{DIM:#}  {what}");
        } else if self.said.elapsed() >= Duration::from_secs(5) {
            self.said = Instant::now();
            let _ = writeln!(err, "{at}  {what}");
        }
        let _ = err.flush();
    }

    /// All is done.
    pub(crate) fn end(self) {
        if self.terminal {
            let _ = write!(anstream::stderr(), "\r\x1b[2K");
        }
    }
}
