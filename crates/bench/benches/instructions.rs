//! The budgets in instructions: `cargo bench -p token-tracking-bench --bench instructions`
//! fails where a body needs more than its limit.
//!
//! Counted by callgrind, so that they depend on the code and the compiler and not on what
//! else the machine does. A limit is what was counted plus a few percent for another
//! compiler. Whoever makes it faster lowers the limit, in the same commit.

#![allow(missing_docs)] // of what the macros make

use std::hint::black_box;
use std::sync::Arc;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig};
use token_tracking_bench::answer::Answer;
use token_tracking_bench::bodies::{self, Body};
use token_tracking_bench::ours::{self, Metered, Three};
use token_tracking_core::Record;
use token_tracking_framing::{Level, Paths};

const CHUNK: usize = 16 * 1024;

/// The most instructions.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, instructions)]).args(["--cache-sim=no"]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

fn three(body: Body) -> (Body, Three) {
    let three = Three::of(body.shape);
    (body, three)
}

fn plugin(body: Body) -> (Body, Arc<Paths>) {
    let paths = ours::plugin_paths(body.shape.type_name());
    (body, paths)
}

fn metered(body: Body) -> (Body, Metered) {
    let metered = Metered::of(&body);
    (body, metered)
}

// The scanner at the machine's best level, three fields.
#[library_benchmark(setup = three)]
#[bench::chat_1_kb(args = (bodies::chat_1_kb()), config = at_most(6_560))]
#[bench::chat_20_kb(args = (bodies::chat_20_kb()), config = at_most(10_100))]
#[bench::text(args = (bodies::text()), config = at_most(169_000))]
#[bench::unicode_escapes(args = (bodies::unicode_escapes()), config = at_most(166_000))]
#[bench::tool_arguments(args = (bodies::tool_arguments()), config = at_most(1_480_000))]
#[bench::logprobs(args = (bodies::logprobs()), config = at_most(1_340_000))]
#[bench::embeddings(args = (bodies::embeddings()), config = at_most(871_000))]
#[bench::chat_stream(args = (bodies::chat_stream(1_000)), config = at_most(617_000))]
#[bench::messages_stream(args = (bodies::messages_stream(1_000)), config = at_most(537_000))]
#[bench::responses_stream(args = (bodies::responses_stream(1_000)), config = at_most(815_000))]
fn scan((body, three): (Body, Three)) -> (Answer, Body, Three) {
    let answer = ours::scan(black_box(&body), &three, CHUNK, Level::best());
    (answer, body, three)
}

// The safe twin, three fields.
#[library_benchmark(setup = three)]
#[bench::chat_1_kb(args = (bodies::chat_1_kb()), config = at_most(10_400))]
#[bench::text(args = (bodies::text()), config = at_most(414_000))]
#[bench::logprobs(args = (bodies::logprobs()), config = at_most(8_510_000))]
#[bench::embeddings(args = (bodies::embeddings()), config = at_most(2_480_000))]
#[bench::chat_stream(args = (bodies::chat_stream(1_000)), config = at_most(752_000))]
fn scan_safe((body, three): (Body, Three)) -> (Answer, Body, Three) {
    let answer = ours::scan(black_box(&body), &three, CHUNK, Level::FALLBACK);
    (answer, body, three)
}

// The scanner with all the paths of the provider's plugin.
#[library_benchmark(setup = plugin)]
#[bench::chat_1_kb(args = (bodies::chat_1_kb()), config = at_most(9_050))]
#[bench::chat_stream(args = (bodies::chat_stream(1_000)), config = at_most(679_000))]
#[bench::messages_stream(args = (bodies::messages_stream(1_000)), config = at_most(445_000))]
#[bench::responses_stream(args = (bodies::responses_stream(1_000)), config = at_most(725_000))]
fn scan_plugin((body, paths): (Body, Arc<Paths>)) -> (u64, Body, Arc<Paths>) {
    let documents = ours::scan_all(black_box(&body), &paths, CHUNK, Level::best());
    (documents, body, paths)
}

// The whole meter, from the head to the record.
#[library_benchmark(setup = metered)]
#[bench::chat_1_kb(args = (bodies::chat_1_kb()), config = at_most(34_700))]
#[bench::chat_stream(args = (bodies::chat_stream(1_000)), config = at_most(880_000))]
#[bench::messages_stream(args = (bodies::messages_stream(1_000)), config = at_most(583_000))]
#[bench::responses_stream(args = (bodies::responses_stream(1_000)), config = at_most(900_000))]
fn meter((body, metered): (Body, Metered)) -> (Record, Body, Metered) {
    let record = metered.record(black_box(&body), CHUNK);
    (record, body, metered)
}

library_benchmark_group!(name = budgets, benchmarks = [scan, scan_safe, scan_plugin, meter]);

gungraun::main!(library_benchmark_groups = budgets);
