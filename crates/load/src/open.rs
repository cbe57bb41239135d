//! Streams that are open at once: what each costs in memory, and whether each has its record.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::answers::Kind;
use crate::client::Connection;
use crate::contenders::Contender;
use crate::process;
use crate::records;
use crate::report::Open;
use crate::upstream::Upstream;

/// How long all streams may take to open, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens so many streams over a contender, looks at its memory, and lets them end.
pub(crate) async fn measure(
    contender: &Contender,
    upstream: &Arc<Upstream>,
    streams: usize,
) -> anyhow::Result<Open> {
    let mut first = Connection::open(contender.address).await?;
    for number in 0..(streams as u64).min(200) {
        first.call(upstream, Kind::Stream, number, |_| ()).await?;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let idle = process::memory(&contender.processes)?.now;
    let numbers = 1_000_000..1_000_000 + streams as u64;
    let held = Held::open(contender.address, upstream, numbers.clone()).await?;
    let open = process::memory(&contender.processes)?.now;
    held.release(upstream).await.with_context(|| contender.kind.name())?;
    let kept = match &contender.records {
        Some(file) => Some(records::wait(file, &[numbers], Duration::from_secs(5)).await?),
        None => None,
    };
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    Ok(Open {
        contender: contender.kind.name(),
        ours: contender.kind.is_ours(),
        streams,
        idle_mib: mib(idle),
        open_mib: mib(open),
        kib_per_stream: mib(open.saturating_sub(idle)) * 1_024.0 / streams as f64,
        records: kept.map(|kept| kept.right),
        lost: kept.map(|kept| kept.lost + kept.wrong),
    })
}

/// Streams that have begun and wait for their end.
pub(crate) struct Held(JoinSet<anyhow::Result<()>>);

impl Held {
    /// Opens one for each number, and waits until two events of each are there.
    pub(crate) async fn open(
        address: SocketAddr,
        upstream: &Arc<Upstream>,
        numbers: Range<u64>,
    ) -> anyhow::Result<Self> {
        upstream.go_on.send_replace(false);
        let mut tasks = JoinSet::new();
        let (arrived, count) = (Arc::new(AtomicUsize::new(0)), numbers.end - numbers.start);
        // More at once would overflow the queues of connections.
        let opening = Arc::new(Semaphore::new(64));
        for number in numbers {
            let (upstream, arrived) = (Arc::clone(upstream), Arc::clone(&arrived));
            let opening = Arc::clone(&opening);
            tasks.spawn(async move {
                let mut turn = Some(opening.acquire_owned().await?);
                let mut connection = Connection::open(address).await?;
                let two = upstream.answers.of(Kind::Held).body.ends[1];
                let seen = |bytes| {
                    if bytes >= two && turn.take().is_some() {
                        arrived.fetch_add(1, Ordering::Relaxed);
                    }
                };
                connection.call(&upstream, Kind::Held, number, seen).await
            });
        }
        let began = Instant::now();
        while (arrived.load(Ordering::Relaxed) as u64) < count {
            // None ends before it is told to.
            if let Some(ended) = tasks.try_join_next() {
                ended??;
            }
            ensure!(began.elapsed() < PATIENCE, "only {arrived:?} of {count} streams have begun");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(Self(tasks))
    }

    /// Lets them go on, and waits until each has ended with every byte right.
    pub(crate) async fn release(mut self, upstream: &Upstream) -> anyhow::Result<()> {
        upstream.go_on.send_replace(true);
        let all = async {
            while let Some(ended) = self.0.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, all).await.context("some streams do not end")?
    }
}
