//! Where records go, in one line of text: what a command line and a settings file say.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::QUEUE_CAPACITY;
#[cfg(feature = "elasticsearch")]
use crate::elasticsearch::{self, ElasticsearchSettings};
use crate::error::ReportError;
use crate::file::{self, FileSettings, Fsync};
#[cfg(any(feature = "elasticsearch", feature = "otlp"))]
use crate::http;
#[cfg(any(feature = "ledger", feature = "postgres"))]
use crate::ledger::{self, Ledger};
use crate::options::Options;
#[cfg(feature = "otlp")]
use crate::otlp::{self, OtlpSettings};
use crate::reporter::{Queueing, Reporter};

/// A reporter that is to be opened, such as `file:records.jsonl?rotate=100MB&keep=5`.
///
/// | target | options |
/// |---|---|
/// | `ledger:PATH` | |
/// | `postgres://USER:PASSWORD@HOST/DATABASE` | what libpq takes, `sslmode` and `sslrootcert` among it |
/// | `otlp:URL` | `grpc`, `legacy` and `delta` (`true` or `false`), `interval` (time, 10s) |
/// | `elasticsearch:URL` | `index` (prefix, `gravitee`), `gateway` (name), `linger` (time, 1s) |
/// | `file:PATH` | `rotate` (size), `every` (time), `keep` (files, 10), `fsync` (`never`, `batch` or a time) |
///
/// All take `queue` (records that wait at most, 8192) and `spill` (a file for those that find no
/// room). Its `Display` names it without secrets.
pub struct Target {
    kind: Kind,
    queueing: Queueing,
    spill: Option<PathBuf>,
}

enum Kind {
    File(FileSettings),
    #[cfg(any(feature = "ledger", feature = "postgres"))]
    Ledger(Ledger),
    #[cfg(feature = "otlp")]
    Otlp(OtlpSettings),
    #[cfg(feature = "elasticsearch")]
    Elasticsearch(ElasticsearchSettings),
}

/// The kinds of targets, for messages: those that are built in.
const KINDS: &[&str] = &[
    "file:PATH",
    #[cfg(feature = "ledger")]
    "ledger:PATH",
    #[cfg(feature = "postgres")]
    "postgres://…",
    #[cfg(feature = "otlp")]
    "otlp:URL",
    #[cfg(feature = "elasticsearch")]
    "elasticsearch:URL",
];

impl Target {
    /// Reads a target.
    ///
    /// # Errors
    /// When its kind is not known or not built in, or an option is not known or not right.
    /// Nothing of what may be secret is in the message.
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        let (rest, mut options) = Options::split(scheme, rest)?;
        let spill = options.take("spill").map(PathBuf::from);
        let capacity = options.number("queue")?;
        let kind = match scheme {
            "file" => Kind::File(file_settings(rest, &mut options)?),
            #[cfg(feature = "ledger")]
            "ledger" => Kind::Ledger(Ledger::Sqlite(options.path(rest)?)),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => {
                let rest = options.rejoin(rest);
                Kind::Ledger(Ledger::parse(&format!("postgres:{rest}"))?)
            }
            #[cfg(feature = "otlp")]
            "otlp" => Kind::Otlp(otlp_settings(rest, &mut options)?),
            #[cfg(feature = "elasticsearch")]
            "elasticsearch" => Kind::Elasticsearch(elasticsearch_settings(rest, &mut options)?),
            _ => {
                let kinds = KINDS.join(", ");
                let why = format!("not a kind of reporter; expected {kinds}");
                return Err(ReportError::Setup { what: format!("`{scheme}:`"), why });
            }
        };
        options.end()?;
        let capacity = capacity.unwrap_or(QUEUE_CAPACITY).max(1);
        Ok(Self { kind, queueing: Queueing { capacity, ..Queueing::default() }, spill })
    }

    /// Opens it and starts its thread.
    ///
    /// # Errors
    /// When it cannot be had at all. One that is merely away is opened, and tried until it is
    /// there.
    pub fn open(self) -> Result<Reporter, ReportError> {
        let mut queueing = self.queueing;
        if let Some(spill) = self.spill {
            let settings = FileSettings { fsync: Fsync::Batch, ..FileSettings::new(spill) };
            let overflow = file::with(settings, Queueing::default())?.named("spill");
            queueing.overflow = Some(Arc::new(overflow));
        }
        match self.kind {
            Kind::File(settings) => file::with(settings, queueing),
            #[cfg(feature = "ledger")]
            Kind::Ledger(Ledger::Sqlite(path)) => ledger::sqlite::open(path, queueing),
            #[cfg(feature = "postgres")]
            Kind::Ledger(Ledger::Postgres(server)) => ledger::postgres::open(server, queueing),
            #[cfg(feature = "otlp")]
            Kind::Otlp(settings) => otlp::open(settings, queueing),
            #[cfg(feature = "elasticsearch")]
            Kind::Elasticsearch(settings) => elasticsearch::open(settings, queueing),
        }
    }
}

impl FromStr for Target {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, ReportError> {
        Self::parse(text)
    }
}

/// A settings file names a target as the command line does.
impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": format!("Where records go too, with options behind a question mark: {}", KINDS.join(", ")),
            "examples": ["file:records.jsonl?rotate=100MB&keep=10"],
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::File(settings) => write!(f, "file:{}", settings.path.display()),
            #[cfg(feature = "ledger")]
            Kind::Ledger(Ledger::Sqlite(path)) => write!(f, "ledger:{}", path.display()),
            #[cfg(feature = "postgres")]
            Kind::Ledger(Ledger::Postgres(server)) => write!(f, "{server}"),
            #[cfg(feature = "otlp")]
            Kind::Otlp(settings) => write!(f, "otlp:{}", http::shown(&settings.url)),
            #[cfg(feature = "elasticsearch")]
            Kind::Elasticsearch(settings) => {
                write!(f, "elasticsearch:{}", http::shown(&settings.url))
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn file_settings(path: &str, options: &mut Options) -> Result<FileSettings, ReportError> {
    let mut settings = FileSettings::new(options.path(path)?);
    settings.rotate_bytes = options.bytes("rotate")?;
    settings.rotate_after = options.time("every")?;
    settings.keep = options.number("keep")?.unwrap_or(settings.keep);
    settings.fsync = match options.take("fsync").as_deref() {
        None | Some("never") => Fsync::Never,
        Some("batch") => Fsync::Batch,
        Some(time) => Fsync::Every(options.as_time("fsync", time)?),
    };
    Ok(settings)
}

#[cfg(feature = "otlp")]
fn otlp_settings(url: &str, options: &mut Options) -> Result<OtlpSettings, ReportError> {
    let mut settings = OtlpSettings::new(options.url(url)?);
    settings.grpc = options.switch("grpc")?;
    settings.legacy = options.switch("legacy")?;
    settings.delta = options.switch("delta")?;
    settings.interval = options.time("interval")?.unwrap_or(settings.interval);
    Ok(settings)
}

#[cfg(feature = "elasticsearch")]
fn elasticsearch_settings(
    url: &str,
    options: &mut Options,
) -> Result<ElasticsearchSettings, ReportError> {
    let mut settings = ElasticsearchSettings::new(options.url(url)?);
    settings.index = options.take("index").unwrap_or(settings.index);
    settings.gateway = options.take("gateway").unwrap_or(settings.gateway);
    settings.linger = options.time("linger")?.unwrap_or(settings.linger);
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_with_all_its_options() {
        let target = Target::parse(
            "file:/var/log/r?.jsonl?rotate=10MB&every=1day&keep=3&fsync=5s&queue=9&spill=/tmp/s",
        );
        let target = target.unwrap();
        let Kind::File(settings) = &target.kind else { panic!("{target}") };
        let expected = FileSettings {
            path: "/var/log/r?.jsonl".into(),
            rotate_bytes: Some(10_000_000),
            rotate_after: Some(Duration::from_secs(86_400)),
            keep: 3,
            fsync: Fsync::Every(Duration::from_secs(5)),
        };
        assert_eq!(*settings, expected);
        assert_eq!(target.queueing.capacity, 9);
        assert_eq!(target.spill, Some("/tmp/s".into()));
        assert_eq!(target.to_string(), "file:/var/log/r?.jsonl");
    }

    #[test]
    #[cfg(feature = "full")]
    fn no_password_is_shown() {
        for text in [
            "postgres://me:secret@db.example:5433/usage?sslmode=require&queue=5",
            "postgresql://me:secret@db.example/usage?password=secret",
            "otlp:https://me:secret@db.example:4318?legacy=true&interval=1s",
            "otlp:https://me:secret/secret#secret@db.example:4318?legacy=true",
            "elasticsearch:https://me:secret@db.example:9200/es?index=usage",
        ] {
            let target = Target::parse(text).unwrap();
            let shown = format!("{target} {target:?}");
            assert!(shown.contains("db.example") && !shown.contains("secret"), "{shown}");
        }
        for text in [
            "postgres://me:secret@db.example:no-port/usage",
            "postgres://me:secret@db.example/usage?sslmode=secret",
            "postgres://me:secret@db.example/usage?nonsense=secret",
            "postgres://me:secret@db.example/usage?sslrootcert=/no/such",
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn a_settings_file_names_targets_as_the_command_line_does() {
        let targets: Vec<Target> = serde_json::from_str(r#"["file:a?keep=3", "file:b"]"#).unwrap();
        assert_eq!(format!("{targets:?}"), "[file:a, file:b]");
        let error = serde_json::from_str::<Target>(r#""fiel:x""#).unwrap_err().to_string();
        assert!(error.contains("not a kind of reporter"), "{error}");
        let schema = schemars::schema_for!(Vec<Target>).to_value().to_string();
        assert!(schema.contains("file:PATH") && schema.contains(r#""type":"string""#), "{schema}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            #[cfg(feature = "otlp")]
            ("otlp:localhost:4318", "names no URL"),
            #[cfg(feature = "otlp")]
            ("otlp:http://localhost?grpc=yes", "`grpc` is neither true nor false"),
            ("fiel:x", "`fiel:`: not a kind of reporter"),
            ("file:", "the reporter file: names no path"),
            ("file:x?rotat=1MB", "option `rotat` is not known"),
            ("file:x?rotate=big", "`rotate` is not a size"),
            ("file:x?every=soon", "`every` is not a time"),
            ("file:x?keep=-1", "`keep` is not a whole number"),
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
