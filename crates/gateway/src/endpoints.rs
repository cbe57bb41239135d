//! Which of an API's endpoints a request takes, and which one after that cannot be reached.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use crate::target::Target;

/// A place that requests can be sent to.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) target: Target,
    pub(crate) weight: u32,
    /// Only for when no other one can be reached.
    pub(crate) secondary: bool,
    pub(crate) timeouts: OwnTimeouts,
    rest: Rest,
}

/// What an endpoint's definition says instead of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnTimeouts {
    /// Of a connection that is made.
    pub(crate) connect: Option<Duration>,
    /// Of its silence, before the answer's head and between two chunks.
    pub(crate) read: Option<Duration>,
}

/// How an endpoint is chosen among several. Weights count only in the weighted ways, as
/// in the original.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Balancing {
    #[default]
    RoundRobin,
    Random,
    WeightedRoundRobin,
    WeightedRandom,
}

/// What happens when an endpoint cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failover {
    /// How many others are tried; all where absent.
    pub(crate) retries: Option<usize>,
    /// For how long the endpoint is then passed over, while there is another one.
    pub(crate) rest: Duration,
}

impl Default for Failover {
    fn default() -> Self {
        // The original's default (`openStateDuration`).
        Self { retries: None, rest: Duration::from_secs(10) }
    }
}

/// The endpoints of an API.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    pub(crate) list: Vec<Endpoint>,
    pub(crate) balancing: Balancing,
    pub(crate) failover: Failover,
    /// Counts requests, to choose by.
    turn: AtomicU64,
}

impl Endpoint {
    pub(crate) fn new(target: Target) -> Self {
        let (timeouts, rest) = (OwnTimeouts::default(), Rest::default());
        Self { target, weight: 1, secondary: false, timeouts, rest }
    }
}

impl Endpoints {
    pub(crate) fn new(list: Vec<Endpoint>, balancing: Balancing, failover: Failover) -> Self {
        Self { list, balancing, failover, turn: AtomicU64::new(0) }
    }

    /// The place in the list of the endpoint that a request takes that could not reach those
    /// already tried: of the others one that could be reached lately, if there is one, and not
    /// a secondary one, if there is another.
    pub(crate) fn choose(&self, tried: &[usize]) -> Option<usize> {
        if self.list.len() == 1 {
            return tried.is_empty().then_some(0);
        }
        let most = self.failover.retries.unwrap_or(usize::MAX);
        if tried.len() > most {
            return None;
        }
        let now = OnceLock::new();
        let awake = |endpoint: &Endpoint| {
            endpoint.rest.is_over(|| *now.get_or_init(|| clock(Duration::ZERO)))
        };
        let among = |usable: &dyn Fn(&Endpoint) -> bool| self.pick(tried, usable);
        among(&|e| !e.secondary && awake(e))
            .or_else(|| among(&|e| e.secondary && awake(e)))
            .or_else(|| among(&|e| !e.secondary))
            .or_else(|| among(&|_| true))
    }

    /// No connection to this one came about.
    pub(crate) fn failed(&self, index: usize) {
        if let Some(endpoint) = self.list.get(index) {
            endpoint.rest.until(clock(self.failover.rest));
        }
    }

    /// One of the usable endpoints, as the balancing says.
    fn pick(&self, tried: &[usize], usable: &dyn Fn(&Endpoint) -> bool) -> Option<usize> {
        let usable = || {
            let all = self.list.iter().enumerate();
            all.filter(|(index, endpoint)| !tried.contains(index) && usable(endpoint))
        };
        let first = usable().next()?.0;
        let turn = self.turn.fetch_add(1, Relaxed);
        let (turn, weighted) = match self.balancing {
            Balancing::RoundRobin => (turn, false),
            Balancing::Random => (scatter(turn), false),
            Balancing::WeightedRoundRobin => (turn, true),
            Balancing::WeightedRandom => (scatter(turn), true),
        };
        let weight = |endpoint: &Endpoint| if weighted { u64::from(endpoint.weight) } else { 1 };
        let total: u64 = usable().map(|(_, endpoint)| weight(endpoint)).sum();
        // All weights zero: nobody is preferred, and the first one is as good as any.
        let Some(mut left) = turn.checked_rem(total) else { return Some(first) };
        for (index, endpoint) in usable() {
            match left.checked_sub(weight(endpoint)) {
                Some(rest) => left = rest,
                None => return Some(index),
            }
        }
        Some(first)
    }
}

/// Until when an endpoint is passed over, in milliseconds of [`clock`]; 0 is not at all.
#[derive(Debug, Default)]
struct Rest(AtomicU64);

impl Rest {
    fn is_over(&self, now: impl Fn() -> u64) -> bool {
        match self.0.load(Relaxed) {
            0 => true,
            until => now() >= until,
        }
    }

    fn until(&self, time: u64) {
        self.0.store(time, Relaxed);
    }
}

impl Clone for Rest {
    /// Another endpoint, of which nothing is known yet.
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// So long from now, in milliseconds since this was first asked.
fn clock(ahead: Duration) -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from((START.elapsed() + ahead).as_millis()).unwrap_or(u64::MAX).max(1)
}

/// A number that looks random, from one that counts (splitmix64).
fn scatter(turn: u64) -> u64 {
    let mut x = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(balancing: Balancing, weights: &[u32]) -> Endpoints {
        let endpoint = |weight: &u32| {
            let mut endpoint = Endpoint::new(Target::parse("http://h").unwrap());
            endpoint.weight = *weight;
            endpoint
        };
        Endpoints::new(weights.iter().map(endpoint).collect(), balancing, Failover::default())
    }

    fn turns(balancing: Balancing, weights: &[u32], count: usize) -> Vec<usize> {
        let endpoints = endpoints(balancing, weights);
        (0..count).map(|_| endpoints.choose(&[]).unwrap()).collect()
    }

    #[test]
    fn endpoints_take_turns_and_weights_count_where_they_should() {
        assert_eq!(turns(Balancing::RoundRobin, &[5, 1], 4), [0, 1, 0, 1]);
        assert_eq!(turns(Balancing::WeightedRoundRobin, &[2, 0, 1], 6), [0, 0, 2, 0, 0, 2]);
        assert_eq!(turns(Balancing::WeightedRoundRobin, &[0, 0], 2), [0, 0]);
        let random = turns(Balancing::WeightedRandom, &[3, 1], 1_000);
        let first = random.iter().filter(|index| **index == 0).count();
        assert!((700..800).contains(&first), "{first}");
        assert!(endpoints(Balancing::Random, &[]).choose(&[]).is_none());
    }

    #[test]
    fn what_cannot_be_reached_is_passed_over_for_a_while_and_the_secondary_comes_last() {
        let mut all = endpoints(Balancing::RoundRobin, &[1, 1, 1]);
        all.list[0].secondary = true;
        all.failover.rest = Duration::from_millis(40);
        assert!((0..4).all(|_| all.choose(&[]) != Some(0)));
        assert_eq!(all.choose(&[1, 2]), Some(0));
        assert_eq!(all.choose(&[0, 1, 2]), None);
        all.failed(1);
        assert!((0..4).all(|_| all.choose(&[]) == Some(2)));
        all.failed(2);
        assert_eq!(all.choose(&[]), Some(0));
        all.failed(0);
        // All of them: then the first ones may as well be tried again.
        assert!((0..4).all(|_| matches!(all.choose(&[]), Some(1 | 2))));
        std::thread::sleep(Duration::from_millis(60));
        let chosen: Vec<_> = (0..2).map(|_| all.choose(&[]).unwrap()).collect();
        assert!(chosen.contains(&1) && chosen.contains(&2), "{chosen:?}");
        all.failover.retries = Some(1);
        assert!(all.choose(&[1]).is_some());
        assert_eq!(all.choose(&[1, 2]), None);
    }
}
