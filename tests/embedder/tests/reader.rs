//! The plain reader: nothing is changed, one record whatever happens.

mod support;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};

use embedder::reader::MeteredRead;
use support::{ANSWERS, Answer, Records};
use token_tracking_core::http::{HeaderMap, StatusCode};
use token_tracking_core::{End, Exchange, Provenance, SinkMeter};

fn meter(answer: &Answer, records: &Records) -> Option<SinkMeter> {
    let headers = HeaderMap::from_iter([(
        "content-type".parse().unwrap(),
        answer.content_type.parse().unwrap(),
    )]);
    let meter = answer.tracker().meter(&Exchange::new(StatusCode::OK, &headers))?;
    Some(meter.deliver_to(records.sink()))
}

/// Gives what it is told, step by step.
struct Script(VecDeque<Result<&'static [u8], ErrorKind>>);

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            Some(Ok(mut chunk)) => {
                let read = chunk.read(buffer)?;
                if !chunk.is_empty() {
                    self.0.push_front(Ok(chunk));
                }
                Ok(read)
            }
            Some(Err(kind)) => Err(kind.into()),
            None => Ok(0),
        }
    }
}

#[test]
fn every_byte_passes_and_counts_once() {
    for answer in &ANSWERS {
        let records = Records::default();
        let script = Script(answer.chunks().into_iter().map(Ok).collect());
        let mut reader = MeteredRead::new(script, meter(answer, &records));
        let mut passed = Vec::new();
        assert_eq!(reader.read(&mut []).unwrap(), 0);
        reader.read_to_end(&mut passed).unwrap();
        assert_eq!(passed, answer.body.as_bytes(), "{}", answer.name);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0, "it may be asked again");
        drop(reader);
        answer.check(&records);
    }
}

#[test]
fn what_is_not_read_to_its_end_is_cancelled() {
    for answer in ANSWERS.iter().filter(|answer| answer.streaming) {
        let records = Records::default();
        let mut reader = MeteredRead::new(answer.body.as_bytes(), meter(answer, &records));
        reader.read_exact(&mut vec![0; answer.body.len() / 2]).unwrap();
        assert!(records.ends().is_empty());
        drop(reader);
        assert_eq!(records.the_only().end, End::Cancelled);
        assert_ne!(records.the_only().provenance, Provenance::Reported);
    }
}

#[test]
fn interruptions_are_no_end_and_failures_are() {
    let answer = &ANSWERS[0];
    let (first, last) = answer.body.as_bytes().split_at(50);
    let records = Records::default();
    let steps =
        [Ok(first), Err(ErrorKind::Interrupted), Ok(&last[..9]), Err(ErrorKind::ConnectionReset)];
    let mut reader = MeteredRead::new(Script(steps.into()), meter(answer, &records));
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the error passes too");
    drop(reader);
    assert_eq!(records.ends(), [End::Failed]);
}
