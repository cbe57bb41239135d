//! Drives calls over a contender: as many as it takes, or so many a second.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::answers::Kind;
use crate::client::Connection;
use crate::upstream::{CONNECTIONS, Upstream};

/// How calls are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    pub(crate) kind: Kind,
    /// Calls a second; without it each connection makes its next call at once.
    pub(crate) rate: Option<u32>,
}

/// What came of a run.
pub(crate) struct Driven {
    pub(crate) calls: u64,
    pub(crate) time: Duration,
    /// In nanoseconds: whole calls, or for paced streams an event's way through.
    pub(crate) latency: Histogram<u64>,
}

/// The calls that wait for a connection: when each was due.
struct Due {
    queue: Mutex<VecDeque<Instant>>,
    waiting: Semaphore,
}

/// Opens the connections and makes a call on each.
pub(crate) async fn open(
    address: SocketAddr,
    upstream: &Upstream,
    kind: Kind,
) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for slot in 0..CONNECTIONS {
        let mut connection = Connection::open(address).await?;
        // A paced one would take a second.
        let first = if kind.is_stream() { Kind::Stream } else { kind };
        connection.call(upstream, first, slot as u64, |_| ()).await?;
        connections.push(connection);
    }
    Ok(connections)
}

/// Makes calls for so long, and lets the last ones end.
pub(crate) async fn run(
    connections: Vec<Connection>,
    upstream: &Arc<Upstream>,
    workload: Workload,
    time: Duration,
) -> anyhow::Result<Driven> {
    let began = Instant::now();
    let due = Arc::new(Due { queue: Mutex::default(), waiting: Semaphore::new(0) });
    let mut tasks = JoinSet::new();
    for (slot, mut connection) in connections.into_iter().enumerate() {
        let (upstream, due) = (Arc::clone(upstream), Arc::clone(&due));
        let Workload { kind, rate } = workload;
        tasks.spawn(async move {
            let mut latency = Histogram::<u64>::new(3)?;
            let mut number = slot as u64;
            loop {
                let start = match rate {
                    Some(_) => due.next().await,
                    None => Some(Instant::now()).filter(|_| began.elapsed() < time),
                };
                let Some(start) = start else { break };
                let paced = kind == Kind::Paced;
                let seen = |_| {
                    if paced {
                        let _ = latency.record(nanoseconds(upstream.since_sent(number)));
                    }
                };
                connection.call(&upstream, kind, number, seen).await?;
                if !paced {
                    let _ = latency.record(nanoseconds(start.elapsed()));
                }
                number += CONNECTIONS as u64;
            }
            anyhow::Ok((number / CONNECTIONS as u64, latency))
        });
    }
    if let Some(rate) = workload.rate {
        due.tick(rate, time).await;
    }
    let mut driven = Driven { calls: 0, time, latency: Histogram::new(3)? };
    while let Some(ended) = tasks.join_next().await {
        let (calls, latency) = ended??;
        driven.calls += calls;
        driven.latency += latency;
    }
    driven.time = began.elapsed();
    Ok(driven)
}

impl Due {
    /// When the next call is due; `None` once there are no more.
    async fn next(&self) -> Option<Instant> {
        self.waiting.acquire().await.ok()?.forget();
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Makes calls due each millisecond. A call counts from then, also where it has to wait for a
    /// connection: a proxy that is late cannot hide it.
    async fn tick(&self, rate: u32, time: Duration) {
        let mut ticks = interval(Duration::from_millis(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (began, mut made) = (Instant::now(), 0);
        while began.elapsed() < time {
            ticks.tick().await;
            let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as usize;
            let now = Instant::now();
            let count = due.saturating_sub(made);
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.extend(std::iter::repeat_n(now, count));
            drop(queue);
            self.waiting.add_permits(count);
            made = due;
        }
        while self.waiting.available_permits() > 0 {
            ticks.tick().await;
        }
        self.waiting.close();
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
