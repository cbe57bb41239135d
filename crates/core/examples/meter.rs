//! Meters a recorded answer in chunks, as they would pass through a program.
//!
//! `cargo run -p token-tracking-core --example meter`, or with a type and a file of yours:
//! `cargo run -p token-tracking-core --example meter CLAUDE answer.sse`.

use token_tracking_core::http::{HeaderMap, StatusCode};
use token_tracking_core::{End, Exchange, Registry, Tracker};

const ANSWER: &[u8] = br#"{"object": "chat.completion", "model": "gpt-5-mini-2025-08-07",
    "choices": [{"message": {"role": "assistant", "content": "An otter swims."}}],
    "usage": {"prompt_tokens": 25, "completion_tokens": 7, "total_tokens": 32}}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let type_name = arguments.next().unwrap_or_else(|| "GPT".to_owned());
    let body = match arguments.next() {
        Some(file) => std::fs::read(file)?,
        None => ANSWER.to_vec(),
    };

    // Once per program and per configuration.
    let registry = Registry::new()
        .add(&token_tracking_provider_openai::PLUGIN)?
        .add(&token_tracking_provider_anthropic::PLUGIN)?;
    let tracker = Tracker::of(registry.get(&type_name)?)?;

    // Once per response. Without a content type the first bytes tell what the body is.
    let headers = HeaderMap::new();
    let exchange = Exchange::new(StatusCode::OK, &headers);
    let mut meter = tracker.meter(&exchange).ok_or("a response without a body")?;
    for chunk in body.chunks(64) {
        meter.push(chunk);
    }
    println!("{}", meter.finish(End::Complete).to_json_line());
    Ok(())
}
