//! Many calls and streams through Envoy with our processor: whether each has its record.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::task::JoinSet;

use crate::answers::Kind;
use crate::client::Connection;
use crate::contenders::{self, Stage};
use crate::envoy::{self, Filter};
use crate::open::Held;
use crate::records;
use crate::report::Through;
use crate::upstream::{CONNECTIONS, Upstream};

/// Longer than Envoy keeps a call with its processor that it does not wait for.
const SILENCE: Duration = Duration::from_secs(7);

/// Makes so many calls, and then so many streams at once, in one of the modes.
pub(crate) async fn measure(
    stage: &Stage,
    filter: Filter,
    upstream: &Arc<Upstream>,
    (calls, streams): (u64, u64),
) -> anyhow::Result<Through> {
    let contender = stage.start(contenders::Kind::EnvoyOurs(filter))?;
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for slot in 0..CONNECTIONS as u64 {
        let (upstream, address) = (Arc::clone(upstream), contender.address);
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for number in (slot..calls).step_by(CONNECTIONS) {
                connection.call(&upstream, Kind::Json, number, |_| ()).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended?.with_context(|| contender.kind.name())?;
    }
    let per_second = calls as f64 / began.elapsed().as_secs_f64();
    let numbers = 1_000_000..1_000_000 + streams;
    let held = Held::open(contender.address, upstream, numbers.clone()).await?;
    held.release(upstream).await.with_context(|| contender.kind.name())?;
    let file = contender.records.as_ref().context("the processor keeps records")?;
    let kept = records::wait(file, &[0..calls, numbers], SILENCE).await?;
    let admin = contender.admin.context("Envoy has an admin interface")?;
    let names = ["ext_proc.", "cluster.token_tracking.upstream_rq", "overflow"];
    let counters = envoy::counters(admin, &names).await?;
    Ok(Through {
        mode: filter.name(),
        waits: filter != Filter::Observed,
        calls,
        streams,
        per_second,
        records: kept.right,
        lost: kept.lost,
        wrong: kept.wrong,
        counters,
    })
}
