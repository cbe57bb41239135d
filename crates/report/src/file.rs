//! Records to a file: one line of JSON each, appended.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use token_tracking_core::{Record, RecordSink};

use crate::queue::{QUEUE_CAPACITY, Queue, ReportError, Totals, Writer};

/// Appends each record as a line of JSON. Never waits: see the crate's documentation.
///
/// Lines are flushed whenever the queue runs empty, so `tail -f` shows a record at once;
/// a killed process loses what was still queued and nothing else.
#[derive(Debug)]
pub struct FileReporter {
    path: String,
    queue: Queue,
}

impl FileReporter {
    /// Opens or makes the file and starts the thread that writes to it.
    ///
    /// # Errors
    /// When the file cannot be opened for appending.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReportError> {
        Self::with_capacity(path, QUEUE_CAPACITY)
    }

    /// As [`FileReporter::open`], with a bound of its own on the records that wait.
    ///
    /// # Errors
    /// When the file cannot be opened for appending.
    pub fn with_capacity(path: impl AsRef<Path>, capacity: usize) -> Result<Self, ReportError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let file = open(path).map_err(|source| ReportError::Open { path: name.clone(), source })?;
        let lines = Lines { file: BufWriter::new(file) };
        Ok(Self { path: name, queue: Queue::start("report-file", capacity, lines)? })
    }

    /// How many records were written, dropped and failed so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.queue.totals()
    }

    /// How many records were dropped, since the queue was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.totals().dropped
    }

    /// Writes what waits and ends the thread; records that come later are dropped and
    /// counted. Dropping the reporter does the same, silently.
    ///
    /// # Errors
    /// When some records could not be written.
    pub fn close(&self) -> Result<Totals, ReportError> {
        self.queue.close(&self.path)
    }
}

impl RecordSink for FileReporter {
    fn record(&self, record: Record) {
        self.queue.offer(record);
    }
}

/// Opens for appending; a last line that a killed process left unfinished is ended
/// first, so that it spoils only itself.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    // Pipes and devices have no length: there is nothing to mend in them.
    let regular = file.metadata()?.is_file();
    if regular && file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

struct Lines {
    file: BufWriter<File>,
}

impl Writer for Lines {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        let mut line = record.to_json_line();
        line.push('\n');
        self.file.write_all(line.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
