//! Envoy's configuration: the examples of this repository, on other ports, and what its counters
//! say afterwards.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How Envoy's filter talks to its processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Envoy sends copies and does not wait.
    Observed,
    /// It waits for an answer to each chunk.
    Streamed,
    /// It keeps no chunk: each is sent back.
    Duplex,
}

impl Filter {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Streamed => "streamed",
            Self::Duplex => "full duplex",
        }
    }

    /// The example that shows it.
    fn example(self) -> &'static str {
        match self {
            Self::Observed => include_str!("../../../tests/envoy/observe.yaml"),
            Self::Streamed => include_str!("../../../tests/envoy/streamed.yaml"),
            Self::Duplex => include_str!("../../../tests/envoy/duplex.yaml"),
        }
    }
}

/// Envoy in front of a provider, with a processor where there is a filter for one.
pub(crate) fn config(
    filter: Option<Filter>,
    front: SocketAddr,
    admin: SocketAddr,
    provider: SocketAddr,
    processor: SocketAddr,
) -> anyhow::Result<Value> {
    let example = filter.unwrap_or(Filter::Observed).example();
    let mut config: Value = serde_saphyr::from_str(example)?;
    let manager = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
    let manager = config.pointer_mut(manager).context("the example has no HTTP manager")?;
    let manager = manager.as_object_mut().context("the HTTP manager is no object")?;
    // What is compared is the processor, not the log.
    manager.remove("access_log");
    let filters = manager.get_mut("http_filters").and_then(Value::as_array_mut);
    if filter.is_none() {
        filters.context("the example has no HTTP filters")?.remove(0);
    } else if let Some(first) = filters.and_then(|filters| filters.first_mut())
        && let Some(timeout) = first.pointer_mut("/typed_config/message_timeout")
    {
        // Under load a second of waiting is the machine's, not the processor's.
        *timeout = json!("30s");
    }
    for (from, to) in [(10000, front), (10001, provider), (50051, processor), (10009, admin)] {
        replace(&mut config, from, to.port());
    }
    Ok(config)
}

fn replace(value: &mut Value, from: u16, to: u16) {
    match value {
        Value::Object(map) => {
            if map.get("port_value") == Some(&json!(from)) {
                map.insert("port_value".to_owned(), json!(to));
                // A port that was replaced may be the next one to look for.
                return;
            }
            map.values_mut().for_each(|value| replace(value, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| replace(value, from, to)),
        _ => {}
    }
}

/// Envoy's counters with any of these in their name, except those that are 0.
pub(crate) async fn counters(
    admin: SocketAddr,
    names: &[&str],
) -> anyhow::Result<Vec<(String, u64)>> {
    let mut stream = TcpStream::connect(admin).await.context("Envoy's admin interface")?;
    stream
        .write_all(b"GET /stats?usedonly HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    let pairs = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let count: u64 = value.trim().parse().ok()?;
        (count > 0 && names.iter().any(|part| name.contains(part)))
            .then(|| (name.to_owned(), count))
    });
    Ok(pairs.collect())
}
