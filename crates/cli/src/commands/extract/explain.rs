//! Where each number of a record comes from, found out by experiment.
//!
//! Each count and text of the body is changed a little, and the real extraction is run again: what
//! changes with it depends on it. So there is no second list of rules that could differ from
//! what is done, and it holds for every plugin, expressions included.

use std::collections::BTreeMap;

use http::HeaderValue;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::Serialize;
use serde_json::Value;
use token_tracking_core::{End, Exchange, Record};
use token_tracking_policy::Policy;

use super::documents::Document;

/// The most documents of a body that are looked at.
const MAX_DOCUMENTS: usize = 20_000;
/// The most places that one value is put together from, where that is tried out.
const MAX_TERMS: usize = 8;

/// What comes first, in this order; the others follow by name.
const FIRST: [&str; 8] = [
    "model",
    "input",
    "cache_read",
    "cache_write",
    "cache_write_5m",
    "cache_write_1h",
    "output",
    "reasoning",
];

/// Where one value of the record comes from.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    /// The record's field.
    pub(super) field: String,
    /// Its value.
    pub(super) value: Value,
    /// How the value comes of the terms.
    pub(super) rule: Rule,
    /// What it depends on, in the body's order.
    pub(super) terms: Vec<Term>,
}

/// How a value comes of its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rule {
    /// It is the term, the only one of its kind in the body.
    Given,
    /// It is the term, which other events have too: the last one counts.
    Last,
    /// It is the term, which other events have too: the first one counts.
    First,
    /// It is the sum of the terms, signs and all.
    Sum,
    /// It depends on the terms in another way.
    Depends,
    /// Nothing in the body: the request, or the provider's name.
    Elsewhere,
}

/// One place that a value depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Term {
    /// 1, or -1 where it is taken away; 0 where it only decides.
    pub(super) sign: i8,
    /// Number of the document or event, from 0; absent of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<usize>,
    /// The event's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// JSON Pointer into the document, or the header's name.
    pub(super) place: String,
    /// What is there.
    pub(super) value: Value,
    /// How many events before have something at this place.
    #[serde(skip)]
    earlier: usize,
    /// How many events after have something at this place.
    #[serde(skip)]
    later: usize,
}

/// Explains the record of these documents. `None` where they cannot be read apart, or give
/// another record than the body did.
pub(super) fn explain(
    policy: &Policy,
    exchange: &Exchange<'_>,
    documents: &[Document],
    record: &Record,
) -> Option<Vec<Explained>> {
    if documents.len() > MAX_DOCUMENTS {
        return None;
    }
    let run = Run { policy, exchange };
    let values = fields(record);
    let base = run.fields(documents, None)?;
    if base != values {
        return None;
    }
    let mut found: BTreeMap<String, Vec<Term>> = BTreeMap::new();
    for (event, document) in documents.iter().enumerate() {
        let leaves = document.leaves();
        // Halves in which nothing matters are left out at once: most of a body is text.
        let mut open = vec![&leaves[..]];
        while let Some(some) = open.pop() {
            let changed = document.changed(some);
            let fields = differing(&base, &run.fields(documents, Some((event, &changed)))?);
            let [leaf] = some else {
                if !fields.is_empty() {
                    let (first, second) = some.split_at(some.len() / 2);
                    open.extend([second, first]);
                }
                continue;
            };
            let having = |some: &[Document]| {
                some.iter().filter(|other| other.value.pointer(&leaf.pointer).is_some()).count()
            };
            for field in fields {
                found.entry(field).or_default().push(Term {
                    sign: 0,
                    event: Some(event),
                    name: document.name.clone(),
                    place: leaf.pointer.clone(),
                    value: leaf.value.clone(),
                    earlier: having(&documents[..event]),
                    later: having(&documents[event + 1..]),
                });
            }
        }
    }
    for (name, value) in run.headers() {
        for field in differing(&base, &run.with_header(documents, &name, value + 1)?) {
            found.entry(field).or_default().push(Term {
                sign: 0,
                event: None,
                name: None,
                place: name.clone(),
                value: value.into(),
                earlier: 0,
                later: 0,
            });
        }
    }
    let explained = values.into_iter().map(|(field, value)| {
        let terms = found.remove(&field).unwrap_or_default();
        judge(field, value, terms)
    });
    let mut explained: Vec<Explained> = explained.collect();
    explained.sort_by_key(|one| FIRST.iter().position(|name| *name == one.field).unwrap_or(99));
    Some(explained)
}

/// The real extraction, again and again.
struct Run<'a> {
    policy: &'a Policy,
    exchange: &'a Exchange<'a>,
}

type Fields = BTreeMap<String, Value>;

impl Run<'_> {
    /// The record's fields of the documents, one of them replaced.
    fn fields(&self, documents: &[Document], replaced: Option<(usize, &str)>) -> Option<Fields> {
        self.record(documents, replaced, self.exchange.headers.clone())
    }

    fn with_header(&self, documents: &[Document], name: &str, value: u64) -> Option<Fields> {
        let mut headers = self.exchange.headers.clone();
        headers.insert(http::HeaderName::try_from(name).ok()?, HeaderValue::from(value));
        self.record(documents, None, headers)
    }

    /// As events, whatever the body was: to a plugin they are the same.
    fn record(
        &self,
        documents: &[Document],
        replaced: Option<(usize, &str)>,
        mut headers: http::HeaderMap,
    ) -> Option<Fields> {
        headers.remove(CONTENT_ENCODING);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        let mut exchange = Exchange::new(self.exchange.status, &headers);
        if let Some(request) = self.exchange.request {
            exchange = exchange.with_request(request.method, request.path, request.headers);
        }
        let mut meter = self.policy.meter(&exchange)?;
        for (number, document) in documents.iter().enumerate() {
            let text = match replaced {
                Some((event, text)) if event == number => text,
                _ => &document.text,
            };
            if let Some(name) = &document.name {
                meter.push(b"event: ");
                meter.push(name.as_bytes());
                meter.push(b"\n");
            }
            meter.push(b"data: ");
            meter.push(text.as_bytes());
            meter.push(b"\n\n");
        }
        Some(fields(&meter.finish(End::Complete)))
    }

    /// Headers of the response that are counts.
    fn headers(&self) -> impl Iterator<Item = (String, u64)> {
        let skipped = [http::header::CONTENT_LENGTH];
        self.exchange.headers.iter().filter(move |(name, _)| !skipped.contains(name)).filter_map(
            |(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.parse().ok()?)),
        )
    }
}

/// The counts and texts of a record, by the names they have in JSON.
fn fields(record: &Record) -> Fields {
    let mut fields = Fields::new();
    if let Ok(Value::Object(usage)) = serde_json::to_value(&record.usage) {
        for (name, value) in usage {
            match value {
                Value::Object(units) => fields.extend(units),
                value => {
                    fields.insert(name, value);
                }
            }
        }
    }
    for (name, text) in [
        ("model", &record.model),
        ("requested_model", &record.requested_model),
        ("service_tier", &record.service_tier),
        ("response_id", &record.response_id),
    ] {
        if let Some(text) = text {
            fields.insert(name.to_owned(), text.as_str().into());
        }
    }
    fields
}

/// The fields whose values differ, those included that are gone.
fn differing(base: &Fields, now: &Fields) -> Vec<String> {
    let differs = |name: &&String| now.get(*name) != base.get(*name);
    base.keys().filter(differs).cloned().collect()
}

/// What of the terms makes the value.
fn judge(field: String, value: Value, mut terms: Vec<Term>) -> Explained {
    let wanted = amount(&value);
    // What only says what kind of answer it is: no part of the value.
    match wanted {
        Some(_) => terms.retain(|term| amount(&term.value).is_some()),
        None => terms.retain(|term| term.value == value),
    }
    if let Some(signs) = wanted.and_then(|wanted| signs(&terms, wanted)) {
        for (term, sign) in terms.iter_mut().zip(signs) {
            term.sign = sign;
        }
        terms.sort_by_key(|term| term.sign == 0);
    } else if wanted.is_none() {
        terms.truncate(1);
        terms.iter_mut().for_each(|term| term.sign = 1);
    }
    let used: Vec<&Term> = terms.iter().filter(|term| term.sign != 0).collect();
    let rule = match &*used {
        [] if terms.is_empty() => Rule::Elsewhere,
        [] => Rule::Depends,
        [term] => match (term.earlier, term.later) {
            (0, 0) => Rule::Given,
            (_, 0) => Rule::Last,
            (0, _) => Rule::First,
            _ => Rule::Given,
        },
        _ => Rule::Sum,
    };
    Explained { field, value, rule, terms }
}

/// The fewest terms that come to the value, each added or taken away.
fn signs(terms: &[Term], wanted: f64) -> Option<Vec<i8>> {
    let values: Option<Vec<f64>> = terms.iter().map(|term| amount(&term.value)).collect();
    let values = values.filter(|values| values.len() <= MAX_TERMS)?;
    let mut best: Option<(usize, usize, Vec<i8>)> = None;
    for mut number in 0..3_usize.pow(u32::try_from(values.len()).ok()?) {
        let signs: Vec<i8> = values
            .iter()
            .map(|_| {
                let digit = number % 3;
                number /= 3;
                [0, 1, -1][digit]
            })
            .collect();
        let sum: f64 =
            signs.iter().zip(&values).map(|(sign, value)| f64::from(*sign) * value).sum();
        let used = signs.iter().filter(|sign| **sign != 0).count();
        let taken = signs.iter().filter(|sign| **sign < 0).count();
        // Counts are exact in a double. Zero is a value too: it needs a term.
        let better = best.as_ref().is_none_or(|(most, minus, _)| (used, taken) < (*most, *minus));
        if used > 0 && (sum - wanted).abs() < 1e-9 && better {
            best = Some((used, taken, signs));
        }
    }
    best.map(|(_, _, signs)| signs)
}

/// A number, also where it is written as a text.
fn amount(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

impl Term {
    /// How many other events have something at this place.
    pub(super) fn others(&self) -> usize {
        self.earlier + self.later
    }
}
