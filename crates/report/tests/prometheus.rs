//! The metrics that Prometheus scrapes: what they count, their bounds, and the dashboard on them.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use common::{PATIENCE, Scripted, priced, quick, record, until};
use regex::Regex;
use token_tracking_core::{Anomaly, Provenance, Reason, Record, RecordSink, Usage};
use token_tracking_report::{Caps, Observer, Outcome, Prometheus, Reporter, Reporters};

/// A record with everything that a metric is made of.
fn full() -> Record {
    let mut record = priced(record("gpt-5", Some(100)), "0.25", Some("USD"));
    record.application = Some("shop".to_owned());
    record.usage.cache_read = Some(60);
    record.usage.reasoning = Some(3);
    record.usage.units.web_searches = Some(2);
    record.usage.units.seconds = "1.5".parse().ok();
    record.reasons.insert(Reason::ShapeMismatch);
    record.anomalies.insert(Anomaly::TotalMismatch);
    record.latency.first_byte = Some(Duration::from_millis(30));
    record.latency.first_token = Some(Duration::from_millis(50));
    record.latency.total = Some(Duration::from_millis(150));
    record
}

/// The samples of a rendered text: name and labels, each in the text's own form, to the value.
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(sample).collect()
}

#[test]
fn records_are_counted_by_who_and_what() {
    let prometheus = Prometheus::default();
    for _ in 0..2 {
        prometheus.observe(&full().into());
    }
    let mut absent = record("gpt-5", None);
    absent.usage = Usage::default();
    absent.provenance = Provenance::Absent;
    absent.reasons.insert(Reason::NoUsage);
    absent.status = 503;
    prometheus.observe(&absent.into());
    let text = prometheus.render();
    let samples = samples(&text);
    let who = r#"api="chat",application="shop",provider="openai",model="gpt-5""#;
    let other = r#"api="chat",application="",provider="openai",model="gpt-5""#;
    let few = r#"api="chat",provider="openai""#;
    for (name, value) in [
        (format!(r#"records_total{{{who},provenance="reported"}}"#), 2.0),
        (format!(r#"records_total{{{other},provenance="absent"}}"#), 1.0),
        (format!(r#"tokens_total{{{who},type="input"}}"#), 200.0),
        (format!(r#"tokens_total{{{who},type="output"}}"#), 14.0),
        (format!(r#"token_parts_total{{{who},part="cache_read"}}"#), 120.0),
        (format!(r#"token_parts_total{{{who},part="reasoning"}}"#), 6.0),
        (format!(r#"units_total{{{who},unit="web_searches"}}"#), 4.0),
        (format!(r#"units_total{{{who},unit="seconds"}}"#), 3.0),
        (format!(r#"cost_total{{{who},type="input",currency="USD"}}"#), 0.5),
        (format!(r#"cost_total{{{who},type="output",currency="USD"}}"#), 1.0),
        (format!(r#"reasons_total{{{few},reason="shape-mismatch"}}"#), 2.0),
        (format!(r#"reasons_total{{{few},reason="no-usage"}}"#), 1.0),
        (format!(r#"anomalies_total{{{few},anomaly="total-mismatch"}}"#), 2.0),
        (format!(r#"responses_total{{{few},code="5xx"}}"#), 1.0),
        (format!(r#"time_to_first_token_seconds_sum{{{few},model="gpt-5"}}"#), 0.1),
        (format!(r#"duration_seconds_bucket{{le="0.16",{few},model="gpt-5"}}"#), 3.0),
        (format!(r#"duration_seconds_bucket{{le="0.08",{few},model="gpt-5"}}"#), 1.0),
    ] {
        assert_eq!(samples.get(&format!("token_tracking_{name}")), Some(&value), "{name}\n{text}");
    }
    assert!(
        !samples.keys().any(|name| name.contains(&format!("tokens_total{{{other}"))),
        "absent counts are no zeroes: {text}"
    );
}

#[test]
fn labels_are_bounded_and_tidy() {
    let caps = Caps { models: 3, combinations: 5, ..Caps::default() };
    let prometheus = Prometheus::new(caps);
    for i in 0..100 {
        prometheus.observe(&record(&format!("model-{i}"), Some(1)).into());
    }
    for i in 0..100 {
        let mut record = record("model-0", Some(1));
        record.application = Some(format!("app-{i}"));
        prometheus.observe(&record.into());
    }
    let mut evil = record("a\"b\\c\nd", Some(1));
    evil.provider = Some("x".repeat(1_000));
    prometheus.observe(&evil.into());
    let text = prometheus.render();
    let samples = samples(&text);
    let tokens: Vec<_> = samples
        .iter()
        .filter(|(name, _)| {
            name.starts_with("token_tracking_tokens_total") && name.contains("input")
        })
        .collect();
    assert!(tokens.len() <= 6, "at most as many as the caps allow: {tokens:?}");
    assert_eq!(tokens.iter().map(|(_, value)| **value).sum::<f64>(), 201.0, "nothing is lost");
    let other = r#"{api="chat",application="",provider="openai",model="_OTHER",type="input"}"#;
    assert_eq!(samples[&format!("token_tracking_tokens_total{other}")], 97.0);
    let overflows = |label: &str| {
        samples[&format!(r#"token_tracking_label_overflows_total{{label="{label}"}}"#)]
    };
    assert_eq!((overflows("model"), overflows("application")), (98.0, 0.0));
    assert!(overflows("combination") > 90.0);
    assert!(!text.contains(&"x".repeat(129)), "values are clipped");
}

#[test]
fn reporters_show_how_they_fare_and_the_host_its_own_numbers() {
    let prometheus = Arc::new(Prometheus::default());
    let mut reporters = Reporters::default();
    reporters.observe(prometheus.clone());
    let mut tries = 0;
    let flaky = Scripted(move |batch: &mut Vec<Arc<Record>>| {
        tries += 1;
        if tries == 1 { Outcome::retry("away") } else { Outcome::refused(batch, "no such table") }
    });
    reporters.add(Reporter::start("flaky", "x", quick(), flaky).unwrap());
    let reporters = Arc::new(reporters);
    prometheus.watch(&reporters);
    prometheus.gauge("in_flight", "Responses in flight", || 7.0);
    reporters.record(full());
    until("it was refused", || reporters.health()[0].totals.failed == 1);
    let shown = samples(&prometheus.render());
    let of = |name: &str| shown[&format!(r#"token_tracking_reporter_{name}{{reporter="flaky"}}"#)];
    assert_eq!((of("written_total"), of("failed_total"), of("retries_total")), (0.0, 1.0, 1.0));
    assert_eq!((of("healthy"), of("waiting")), (0.0, 0.0));
    assert_eq!(shown["token_tracking_in_flight"], 7.0);
    let _ = reporters.close(PATIENCE);
    drop(reporters);
    assert!(!prometheus.render().contains("reporter_written"), "gone with the reporters");
}

/// Every metric of a text with the names of its labels.
fn vocabulary(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let label = Regex::new(r#"(\w+)=""#).unwrap();
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in samples(text).keys() {
        let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
        let labels = label.captures_iter(labels).map(|found| found[1].to_owned());
        words.entry(name.to_owned()).or_default().extend(labels);
    }
    words
}

#[test]
fn every_query_of_the_dashboard_has_its_metrics_and_labels() {
    let prometheus = Arc::new(Prometheus::default());
    let mut reporters = Reporters::default();
    reporters.observe(prometheus.clone());
    let good = Scripted(|batch: &mut Vec<Arc<Record>>| Outcome::written(batch));
    reporters.add(Reporter::start("good", "x", quick(), good).unwrap());
    let reporters = Arc::new(reporters);
    prometheus.watch(&reporters);
    reporters.record(full());
    let words = vocabulary(&prometheus.render());

    let dashboard = include_str!("../grafana/token-tracking.json");
    let dashboard: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let targets = panel["targets"].as_array().into_iter().flatten();
        queries.extend(targets.map(|target| target["expr"].as_str().unwrap()));
    }
    assert!(queries.len() > 20, "{queries:?}");
    let metric = Regex::new(r"(token_tracking_\w+)(?:\{([^}]*)\})?").unwrap();
    let selector = Regex::new(r#"(\w+)=~?""#).unwrap();
    let by = Regex::new(r"by \(([^)]*)\)").unwrap();
    for query in queries {
        let groups: Vec<_> = by
            .captures_iter(query)
            .flat_map(|found| found[1].split(", ").map(str::to_owned).collect::<Vec<_>>())
            .collect();
        for found in metric.captures_iter(query) {
            let labels =
                words.get(&found[1]).unwrap_or_else(|| panic!("no {} : {query}", &found[1]));
            let selected = found.get(2).map_or("", |labels| labels.as_str());
            let selected = selector.captures_iter(selected).map(|label| label[1].to_owned());
            for label in selected.chain(groups.clone()) {
                assert!(labels.contains(&label), "{} has no {label}: {query}", &found[1]);
            }
        }
        assert!(metric.is_match(query), "{query}");
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let Some(query) = variable["query"]["query"].as_str() else { continue };
        let found = query.strip_prefix("label_values(").unwrap().strip_suffix(')').unwrap();
        let (name, label) = found.split_once(", ").unwrap();
        assert!(words[name].contains(label), "{query}");
    }
    // And the other way: nothing is measured that nobody can see.
    let shown = dashboard.to_string();
    for name in words.keys() {
        let base = name.trim_end_matches("_count").trim_end_matches("_sum");
        let base = base.trim_end_matches("_bucket");
        assert!(shown.contains(base), "the dashboard shows no {base}");
    }
}
