//! Everybody on one body: first whether all find the same, then how long each takes.

use std::hint::black_box;

use serde::Serialize;
use token_tracking_bench::bodies::Body;
use token_tracking_bench::ours::{Metered, Three, plugin_paths, scan, scan_all};
use token_tracking_bench::pointers::Pointers;
use token_tracking_bench::rivals;
use token_tracking_framing::Level;

use crate::timer::Timer;

/// Bytes of a chunk, as most proxies read them.
const CHUNK: usize = 16 * 1024;
/// Bytes of a chunk, as a packet holds them.
const PACKET: usize = 1_400;

/// One body's times, in nanoseconds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) body: &'static str,
    pub(crate) bytes: usize,
    /// Of a stream, how many events; else 1.
    pub(crate) documents: u64,
    pub(crate) stream: bool,
    pub(crate) memcpy: f64,
    pub(crate) rivals: Rivals,
    /// The scanner, three fields, 16 KiB chunks, at each level that this machine has:
    /// the best first, the safe one last.
    pub(crate) levels: Vec<(String, f64)>,
    pub(crate) chunks: Chunks,
    /// The scanner with all the paths of the provider's plugin, 16 KiB chunks.
    pub(crate) plugin_paths: f64,
    /// The whole meter, from the head to the record, 16 KiB chunks.
    pub(crate) meter: f64,
    /// Three compiled expressions over a body that is no stream, 16 KiB chunks, captures
    /// included: each a path, and each a computation.
    pub(crate) pointers: Option<[f64; 2]>,
}

/// The rivals, on the whole body.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rivals {
    pub(crate) serde_json_value: f64,
    pub(crate) serde_json_typed: f64,
    pub(crate) sonic_rs: f64,
    pub(crate) simd_json: f64,
}

/// The scanner at the best level, three fields, by chunk.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Chunks {
    pub(crate) whole: f64,
    pub(crate) packets: f64,
    pub(crate) bytes: f64,
}

impl Row {
    /// The scanner at the best level, three fields, 16 KiB chunks.
    pub(crate) fn ours(&self) -> f64 {
        self.levels.first().map_or(f64::NAN, |(_, time)| *time)
    }

    /// The same without vector instructions.
    pub(crate) fn safe(&self) -> f64 {
        self.levels.last().map_or(f64::NAN, |(_, time)| *time)
    }
}

/// The result is used, as far as the compiler knows.
fn done<T>(result: T) {
    black_box(result);
}

/// Races all on this body.
///
/// # Panics
/// When somebody reads the body otherwise than the rest: then a race says nothing.
pub(crate) fn run(body: &Body, timer: Timer) -> Row {
    let best = Level::best();
    let three = &Three::of(body.shape);
    let tree = &rivals::pointer_tree(body.shape);
    let paths = &plugin_paths(body.shape.type_name());
    let metered = &Metered::of(body);
    let levels: Vec<Level> = Level::available().collect();
    let (mut tape, mut copy) = (rivals::SimdJson::default(), Vec::new());

    let answer = scan(body, three, CHUNK, best);
    assert!(answer.model > 0 && answer.sent > 0 && answer.received > 0, "{answer:?}");
    assert_eq!(rivals::serde_json_value(body), answer, "{}: Value", body.name);
    assert_eq!(rivals::serde_json_typed(body), answer, "{}: typed", body.name);
    assert_eq!(rivals::sonic_rs_get_many(body, tree), answer, "{}: sonic-rs", body.name);
    assert_eq!(rivals::simd_json_tape(body, &mut tape), answer, "{}: simd-json", body.name);
    let record = metered.record(body, CHUNK);
    assert_eq!(record.usage.input, Some(answer.sent), "{}: meter", body.name);
    let documents = scan_all(body, paths, CHUNK, best);
    let pointers = (!body.stream).then(|| [Pointers::plain(body), Pointers::computed(body)]);
    for pointers in pointers.iter().flatten() {
        assert_eq!(pointers.evaluate(body, CHUNK), answer, "{}: pointers", body.name);
    }

    let mut contenders: Vec<Box<dyn FnMut() + '_>> = vec![
        Box::new(|| rivals::memcpy(black_box(body), &mut copy)),
        Box::new(|| done(rivals::serde_json_value(black_box(body)))),
        Box::new(|| done(rivals::serde_json_typed(black_box(body)))),
        Box::new(|| done(rivals::sonic_rs_get_many(black_box(body), tree))),
        Box::new(|| done(rivals::simd_json_tape(black_box(body), &mut tape))),
        Box::new(|| done(scan(black_box(body), three, usize::MAX, best))),
        Box::new(|| done(scan(black_box(body), three, PACKET, best))),
        Box::new(|| done(scan(black_box(body), three, 1, best))),
        Box::new(|| done(scan_all(black_box(body), paths, CHUNK, best))),
        Box::new(|| done(metered.record(black_box(body), CHUNK))),
    ];
    for level in &levels {
        contenders.push(Box::new(|| done(scan(black_box(body), three, CHUNK, *level))));
    }
    for pointers in pointers.iter().flatten() {
        contenders.push(Box::new(|| done(pointers.evaluate(black_box(body), CHUNK))));
    }
    let times = timer.race(&mut contenders);
    let (levels_times, pointers_times) = times[10..].split_at(levels.len());
    let names = levels.iter().map(ToString::to_string);
    Row {
        body: body.name,
        bytes: body.text.len(),
        documents,
        stream: body.stream,
        memcpy: times[0],
        rivals: Rivals {
            serde_json_value: times[1],
            serde_json_typed: times[2],
            sonic_rs: times[3],
            simd_json: times[4],
        },
        chunks: Chunks { whole: times[5], packets: times[6], bytes: times[7] },
        plugin_paths: times[8],
        meter: times[9],
        levels: names.zip(levels_times.iter().copied()).collect(),
        pointers: pointers_times.try_into().ok(),
    }
}
