//! A client that hangs up. Who may lose a meter gives it a sink: then there is exactly one
//! record, whatever becomes of the response.
//!
//! `cargo run -p token-tracking-core --example sink`

use std::sync::{Arc, mpsc};

use token_tracking_core::http::{HeaderMap, StatusCode};
use token_tracking_core::{End, Exchange, Record, RecordSink, Tracker};

const FIRST: &[u8] = br#"event: message_start
data: {"type": "message_start", "message": {"model": "claude-sonnet-4-5",
data:   "usage": {"input_tokens": 25, "output_tokens": 1}}}

"#;
const LAST: &[u8] = br#"event: message_delta
data: {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
data:   "usage": {"output_tokens": 12}}

event: message_stop
data: {"type": "message_stop"}

"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tracker = Tracker::of(&token_tracking_provider_anthropic::PLUGIN)?;
    // A sink must return at once: here it is a channel, whose other end writes at leisure.
    let (sender, records) = mpsc::channel();
    let sink: Arc<dyn RecordSink> = Arc::new(move |record: Record| {
        let _ = sender.send(record);
    });

    let headers = HeaderMap::from_iter([("content-type".parse()?, "text/event-stream".parse()?)]);
    let exchange = Exchange::new(StatusCode::OK, &headers);
    let meter = || tracker.meter(&exchange).ok_or("a response without a body");

    let mut whole = meter()?.deliver_to(Arc::clone(&sink));
    whole.push(FIRST);
    whole.push(LAST);
    whole.finish(End::Complete);

    let mut cut = meter()?.deliver_to(sink);
    cut.push(FIRST);
    drop(cut); // the task was aborted, the connection closed

    for record in records.try_iter() {
        println!("{}", record.to_json_line());
    }
    Ok(())
}
