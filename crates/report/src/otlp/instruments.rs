//! The metrics with OpenTelemetry's names, and what a record adds to each.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use rust_decimal::prelude::ToPrimitive;
use token_tracking_core::{End, Record, Usage};

use crate::labels::{Labels, OTHER};

pub(super) struct Instruments {
    usage: Tokens<Counter<u64>>,
    input: Histogram<u64>,
    output: Histogram<u64>,
    duration: Histogram<f64>,
    first_chunk: Histogram<f64>,
    records: Counter<u64>,
    reasons: Counter<u64>,
    anomalies: Counter<u64>,
    cost: Counter<f64>,
    legacy: Option<Histogram<u64>>,
}

struct Tokens<C> {
    input: C,
    output: C,
    cache_read: C,
    cache_write: C,
    reasoning: C,
}

impl Instruments {
    pub(super) fn new(provider: &SdkMeterProvider, legacy: bool) -> Self {
        let meter = provider.meter("token-tracking");
        let usage = |name: &'static str, help: &'static str| {
            let name = format!("gen_ai.client.inference.usage.{name}");
            meter.u64_counter(name).with_unit("{token}").with_description(help).build()
        };
        let own = |name: &'static str, help: &'static str| {
            meter.u64_counter(name).with_description(help).build()
        };
        Self {
            usage: Tokens {
                input: usage("input_tokens", "Tokens sent, cached ones included"),
                output: usage("output_tokens", "Tokens received, reasoning included"),
                cache_read: usage("cache_read.input_tokens", "Part of the input: cache reads"),
                cache_write: usage("cache_write.input_tokens", "Part of the input: cache writes"),
                reasoning: usage("reasoning.output_tokens", "Part of the output: reasoning"),
            },
            input: tokens(&meter, "gen_ai.client.inference.operation.input_tokens"),
            output: tokens(&meter, "gen_ai.client.inference.operation.output_tokens"),
            duration: seconds(&meter, "gen_ai.client.operation.duration", 0.01),
            first_chunk: seconds(&meter, "gen_ai.client.operation.time_to_first_chunk", 0.001),
            records: own("token_tracking.records", "Responses that were metered"),
            reasons: own("token_tracking.reasons", "Why records are not plainly reported"),
            anomalies: own("token_tracking.anomalies", "What is odd about counts"),
            cost: meter
                .f64_counter("token_tracking.cost")
                .with_description("Cost of tokens, by currency")
                .build(),
            legacy: legacy.then(|| tokens(&meter, "gen_ai.client.token.usage")),
        }
    }

    pub(super) fn add(&self, record: &Record, labels: &Labels) {
        let base = attributes(record, labels);
        let with = |pairs: &[(&'static str, &str)]| with(&base, pairs);
        let usage = &record.usage;
        let modal = |counter: &Counter<u64>, split: [(&'static str, u64); 3]| {
            for (modality, count) in split {
                if count > 0 || modality == "unknown" {
                    counter.add(count, &with(&[("gen_ai.token.modality", modality)]));
                }
            }
        };
        if let Some(split) = modalities(usage.input, usage.input_audio, usage.input_image) {
            modal(&self.usage.input, split);
        }
        if let Some(split) = modalities(usage.output, usage.output_audio, usage.output_image) {
            modal(&self.usage.output, split);
        }
        let parts = [
            (&self.usage.cache_read, usage.cache_read),
            (&self.usage.cache_write, usage.cache_write),
            (&self.usage.reasoning, usage.reasoning),
        ];
        for (counter, count) in parts {
            if let Some(count) = count {
                counter.add(count, &with(&[("gen_ai.token.modality", "unknown")]));
            }
        }
        usage.input.into_iter().for_each(|count| self.input.record(count, &base));
        usage.output.into_iter().for_each(|count| self.output.record(count, &base));
        self.add_times(record, &base);
        self.add_own(record, &base);
        if let Some(legacy) = &self.legacy {
            let system = record.provider.as_deref().map_or("", |_| &*labels.provider);
            for (kind, count) in disjoint(usage) {
                let pairs = [("gen_ai.token.type", kind), ("gen_ai.system", system)];
                count.into_iter().for_each(|count| legacy.record(count, &with(&pairs)));
            }
        }
    }

    fn add_times(&self, record: &Record, base: &[KeyValue]) {
        let mut base = base.to_vec();
        if let Some(time) = record.latency.first_token {
            self.first_chunk.record(time.as_secs_f64(), &base);
        }
        if let Some(error) = error(record) {
            base.push(KeyValue::new("error.type", error));
        }
        let total: Option<Duration> = record.latency.total;
        total.into_iter().for_each(|time| self.duration.record(time.as_secs_f64(), &base));
    }

    fn add_own(&self, record: &Record, base: &[KeyValue]) {
        let with = |pairs: &[(&'static str, &str)]| with(base, pairs);
        let provenance = format!("{:?}", record.provenance).to_lowercase();
        self.records.add(1, &with(&[("token_tracking.provenance", &provenance)]));
        for reason in record.reasons.iter() {
            self.reasons.add(1, &with(&[("token_tracking.reason", reason.code())]));
        }
        for anomaly in record.anomalies.iter() {
            self.anomalies.add(1, &with(&[("token_tracking.anomaly", anomaly.code())]));
        }
        let Some(cost) = &record.cost else { return };
        let currency = cost.currency.as_deref().unwrap_or_default();
        for (kind, amount) in [("input", cost.sent), ("output", cost.received)] {
            let Some(amount) = amount.and_then(|amount| amount.to_f64()) else { continue };
            let pairs = [("gen_ai.token.type", kind), ("token_tracking.currency", currency)];
            self.cost.add(amount, &with(&pairs));
        }
    }
}

/// The attributes of all that a record adds to, and further ones.
fn with(base: &[KeyValue], pairs: &[(&'static str, &str)]) -> Vec<KeyValue> {
    let pairs = pairs.iter().map(|(key, value)| KeyValue::new(*key, (*value).to_owned()));
    base.iter().cloned().chain(pairs).collect()
}

/// Buckets as the conventions want them.
fn tokens(meter: &Meter, name: &'static str) -> Histogram<u64> {
    let buckets = (0..14).map(|power| f64::from(1 << (2 * power))).collect();
    meter.u64_histogram(name).with_unit("{token}").with_boundaries(buckets).build()
}

fn seconds(meter: &Meter, name: &'static str, first: f64) -> Histogram<f64> {
    let buckets = (0..14).map(|power| first * f64::from(1 << power)).collect();
    meter.f64_histogram(name).with_unit("s").with_boundaries(buckets).build()
}

fn attributes(record: &Record, labels: &Labels) -> Vec<KeyValue> {
    let operation = record.request.as_ref().map_or(OTHER, |request| operation(&request.path));
    let text = |value: &Arc<str>| value.to_string();
    let mut all = vec![
        KeyValue::new("gen_ai.operation.name", operation),
        KeyValue::new(
            "gen_ai.provider.name",
            match &*labels.provider {
                "" => OTHER.to_owned(),
                name => name.to_owned(),
            },
        ),
    ];
    if !labels.model.is_empty() {
        let answered = record.model.as_deref().is_some_and(|model| !model.trim().is_empty());
        let key = if answered { "gen_ai.response.model" } else { "gen_ai.request.model" };
        all.push(KeyValue::new(key, text(&labels.model)));
    }
    if !labels.api.is_empty() {
        all.push(KeyValue::new("token_tracking.api", text(&labels.api)));
    }
    if !labels.application.is_empty() {
        all.push(KeyValue::new("token_tracking.application", text(&labels.application)));
    }
    all
}

/// The conventions' names of operations, by the ends of vendors' paths.
fn operation(path: &str) -> &'static str {
    let last = path.rsplit('/').next().unwrap_or_default();
    if path.to_ascii_lowercase().contains("embed") {
        return "embeddings";
    }
    match last {
        "messages" | "responses" | "converse" | "converse-stream" | "chat" => "chat",
        "completions" if path.ends_with("chat/completions") => "chat",
        "completions" => "text_completion",
        _ if last.ends_with(":generateContent") || last.ends_with(":streamGenerateContent") => {
            "generate_content"
        }
        _ => OTHER,
    }
}

fn error(record: &Record) -> Option<String> {
    if record.status >= 400 {
        return Some(record.status.to_string());
    }
    match record.end {
        End::Complete => None,
        End::Cancelled => Some("client-cancelled".to_owned()),
        End::Failed => Some("upstream-failed".to_owned()),
    }
}

/// A count by modality. What nobody told apart is `unknown`, not guessed to be text; together they
/// are the count, also where a provider's parts exceed it.
fn modalities(
    count: Option<u64>,
    audio: Option<u64>,
    image: Option<u64>,
) -> Option<[(&'static str, u64); 3]> {
    let count = count?;
    let audio = audio.unwrap_or(0).min(count);
    let image = image.unwrap_or(0).min(count - audio);
    Some([("audio", audio), ("image", image), ("unknown", count - audio - image)])
}

/// Token types that add up to what was sent and received.
fn disjoint(usage: &Usage) -> [(&'static str, Option<u64>); 5] {
    let within = |part: Option<u64>, whole: Option<u64>| part.map(|p| p.min(whole.unwrap_or(p)));
    let read = within(usage.cache_read, usage.input);
    let left = usage.input.map(|input| input - read.unwrap_or(0));
    let write = within(usage.cache_write, left);
    let reasoning = within(usage.reasoning, usage.output);
    [
        ("input", left.map(|left| left - write.unwrap_or(0))),
        ("cache_read", read),
        ("cache_write", write),
        ("output", usage.output.map(|output| output - reasoning.unwrap_or(0))),
        ("reasoning", reasoning),
    ]
}
