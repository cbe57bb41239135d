//! One record to several sinks.

use std::sync::Arc;

use token_tracking_core::{Record, RecordSink};

/// Gives every record to each of its sinks, in order. Without sinks, records end here.
#[derive(Clone, Default)]
pub struct Fanout(pub Vec<Arc<dyn RecordSink>>);

impl RecordSink for Fanout {
    fn record(&self, record: Record) {
        let Some((last, others)) = self.0.split_last() else {
            return;
        };
        for sink in others {
            sink.record(record.clone());
        }
        // The common case of one sink costs no copy.
        last.record(record);
    }
}

impl std::fmt::Debug for Fanout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fanout").field(&self.0.len()).finish()
    }
}
