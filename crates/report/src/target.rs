//! Where records go, in one line of text: what a command line and a settings file say.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::ReportError;
use crate::file::{self, FileSettings, Fsync};
use crate::options::Options;
use crate::reporter::{Queueing, Reporter};

/// A reporter that is to be opened, such as `file:records.jsonl?rotate=100MB&keep=5`.
///
/// | target | options |
/// |---|---|
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
}

/// The kinds of targets, for messages.
const KINDS: &str = "file:PATH";

impl Target {
    /// Reads a target.
    ///
    /// # Errors
    /// When its kind is not known or not built in, or an option is not known or not right.
    /// Nothing of what may be secret is in the message.
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        let (rest, mut options) = Options::split(scheme, rest)?;
        let (kind, queueing) = match scheme {
            "file" => (Kind::File(file_settings(rest, &mut options)?), Queueing::default()),
            _ => {
                let why = format!("not a kind of reporter; expected {KINDS}");
                return Err(ReportError::Setup { what: format!("`{scheme}:`"), why });
            }
        };
        let mut target = Self { kind, queueing, spill: options.take("spill").map(PathBuf::from) };
        if let Some(capacity) = options.number("queue")? {
            target.queueing.capacity = capacity.max(1);
        }
        options.end()?;
        Ok(target)
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
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::File(settings) => write!(f, "file:{}", settings.path.display()),
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
        let Kind::File(settings) = &target.kind;
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
    fn what_is_wrong_is_said() {
        for (text, said) in [
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
