//! What a run found out, as `--json` gives it.

use serde::Serialize;

/// All of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) calls: Vec<Measured>,
    pub(crate) memory: Vec<Footprint>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) open: Vec<Open>,
    pub(crate) envoy: Vec<Through>,
    pub(crate) instructions: Vec<Instructions>,
    pub(crate) budgets: Vec<Budget>,
}

/// A contender that is not there.
#[derive(Debug, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) contender: String,
    /// The command that installs it.
    pub(crate) install: &'static str,
}

/// One contender under one workload: medians of the rounds.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) workload: &'static str,
    pub(crate) contender: String,
    pub(crate) ours: bool,
    pub(crate) calls: u64,
    /// CPU time of all its processes for one call, in microseconds.
    pub(crate) cpu_us: f64,
    /// Of which in the kernel.
    pub(crate) system_us: f64,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

/// Memory of a contender over all of its rounds.
#[derive(Debug, Serialize)]
pub(crate) struct Footprint {
    pub(crate) contender: String,
    pub(crate) ours: bool,
    /// When it had started (its proportional share).
    pub(crate) started_mib: f64,
    /// The most there was (resident).
    pub(crate) peak_mib: f64,
}

/// The gateway with tracking on beside itself with tracking off, turn by turn.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) workload: &'static str,
    pub(crate) turns: usize,
    pub(crate) off_us: f64,
    pub(crate) on_us: f64,
    /// The median of the turns' ratios, and their quartiles.
    pub(crate) ratio: f64,
    pub(crate) quartiles: (f64, f64),
}

/// Streams that are open at once.
#[derive(Debug, Serialize)]
pub(crate) struct Open {
    pub(crate) contender: String,
    pub(crate) ours: bool,
    pub(crate) streams: usize,
    pub(crate) idle_mib: f64,
    pub(crate) open_mib: f64,
    pub(crate) kib_per_stream: f64,
    /// Streams with exactly one record and the right counts, where records are made.
    pub(crate) records: Option<usize>,
    pub(crate) lost: Option<usize>,
}

/// Calls and streams through Envoy with our processor.
#[derive(Debug, Serialize)]
pub(crate) struct Through {
    pub(crate) mode: &'static str,
    /// Whether Envoy waits for the processor.
    pub(crate) waits: bool,
    pub(crate) calls: u64,
    pub(crate) streams: u64,
    pub(crate) per_second: f64,
    pub(crate) records: usize,
    pub(crate) lost: usize,
    pub(crate) wrong: usize,
    /// What Envoy counted of its filter and of the connection to the processor.
    pub(crate) counters: Vec<(String, u64)>,
}

/// Instructions in user space, counted by callgrind.
#[derive(Debug, Serialize)]
pub(crate) struct Instructions {
    pub(crate) contender: String,
    pub(crate) ours: bool,
    pub(crate) per_call: f64,
    pub(crate) per_stream: f64,
}

/// A promise, and whether it is kept.
#[derive(Debug, Serialize)]
pub(crate) struct Budget {
    pub(crate) what: String,
    pub(crate) limit: String,
    pub(crate) measured: String,
    pub(crate) holds: bool,
}
