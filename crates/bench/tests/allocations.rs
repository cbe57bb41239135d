//! The budgets in allocations and in memory, counted on this thread.

use std::mem::size_of;

use allocation_counter::{AllocationInfo, measure};
use token_tracking_bench::bodies::{self, Body};
use token_tracking_bench::ours::Metered;
use token_tracking_core::{End, Meter};

/// The most allocations for a buffered response of 1 KB, from the head to the record.
const PER_RESPONSE: u64 = 12;
/// The most bytes for a response in flight: 4 KiB, and 2 KiB for the values that are captured
/// of these bodies, a few times over what they have themselves.
const IN_FLIGHT: usize = 6 * 1024;

/// How many bytes are pushed at once, as most proxies read them.
const CHUNK: usize = 16 * 1024;

#[test]
fn a_buffered_response() {
    let body = bodies::chat_1_kb();
    let metered = Metered::of(&body);
    drop(metered.record(&body, CHUNK));
    let mut record = None;
    let counted = measure(|| record = Some(metered.record(&body, CHUNK)));
    println!("1 KB chat: {counted:?}");
    assert_eq!(record.unwrap().usage.input, Some(1_117));
    assert!(counted.count_total <= PER_RESPONSE, "{counted:?}");
}

/// Reads a stream but for its last events, and then counts those, an event a chunk.
fn steady(body: &Body, last: usize) -> (AllocationInfo, usize) {
    let metered = Metered::of(body);
    let mut meter = None;
    let made = measure(|| meter = Some(metered.meter()));
    let mut meter = meter.unwrap();
    let events: Vec<&str> = body.text.split_inclusive("\n\n").collect();
    // The ends of streams have the counts, and the beginnings the names.
    let (first, rest) = events.split_at(events.len() - last - 10);
    let begun = measure(|| first.iter().for_each(|event| meter.push(event.as_bytes())));
    let counted = measure(|| {
        rest[..last].iter().for_each(|event| meter.push(event.as_bytes()));
    });
    drop(meter.finish(End::Cancelled));
    let in_flight =
        size_of::<Meter>() + usize::try_from(made.bytes_current + begun.bytes_current).unwrap();
    (counted, in_flight)
}

#[test]
fn an_event_of_a_stream_in_its_course() {
    for body in
        [bodies::chat_stream(500), bodies::messages_stream(500), bodies::responses_stream(500)]
    {
        let (counted, in_flight) = steady(&body, 300);
        println!("{}: {in_flight} bytes in flight", body.name);
        assert_eq!(counted.count_total, 0, "{}: {counted:?}", body.name);
        assert!(in_flight <= IN_FLIGHT, "{}: {in_flight} bytes in flight", body.name);
    }
}

#[test]
fn memory_does_not_grow_with_the_body() {
    let peak = |body: &Body| {
        let metered = Metered::of(body);
        measure(|| drop(metered.record(body, CHUNK))).bytes_max
    };
    let (short, long) = (peak(&bodies::chat_1_kb()), peak(&bodies::text()));
    assert_eq!(short, long, "1 KB and 1 MB of text");
}
