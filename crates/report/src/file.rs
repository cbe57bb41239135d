//! Records to a file: one line of JSON each, appended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use token_tracking_core::Record;

use crate::error::ReportError;
use crate::reporter::{Queueing, Reporter};
use crate::rotate;
use crate::writer::{Outcome, Writer};

/// When what was written is forced to the disk itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fsync {
    /// By the system: a killed process loses nothing that was written, a power cut may.
    #[default]
    Never,
    /// After every batch: what counts as written survives a power cut.
    Batch,
    /// At most this often, and at the end.
    Every(Duration),
}

/// A file of records, how it is rotated and when it is synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// The file.
    pub path: PathBuf,
    /// Begin a new file before this one would grow beyond so many bytes.
    pub rotate_bytes: Option<u64>,
    /// Begin a new file when this one is so old.
    pub rotate_after: Option<Duration>,
    /// How many rotated files are kept; the oldest are removed.
    pub keep: usize,
    /// When it is forced to the disk.
    pub fsync: Fsync,
}

impl FileSettings {
    /// A file that is never rotated and left to the system to sync.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { path, rotate_bytes: None, rotate_after: None, keep: 10, fsync: Fsync::Never }
    }
}

/// Appends each record as a line of JSON.
///
/// Lines are written batch by batch within milliseconds, so `tail -f` shows a record at once; a
/// killed process loses what was still queued and nothing else. When the disk is full, what a
/// batch left behind is cut off again and the batch is tried until there is room.
///
/// # Errors
/// When the file cannot be opened for appending.
pub fn open(path: impl Into<PathBuf>) -> Result<Reporter, ReportError> {
    with(FileSettings::new(path), Queueing::default())
}

/// As [`open`], with settings.
///
/// # Errors
/// When the file cannot be opened for appending.
pub fn with(settings: FileSettings, queueing: Queueing) -> Result<Reporter, ReportError> {
    let name = settings.path.display().to_string();
    let lines =
        Lines::open(settings).map_err(|source| ReportError::Open { path: name.clone(), source })?;
    Reporter::start("file", name, queueing, lines)
}

/// Lines of JSON to any writer. What it does not take at once is not tried again.
///
/// # Errors
/// When its thread cannot be started.
pub fn lines(target: &str, writer: impl Write + Send + 'static) -> Result<Reporter, ReportError> {
    Reporter::start("lines", target, Queueing::default(), Plain(writer))
}

struct Plain<W>(W);

impl<W: Write + Send + 'static> Writer for Plain<W> {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        match self.0.write_all(&text(batch)).and_then(|()| self.0.flush()) {
            Ok(()) => Outcome::written(batch),
            Err(error) => Outcome::refused(batch, error),
        }
    }
}

fn text(batch: &[Arc<Record>]) -> Vec<u8> {
    let mut text = Vec::with_capacity(batch.len() * 1_024);
    for record in batch {
        record.write_json_line(&mut text);
        text.push(b'\n');
    }
    text
}

struct Lines {
    settings: FileSettings,
    file: File,
    /// Pipes and devices have no length: they are neither mended nor rotated.
    regular: bool,
    length: u64,
    began: Instant,
    synced: Instant,
}

impl Lines {
    fn open(settings: FileSettings) -> io::Result<Self> {
        let (file, regular) = append_to(&settings.path)?;
        let length = if regular { file.metadata()?.len() } else { 0 };
        let now = Instant::now();
        // A file that was begun by an earlier process is as old as it is, not as this process.
        let age = rotate::age(&file).unwrap_or_default();
        let began = if length == 0 { now } else { now.checked_sub(age).unwrap_or(now) };
        Ok(Self { settings, file, regular, length, began, synced: now })
    }

    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        self.rotate_if_due(text.len() as u64)?;
        let written = self.file.write_all(text).and_then(|()| self.sync_if_due());
        match written {
            Ok(()) => self.length += text.len() as u64,
            // Half a batch, or one that is not safe: the next try must not repeat it.
            Err(_) if self.regular => self.file.set_len(self.length)?,
            Err(_) => {}
        }
        written
    }

    fn sync_if_due(&mut self) -> io::Result<()> {
        let due = match self.settings.fsync {
            Fsync::Never => false,
            Fsync::Batch => true,
            Fsync::Every(time) => self.synced.elapsed() >= time,
        };
        if due && self.regular {
            self.file.sync_data()?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    fn rotate_if_due(&mut self, more: u64) -> io::Result<()> {
        // Someone else may have moved it away: a log rotator, an operator.
        let moved = self.regular && !rotate::is_at(&self.file, &self.settings.path);
        let settings = &self.settings;
        let full = settings.rotate_bytes.is_some_and(|limit| self.length + more > limit);
        let old = settings.rotate_after.is_some_and(|limit| self.began.elapsed() >= limit);
        let due = self.regular && self.length > 0 && (full || old);
        if !moved && !due {
            return Ok(());
        }
        if self.settings.fsync != Fsync::Never {
            self.file.sync_data()?;
        }
        if !moved {
            rotate::rotate(&settings.path, settings.keep)?;
        }
        *self = Self::open(self.settings.clone())?;
        Ok(())
    }
}

impl Writer for Lines {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        match self.append(&text(batch)) {
            Ok(()) => Outcome::written(batch),
            Err(error) if self.regular => Outcome::retry(error),
            // Nobody knows how much of it a pipe took.
            Err(error) => Outcome::refused(batch, error),
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if self.settings.fsync != Fsync::Never {
            let _ = self.file.sync_data();
        }
    }
}

/// Opens for appending; a last line that a killed process left unfinished is ended
/// first, so that it spoils only itself.
fn append_to(path: &Path) -> io::Result<(File, bool)> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let regular = file.metadata()?.is_file();
    if regular && file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok((file, regular))
}
