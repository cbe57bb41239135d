//! Records as metrics for Prometheus to scrape.

mod host;
mod series;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use token_tracking_core::{Record, RecordSink};

use crate::labels::{Bounded, Caps, Labels, Named, OTHER, names};
use crate::reporters::{Observer, Reporters};
use host::{Gauges, Health, Number, Overflows};
use series::{Families, Series};

/// Counts records in memory and writes the counts out when asked. It needs no queue: counting a
/// record takes a look-up and some additions.
///
/// | metric | labels | what |
/// |---|---|---|
/// | `token_tracking_records_total` | api, application, provider, model, provenance | responses |
/// | `token_tracking_tokens_total` | api, application, provider, model, type | tokens: `input` and `output`, each with all of its parts |
/// | `token_tracking_token_parts_total` | api, application, provider, model, part | the parts, such as `cache_read` and `reasoning`; they are inside `tokens` |
/// | `token_tracking_units_total` | api, application, provider, model, unit | what is counted but is no token |
/// | `token_tracking_cost_total` | api, application, provider, model, type, currency | money, as the nearest doubles; the ledger adds exactly |
/// | `token_tracking_reasons_total` | api, provider, reason | why records are not plainly reported |
/// | `token_tracking_anomalies_total` | api, provider, anomaly | what is odd about counts |
/// | `token_tracking_responses_total` | api, provider, code | responses by class of status: `2xx` |
/// | `token_tracking_duration_seconds`, `token_tracking_time_to_first_byte_seconds`, `token_tracking_time_to_first_token_seconds` | api, provider, model | histograms |
/// | `token_tracking_label_overflows_total` | label | records that found no room under a label's cap and count as `_OTHER` |
/// | `token_tracking_reporter_{written,dropped,failed,spilled,retries}_total`, `…_waiting`, `…_healthy` | reporter | how the other reporters fare |
///
/// A count that nobody reported adds nothing, not zero.
#[derive(Debug)]
pub struct Prometheus {
    labels: Arc<Bounded>,
    families: Families,
    series: RwLock<HashMap<Labels, Arc<Series>>>,
    watched: Arc<RwLock<Weak<Reporters>>>,
    gauges: Arc<Gauges>,
    registry: Registry,
}

impl Prometheus {
    /// The content type of [`Prometheus::render`].
    pub const CONTENT_TYPE: &'static str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// With these bounds on its labels.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        let mut registry = Registry::with_prefix("token_tracking");
        let families = Families::register(&mut registry);
        let labels = Arc::new(Bounded::new(caps));
        registry.register_collector(Box::new(Overflows(Arc::clone(&labels))));
        let watched = Arc::new(RwLock::new(Weak::new()));
        registry.register_collector(Box::new(Health(Arc::clone(&watched))));
        let gauges = Arc::new(Gauges::default());
        registry.register_collector(Box::new(Arc::clone(&gauges)));
        Self { labels, families, series: RwLock::default(), watched, gauges, registry }
    }

    /// Shows how these reporters fare, too.
    pub fn watch(&self, reporters: &Arc<Reporters>) {
        *self.watched.write().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(reporters);
    }

    /// Shows a number of the host's, read at each scrape, as `token_tracking_` and this name.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        self.gauges.add(name, help, Number::Gauge(Box::new(read)));
    }

    /// Shows a number of the host's that only goes up, as `token_tracking_`, this name and
    /// `_total`.
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.gauges.add(name, help, Number::Counter(Box::new(read)));
    }

    /// All metrics as OpenMetrics text, of the type [`Prometheus::CONTENT_TYPE`].
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(64 * 1_024);
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn series(&self, record: &Record) -> Arc<Series> {
        let names = names(record);
        // What is called what it was called before needs no bounding, but for what is counted
        // as an overflow each time.
        if !names.contains(&OTHER) {
            let known = self.series.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(series) = known.get(&names as &dyn Named) {
                return Arc::clone(series);
            }
        }
        let labels = self.labels.of(record);
        let mut known = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(Series::new(labels.clone(), &self.families));
        Arc::clone(known.entry(labels.clone()).or_insert_with(made))
    }
}

impl Default for Prometheus {
    fn default() -> Self {
        Self::new(Caps::default())
    }
}

impl Observer for Prometheus {
    fn observe(&self, record: &Arc<Record>) {
        self.series(record).count(record);
    }
}

impl RecordSink for Prometheus {
    fn record(&self, record: Record) {
        self.series(&record).count(&record);
    }
}
