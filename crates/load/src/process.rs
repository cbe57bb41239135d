//! Processes of a contender, and what they used: CPU time and memory, as the kernel accounts them.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use procfs::process::Process;

use crate::cores::Cores;

/// A process, stopped when dropped.
pub(crate) struct Running {
    child: Child,
    /// What it is called where it fails.
    what: String,
}

/// CPU time of processes together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    /// Of all threads, to the nanosecond.
    pub(crate) total: Duration,
    /// Of which in the kernel, to the hundredth of a second.
    pub(crate) system: Duration,
}

/// Memory of processes together, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Now, with a share of what several processes have in common.
    pub(crate) now: u64,
    /// The most there ever was (resident).
    pub(crate) peak: u64,
}

impl Running {
    /// Starts a process on the proxies' core; what it prints goes to a file of the folder.
    pub(crate) fn start(
        command: &mut Command,
        what: &str,
        folder: &Path,
        cores: &Cores,
    ) -> anyhow::Result<Self> {
        let file =
            folder.join(format!("{}.log", what.replace(|c: char| !c.is_alphanumeric(), "-")));
        let log = File::create(&file)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).current_dir(folder);
        let child = cores.on_proxys(|| command.spawn())?;
        let child = child.with_context(|| format!("{what} does not start"))?;
        Ok(Self { child, what: what.to_owned() })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Says so where it has ended.
    pub(crate) fn check(&mut self, folder: &Path) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            let name = self.what.replace(|c: char| !c.is_alphanumeric(), "-");
            let log = std::fs::read_to_string(folder.join(format!("{name}.log")));
            anyhow::bail!("{} ended: {status}\n{}", self.what, log.unwrap_or_default());
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time that these have used so far.
pub(crate) fn cpu(processes: &[Running]) -> anyhow::Result<Cpu> {
    let mut sum = Cpu::default();
    for running in processes {
        let process = process(running)?;
        for task in process.tasks()? {
            // A thread may end meanwhile.
            let Ok(used) = task.and_then(|task| task.schedstat()) else { continue };
            sum.total += Duration::from_nanos(used.sum_exec_runtime);
        }
        let ticks = process.stat()?.stime;
        sum.system += Duration::from_secs(ticks) / u32::try_from(procfs::ticks_per_second())?;
    }
    Ok(sum)
}

impl std::ops::Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            total: self.total.saturating_sub(before.total),
            system: self.system.saturating_sub(before.system),
        }
    }
}

/// Memory that these have.
pub(crate) fn memory(processes: &[Running]) -> anyhow::Result<Memory> {
    let mut sum = Memory::default();
    for running in processes {
        let process = process(running)?;
        let all = process.smaps_rollup()?.memory_map_rollup;
        let shared = all.into_iter().filter_map(|map| map.extension.map.get("Pss").copied());
        sum.now += shared.sum::<u64>();
        sum.peak += process.status()?.vmhwm.unwrap_or_default() * 1_024;
    }
    Ok(sum)
}

fn process(running: &Running) -> anyhow::Result<Process> {
    let found = Process::new(i32::try_from(running.id())?);
    found.with_context(|| format!("{} is gone", running.what))
}
