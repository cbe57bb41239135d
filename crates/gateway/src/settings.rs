//! What a gateway can be told beside its APIs.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a gateway; the defaults are meant to be served with. Durations are written as
/// `10s` or `1m 30s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Address and port to listen on; port 0 lets the system choose.
    #[schemars(example = "0.0.0.0:8080")]
    pub listen: String,
    /// How long a connection to a target may take to make, TLS included.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub connect_timeout: Duration,
    /// How long an idle connection to a target is kept. Shorter than the minute after
    /// which many servers close theirs, so that a request seldom meets a closing one.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle_timeout: Duration,
    /// How long a client may take to send a request's head over HTTP/1.1.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub head_timeout: Duration,
    /// How many bytes the head of a request may have; at least 8 KiB.
    #[schemars(range(min = 8192), example = 65_536)]
    pub max_head_bytes: usize,
    /// How long answers in flight may take to end after the shutdown began.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub drain_timeout: Duration,
    /// Refuses to start when a tracking configuration does not compile.
    #[schemars(example = true)]
    pub strict: bool,
    /// Starts although a definition uses what is not implemented, security included.
    #[schemars(example = false)]
    pub ignore_unsupported: bool,
    /// Certificates to trust beside those of Mozilla and of the system.
    #[serde(skip)]
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(50),
            head_timeout: Duration::from_secs(30),
            max_head_bytes: 64 * 1024,
            drain_timeout: Duration::from_secs(30),
            strict: false,
            ignore_unsupported: false,
            extra_roots: Vec::new(),
        }
    }
}

impl Settings {
    /// The defaults, on this address.
    #[must_use]
    pub fn listening_on(address: impl Into<String>) -> Self {
        Self { listen: address.into(), ..Self::default() }
    }
}

/// Durations as people write them: `10s`, `1m 30s`, `500ms`.
mod duration {
    use std::time::Duration;

    use schemars::{Schema, SchemaGenerator, json_schema};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(*value))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_duration(&text)
            .map_err(|error| D::Error::custom(format!("\"{text}\" is no duration: {error}")))
    }

    pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]+ *(ms|s|m|h|d)( *[0-9]+ *(ms|s|m|h|d))*$",
            "examples": ["10s", "500ms"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_and_read_alike() {
        let written = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(written["connect_timeout"], "10s");
        assert_eq!(serde_json::from_value::<Settings>(written).unwrap(), Settings::default());
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let read = |text| serde_json::from_str::<Settings>(text).unwrap_err().to_string();
        assert!(read(r#"{"idle_timeout": "soon"}"#).contains("\"soon\" is no duration"));
        assert!(read(r#"{"listn": ":80"}"#).contains("unknown field `listn`"));
    }
}
