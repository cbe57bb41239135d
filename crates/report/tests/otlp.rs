//! Metrics to a collector, over HTTP and gRPC, decoded as the collector would.

mod common;
#[path = "common/http.rs"]
mod http_server;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{PATIENCE, priced, quick, record, until};
use http_server::Server;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest as Export, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use prost::Message;
use token_tracking_core::{Anomaly, Reason, Record, RecordSink, Usage};
use token_tracking_report::Queueing;
use token_tracking_report::otlp::{self, OtlpSettings};

fn full() -> Record {
    let mut record = priced(record("gpt-5", Some(100)), "0.25", Some("USD"));
    record.application = Some("shop".to_owned());
    record.usage.input_audio = Some(10);
    record.usage.cache_read = Some(60);
    record.usage.cache_write = Some(5);
    record.usage.reasoning = Some(3);
    record.anomalies.insert(Anomaly::TotalMismatch);
    record.latency.first_token = Some(Duration::from_millis(50));
    record.latency.total = Some(Duration::from_millis(150));
    record
}

fn text(value: &Option<AnyValue>) -> String {
    match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn matches(attributes: &[KeyValue], wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|(key, value)| {
        attributes.iter().any(|pair| pair.key == *key && text(&pair.value) == *value)
    })
}

/// What an export says of a metric where the attributes are these: the number or the sum, and the
/// counts in a histogram's buckets.
fn point(export: &Export, name: &str, wanted: &[(&str, &str)]) -> Option<(f64, Vec<f64>)> {
    let scopes = export.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    for metric in scopes.flat_map(|scope| &scope.metrics).filter(|metric| metric.name == name) {
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => {
                if let Some(point) = sum.data_points.iter().find(|p| matches(&p.attributes, wanted))
                {
                    let number = match point.value.unwrap() {
                        Number::AsInt(number) => number as f64,
                        Number::AsDouble(number) => number,
                    };
                    return Some((number, Vec::new()));
                }
            }
            Data::Histogram(all) => {
                if let Some(point) = all.data_points.iter().find(|p| matches(&p.attributes, wanted))
                {
                    return Some((point.sum.unwrap(), point.explicit_bounds.clone()));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    None
}

fn value(export: &Export, name: &str, wanted: &[(&str, &str)]) -> Option<f64> {
    point(export, name, wanted).map(|(value, _)| value)
}

/// What both ways of sending must say of two equal records and one without counts.
fn check(export: &Export) {
    let who = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.response.model", "gpt-5"),
        ("token_tracking.api", "chat"),
        ("token_tracking.application", "shop"),
    ];
    let with = |pair| [&who[..], &[pair]].concat();
    let tokens = |name: &str, modality| {
        let name = format!("gen_ai.client.inference.usage.{name}");
        value(export, &name, &with(("gen_ai.token.modality", modality)))
    };
    assert_eq!(tokens("input_tokens", "audio"), Some(20.0));
    assert_eq!(tokens("input_tokens", "unknown"), Some(180.0), "what nobody told apart");
    assert_eq!(tokens("input_tokens", "image"), None);
    assert_eq!(tokens("output_tokens", "unknown"), Some(14.0));
    assert_eq!(tokens("cache_read.input_tokens", "unknown"), Some(120.0));
    assert_eq!(tokens("cache_write.input_tokens", "unknown"), Some(10.0));
    assert_eq!(tokens("reasoning.output_tokens", "unknown"), Some(6.0));
    let (sum, bounds) =
        point(export, "gen_ai.client.inference.operation.input_tokens", &who).unwrap();
    assert_eq!((sum, bounds[1], bounds[13]), (200.0, 4.0, 67_108_864.0));
    let (sum, bounds) = point(export, "gen_ai.client.operation.duration", &who).unwrap();
    assert!(
        (sum - 0.3).abs() < 1e-9 && bounds[0] == 0.01 && bounds[13] == 81.92,
        "{sum} {bounds:?}"
    );
    let (sum, _) = point(export, "gen_ai.client.operation.time_to_first_chunk", &who).unwrap();
    assert!((sum - 0.1).abs() < 1e-9, "{sum}");
    let cost = [("gen_ai.token.type", "input"), ("token_tracking.currency", "USD")];
    assert_eq!(value(export, "token_tracking.cost", &cost), Some(0.5));
    let odd = [("token_tracking.anomaly", "total-mismatch")];
    assert_eq!(value(export, "token_tracking.anomalies", &odd), Some(2.0));
    let none = [("token_tracking.reason", "no-usage")];
    assert_eq!(value(export, "token_tracking.reasons", &none), Some(1.0));
    let failed = [("error.type", "503"), ("gen_ai.response.model", "other")];
    assert!(value(export, "gen_ai.client.operation.duration", &failed).is_some());
    let other = [("gen_ai.response.model", "other")];
    assert_eq!(value(export, "gen_ai.client.inference.usage.input_tokens", &other), None, "absent");
}

fn records() -> [Record; 3] {
    let mut absent = record("other", None);
    absent.usage = Usage::default();
    absent.status = 503;
    absent.reasons.insert(Reason::NoUsage);
    [full(), full(), absent]
}

fn ok() -> http_server::Answer {
    ("200 OK", "content-type: application/x-protobuf\r\n", Vec::new())
}

fn exports(server: &Server) -> Vec<Export> {
    server.sent().iter().map(|sent| Export::decode(&sent.body[..]).unwrap()).collect()
}

#[test]
fn over_http_the_collector_gets_the_current_names() {
    let server = Server::start(|_| ok());
    let reporter = otlp::open(OtlpSettings::new(&server.url), quick()).unwrap();
    records().into_iter().for_each(|record| reporter.record(record));
    assert_eq!(reporter.close(PATIENCE).unwrap().written, 3, "flushed before the interval's end");
    let sent = server.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].line, "POST /v1/metrics");
    assert_eq!(sent[0].header("content-type"), Some("application/x-protobuf"));
    let export = &exports(&server)[0];
    check(export);
    assert_eq!(value(export, "gen_ai.client.token.usage", &[]), None, "behind a switch");
}

#[test]
fn the_legacy_types_add_up_to_what_was_sent_and_received() {
    let server = Server::start(|_| ok());
    let settings = OtlpSettings { legacy: true, ..OtlpSettings::new(&server.url) };
    let reporter = otlp::open(settings, quick()).unwrap();
    records().into_iter().for_each(|record| reporter.record(record));
    reporter.close(PATIENCE).unwrap();
    let export = &exports(&server)[0];
    check(export);
    let of = |kind: &str| {
        let wanted = [("gen_ai.token.type", kind), ("gen_ai.system", "openai")];
        value(export, "gen_ai.client.token.usage", &wanted).unwrap()
    };
    assert_eq!(of("input") + of("cache_read") + of("cache_write"), 200.0);
    assert_eq!(of("output") + of("reasoning"), 14.0);
    assert_eq!((of("input"), of("output")), (70.0, 8.0));
}

#[test]
fn a_collector_that_was_away_gets_the_whole_sum() {
    let server = Server::start(|_| ok());
    for delta in [false, true] {
        server.answer("503 Service Unavailable", "", "");
        server.answer("429 Too Many Requests", "retry-after: 0\r\n", "");
        let before = server.sent().len();
        let interval = Duration::from_millis(20);
        let settings = OtlpSettings { interval, delta, ..OtlpSettings::new(&server.url) };
        let reporter = otlp::open(settings, quick()).unwrap();
        reporter.record(full());
        until("it is missed", || !reporter.health().healthy);
        reporter.record(full());
        until("both are there", || reporter.totals().written == 2);
        let said = reporter.health();
        assert!(said.healthy && said.totals.failed == 0, "{said:?}");
        assert_eq!(reporter.close(PATIENCE).unwrap().written, 2);
        // Without those that it did not take.
        let all = exports(&server).split_off(before + 2);
        let input = |export| {
            let audio = [("gen_ai.token.modality", "audio")];
            value(export, "gen_ai.client.inference.usage.input_tokens", &audio).unwrap_or(0.0)
        };
        match delta {
            false => assert_eq!(input(all.last().unwrap()), 20.0, "cumulative"),
            true => assert_eq!(all.iter().map(input).sum::<f64>(), 20.0, "differences"),
        }
    }
}

#[test]
fn a_collector_that_never_comes_is_counted_and_holds_nothing_up() {
    let settings = OtlpSettings {
        interval: Duration::from_millis(10),
        ..OtlpSettings::new("http://me:secret@127.0.0.1:1")
    };
    let reporter = otlp::open(settings, quick()).unwrap();
    for _ in 0..100 {
        reporter.record(full());
    }
    until("it is missed", || !reporter.health().healthy);
    let health = reporter.health();
    assert!(!format!("{health:?}").contains("secret"), "{health:?}");
    assert_eq!(health.totals.dropped, 0, "sums take no room");
    let error = reporter.close(Duration::from_millis(200)).unwrap_err().to_string();
    assert!(error.contains("100 records") && error.contains("otlp:http://127.0.0.1:1"), "{error}");
}

#[test]
fn a_collector_that_never_answers_makes_no_traffic_wait() {
    // Connections are taken by the system, and nobody reads them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for grpc in [false, true] {
        let url = format!("http://{}", silent.local_addr().unwrap());
        let interval = Duration::ZERO;
        let settings = OtlpSettings { interval, grpc, ..OtlpSettings::new(url) };
        let queueing = Queueing { capacity: 10, batch: 10, ..quick() };
        let reporter = otlp::open(settings, queueing).unwrap();
        let begun = Instant::now();
        for _ in 0..1_000 {
            reporter.record(full());
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert!(reporter.totals().dropped >= 980, "{:?}", reporter.totals());
        assert!(reporter.close(Duration::from_millis(100)).is_err(), "and it is said");
        // Its end does not wait for the answer either.
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Export>>>);

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<Export>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, tonic::Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(tonic::Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[test]
fn over_grpc_the_collector_gets_the_same() {
    let collector = Collector::default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = MetricsServiceServer::new(collector.clone());
    runtime.spawn(
        tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)),
    );
    let settings = OtlpSettings { grpc: true, ..OtlpSettings::new(url) };
    let reporter = otlp::open(settings, quick()).unwrap();
    records().into_iter().for_each(|record| reporter.record(record));
    assert_eq!(reporter.close(PATIENCE).unwrap().written, 3);
    let exports = collector.0.lock().unwrap();
    assert_eq!(exports.len(), 1);
    check(&exports[0]);
}
