//! Where the processor listens, and its bounds.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use token_tracking_core::NodeFacts;
use token_tracking_host::{Attribution, TlsFiles, duration};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address and a port, such as `127.0.0.1:50051`; port 0 takes a free one.
    Tcp(String),
    /// A Unix socket; an old one at this path is replaced.
    Unix(PathBuf),
}

impl Listen {
    /// Reads `127.0.0.1:50051` or `unix:/run/token-tracking.sock`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("unix:") {
            // Three slashes are how URLs of sockets are often written.
            Some(path) => Self::Unix(PathBuf::from(path.strip_prefix("//").unwrap_or(path))),
            None => Self::Tcp(text.to_owned()),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(from)?))
    }
}

impl JsonSchema for Listen {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Listen".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Settings of an [`ExtProc`](crate::ExtProc); the defaults are meant to be served with.
/// Durations are written as `10s` or `1m 30s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Address and port to listen on, of which port 0 lets the system choose; or a socket, as
    /// `unix:PATH`.
    #[schemars(example = "0.0.0.0:50051", example = "unix:/run/token-tracking.sock")]
    pub listen: Listen,
    /// Serves over TLS with these files, where it listens on a port; plain where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// How long calls in flight may go on after the shutdown began.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub drain_timeout: Duration,
    /// The largest message taken, in bytes. A proxy that buffers whole bodies sends one message
    /// each; in the streamed modes a message is a chunk.
    #[schemars(range(min = 65_536), example = 16_777_216)]
    pub max_message_bytes: usize,
    /// Who called, on each record.
    pub attribution: Attribution,
    /// What this process is called, for expressions such as `{#node.zone}`.
    pub node: NodeFacts,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: Listen::Tcp("127.0.0.1:50051".to_owned()),
            tls: None,
            drain_timeout: Duration::from_secs(30),
            max_message_bytes: 16 << 20,
            attribution: Attribution::default(),
            node: NodeFacts::default(),
        }
    }
}

impl Settings {
    /// The defaults, listening there.
    #[must_use]
    pub fn listening_on(listen: Listen) -> Self {
        Self { listen, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_sockets() {
        assert_eq!(Listen::parse("127.0.0.1:1"), Listen::Tcp("127.0.0.1:1".to_owned()));
        for text in ["unix:/run/a.sock", "unix:///run/a.sock"] {
            assert_eq!(Listen::parse(text), Listen::Unix("/run/a.sock".into()));
        }
        let written = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(written["listen"], "127.0.0.1:50051");
        assert_eq!(serde_json::from_value::<Settings>(written).unwrap(), Settings::default());
    }
}
