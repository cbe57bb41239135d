//! Records as metrics to an OpenTelemetry collector.

mod instruments;

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    MetricExporter, Protocol, RetryPolicy, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
};
use token_tracking_core::Record;
use tokio::runtime::Runtime;

use crate::error::ReportError;
use crate::http;
use crate::labels::{Bounded, Caps};
use crate::reporter::{Queueing, Reporter};
use crate::writer::{Outcome, Writer};
use instruments::Instruments;

/// A collector and what it gets.
#[derive(Clone, Debug)]
pub struct OtlpSettings {
    /// Its base URL, such as `http://localhost:4318`, or of gRPC, such as `http://localhost:4317`.
    /// Over HTTP, `/v1/metrics` is added to a URL without a path.
    pub url: String,
    /// Speak gRPC instead of HTTP with Protocol Buffers.
    pub grpc: bool,
    /// How often the collector gets the metrics, while there are new records.
    pub interval: Duration,
    /// Send the legacy `gen_ai.client.token.usage` too, with disjoint token types.
    pub legacy: bool,
    /// Send what was added since the last time, not since the beginning.
    pub delta: bool,
    /// The bounds on labels. The product of what they allow is also bounded by the SDK.
    pub caps: Caps,
}

impl OtlpSettings {
    /// To this URL over HTTP, every ten seconds, with the current names alone.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let interval = Duration::from_secs(10);
        let caps = Caps { combinations: 500, ..Caps::default() };
        Self { url: url.into(), grpc: false, interval, legacy: false, delta: false, caps }
    }
}

/// Sends metrics with the names of OpenTelemetry's conventions for generative AI to a collector.
///
/// Records are added up here, and the sums are sent at most once per interval, so that a collector
/// that is away costs nothing as long as it comes back before the process ends. `written` counts
/// records that are in sums which the collector has taken. The headers of
/// `OTEL_EXPORTER_OTLP_HEADERS` are sent along.
///
/// Names: <https://github.com/open-telemetry/semantic-conventions-genai>, as of 2026.
///
/// # Errors
/// When the URL is not one, or no thread can be started.
pub fn open(settings: OtlpSettings, queueing: Queueing) -> Result<Reporter, ReportError> {
    let target = format!("otlp:{}", http::shown(&settings.url));
    let wrong = |why: String| ReportError::Setup { what: target.clone(), why };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    let exporter = exporter(&settings, &runtime).map_err(wrong)?;
    let reader =
        Shared(Arc::new(ManualReader::builder().with_temporality(exporter.temporality()).build()));
    let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    let instruments = Instruments::new(&provider, settings.legacy);
    let collector = Collector {
        labels: Bounded::new(settings.caps),
        instruments,
        reader,
        exporter,
        runtime,
        _provider: provider,
        metrics: ResourceMetrics::default(),
        unsent: false,
        interval: settings.interval,
        last_try: Instant::now(),
        pending: 0,
        error: None,
    };
    Reporter::start("otlp", target.clone(), queueing, collector)
}

fn exporter(settings: &OtlpSettings, runtime: &Runtime) -> Result<MetricExporter, String> {
    let temporality = match settings.delta {
        true => Temporality::Delta,
        false => Temporality::Cumulative,
    };
    let builder = MetricExporter::builder().with_temporality(temporality);
    let exporter = if settings.grpc {
        // Its connection belongs to the runtime that is entered here.
        let _entered = runtime.enter();
        builder
            .with_tonic()
            .with_endpoint(&settings.url)
            .with_timeout(http::TIMEOUT)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
    } else {
        let path = settings.url.split_once("://").map_or("", |(_, rest)| rest);
        let bare = path.trim_end_matches('/');
        let url = match bare.contains('/') {
            true => settings.url.clone(),
            false => format!("{}/v1/metrics", settings.url.trim_end_matches('/')),
        };
        builder
            .with_http()
            .with_http_client(Client(http::agent()))
            .with_endpoint(url)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(http::TIMEOUT)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
    };
    exporter.map_err(|error| error.to_string())
}

struct Collector {
    labels: Bounded,
    instruments: Instruments,
    reader: Shared,
    exporter: MetricExporter,
    runtime: Runtime,
    /// The instruments end with it.
    _provider: SdkMeterProvider,
    metrics: ResourceMetrics,
    /// What was collected has not arrived; it must not be collected over where it is a difference.
    unsent: bool,
    interval: Duration,
    last_try: Instant,
    pending: u64,
    error: Option<String>,
}

impl Collector {
    fn export(&mut self) -> OTelSdkResult {
        let delta = matches!(self.exporter.temporality(), Temporality::Delta);
        if self.unsent && delta {
            self.runtime.block_on(self.exporter.export(&self.metrics))?;
        }
        self.reader.0.collect(&mut self.metrics)?;
        self.unsent = true;
        self.runtime.block_on(self.exporter.export(&self.metrics))?;
        self.unsent = false;
        Ok(())
    }
}

impl Writer for Collector {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        let called_for = batch.is_empty();
        for record in batch.drain(..) {
            self.instruments.add(&record, &self.labels.of(&record));
            self.pending += 1;
        }
        if !called_for && self.last_try.elapsed() < self.interval {
            return Outcome { error: self.error.clone(), ..Outcome::default() };
        }
        let result = self.export();
        self.last_try = Instant::now();
        self.error = result.err().map(|error| error.to_string());
        let written = if self.error.is_none() { std::mem::take(&mut self.pending) } else { 0 };
        Outcome { written, error: self.error.clone(), ..Outcome::default() }
    }

    fn pending(&self) -> Option<(u64, Duration)> {
        let patience = self.interval.saturating_sub(self.last_try.elapsed());
        (self.pending > 0).then_some((self.pending, patience))
    }
}

/// The reader belongs to the provider, and is read here.
#[derive(Clone, Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

#[derive(Debug)]
struct Client(ureq::Agent);

#[async_trait::async_trait]
impl HttpClient for Client {
    /// Blocks: the runtime that calls it has nothing else to do.
    async fn send_bytes(
        &self,
        request: ::http::Request<Bytes>,
    ) -> Result<::http::Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self.0.run(::http::Request::from_parts(parts, &body[..]))?;
        let (parts, mut body) = response.into_parts();
        // Only a message or a short answer is expected.
        let body = body.with_config().limit(64 * 1_024).read_to_vec()?;
        Ok(::http::Response::from_parts(parts, body.into()))
    }
}
