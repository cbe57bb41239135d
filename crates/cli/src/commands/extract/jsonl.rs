//! A line of JSON each: how a corpus is run.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use token_tracking_core::{End, Exchange, Record, Registry};
use token_tracking_policy::Policy;

use crate::failure::Failure;
use crate::policies;

/// How many compiled policies are kept; a corpus rarely has more than a few.
const MAX_POLICIES: usize = 1_024;

/// A line of the input. What it borrows, it borrows from the line.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    policy: Option<&'a RawValue>,
    status: Option<u16>,
    #[serde(borrow, default)]
    headers: HashMap<Text<'a>, Values<'a>>,
    #[serde(borrow)]
    request: Option<Asked<'a>>,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    #[serde(borrow)]
    body_base64: Option<Text<'a>>,
}

/// Text that is copied only where it has escapes; serde borrows no `Option<Cow<str>>`.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a header's value, or a list of values")]
enum Values<'a> {
    One(#[serde(borrow)] Text<'a>),
    Many(#[serde(borrow)] Vec<Text<'a>>),
}

#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    method: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
}

/// Reads lines and writes a line for each, in order.
pub(super) fn run(
    input: impl Read,
    registry: &Registry,
    default: Option<Policy>,
) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(1 << 20, input);
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    let mut policies = Policies { registry, default, compiled: HashMap::new() };
    let (mut line, mut number, mut bad) = (Vec::new(), 0_u64, 0_u64);
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(|error| Failure::unreadable("the input", &error))? == 0 {
            break;
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = record(&line, &mut policies);
        bad += u64::from(answer.is_err());
        write(&mut out, number, answer)?;
    }
    out.flush()?;
    match bad {
        0 => Ok(()),
        1 => Err(Failure::input("1 line is bad; its error stands in its place")),
        bad => {
            Err(Failure::input(format!("{bad} lines are bad; their errors stand in their places")))
        }
    }
}

/// The line's id, and why it is bad.
struct Bad<'a> {
    id: Option<&'a RawValue>,
    why: String,
}

type Answer<'a> = Result<(&'a RawValue, Option<Record>), Bad<'a>>;

fn write(out: &mut impl Write, number: u64, answer: Answer<'_>) -> io::Result<()> {
    match answer {
        Ok((id, Some(record))) => {
            writeln!(out, r#"{{"id":{id},"record":{}}}"#, record.to_json_line())
        }
        // No record, since such a response has no body: a HEAD, a 204.
        Ok((id, None)) => writeln!(out, r#"{{"id":{id},"record":null}}"#),
        Err(Bad { id, why }) => {
            let id = id.map_or("null", RawValue::get);
            let error = serde_json::json!({ "line": number, "message": why });
            writeln!(out, r#"{{"id":{id},"error":{error}}}"#)
        }
    }
}

fn record<'a>(line: &'a [u8], policies: &mut Policies<'_>) -> Answer<'a> {
    let line: Line<'a> = serde_json::from_slice(line).map_err(|error| Bad {
        id: id_of(line),
        // The line is said beside it, and serde's own is always 1.
        why: format!("column {}: {}", error.column(), bare(&error)),
    })?;
    match line.record(policies) {
        Ok(record) => Ok((line.id, record)),
        Err(why) => Err(Bad { id: Some(line.id), why }),
    }
}

/// The id of a line that does not decode otherwise.
fn id_of(line: &[u8]) -> Option<&RawValue> {
    #[derive(Deserialize)]
    struct Id<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    serde_json::from_slice::<Id<'_>>(line).ok().map(|line| line.id)
}

/// A decoding error without its place.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(bare, _)| bare.to_owned())
}

impl Line<'_> {
    fn record(&self, policies: &mut Policies<'_>) -> Result<Option<Record>, String> {
        let policy = policies.of(self)?;
        let status = StatusCode::from_u16(self.status.unwrap_or(200))
            .map_err(|_| format!("status {} is none", self.status.unwrap_or_default()))?;
        let headers = self.headers()?;
        let none = HeaderMap::new();
        let mut exchange = Exchange::new(status, &headers);
        let asked = self.request.as_ref();
        let method = asked.and_then(|asked| asked.method.as_ref()).map_or("POST", |text| &text.0);
        let method: Method =
            method.parse().map_err(|_| format!("\"{method}\" is no request method"))?;
        if let Some(asked) = asked {
            let path = asked.path.as_ref().map_or("", |path| &*path.0);
            exchange = exchange.with_request(&method, path, &none);
        }
        let body = self.body()?;
        Ok(policy.meter(&exchange).map(|mut meter| {
            meter.push(&body);
            meter.finish(End::Complete)
        }))
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::with_capacity(self.headers.len());
        for (Text(name), values) in &self.headers {
            let parsed: HeaderName =
                name.parse().map_err(|_| format!("\"{name}\" is no header name"))?;
            let values = match values {
                Values::One(value) => std::slice::from_ref(value),
                Values::Many(values) => values,
            };
            for Text(value) in values {
                let value = HeaderValue::from_str(value)
                    .map_err(|_| format!("the header {name} has a value that is none"))?;
                headers.append(parsed.clone(), value);
            }
        }
        Ok(headers)
    }

    fn body(&self) -> Result<Cow<'_, [u8]>, String> {
        match (&self.body, &self.body_base64) {
            (Some(body), None) => Ok(Cow::Borrowed(body.0.as_bytes())),
            (None, Some(body)) => STANDARD
                .decode(body.0.as_bytes())
                .map(Cow::Owned)
                .map_err(|error| format!("body_base64 is not base64: {error}")),
            (Some(_), Some(_)) => Err("body and body_base64 are both given".to_owned()),
            (None, None) => Err("body or body_base64 is missing".to_owned()),
        }
    }
}

/// Compiled policies, by the text that configures them.
struct Policies<'r> {
    registry: &'r Registry,
    default: Option<Policy>,
    compiled: HashMap<String, Result<Policy, String>>,
}

impl Policies<'_> {
    fn of(&mut self, line: &Line<'_>) -> Result<&Policy, String> {
        // A policy's text begins with a brace, so no type is mistaken for one.
        let key = match (&line.policy, &line.r#type) {
            (Some(_), Some(_)) => return Err("type and policy are both given".to_owned()),
            (Some(policy), None) => policy.get(),
            (None, Some(name)) => &name.0,
            (None, None) => {
                return self.default.as_ref().ok_or_else(|| "type or policy is missing".to_owned());
            }
        };
        if !self.compiled.contains_key(key) {
            if self.compiled.len() >= MAX_POLICIES {
                self.compiled.clear();
            }
            let compiled = match line.policy {
                Some(_) => policies::compile(key, "policy", self.registry)
                    .map_err(|problems| problems.to_string()),
                None => policies::quick(key, self.registry),
            };
            self.compiled.insert(key.to_owned(), compiled);
        }
        match self.compiled.get(key) {
            Some(Ok(policy)) => Ok(policy),
            Some(Err(why)) => Err(why.clone()),
            None => Err("the policy was not kept".to_owned()),
        }
    }
}
