//! A recorded answer with its sidecars, and the record it gives.

use std::fs;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use token_tracking_core::{Descriptor, End, Exchange, Tracker};

use crate::aws;

const SIDECARS: [&str; 3] = [".config.json", ".head.json", ".snap.json"];

/// One answer.
pub(crate) struct Fixture {
    pub(crate) file: PathBuf,
    /// The file's name without its last ending.
    pub(crate) name: String,
    pub(crate) body: Vec<u8>,
    config: Value,
    status: StatusCode,
    headers: HeaderMap,
    /// The provider's own counts fall on the way.
    pub(crate) counts_fall: bool,
    path: Option<String>,
}

/// All answers of a folder, sorted by name.
pub(crate) fn load(dir: &Path) -> Result<Vec<Fixture>, String> {
    let unreadable = |error| format!("{}: {error}", dir.display());
    let entries = fs::read_dir(dir).map_err(unreadable)?;
    let mut fixtures = Vec::new();
    for entry in entries {
        let file = entry.map_err(unreadable)?.path();
        let file_name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some(content_type) = content_type(ending) else {
            continue;
        };
        if SIDECARS.iter().any(|sidecar| file_name.ends_with(sidecar)) {
            continue;
        }
        fixtures.push(Fixture::read(&file, content_type)?);
    }
    fixtures.sort_by(|a, b| a.file.cmp(&b.file));
    match fixtures.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(format!(
            "{} and {} would share a snapshot: rename one",
            pair[0].file.display(),
            pair[1].file.display()
        )),
        None => Ok(fixtures),
    }
}

fn content_type(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "json" | "jsonarray" => "application/json",
        "sse" => "text/event-stream",
        "ndjson" => "application/x-ndjson",
        "messages" | "bin" => "application/vnd.amazon.eventstream",
        _ => return None,
    })
}

impl Fixture {
    fn read(file: &Path, content_type: &'static str) -> Result<Self, String> {
        let mut body = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        if file.extension().is_some_and(|ending| ending == "messages") {
            body = aws::encode(&body).map_err(|why| format!("{}: {why}", file.display()))?;
        }
        let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let config = sidecar(file, &name, "config.json")?.unwrap_or_else(|| json!({}));
        let head = sidecar(file, &name, "head.json")?.unwrap_or_else(|| json!({}));
        let status = head["status"].as_u64().unwrap_or(200);
        let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok());
        let status = status.ok_or_else(|| format!("{name}.head.json: no such status"))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (key, value) in head["headers"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let (Ok(key), Ok(value)) = (key.parse::<HeaderName>(), value.parse::<HeaderValue>())
            else {
                return Err(format!("{name}.head.json: \"{key}\" is no header"));
            };
            headers.insert(key, value);
        }
        let path = head["path"].as_str().map(str::to_owned);
        let counts_fall = head["counts_fall"] == true;
        Ok(Self { file: file.to_owned(), name, body, config, status, headers, path, counts_fall })
    }

    /// The part of the name that twins share.
    pub(crate) fn stem(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    pub(crate) fn is_streamed_twin(&self) -> bool {
        self.name.split('.').nth(1) == Some("stream")
    }

    /// Where its record is kept.
    pub(crate) fn snapshot(&self) -> PathBuf {
        self.file.with_file_name(format!("{}.snap.json", self.name))
    }

    /// The plugin, built with this answer's configuration.
    pub(crate) fn tracker(&self, plugin: &Descriptor) -> Result<Tracker, String> {
        let built = plugin.build(self.config.clone());
        let built =
            built.map_err(|error| format!("the configuration does not build: {error:#}"))?;
        Ok(Tracker::new(built.extractor, None))
    }

    /// The record of these chunks, all of which passed.
    pub(crate) fn record<'c>(
        &self,
        tracker: &Tracker,
        chunks: impl IntoIterator<Item = &'c [u8]>,
    ) -> Value {
        self.record_of(tracker, &self.headers, chunks, End::Complete)
    }

    /// As [`Fixture::record`], with the chunks in this content coding.
    pub(crate) fn encoded_record<'c>(
        &self,
        tracker: &Tracker,
        coding: &'static str,
        chunks: impl IntoIterator<Item = &'c [u8]>,
    ) -> Value {
        let mut headers = self.headers.clone();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        self.record_of(tracker, &headers, chunks, End::Complete)
    }

    /// The record of the first bytes, after which the client went away or the body ended.
    pub(crate) fn broken_record(&self, tracker: &Tracker, length: usize, end: End) -> Value {
        let start = self.body.get(..length).unwrap_or_default();
        self.record_of(tracker, &self.headers, [start], end)
    }

    fn record_of<'c>(
        &self,
        tracker: &Tracker,
        headers: &HeaderMap,
        chunks: impl IntoIterator<Item = &'c [u8]>,
        end: End,
    ) -> Value {
        let mut exchange = Exchange::new(self.status, headers);
        let none = HeaderMap::new();
        if let Some(path) = &self.path {
            exchange = exchange.with_request(&Method::POST, path, &none);
        }
        let Some(mut meter) = tracker.meter(&exchange) else {
            return Value::Null;
        };
        for chunk in chunks {
            meter.push(chunk);
        }
        let mut record = meter.finish(end).to_json();
        if let Some(record) = record.as_object_mut() {
            record.remove("timestamp");
            record.remove("latency");
        }
        record
    }
}

/// A JSON file beside a fixture, by its full name or else by the stem that twins share.
fn sidecar(file: &Path, name: &str, ending: &str) -> Result<Option<Value>, String> {
    let stem = name.split('.').next().unwrap_or_default();
    for name in [name, stem] {
        let path = file.with_file_name(format!("{name}.{ending}"));
        if path.is_file() {
            let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let value = serde_json::from_slice(&text);
            return value.map(Some).map_err(|error| format!("{}: {error}", path.display()));
        }
    }
    Ok(None)
}
