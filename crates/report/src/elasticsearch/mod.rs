//! Records to Elasticsearch or OpenSearch, as the documents that the original's dashboards read.

mod document;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use token_tracking_core::Record;
use ureq::Agent;

use crate::error::ReportError;
use crate::http;
use crate::reporter::{Queueing, Reporter};
use crate::writer::{Outcome, Writer};

/// A cluster and what it gets.
#[derive(Clone)]
pub struct ElasticsearchSettings {
    /// Its base URL, such as `https://user:password@localhost:9200`.
    pub url: String,
    /// What the names of indices begin with: `gravitee` gives `gravitee-v4-metrics-2026.11.24`.
    pub index: String,
    /// The name of this gateway in the documents.
    pub gateway: String,
    /// How long a first record waits for company: each request costs the cluster a flush.
    pub linger: Duration,
}

impl ElasticsearchSettings {
    /// To this URL, under the original's names, about once a second.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            index: "gravitee".to_owned(),
            gateway: "token-tracking".to_owned(),
            linger: Duration::from_secs(1),
        }
    }
}

/// Indexes each record as a document of the type `v4-metrics`, by bulk requests.
///
/// The record's id is the document's, so that one that is sent twice is there once. A document
/// that the cluster refuses is counted, and keeps no other out; one that it has no room for, and
/// all of them while it is away, overloaded or does not know us, are sent again.
///
/// Source: the bulk API of Elasticsearch's documentation, and the template `v4-metrics` of
/// Gravitee's reporters.
///
/// # Errors
/// When the URL is not one, or no thread can be started.
pub fn open(settings: ElasticsearchSettings, queueing: Queueing) -> Result<Reporter, ReportError> {
    let target = format!("elasticsearch:{}", http::shown(&settings.url));
    let wrong = |why: String| ReportError::Setup { what: target.clone(), why };
    let base = http::shown(&settings.url);
    let endpoint = format!("{}/_bulk", base.trim_end_matches('/'));
    if let Err(error) = ::http::Uri::try_from(&endpoint) {
        return Err(wrong(error.to_string()));
    }
    let authorization = authorization(&settings.url);
    let queueing = Queueing { linger: queueing.linger.max(settings.linger), ..queueing };
    let bulk = Bulk { settings, endpoint, authorization, agent: http::agent() };
    Reporter::start("elasticsearch", target.clone(), queueing, bulk)
}

/// The URL's user and password as the header that carries them.
fn authorization(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (user, password) = rest.rsplit_once('@')?.0.split_once(':')?;
    let mut plain: Vec<u8> = percent_decode_str(user).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(plain)))
}

struct Bulk {
    settings: ElasticsearchSettings,
    endpoint: String,
    authorization: Option<String>,
    agent: Agent,
}

/// The answer: an item for each document, in their order. Only what is read of it.
#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Indexed,
}

#[derive(Deserialize)]
struct Indexed {
    status: u16,
    error: Option<Cause>,
}

#[derive(Deserialize)]
struct Cause {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    reason: String,
}

/// What the cluster says to a request as a whole.
enum Said {
    Items(Vec<Item>),
    /// Too large, or not understood: some document in it may be why.
    Refused(String),
    Later(String, Option<Duration>),
}

/// How much of an answer is read: an item is some hundred bytes, a batch a thousand items.
const LONGEST_ANSWER: u64 = 16 * 1_024 * 1_024;

impl Bulk {
    fn send(&self, records: &[Arc<Record>]) -> Said {
        let mut request =
            self.agent.post(&self.endpoint).header("content-type", "application/x-ndjson");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = match request.send(&document::bulk(records, &self.settings)[..]) {
            Ok(response) => response,
            Err(error) => return Said::Later(error.to_string(), None),
        };
        let status = response.status();
        let pause = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let pause = pause.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        // Nothing of the answer but numbers is shown: a proxy's page may repeat what it was sent.
        let said = format!("the cluster answered {status}");
        match status.as_u16() {
            200 => {}
            400 | 413 => return Said::Refused(said),
            _ => return Said::Later(said, pause.map(|pause| pause.min(LONGEST_PAUSE))),
        }
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let answer = body.map_err(|error| error.to_string()).and_then(|body| {
            serde_json::from_slice::<Answer>(&body).map_err(|error| error.to_string())
        });
        match answer {
            Ok(answer) if answer.items.len() == records.len() => Said::Items(answer.items),
            Ok(_) => Said::Later("the cluster's answer has not an item each".to_owned(), None),
            Err(error) => Said::Later(format!("the cluster's answer is not read: {error}"), None),
        }
    }
}

/// The longest pause that the other side can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Writer for Bulk {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        let mut count = batch.len();
        loop {
            match self.send(&batch[..count]) {
                Said::Items(items) => return settle(batch, items),
                Said::Later(error, retry_after) => {
                    return Outcome { error: Some(error), retry_after, ..Outcome::default() };
                }
                Said::Refused(_) if count > 1 => count /= 2,
                Said::Refused(error) => {
                    batch.drain(..count);
                    return Outcome { refused: 1, error: Some(error), ..Outcome::default() };
                }
            }
        }
    }
}

/// Leaves in the batch what is to be sent again: what follows the answered ones, and those of
/// them that the cluster had no room or no time for.
fn settle(batch: &mut Vec<Arc<Record>>, items: Vec<Item>) -> Outcome {
    let mut outcome = Outcome::default();
    let answered: Vec<_> = batch.drain(..items.len()).collect();
    let mut again = Vec::new();
    for (record, Item { index }) in answered.into_iter().zip(items) {
        match index.status {
            200..=299 => outcome.written += 1,
            429 | 500.. => again.push(record),
            _ => outcome.refused += 1,
        }
        if !(200..=299).contains(&index.status) {
            let cause = index.error.map(|cause| format!("{}: {}", cause.r#type, cause.reason));
            let cause: String = cause.unwrap_or_default().chars().take(300).collect();
            outcome.error = Some(format!("a document got {}: {cause}", index.status));
        }
    }
    batch.splice(0..0, again);
    outcome
}
