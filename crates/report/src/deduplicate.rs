//! Reads and polls of an answer that was counted already.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use token_tracking_core::{Provenance, Reason, Record, RecordSink, Usage};

/// How many answers are remembered: 16 bytes each, and as much again for finding them.
const REMEMBERED: usize = 65_536;

/// Passes records on; one that reads or polls an answer again, by its provider's id, loses its
/// counts and says `not-consumption`.
///
/// An answer that is stored at the provider, or made in the background, is fetched with GET as
/// often as one likes, each time with the same usage object. Only such reads are held
/// against what is remembered: an answer to POST always counts. The last 65,536 answers are
/// remembered, with a keyed hash of each id; what is fetched later than that counts again.
pub struct Deduplicate {
    next: Arc<dyn RecordSink>,
    keys: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    all: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Deduplicate {
    /// In front of this sink.
    #[must_use]
    pub fn new(next: Arc<dyn RecordSink>) -> Self {
        Self { next, keys: RandomState::new(), seen: Mutex::default() }
    }
}

impl Seen {
    /// Remembers an answer; whether it was known.
    fn again(&mut self, answer: u64) -> bool {
        if !self.all.insert(answer) {
            return true;
        }
        self.order.push_back(answer);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        false
    }
}

impl RecordSink for Deduplicate {
    fn record(&self, mut record: Record) {
        if let Some(id) = record.response_id.as_deref().filter(|_| !record.usage.is_empty()) {
            let answer = self.keys.hash_one((&record.api, &record.provider, id));
            let again = self.seen.lock().unwrap_or_else(PoisonError::into_inner).again(answer);
            let read = record.request.as_ref().is_some_and(|request| request.method == "GET");
            if again && read {
                record.usage = Usage::default();
                record.cost = None;
                record.provenance = Provenance::Absent;
                record.reasons.insert(Reason::NotConsumption);
                record.details.push("this answer was counted before: it was fetched again".into());
            }
        }
        self.next.record(record);
    }
}

impl std::fmt::Debug for Deduplicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deduplicate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, StatusCode};
    use token_tracking_core::{End, Exchange, Meter};

    use super::*;
    use crate::Memory;

    fn record(method: &Method, id: &str, output: Option<u64>) -> Record {
        let headers = HeaderMap::new();
        let exchange =
            Exchange::new(StatusCode::OK, &headers).with_request(method, "/v1/responses", &headers);
        let mut record = Meter::misconfigured(&exchange, "").finish(End::Complete);
        record.response_id = Some(id.to_owned());
        record.usage.output = output;
        record.provenance = Provenance::Reported;
        record
    }

    fn outputs(records: impl IntoIterator<Item = Record>) -> Vec<Option<u64>> {
        let memory = Arc::new(Memory::new(10));
        let sink = Deduplicate::new(memory.clone());
        records.into_iter().for_each(|record| sink.record(record));
        memory.records().iter().map(|record| record.usage.output).collect()
    }

    #[test]
    fn polls_count_once() {
        let (post, get) = (&Method::POST, &Method::GET);
        let polled = [
            record(post, "resp_1", None),
            record(get, "resp_1", None),
            record(get, "resp_1", Some(7)),
            record(get, "resp_1", Some(7)),
            record(get, "resp_2", Some(5)),
        ];
        assert_eq!(outputs(polled), [None, None, Some(7), None, Some(5)]);
    }

    #[test]
    fn a_read_after_the_answer_does_not_count_and_a_post_always_does() {
        let (post, get) = (&Method::POST, &Method::GET);
        let read = [
            record(post, "resp_1", Some(7)),
            record(get, "resp_1", Some(7)),
            record(post, "resp_1", Some(7)),
        ];
        assert_eq!(outputs(read), [Some(7), None, Some(7)]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut seen = Seen::default();
        for answer in 0..REMEMBERED as u64 + 2 {
            assert!(!seen.again(answer));
        }
        assert_eq!(seen.all.len(), REMEMBERED);
        assert!(seen.again(REMEMBERED as u64) && !seen.again(0));
    }
}
