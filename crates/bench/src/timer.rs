//! Best of rounds, with the contenders by turns.

use std::time::{Duration, Instant};

/// How long to look. Many short rounds: on a busy machine some of them are left alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    rounds: u32,
    /// The time of one contender in one round; at least one run.
    round: Duration,
}

impl Timer {
    pub(crate) const QUICK: Self = Self { rounds: 25, round: Duration::from_millis(3) };
    pub(crate) const FULL: Self = Self { rounds: 100, round: Duration::from_millis(6) };

    /// The best time of one run of each contender, in nanoseconds.
    pub(crate) fn race(self, contenders: &mut [Box<dyn FnMut() + '_>]) -> Vec<f64> {
        // The first run is the slowest: it only tells how often to run in a round.
        let runs: Vec<u32> = contenders
            .iter_mut()
            .map(|contender| {
                contender();
                let once = time(contender, 1).max(10.0);
                (self.round.as_nanos() as f64 / once).ceil() as u32
            })
            .collect();
        let mut best = vec![f64::INFINITY; contenders.len()];
        for _ in 0..self.rounds {
            for ((contender, runs), best) in contenders.iter_mut().zip(&runs).zip(&mut best) {
                *best = best.min(time(contender, *runs));
            }
        }
        best
    }
}

/// Nanoseconds of one run, as the mean of several.
fn time(contender: &mut dyn FnMut(), runs: u32) -> f64 {
    let began = Instant::now();
    for _ in 0..runs {
        contender();
    }
    began.elapsed().as_nanos() as f64 / f64::from(runs)
}
