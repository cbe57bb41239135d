//! Hostile bodies of any length take no more memory than small ones, and end.

use std::io::Write;
use std::sync::Arc;

use token_tracking_framing::{BodyEnd, BodyHead, BodyReader, Limits, Paths, Trouble};

const MEBI: usize = 1 << 20;
/// What reading may take at once: the reader's own buffers and captures. The chunks are not
/// its own; the windows of the decoders come on top.
const READING_BYTES: u64 = 64 * 1024;

/// Reads all chunks; what became of it, and the most bytes that reading had at a time.
fn peak<'c>(
    content_type: &str,
    content_encoding: Option<&str>,
    chunks: impl Iterator<Item = &'c [u8]>,
) -> (BodyEnd, u64) {
    let mut paths = Paths::new();
    for path in ["/a", "/a/a", "/*/*", "/usage", "/usage/total", "/choices/*/text"] {
        paths.add(path).unwrap();
    }
    let paths = Arc::new(paths);
    let mut end = None;
    let info = allocation_counter::measure(|| {
        let head = BodyHead { content_type: Some(content_type), content_encoding };
        let mut reader = BodyReader::new(head, Arc::clone(&paths), Limits::default());
        for chunk in chunks {
            reader.push(chunk, &mut |_| {});
        }
        end = Some(reader.finish(&mut |_| {}));
    });
    (end.unwrap(), info.bytes_max)
}

/// `first`, then `times` that chunk, then `last`.
fn repeated<'c>(
    first: &'c [u8],
    chunk: &'c [u8],
    times: usize,
    last: &'c [u8],
) -> impl Iterator<Item = &'c [u8]> {
    let middle = std::iter::repeat_n(chunk, times);
    std::iter::once(first).chain(middle).chain(std::iter::once(last))
}

#[test]
fn a_hundred_mebibytes_of_brackets() {
    let arrays = b"[".repeat(MEBI);
    let objects = b"{\"a\":".repeat(MEBI / 5);
    for (first, chunk, times) in [
        (&b""[..], &arrays, 100),
        (b"{\"a\":", &arrays, 100),
        (b"{\"skipped\":", &arrays, 100),
        (b"", &objects, 500),
        (b"{\"skipped\":", &objects, 500),
    ] {
        let (end, bytes) = peak("application/json", None, repeated(first, chunk, times, b""));
        assert!(end.truncated || end.malformed > 0, "{end:?}");
        assert_eq!(end.documents, 0);
        assert!(bytes <= READING_BYTES, "{bytes} bytes");
    }
}

#[test]
fn a_string_of_a_gibibyte() {
    let text = b"x".repeat(MEBI);
    for first in [&b"{\"skipped\":\""[..], b"{\"usage\":\"", b"{\"a\":{\"a\":\"", b"{\""] {
        let last = if first.ends_with(b"{\"") { &b"\":1}"[..] } else { b"\"}}" };
        let (end, bytes) = peak("application/json", None, repeated(first, &text, 1024, last));
        assert!(!end.truncated, "{end:?}");
        assert!(bytes <= READING_BYTES, "{bytes} bytes");
    }
}

#[test]
fn events_values_and_lines_without_end() {
    for (content_type, chunk) in [
        ("text/event-stream", &b"data: {\"usage\":{\"total\":1}}\n\n"[..]),
        ("text/event-stream", b"event: long name without an end "),
        ("text/event-stream", b"data: {\"usage\":\"\n"),
        ("application/x-ndjson", b"{\"choices\":[{\"text\":\"a\"}]}\n"),
        ("application/json", b"{\"choices\":[{\"text\":\"a\"},"),
        ("application/json", b"[{\"usage\":1},"),
        ("application/vnd.amazon.eventstream", b"\0\0\0\x10"),
        ("", b" "),
    ] {
        let many = chunk.repeat(1024);
        let (_, bytes) = peak(content_type, None, repeated(b"", &many, 1024, b""));
        // The elements of one wanted path may take more than one value: see `Paths`.
        let captures = Paths::MAX_VALUES_BYTES as u64;
        assert!(bytes <= READING_BYTES + captures, "{content_type}: {bytes} bytes");
    }
}

#[test]
fn an_answer_in_flight() {
    let text = b"x".repeat(MEBI);
    for (content_type, first) in [
        ("application/json", &b"{\"model\":\"m\",\"skipped\":\""[..]),
        ("text/event-stream", b"event: e\ndata: {\"usage\":{\"total\":1},\"skipped\":\""),
    ] {
        let (_, allocated) = peak(content_type, None, repeated(first, &text, 8, b""));
        let held = allocated + size_of::<BodyReader>() as u64;
        assert!(held <= 4096, "{content_type}: {held} bytes");
    }
}

#[test]
fn one_byte_at_a_time() {
    let event = b"data: {\"usage\":{\"total\":1},\"text\":\"\\u00e9\"}\r\n\r\n";
    let body = event.repeat(20_000);
    let (end, bytes) = peak("text/event-stream", None, body.chunks(1));
    assert_eq!((end.documents, end.malformed), (20_000, 0));
    assert!(bytes <= READING_BYTES, "{bytes} bytes");
}

#[test]
fn bombs_of_each_coding() {
    let blank = vec![b' '; MEBI];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut br = brotli::CompressorWriter::new(Vec::new(), 4096, 2, 22);
    let mut zstd = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    for _ in 0..100 {
        gzip.write_all(&blank).unwrap();
        br.write_all(&blank).unwrap();
        zstd.write_all(&blank).unwrap();
    }
    let gzip = gzip.finish().unwrap();
    let mut twice = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    twice.write_all(&gzip).unwrap();
    let limit = || Some(Trouble::ExpansionLimit);
    let bombs = [
        // At most 1,032 to 1: no bomb, but its 100 MiB are read in a window of 32 KiB.
        ("gzip", gzip, None, 128 * 1024),
        ("gzip, gzip", twice.finish().unwrap(), limit(), 256 * 1024),
        ("br", br.into_inner(), limit(), 16 << 20),
        ("zstd", zstd.finish().unwrap(), limit(), 9 << 20),
    ];
    for (coding, bomb, trouble, window) in bombs {
        let (end, bytes) = peak("application/json", Some(coding), bomb.chunks(1400));
        assert_eq!(end.trouble, trouble, "{coding}");
        assert!(bytes <= READING_BYTES + window, "{coding}: {bytes} bytes");
    }
}
