//! Metrics that are read when they are asked for: reporters' health, overflows, the host's own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::labels::Bounded;
use crate::reporter::Health as Fares;
use crate::reporters::Reporters;

/// One value per label, of one metric.
fn each<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = (String, M)>,
) -> fmt::Result {
    let mut values = values.into_iter().peekable();
    let Some((_, first)) = values.peek() else { return Ok(()) };
    let kind = first.metric_type();
    let mut metric = encoder.encode_descriptor(name, help, None, kind)?;
    values.try_for_each(|(value, amount)| {
        amount.encode(metric.encode_family(&[(label, value.as_str())])?)
    })
}

/// How many records found no room under the labels' caps.
#[derive(Debug)]
pub(super) struct Overflows(pub(super) Arc<Bounded>);

impl Collector for Overflows {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let values =
            self.0.overflows().map(|(kind, count)| (kind.to_owned(), ConstCounter::new(count)));
        let help = "Records whose label was one too many and counts as _OTHER";
        each(&mut encoder, "label_overflows", help, "label", values)
    }
}

/// How the other reporters fare.
#[derive(Debug)]
pub(super) struct Health(pub(super) Arc<RwLock<Weak<Reporters>>>);

impl Collector for Health {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let reporters = self.0.read().unwrap_or_else(PoisonError::into_inner).upgrade();
        let Some(health) = reporters.map(|reporters| reporters.health()) else {
            return Ok(());
        };
        type Count = (&'static str, &'static str, fn(&Fares) -> u64);
        let counts: [Count; 5] = [
            ("written", "Records that are where they belong", |h| h.totals.written),
            ("dropped", "Records that found no room and are lost", |h| h.totals.dropped),
            ("failed", "Records that could not be written and are lost", |h| h.totals.failed),
            ("spilled", "Records given to the overflow", |h| h.totals.spilled),
            ("retries", "Batches that had to be tried again", |h| h.totals.retries),
        ];
        for (name, help, count) in counts {
            let values = health.iter().map(|h| (h.name.clone(), ConstCounter::new(count(h))));
            each(&mut encoder, &format!("reporter_{name}"), help, "reporter", values)?;
        }
        let gauge = |count: u64| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
        let waiting = health.iter().map(|h| (h.name.clone(), gauge(h.waiting)));
        let help = "Records that wait in the reporter's queue";
        each(&mut encoder, "reporter_waiting", help, "reporter", waiting)?;
        let healthy = health.iter().map(|h| (h.name.clone(), gauge(h.healthy.into())));
        let help = "Whether the reporter's last try went well: 1 or 0";
        each(&mut encoder, "reporter_healthy", help, "reporter", healthy)
    }
}

type Read = Box<dyn Fn() -> f64 + Send + Sync>;
type Count = Box<dyn Fn() -> u64 + Send + Sync>;

/// What a number of the host's is.
pub(super) enum Number {
    /// It goes up and down.
    Gauge(Read),
    /// It only goes up.
    Counter(Count),
}

/// Numbers of the host's.
#[derive(Default)]
pub(super) struct Gauges(Mutex<Vec<(&'static str, &'static str, Number)>>);

impl Gauges {
    pub(super) fn add(&self, name: &'static str, help: &'static str, read: Number) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name, help, read));
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gauges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, help, read) in gauges.iter() {
            let read: &dyn EncodeMetric = match read {
                Number::Gauge(read) => &ConstGauge::new(read()),
                Number::Counter(read) => &ConstCounter::new(read()),
            };
            read.encode(encoder.encode_descriptor(name, help, None, read.metric_type())?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}
