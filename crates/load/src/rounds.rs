//! Short rounds over all contenders, so that a neighbour on the machine slows each of them alike.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hdrhistogram::Histogram;

use crate::answers::Kind;
use crate::contenders::Contender;
use crate::drive::{self, Driven, Workload};
use crate::process::{self, Cpu};
use crate::progress::Progress;
use crate::report::{Measured, Pair};
use crate::upstream::Upstream;

/// The workloads by name.
pub(crate) const WORKLOADS: [(&str, Workload); 4] = [
    ("1 KB answer, saturated", Workload { kind: Kind::Json, rate: None }),
    ("1 KB answer, 2,000 a second", Workload { kind: Kind::Json, rate: Some(2_000) }),
    ("stream of 200 events, saturated", Workload { kind: Kind::Stream, rate: None }),
    ("stream of 200 events, one each 4 ms", Workload { kind: Kind::Paced, rate: None }),
];

/// One contender in one round.
struct Turn {
    driven: Driven,
    cpu: Cpu,
}

impl Turn {
    async fn take(
        contender: &Contender,
        upstream: &Arc<Upstream>,
        workload: Workload,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let taken = async {
            let connections = drive::open(contender.address, upstream, workload.kind).await?;
            let before = process::cpu(&contender.processes)?;
            let driven = drive::run(connections, upstream, workload, time).await?;
            // Until the reporters have written the last records, which are work for calls too.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let cpu = process::cpu(&contender.processes)? - before;
            anyhow::Ok(Self { driven, cpu })
        };
        taken.await.with_context(|| contender.kind.name())
    }

    fn per_call(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.driven.calls.max(1) as f64
    }
}

/// Every contender under every workload, round by round.
pub(crate) async fn all(
    contenders: &[Contender],
    upstream: &Arc<Upstream>,
    rounds: usize,
    time: Duration,
    progress: &mut Progress,
) -> anyhow::Result<Vec<Measured>> {
    let mut turns: Vec<Vec<Turn>> = Vec::new();
    turns.resize_with(contenders.len() * WORKLOADS.len(), Vec::new);
    for round in 0..rounds {
        for (at, (name, workload)) in WORKLOADS.iter().enumerate() {
            for step in 0..contenders.len() {
                // Each round begins with another one.
                let who = (step + round) % contenders.len();
                let turn = Turn::take(&contenders[who], upstream, *workload, time).await?;
                let cpu = turn.per_call(turn.cpu.total);
                let said = format!("{name}: {}, {cpu:.1} µs", contenders[who].kind.name());
                progress.step(&format!("round {} of {rounds}, {said}", round + 1));
                turns[at * contenders.len() + who].push(turn);
            }
        }
    }
    let mut all = Vec::new();
    for (at, turns) in turns.iter().enumerate() {
        let (name, _) = WORKLOADS[at / contenders.len()];
        let contender = &contenders[at % contenders.len()];
        let mut latency = Histogram::<u64>::new(3)?;
        for turn in turns {
            latency += &turn.driven.latency;
        }
        let of = |value: &dyn Fn(&Turn) -> f64| median(turns.iter().map(value).collect());
        all.push(Measured {
            workload: name,
            contender: contender.kind.name(),
            ours: contender.kind.is_ours(),
            calls: turns.iter().map(|turn| turn.driven.calls).sum(),
            cpu_us: of(&|turn| turn.per_call(turn.cpu.total)),
            system_us: of(&|turn| turn.per_call(turn.cpu.system)),
            per_second: of(&|turn| turn.driven.calls as f64 / turn.driven.time.as_secs_f64()),
            p50_us: latency.value_at_quantile(0.5) as f64 / 1e3,
            p99_us: latency.value_at_quantile(0.99) as f64 / 1e3,
        });
    }
    Ok(all)
}

/// Two contenders in many short turns, each beside the other's.
pub(crate) async fn pair(
    (off, on): (&Contender, &Contender),
    upstream: &Arc<Upstream>,
    (name, workload): (&'static str, Workload),
    turns: usize,
    time: Duration,
    progress: &mut Progress,
) -> anyhow::Result<Pair> {
    let (mut costs, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    for turn in 0..turns {
        let mut cost = [0.0; 2];
        // Who goes first changes, too.
        for step in 0..2 {
            let who = (turn + step) % 2;
            let taken = Turn::take([off, on][who], upstream, workload, time).await?;
            cost[who] = taken.per_call(taken.cpu.total);
            costs[who].push(cost[who]);
        }
        ratios.push(cost[1] / cost[0]);
        progress.step(&format!(
            "turn {} of {turns}, {name}: off {:.1} µs, on {:.1} µs",
            turn + 1,
            cost[0],
            cost[1]
        ));
    }
    ratios.sort_by(f64::total_cmp);
    let quartiles = (ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]);
    let [off, on] = costs.map(median);
    Ok(Pair { workload: name, turns, off_us: off, on_us: on, ratio: median(ratios), quartiles })
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}
