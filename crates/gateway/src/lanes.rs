//! Lanes: how more requests than fit on one HTTP/2 connection get to a target.
//!
//! hyper-util's client has one HTTP/2 connection to a target, and a server takes only so many
//! streams on it (RFC 9113 §5.1.2; 100 or 128 are usual): the next request would wait, without
//! a sign, until another is answered, which for a long stream is minutes. So there are several
//! clients, each with its connection, and a request takes the first that has room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many connections there are to a target at most. The last lane takes what is left.
pub(crate) const LANES: usize = 64;

/// How many requests are on each lane to one target.
#[derive(Clone, Debug)]
pub(crate) struct Lanes(Arc<[AtomicUsize; LANES]>);

/// A place on a lane, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lane {
    lanes: Lanes,
    index: usize,
}

impl Lanes {
    pub(crate) fn new() -> Self {
        Self(Arc::new([const { AtomicUsize::new(0) }; LANES]))
    }

    /// A place on the first lane with less than so many requests.
    pub(crate) fn take(&self, most: usize) -> Lane {
        let free = |lane: &AtomicUsize| {
            let more = |taken: usize| (taken < most).then_some(taken + 1);
            lane.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
        };
        let index = self.0.iter().position(free).unwrap_or_else(|| {
            self.0[LANES - 1].fetch_add(1, Ordering::Relaxed);
            LANES - 1
        });
        Lane { lanes: self.clone(), index }
    }
}

impl Lane {
    /// Which one it is, below [`LANES`].
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.lanes.0[self.index].fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_filled_before_the_next_one_and_again_when_there_is_room() {
        let lanes = Lanes::new();
        let mut taken: Vec<_> = (0..5).map(|_| lanes.take(2)).collect();
        assert_eq!(taken.iter().map(Lane::index).collect::<Vec<_>>(), [0, 0, 1, 1, 2]);
        drop(taken.remove(1));
        assert_eq!(lanes.take(2).index(), 0);
        let all: Vec<_> = (0..2 * LANES + 9).map(|_| lanes.take(2)).collect();
        assert_eq!(all.last().map(Lane::index), Some(LANES - 1), "the last one takes the rest");
    }
}
