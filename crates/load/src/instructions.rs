//! Instructions in user space, counted by callgrind: the same whatever else the machine does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::answers::Kind;
use crate::client::Connection;
use crate::contenders::{self, Contender, Stage};
use crate::process::Running;
use crate::report::Instructions;
use crate::upstream::Upstream;

/// What programs are started under. Dumps go to the folder that they run in.
pub(crate) const UNDER: [&str; 3] =
    ["valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.out"];

/// How many calls and streams are counted.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) calls: u64,
    pub(crate) streams: u64,
}

/// Whether callgrind is there.
pub(crate) fn is_there() -> bool {
    Command::new("callgrind_control").arg("--version").output().is_ok()
}

/// Counts what one call and one stream cost a contender; with Envoy, what they cost its processor.
pub(crate) async fn count(
    stage: &Stage,
    kind: contenders::Kind,
    upstream: &Arc<Upstream>,
    counted: Counted,
) -> anyhow::Result<Instructions> {
    let contender = stage.start(kind)?;
    let counting = Counting::of(&contender)?;
    // Twice at once: each event comes alone, as it does from a provider.
    let mut connections = Vec::new();
    for _ in 0..2 {
        connections.push(Connection::open(contender.address).await?);
    }
    call(&mut connections, upstream, Kind::Json, 200).await?;
    call(&mut connections, upstream, Kind::Paced, 2).await?;
    counting.dump().await?;
    call(&mut connections, upstream, Kind::Json, counted.calls).await?;
    let calls = counting.dump().await?;
    call(&mut connections, upstream, Kind::Paced, counted.streams).await?;
    let streams = counting.dump().await?;
    Ok(Instructions {
        contender: kind.name(),
        ours: kind.is_ours(),
        per_call: calls as f64 / counted.calls as f64,
        per_stream: streams as f64 / counted.streams as f64,
    })
}

async fn call(
    connections: &mut [Connection],
    upstream: &Upstream,
    kind: Kind,
    count: u64,
) -> anyhow::Result<()> {
    let [one, other] = connections else { return Ok(()) };
    let each = async |connection: &mut Connection, first: u64| {
        for number in (first..count).step_by(2) {
            connection.call(upstream, kind, number, |_| ()).await?;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(each(one, 0), each(other, 1))?;
    Ok(())
}

/// A process under callgrind.
struct Counting<'a> {
    process: &'a Running,
    folder: &'a Path,
}

impl<'a> Counting<'a> {
    fn of(contender: &'a Contender) -> anyhow::Result<Self> {
        let process = contender.processes.first().context("there is no process to count")?;
        Ok(Self { process, folder: &contender.folder })
    }

    /// The instructions since the last dump.
    async fn dump(&self) -> anyhow::Result<u64> {
        // What reporters do a little later is counted, too.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = self.dumps()?.len();
        let id = self.process.id().to_string();
        let said = Command::new("callgrind_control").args(["--dump", &id]).output()?;
        ensure!(
            said.status.success(),
            "callgrind_control: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        for _ in 0..100 {
            let dumps = self.dumps()?;
            if let Some(last) = dumps.get(before)
                && let Some(total) = total(last)
            {
                return Ok(total);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("callgrind wrote no counts")
    }

    /// The files of counts, in the order they were written.
    fn dumps(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut numbered = Vec::new();
        for entry in std::fs::read_dir(self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = name.strip_prefix("callgrind.out.").and_then(|n| n.parse::<u32>().ok());
            numbered.extend(number.map(|number| (number, path)));
        }
        numbered.sort();
        Ok(numbered.into_iter().map(|(_, path)| path).collect())
    }
}

/// The sum at the end of a file of counts; `None` while it is not written.
fn total(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().rev().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
}
