//! Answers of both providers with their counts, and a sink that keeps what it gets.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::{Arc, Mutex};

use token_tracking_core::{Descriptor, End, Provenance, Record, RecordSink, Tracker};
use token_tracking_provider_anthropic::PLUGIN as CLAUDE;
use token_tracking_provider_openai::PLUGIN as GPT;

/// A recorded answer and what it counts to.
pub struct Answer {
    pub name: &'static str,
    pub plugin: &'static Descriptor,
    pub content_type: &'static str,
    pub body: &'static str,
    pub streaming: bool,
    pub counts: (u64, u64),
}

pub const ANSWERS: [Answer; 4] = [
    Answer {
        name: "GPT, buffered",
        plugin: &GPT,
        content_type: "application/json",
        body: include_str!("../../../../crates/provider-openai/fixtures/chat.json"),
        streaming: false,
        counts: (120, 45),
    },
    Answer {
        name: "GPT, streamed",
        plugin: &GPT,
        content_type: "text/event-stream",
        body: include_str!("../../../../crates/provider-openai/fixtures/chat.stream.sse"),
        streaming: true,
        counts: (120, 45),
    },
    Answer {
        name: "CLAUDE, buffered",
        plugin: &CLAUDE,
        content_type: "application/json",
        body: include_str!("../../../../crates/provider-anthropic/fixtures/message.json"),
        streaming: false,
        counts: (525, 77),
    },
    Answer {
        name: "CLAUDE, streamed",
        plugin: &CLAUDE,
        content_type: "text/event-stream",
        body: include_str!("../../../../crates/provider-anthropic/fixtures/message.stream.sse"),
        streaming: true,
        counts: (525, 77),
    },
];

impl Answer {
    pub fn tracker(&self) -> Tracker {
        Tracker::of(self.plugin).unwrap()
    }

    /// Its body in pieces that end anywhere.
    pub fn chunks(&self) -> Vec<&'static [u8]> {
        let mut rest = self.body.as_bytes();
        let lengths = [1, 7, 64, 100, 3].into_iter().cycle();
        let mut chunks = lengths.map(|length| {
            let (chunk, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            chunk
        });
        std::iter::from_fn(|| chunks.next().filter(|chunk| !chunk.is_empty())).collect()
    }

    /// That this is the one record of the whole answer.
    pub fn check(&self, records: &Records) {
        let record = records.the_only();
        assert_eq!(
            (record.usage.input, record.usage.output),
            (Some(self.counts.0), Some(self.counts.1)),
            "{}",
            self.name
        );
        assert_eq!(
            (record.end, record.provenance),
            (End::Complete, Provenance::Reported),
            "{}",
            self.name
        );
        assert_eq!(record.streaming, self.streaming, "{}", self.name);
    }
}

/// The records so far.
#[derive(Clone, Default)]
pub struct Records(Arc<Mutex<Vec<Record>>>);

impl Records {
    pub fn sink(&self) -> Arc<dyn RecordSink> {
        let kept = Arc::clone(&self.0);
        Arc::new(move |record| kept.lock().unwrap().push(record))
    }

    pub fn the_only(&self) -> Record {
        let records = self.0.lock().unwrap();
        assert_eq!(records.len(), 1, "exactly one record");
        records[0].clone()
    }

    pub fn ends(&self) -> Vec<End> {
        self.0.lock().unwrap().iter().map(|record| record.end).collect()
    }

    /// Waits for a record that another task delivers.
    pub async fn one(&self) -> Record {
        for _ in 0..1_000 {
            if !self.ends().is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self.the_only()
    }
}
