//! Where records go, as a settings file says it: kept as text, shown without its password.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, Serializer};
use token_tracking_report::{ReportError, Target};

/// A target that can be opened, such as `file:records.jsonl?rotate=100MB&keep=5`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ReportTarget(String);

impl ReportTarget {
    /// A target of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it names none. Nothing of what may be secret is in the message.
    pub fn target(&self) -> Result<Target, ReportError> {
        Target::parse(&self.0)
    }
}

/// Without secrets: only a database's options can hold one.
impl fmt::Display for ReportTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(target) = self.target() else {
            return f.write_str("(not a target)");
        };
        write!(f, "{target}")?;
        match self.0.rsplit_once('?') {
            Some((_, options)) if !self.0.starts_with("postgres") => write!(f, "?{options}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for ReportTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for ReportTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for ReportTarget {
    fn schema_name() -> Cow<'static, str> {
        Target::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Target::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_it_was_read_but_for_passwords() {
        for (text, shown) in [
            ("file:r.jsonl?rotate=1MB&keep=3", "file:r.jsonl?rotate=1MB&keep=3"),
            ("ledger:usage.db", "ledger:usage.db"),
            ("otlp:http://me:secret@h:1?legacy=true", "otlp:http://***@h:1?legacy=true"),
            ("nonsense:secret", "(not a target)"),
        ] {
            let target = ReportTarget::new(text);
            assert!(!format!("{target:?}").contains("secret"), "{target}");
            let (named, options) = shown.rsplit_once('?').unwrap_or((shown, ""));
            assert!(target.to_string().ends_with(options), "{target}");
            if !text.contains("secret") {
                assert_eq!(target.to_string(), shown);
                assert_eq!(serde_json::to_value(&target).unwrap(), shown, "{named}");
            }
        }
        let database = ReportTarget::new("postgres://me:secret@h/usage?password=secret");
        assert!(database.target().is_ok());
        assert!(database.to_string().contains('h') && !database.to_string().contains("secret"));
    }
}
