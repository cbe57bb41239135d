//! Records to report, and writers that misbehave.
#![allow(dead_code, unreachable_pub)]

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use token_tracking_core::{Cost, End, Exchange, Meter, Provenance, Reasons, Record};
use token_tracking_report::{Outcome, Queueing, Writer};

/// Long enough for a slow machine, and never waited for in full when all is well.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn record(model: &str, input: Option<u64>) -> Record {
    at(SystemTime::UNIX_EPOCH + Duration::from_secs(3_661), model, input)
}

pub fn at(time: SystemTime, model: &str, input: Option<u64>) -> Record {
    let headers = http::HeaderMap::new();
    let exchange = Exchange::new(http::StatusCode::OK, &headers)
        .with_request(&http::Method::POST, "/v1/chat/completions", &headers)
        .with_api("chat")
        .with_started(Instant::now(), time);
    let mut record = Meter::misconfigured(&exchange, "").finish(End::Complete);
    record.reasons = Reasons::default();
    record.details.clear();
    record.provenance = Provenance::Reported;
    record.provider = Some("openai".to_owned());
    record.model = Some(model.to_owned());
    record.usage.input = input;
    record.usage.output = Some(7);
    record
}

pub fn priced(mut record: Record, sent: &str, currency: Option<&str>) -> Record {
    record.cost = Some(Cost {
        sent: sent.parse().ok(),
        received: "0.5".parse().ok(),
        currency: currency.map(str::to_owned),
        receipt: Vec::new(),
    });
    record
}

/// Short pauses, so that a test's retries take no time.
pub fn quick() -> Queueing {
    Queueing {
        linger: Duration::ZERO,
        pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(20),
        ..Queueing::default()
    }
}

/// Waits until something holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Does to each batch what the test says.
pub struct Scripted<F>(pub F);

impl<F> Writer for Scripted<F>
where
    F: FnMut(&mut Vec<Arc<Record>>) -> Outcome + Send + 'static,
{
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        (self.0)(batch)
    }
}

/// Keeps what it gets, and stands still until it is told to go on.
pub fn stuck(go: Receiver<()>) -> (impl Writer, Arc<Mutex<Vec<Arc<Record>>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let writer = Scripted(move |batch: &mut Vec<Arc<Record>>| {
        let _ = go.recv();
        keep.lock().unwrap().extend(batch.iter().cloned());
        Outcome::written(batch)
    });
    (writer, kept)
}
