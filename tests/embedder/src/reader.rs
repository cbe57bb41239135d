//! A plain reader: a file, a socket, a blocking client's answer, metered while it is read.
//!
//! ```
//! use std::io::Read;
//! use std::sync::Arc;
//! use embedder::reader::MeteredRead;
//! use token_tracking_core::http::{HeaderMap, StatusCode};
//! use token_tracking_core::{Exchange, Record, Tracker};
//!
//! let tracker = Tracker::of(&token_tracking_provider_openai::PLUGIN)?;
//! let headers = HeaderMap::new();
//! let exchange = Exchange::new(StatusCode::OK, &headers);
//! let sink = Arc::new(|record: Record| println!("{}", record.to_json_line()));
//! let meter = tracker.meter(&exchange).map(|meter| meter.deliver_to(sink));
//!
//! let answer: &[u8] = br#"{"usage": {"prompt_tokens": 25, "completion_tokens": 7}}"#;
//! let mut body = String::new();
//! MeteredRead::new(answer, meter).read_to_string(&mut body)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, ErrorKind, Read};

use token_tracking_core::{End, SinkMeter};

/// Reads as the reader inside, and lets the meter read along: one record, at the end or when this is
/// dropped. The end is where the reader inside says `Ok(0)`, so read until then.
pub struct MeteredRead<R> {
    reader: R,
    meter: Option<SinkMeter>,
}

impl<R> MeteredRead<R> {
    pub fn new(reader: R, meter: Option<SinkMeter>) -> Self {
        Self { reader, meter }
    }

    fn finish(&mut self, end: End) {
        if let Some(meter) = self.meter.take() {
            meter.finish(end);
        }
    }
}

impl<R: Read> Read for MeteredRead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer);
        match &read {
            // Who asks for nothing gets nothing: that is no end.
            Ok(0) if buffer.is_empty() => {}
            Ok(0) => self.finish(End::Complete),
            Ok(length) => {
                if let Some(meter) = &mut self.meter {
                    meter.push(&buffer[..*length]);
                }
            }
            // To be asked again.
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(_) => self.finish(End::Failed),
        }
        read
    }
}
