//! A run: its parts one after the other, and how long each takes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::contenders::{Contender, Kind, Stage};
use crate::cores::{self, Cores};
use crate::envoy::Filter;
use crate::instructions::{self, Counted};
use crate::progress::Progress;
use crate::report::{Footprint, LeftOut, Report};
use crate::upstream::Upstream;
use crate::{Options, Part, budgets, open, process, rounds, through};

/// How much of each part there is.
#[derive(Clone, Copy)]
struct Size {
    rounds: usize,
    round: Duration,
    turns: usize,
    turn: Duration,
    streams: usize,
    through: (u64, u64),
    counted: Counted,
}

impl Size {
    const FULL: Self = Self {
        rounds: 3,
        round: Duration::from_millis(1_500),
        turns: 16,
        turn: Duration::from_millis(700),
        streams: 5_000,
        through: (10_000, 500),
        counted: Counted { calls: 1_000, streams: 10 },
    };
    const QUICK: Self = Self {
        rounds: 1,
        round: Duration::from_millis(500),
        turns: 6,
        turn: Duration::from_millis(400),
        streams: 1_000,
        through: (1_000, 100),
        counted: Counted { calls: 400, streams: 2 },
    };
    const SMOKE: Self = Self {
        rounds: 1,
        round: Duration::from_millis(50),
        turns: 1,
        turn: Duration::from_millis(50),
        streams: 50,
        through: (50, 10),
        counted: Counted { calls: 10, streams: 1 },
    };
}

/// Measures what the options say.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    let size = match options {
        Options { smoke: true, .. } => Size::SMOKE,
        Options { quick: true, .. } => Size::QUICK,
        _ => Size::FULL,
    };
    let files = cores::raise_files()?;
    let cores = Cores::divide()?;
    // After the division, so that its threads are where the load is to be.
    let runtime = match cores.of_load() {
        1 => tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        _ => tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
    };
    runtime.block_on(async {
        let upstream = Upstream::start().await?;
        let stage = Stage {
            gateway: gateway(options)?,
            nginx: program("nginx", &["/usr/sbin/nginx"]),
            envoy: envoy(),
            upstream: upstream.address,
            cores,
            folder: tempfile::tempdir()?,
            under: Vec::new(),
        };
        measure(options, size, stage, &upstream, files).await
    })
}

async fn measure(
    options: &Options,
    size: Size,
    mut stage: Stage,
    upstream: &Arc<Upstream>,
    files: u64,
) -> anyhow::Result<Report> {
    let wanted = |kind: &Kind| {
        let name = kind.name();
        options.only.is_empty() || options.only.iter().any(|text| name.contains(text.as_str()))
    };
    let part = |part| options.part.is_empty() || options.part.contains(&part);
    let kinds: Vec<_> = Kind::ALL.into_iter().filter(wanted).collect();
    let mut report = Report { machine: machine(&stage), ..Report::default() };
    for kind in &kinds {
        if let Some(install) = stage.lacks(*kind) {
            report.left_out.push(LeftOut { contender: kind.name(), install });
        }
    }
    let there: Vec<_> = kinds.into_iter().filter(|kind| stage.lacks(*kind).is_none()).collect();
    let mut progress = Progress::new(steps(&there, size, &part));

    if part(Part::Rounds) || part(Part::Pairs) {
        let mut contenders = Vec::new();
        for kind in &there {
            progress.say(&format!("starting: {}", kind.name()));
            contenders.push(stage.start(*kind)?);
        }
        let started = contenders.iter().map(|contender| process::memory(&contender.processes));
        let started: Vec<_> = started.collect::<Result<_, _>>()?;
        if part(Part::Rounds) {
            let Size { rounds, round, .. } = size;
            report.calls = rounds::all(&contenders, upstream, rounds, round, &mut progress).await?;
            for (contender, started) in contenders.iter().zip(started) {
                if !contender.processes.is_empty() {
                    report.memory.push(footprint(contender, started)?);
                }
            }
        }
        let find = |kind| contenders.iter().find(|contender: &&Contender| contender.kind == kind);
        if let (true, Some(off), Some(on)) =
            (part(Part::Pairs), find(Kind::Untracked), find(Kind::Tracked))
        {
            for workload in [rounds::WORKLOADS[0], rounds::WORKLOADS[2]] {
                let (turns, turn) = (size.turns, size.turn);
                let pair = rounds::pair((off, on), upstream, workload, turns, turn, &mut progress);
                report.pairs.push(pair.await?);
            }
        }
    }
    if part(Part::Open) {
        // Both ends of each are this process's.
        let streams = size.streams.min(usize::try_from(files / 2)?.saturating_sub(200));
        for kind in there.iter().copied().filter(opens) {
            progress.step(&format!("{streams} streams at once: {}", kind.name()));
            report.open.push(open::measure(&stage.start(kind)?, upstream, streams).await?);
        }
    }
    if part(Part::Envoy) && stage.envoy.is_some() && there.contains(&Kind::Envoy) {
        for filter in [Filter::Streamed, Filter::Duplex, Filter::Observed] {
            progress.step(&format!("calls and streams through Envoy, {}", filter.name()));
            let through = through::measure(&stage, filter, upstream, size.through).await;
            report.envoy.push(through.with_context(|| filter.name())?);
        }
    }
    if part(Part::Instructions) {
        if instructions::is_there() {
            stage.under = instructions::UNDER.map(str::to_owned).to_vec();
            for kind in there.iter().copied().filter(counts) {
                progress.step(&format!("counting instructions: {}", kind.name()));
                let counted = instructions::count(&stage, kind, upstream, size.counted).await;
                report.instructions.push(counted.with_context(|| kind.name())?);
            }
        } else {
            let install = "apt-get install --no-install-recommends valgrind";
            report.left_out.push(LeftOut { contender: "instructions".to_owned(), install });
        }
    }
    progress.end();
    report.budgets = budgets::judge(&report);
    Ok(report)
}

/// Envoy bounds the connections to a provider at 1,024.
fn opens(kind: &Kind) -> bool {
    matches!(kind, Kind::Bare | Kind::Nginx | Kind::Untracked | Kind::Tracked)
}

fn counts(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Bare
            | Kind::Untracked
            | Kind::Tracked
            | Kind::EnvoyNoop(Filter::Streamed)
            | Kind::EnvoyOurs(Filter::Streamed)
    )
}

fn steps(kinds: &[Kind], size: Size, part: &impl Fn(Part) -> bool) -> usize {
    let count = |which: fn(&Kind) -> bool| kinds.iter().filter(|kind| which(kind)).count();
    let of = |which, steps| if part(which) { steps } else { 0 };
    of(Part::Rounds, size.rounds * rounds::WORKLOADS.len() * kinds.len())
        + of(Part::Pairs, 2 * size.turns)
        + of(Part::Open, count(opens))
        + of(Part::Envoy, 3)
        + of(Part::Instructions, count(counts))
}

fn footprint(contender: &Contender, started: process::Memory) -> anyhow::Result<Footprint> {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    Ok(Footprint {
        contender: contender.kind.name(),
        ours: contender.kind.is_ours(),
        started_mib: mib(started.now),
        peak_mib: mib(process::memory(&contender.processes)?.peak),
    })
}

/// The gateway's binary: named, or beside this one.
fn gateway(options: &Options) -> anyhow::Result<PathBuf> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("token-tracking"));
    let file = options.gateway.clone().or_else(beside).context("where is this program?")?;
    let file = std::path::absolute(file)?;
    ensure!(
        file.is_file(),
        "there is no {}; build it with: cargo build --release -p token-tracking-cli",
        file.display()
    );
    Ok(file)
}

/// Envoy, where ENVOY_BIN says, in the path, or where the tables say it may be installed.
fn envoy() -> Option<PathBuf> {
    let named = std::env::var_os("ENVOY_BIN").map(PathBuf::from);
    let exe = std::env::current_exe().ok()?;
    let target = exe.ancestors().nth(2)?;
    let installed = ["envoy/bin/envoy", "ci-venv/bin/envoy"].map(|file| target.join(file));
    let installed = || installed.into_iter().find(|file| file.is_file());
    named.or_else(|| program("envoy", &[])).or_else(installed)
}

/// A program in the path, or in one of these places.
fn program(name: &str, places: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    in_path.chain(places.iter().map(PathBuf::from)).find(|file| file.is_file())
}

/// What it ran on.
fn machine(stage: &Stage) -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let core = match stage.cores.number {
        Some(number) => format!("proxies on core {number}, load and provider on the others"),
        None => "all on one core: nothing here can be compared".to_owned(),
    };
    format!("{model}; {core}; {} connections", crate::upstream::CONNECTIONS)
}
