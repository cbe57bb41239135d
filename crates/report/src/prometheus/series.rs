//! The counters of records with the same labels.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use rust_decimal::prelude::ToPrimitive;
use token_tracking_core::{Anomaly, Cost, Provenance, Reason, Record, Usage};

use crate::labels::Labels;

type Pairs = Vec<(&'static str, Arc<str>)>;
type Counts = Family<Pairs, Counter>;
type Amounts = Family<Pairs, Counter<f64, AtomicU64>>;
type Times = Family<Pairs, Histogram, fn() -> Histogram>;

/// Every metric, with all of its series.
#[derive(Clone, Debug)]
pub(super) struct Families {
    records: Counts,
    responses: Counts,
    tokens: Counts,
    parts: Counts,
    reasons: Counts,
    anomalies: Counts,
    units: Amounts,
    cost: Amounts,
    duration: Times,
    first_byte: Times,
    first_token: Times,
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        fn times() -> Times {
            // The buckets of `gen_ai.client.operation.duration`.
            Times::new_with_constructor(|| {
                Histogram::new((0..14).map(|power| 0.01 * f64::from(1 << power)))
            })
        }
        let all = Self {
            records: Family::default(),
            responses: Family::default(),
            tokens: Family::default(),
            parts: Family::default(),
            reasons: Family::default(),
            anomalies: Family::default(),
            units: Family::default(),
            cost: Family::default(),
            duration: times(),
            first_byte: times(),
            first_token: times(),
        };
        registry.register("records", "Responses that were metered", all.records.clone());
        registry.register("responses", "Responses by class of status", all.responses.clone());
        let help = "Tokens sent (input) and received (output), with all of their parts";
        registry.register("tokens", help, all.tokens.clone());
        let help = "Parts of the tokens; they are inside tokens_total, not beside it";
        registry.register("token_parts", help, all.parts.clone());
        let help = "Why records are not plainly reported";
        registry.register("reasons", help, all.reasons.clone());
        registry.register("anomalies", "What is odd about counts", all.anomalies.clone());
        registry.register("units", "What is counted but is no token", all.units.clone());
        let help = "Cost of tokens sent (input) and received (output), by currency";
        registry.register("cost", help, all.cost.clone());
        let help = "Time until the response's end";
        registry.register("duration_seconds", help, all.duration.clone());
        let help = "Time until the first byte of the response's body";
        registry.register("time_to_first_byte_seconds", help, all.first_byte.clone());
        let help = "Time until the first generated content of a stream";
        registry.register("time_to_first_token_seconds", help, all.first_token.clone());
        all
    }
}

/// The counters of one set of labels. Each is looked up among all series once, when it is first
/// needed, and kept here in a place of its own: most records find all of theirs without a search.
#[derive(Debug)]
pub(super) struct Series {
    labels: Labels,
    families: Families,
    records: Places<4>,
    responses: Places<6>,
    tokens: Places<2>,
    input_parts: Places<7>,
    output_parts: Places<5>,
    reasons: Places<{ Reason::ALL.len() }>,
    anomalies: Places<{ Anomaly::ALL.len() }>,
    times: [OnceLock<Histogram>; 3],
    /// By currency: one, nearly always.
    costs: RwLock<Vec<(Option<String>, CostPlaces)>>,
}

type Places<const N: usize> = [OnceLock<Counter>; N];
/// Of what was sent, and of what was received.
type CostPlaces = [OnceLock<Amount>; 2];
type Amount = Counter<f64, AtomicU64>;

fn places<const N: usize>() -> Places<N> {
    [const { OnceLock::new() }; N]
}

#[derive(Clone, Copy, Debug)]
enum Metric {
    Records,
    Responses,
    Tokens,
    Parts,
    Reasons,
    Anomalies,
}

impl Series {
    pub(super) fn new(labels: Labels, families: &Families) -> Self {
        Self {
            labels,
            families: families.clone(),
            records: places(),
            responses: places(),
            tokens: places(),
            input_parts: places(),
            output_parts: places(),
            reasons: places(),
            anomalies: places(),
            times: Default::default(),
            costs: RwLock::default(),
        }
    }

    pub(super) fn count(&self, record: &Record) {
        let (place, label) = provenance(record.provenance);
        self.add(&self.records[place], Metric::Records, label, 1);
        let (place, label) = class(record.status);
        self.add(&self.responses[place], Metric::Responses, label, 1);
        for reason in record.reasons.iter() {
            self.add(&self.reasons[reason as usize], Metric::Reasons, reason.code(), 1);
        }
        for anomaly in record.anomalies.iter() {
            self.add(&self.anomalies[anomaly as usize], Metric::Anomalies, anomaly.code(), 1);
        }
        let usage = &record.usage;
        let wholes = [("input", usage.input), ("output", usage.output)];
        self.add_counts(&self.tokens, Metric::Tokens, wholes);
        self.add_counts(&self.input_parts, Metric::Parts, usage.input_parts());
        self.add_counts(&self.output_parts, Metric::Parts, usage.output_parts());
        self.count_units(usage);
        self.observe(0, &self.families.duration, record.latency.total);
        self.observe(1, &self.families.first_byte, record.latency.first_byte);
        self.observe(2, &self.families.first_token, record.latency.first_token);
        if let Some(cost) = &record.cost {
            self.count_cost(cost);
        }
    }

    fn add(&self, place: &OnceLock<Counter>, metric: Metric, label: &'static str, by: u64) {
        place.get_or_init(|| self.counter(metric, label)).inc_by(by);
    }

    /// As many counts as there are places: none is lost.
    fn add_counts<const N: usize>(
        &self,
        places: &Places<N>,
        metric: Metric,
        counts: [(&'static str, Option<u64>); N],
    ) {
        for (place, (label, count)) in places.iter().zip(counts) {
            if let Some(count) = count {
                self.add(place, metric, label, count);
            }
        }
    }

    fn count_cost(&self, cost: &Cost) {
        let known = self.costs.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, places)) = known.iter().find(|(currency, _)| *currency == cost.currency) {
            return self.add_cost(cost, places);
        }
        drop(known);
        let mut known = self.costs.write().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(currency, _)| *currency == cost.currency);
        let at = at.unwrap_or_else(|| {
            known.push((cost.currency.clone(), Default::default()));
            known.len() - 1
        });
        self.add_cost(cost, &known[at].1);
    }

    fn add_cost(&self, cost: &Cost, places: &CostPlaces) {
        for (place, (label, amount)) in
            places.iter().zip([("input", cost.sent), ("output", cost.received)])
        {
            let Some(amount) = amount.and_then(|amount| amount.to_f64()) else { continue };
            let counter = place.get_or_init(|| {
                let mut pairs = self.pairs("type", label);
                pairs.push(("currency", cost.currency.as_deref().unwrap_or_default().into()));
                self.families.cost.get_or_create_owned(&pairs)
            });
            counter.inc_by(amount);
        }
    }

    /// Units are rare: they are looked up each time.
    fn count_units(&self, usage: &Usage) {
        let units = &usage.units;
        if units.is_empty() {
            return;
        }
        let whole = |count: Option<u64>| count.map(|count| count as f64);
        let all = [
            ("web_searches", whole(units.web_searches)),
            ("pages", whole(units.pages)),
            ("seconds", units.seconds.and_then(|seconds| seconds.to_f64())),
            ("search_units", whole(units.search_units)),
            ("images", whole(units.images)),
        ];
        for (label, amount) in all {
            if let Some(amount) = amount {
                self.families.units.get_or_create(&self.pairs("unit", label)).inc_by(amount);
            }
        }
    }

    fn observe(&self, at: usize, times: &Times, time: Option<Duration>) {
        let Some(time) = time else { return };
        let Labels { api, provider, model, .. } = &self.labels;
        self.times[at]
            .get_or_init(|| {
                times.get_or_create_owned(&vec![
                    ("api", Arc::clone(api)),
                    ("provider", Arc::clone(provider)),
                    ("model", Arc::clone(model)),
                ])
            })
            .observe(time.as_secs_f64());
    }

    fn counter(&self, metric: Metric, label: &'static str) -> Counter {
        let families = &self.families;
        let (family, pairs) = match metric {
            Metric::Records => (&families.records, self.pairs("provenance", label)),
            Metric::Tokens => (&families.tokens, self.pairs("type", label)),
            Metric::Parts => (&families.parts, self.pairs("part", label)),
            Metric::Responses => (&families.responses, self.few("code", label)),
            Metric::Reasons => (&families.reasons, self.few("reason", label)),
            Metric::Anomalies => (&families.anomalies, self.few("anomaly", label)),
        };
        family.get_or_create_owned(&pairs)
    }

    fn pairs(&self, name: &'static str, value: &str) -> Pairs {
        let Labels { api, application, provider, model } = &self.labels;
        vec![
            ("api", Arc::clone(api)),
            ("application", Arc::clone(application)),
            ("provider", Arc::clone(provider)),
            ("model", Arc::clone(model)),
            (name, value.into()),
        ]
    }

    fn few(&self, name: &'static str, value: &str) -> Pairs {
        let Labels { api, provider, .. } = &self.labels;
        vec![("api", Arc::clone(api)), ("provider", Arc::clone(provider)), (name, value.into())]
    }
}

/// The place and the label of a provenance.
fn provenance(provenance: Provenance) -> (usize, &'static str) {
    match provenance {
        Provenance::Reported => (0, "reported"),
        Provenance::Partial => (1, "partial"),
        Provenance::Estimated => (2, "estimated"),
        Provenance::Absent => (3, "absent"),
    }
}

/// The place and the label of a class of status.
fn class(status: u16) -> (usize, &'static str) {
    match status / 100 {
        1 => (0, "1xx"),
        2 => (1, "2xx"),
        3 => (2, "3xx"),
        4 => (3, "4xx"),
        5 => (4, "5xx"),
        _ => (5, "other"),
    }
}
