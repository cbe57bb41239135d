//! Documents to a cluster: their shape, and what it refuses, defers or never answers.

mod common;
#[path = "common/http.rs"]
mod http_server;

use std::time::{Duration, Instant};

use common::{PATIENCE, priced, quick, record, until};
use http_server::{Answer, Sent, Server};
use serde_json::{Value, json};
use token_tracking_core::{End, RecordSink, Usage};
use token_tracking_report::elasticsearch::{self, ElasticsearchSettings};
use token_tracking_report::{Queueing, Reporter};

fn lines(sent: &Sent) -> Vec<Value> {
    let text = std::str::from_utf8(&sent.body).unwrap();
    assert!(text.ends_with('\n'), "the last line needs its end too");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn models(sent: &Sent) -> Vec<String> {
    let model = |line: &Value| {
        line["additional-metrics"]["keyword_llm-proxy_model"].as_str().map(str::to_owned)
    };
    lines(sent).iter().filter_map(model).collect()
}

/// All items are made, but those of the models that are named here.
fn items(sent: &Sent, statuses: &[(&str, u16)]) -> Answer {
    let item = |model: &String| {
        let found = statuses.iter().find(|(name, _)| name == model);
        let status = found.map_or(201, |(_, status)| *status);
        match status {
            201 => json!({"index": {"status": 201, "result": "created"}}),
            _ => json!({"index": {"status": status,
                                  "error": {"type": "some_exception", "reason": "because"}}}),
        }
    };
    let items: Vec<_> = models(sent).iter().map(item).collect();
    let body = json!({"took": 1, "errors": !statuses.is_empty(), "items": items});
    ("200 OK", "content-type: application/json\r\n", body.to_string().into_bytes())
}

fn open(url: &str, queueing: Queueing) -> Reporter {
    let linger = Duration::from_millis(30);
    let settings = ElasticsearchSettings { linger, ..ElasticsearchSettings::new(url) };
    elasticsearch::open(settings, queueing).unwrap()
}

#[test]
fn a_document_has_the_originals_shape() {
    let server = Server::start(|sent| {
        let item = json!({"index": {"status": 201}});
        let items = vec![item; lines(sent).len() / 2];
        ("200 OK", "", json!({"items": items}).to_string().into_bytes())
    });
    let url = server.url.replace("http://", "http://me:pass%40word@");
    let reporter = open(&url, quick());
    let mut full = priced(record("gpt-5", Some(100)), "0.25", Some("USD"));
    full.id = Some("one".to_owned());
    full.application = Some("shop".to_owned());
    full.attributes = vec![("team".to_owned(), "a\"b".to_owned())];
    full.latency.total = Some(Duration::from_micros(150_900));
    let mut absent = record("gpt-5", None);
    absent.id = Some("two".to_owned());
    absent.usage = Usage::default();
    absent.end = End::Cancelled;
    absent.latency.total = None;
    reporter.record(full);
    reporter.record(absent);
    assert_eq!(reporter.close(PATIENCE).unwrap().written, 2);
    let sent = &server.sent()[0];
    assert_eq!(sent.line, "POST /_bulk");
    assert_eq!(sent.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(sent.header("authorization"), Some("Basic bWU6cGFzc0B3b3Jk"));
    let action =
        |id: &str| json!({"index": {"_index": "gravitee-v4-metrics-1970.01.01", "_id": id}});
    let expected = [
        action("one"),
        json!({
            "gateway": "token-tracking", "@timestamp": "1970-01-01T01:01:01.000Z",
            "request-id": "one", "transaction-id": "one",
            "api-id": "chat", "api-name": "chat", "application-id": "shop",
            "http-method": 7, "uri": "/v1/chat/completions", "request-ended": "true",
            "status": 200, "gateway-response-time-ms": 150, "custom": {"team": "a\"b"},
            "additional-metrics": {
                "long_llm-proxy_tokens-sent": 100, "long_llm-proxy_tokens-received": 7,
                "keyword_llm-proxy_model": "gpt-5", "keyword_llm-proxy_provider": "openai",
                "double_llm-proxy_sent-cost": 0.25, "double_llm-proxy_received-cost": 0.5,
            },
        }),
        action("two"),
        json!({
            "gateway": "token-tracking", "@timestamp": "1970-01-01T01:01:01.000Z",
            "request-id": "two", "transaction-id": "two", "api-id": "chat", "api-name": "chat",
            "http-method": 7, "uri": "/v1/chat/completions", "request-ended": "false",
            "status": 200,
        }),
    ];
    assert_eq!(lines(sent), expected, "what is not known is left out");
    assert!(!format!("{:?}", reporter.health()).contains("pass"));
}

#[test]
fn only_what_may_work_later_is_sent_again() {
    let server = Server::start(|sent| items(sent, &[("bad", 400)]));
    let reporter = open(&server.url, quick());
    // The first answer defers two, in their order.
    let first = json!({"errors": true, "items": [
        {"index": {"status": 201}}, {"index": {"status": 429}},
        {"index": {"status": 400, "error": {"type": "mapper_parsing", "reason": "no"}}},
        {"index": {"status": 503}}]});
    server.answer("200 OK", "", &first.to_string());
    for model in ["a", "busy", "bad", "down"] {
        reporter.record(record(model, Some(1)));
    }
    until("the deferred are there", || reporter.totals().written == 3);
    let totals = reporter.totals();
    assert_eq!((totals.failed, totals.dropped, totals.retries), (1, 0, 1));
    let sent = server.sent();
    assert_eq!(models(&sent[0]), ["a", "busy", "bad", "down"]);
    assert_eq!(models(&sent[1]), ["busy", "down"]);
    let ids = |sent: &Sent, at: usize| lines(sent)[at]["index"]["_id"].clone();
    assert_eq!(ids(&sent[0], 2), ids(&sent[1], 0), "the same document, not another");
    reporter.record(record("bad", Some(1)));
    let error = reporter.close(PATIENCE).unwrap_err().to_string();
    assert!(error.contains("2 records") && error.contains("because"), "{error}");
}

#[test]
fn a_cluster_that_is_overloaded_or_strange_gets_all_again() {
    let server = Server::start(|sent| items(sent, &[]));
    for (status, headers, body) in [
        ("429 Too Many Requests", "retry-after: 0\r\n", "slow down"),
        ("503 Service Unavailable", "", ""),
        ("401 Unauthorized", "", "{}"),
        ("200 OK", "", "<html>a proxy's page</html>"),
        ("200 OK", "", "{\"items\": []}"),
    ] {
        server.answer(status, headers, body);
    }
    let reporter = open(&server.url, quick());
    reporter.record(record("a", Some(1)));
    until("it is there", || reporter.totals().written == 1);
    assert_eq!(reporter.close(PATIENCE).unwrap().retries, 5);
    assert_eq!(server.sent().len(), 6);
}

#[test]
fn it_is_left_alone_for_as_long_as_it_asks() {
    let server = Server::start(|sent| items(sent, &[]));
    server.answer("429 Too Many Requests", "retry-after: 1\r\n", "");
    let reporter = open(&server.url, quick());
    let begun = Instant::now();
    reporter.record(record("a", Some(1)));
    until("it is there", || reporter.totals().written == 1);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn a_request_that_is_too_large_is_halved_until_it_fits() {
    let server = Server::start(|sent| {
        let models = models(sent);
        match models.len() > 2 || models.iter().any(|model| model == "huge") {
            true => ("413 Content Too Large", "", Vec::new()),
            false => items(sent, &[]),
        }
    });
    let reporter = open(&server.url, quick());
    for model in ["a", "b", "huge", "c", "d"] {
        reporter.record(record(model, Some(1)));
    }
    until("all others are there", || reporter.totals().written == 4);
    until("the huge one is counted", || reporter.totals().failed == 1);
    assert!(reporter.close(PATIENCE).is_err());
}

#[test]
fn a_cluster_that_never_answers_makes_no_traffic_wait() {
    // Connections are taken by the system, and nobody reads them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = format!("http://{}", silent.local_addr().unwrap());
    for url in [&*slow, "http://127.0.0.1:1"] {
        let reporter = open(url, Queueing { capacity: 10, batch: 10, ..quick() });
        let begun = Instant::now();
        for _ in 0..1_000 {
            reporter.record(record("a", Some(1)));
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert!(reporter.totals().dropped >= 980, "{:?}", reporter.totals());
        assert!(reporter.close(Duration::from_millis(100)).is_err(), "and it is said");
        // Its end must not wait for the answer either.
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
