//! Who runs where: the proxies on one core, the load and the provider on the others.

use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores of this machine, divided.
#[derive(Clone)]
pub(crate) struct Cores {
    load: CpuSet,
    proxy: CpuSet,
    /// The proxies' core, where there is more than one.
    pub(crate) number: Option<usize>,
}

impl Cores {
    /// Divides the cores that this process may use, and moves it to the load's. Threads that it
    /// begins later follow.
    pub(crate) fn divide() -> anyhow::Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu));
        let last = usable.next_back();
        let number = last.filter(|_| usable.next().is_some());
        let (mut load, mut proxy) = (all, all);
        if let Some(number) = number {
            load.unset(number);
            proxy = CpuSet::new();
            proxy.set(number);
        }
        sched_setaffinity(None, &load)?;
        Ok(Self { load, proxy, number })
    }

    /// Does something on the proxies' core: a process that it starts stays there.
    pub(crate) fn on_proxys<T: Send>(&self, act: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
        thread::scope(|scope| {
            let there = scope.spawn(|| {
                sched_setaffinity(None, &self.proxy)?;
                anyhow::Ok(act())
            });
            there.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread panicked")))
        })
    }

    /// How many cores the load has.
    pub(crate) fn of_load(&self) -> u32 {
        self.load.count()
    }
}

/// Raises the number of files that this process and those it starts may open to what is allowed,
/// and says how many that is.
pub(crate) fn raise_files() -> anyhow::Result<u64> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(maximum.unwrap_or(u64::MAX))
}
