//! Content codings: each undone as it arrives, bounded, and never trusted.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use token_tracking_framing::{Limits, Trouble};

use crate::encoders::{CODINGS, Encoder, gzip, zstd};
use crate::support::Reading;

/// Two documents, the first larger than the output buffer.
fn body() -> Vec<u8> {
    let noise: String =
        (0..40_000u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
    format!("{{\"text\":\"{noise}\",\"n\":1}}\n{{\"n\":2}}\n").into_bytes()
}

#[test]
fn each_round_trip() {
    let body = body();
    for (name, encode) in CODINGS {
        let reading = Reading::new("application/x-ndjson", &["/n"]).encoded(name);
        let encoded = encode(&body);
        for outcome in [reading.whole(&encoded), reading.bytes(&encoded)] {
            assert_eq!(outcome.firsts(), ["1", "2"], "{name}");
            assert_eq!((outcome.trouble, outcome.truncated), (None, false), "{name}");
        }
        for (outer, encode) in CODINGS {
            let both = format!("{name}, identity , {outer}");
            let reading = Reading::new("application/x-ndjson", &["/n"]).encoded(&both);
            let outcome = reading.chunks(encode(&encoded).chunks(1000));
            assert_eq!(outcome.firsts(), ["1", "2"], "{both}");
            assert_eq!((outcome.trouble, outcome.truncated), (None, false), "{both}");
        }
    }
}

/// What fills the output buffer to its last byte may have taken all of the input, and its end is
/// still to be seen: at some cut, what is left is just that much.
#[test]
fn a_rest_that_fills_the_output_buffer() {
    let document = |n: u32| format!("{{\"text\":\"{:x}\",\"n\":1}}\n", n * n % 1_021 * 7_919);
    let body: String = (0..403).map(document).collect();
    let body = body.repeat(20_000_usize.div_ceil(body.len()));
    for (name, encode) in CODINGS {
        let reading = Reading::new("application/x-ndjson", &["/n"]).encoded(name);
        let encoded = encode(body.as_bytes());
        for at in 0..encoded.len() {
            let (a, b) = encoded.split_at(at);
            let outcome = reading.chunks([a, b]);
            assert_eq!((outcome.trouble, outcome.truncated), (None, false), "{name} cut at {at}");
        }
    }
}

#[test]
fn cut_off_at_every_length() {
    let body = b"{\"n\":1}\n{\"n\":2}\n";
    for (name, encode) in CODINGS {
        let reading = Reading::new("application/x-ndjson", &["/n"]).encoded(name);
        let encoded = encode(body);
        for len in 0..encoded.len() {
            let outcome = reading.bytes(&encoded[..len]);
            assert_eq!(outcome.truncated, len > 0, "{name} cut at {len}");
            assert_eq!(outcome.trouble, None, "{name} cut at {len}");
        }
        for at in 0..encoded.len() {
            let (a, b) = encoded.split_at(at);
            assert_eq!(reading.chunks([a, b]), reading.whole(&encoded), "{name} split at {at}");
        }
    }
}

#[test]
fn several_streams_and_what_follows_them() {
    let (one, two) = (b"{\"n\":1}\n", b"{\"n\":2}\n");
    for (name, encode) in [("gzip", gzip as Encoder), ("zstd", zstd)] {
        let reading = Reading::new("application/x-ndjson", &["/n"]).encoded(name);
        let encoded = [encode(one), encode(two), vec![0; 5]].concat();
        for outcome in [reading.whole(&encoded), reading.bytes(&encoded)] {
            assert_eq!(outcome.firsts(), ["1", "2"], "{name}");
            assert_eq!((outcome.trouble, outcome.truncated), (None, false), "{name}");
        }
    }
}

#[test]
fn a_flushed_event_comes_at_once() {
    let event = b"data: {\"n\":1}\n\n";
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    let mut zs = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    let mut br = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    for round in 0..3_u64 {
        let chunks = [
            ("gzip", {
                gz.write_all(event).unwrap();
                gz.flush().unwrap();
                gz.get_ref().clone()
            }),
            ("zstd", {
                zs.write_all(event).unwrap();
                zs.flush().unwrap();
                zs.get_ref().clone()
            }),
            ("br", {
                br.write_all(event).unwrap();
                br.flush().unwrap();
                br.get_ref().clone()
            }),
        ];
        for (name, so_far) in chunks {
            let reading = Reading::new("text/event-stream", &["/n"]).encoded(name);
            for size in [1, so_far.len()] {
                let mut reader = reading.reader();
                let mut seen = 0;
                for chunk in so_far.chunks(size) {
                    reader.push(chunk, &mut |_| seen += 1);
                }
                assert_eq!(seen, round + 1, "{name}");
            }
        }
    }
}

#[test]
fn bombs_stop() {
    let zeros = vec![b' '; 2 << 20];
    for (name, encode) in CODINGS {
        let encoded = encode(&zeros);
        let mut reading = Reading::new("application/json", &[]).encoded(name);
        reading.limits = Limits { expansion_ratio: 100, expansion_floor: 64 * 1024 };
        let outcome = reading.whole(&encoded);
        assert_eq!(outcome.trouble, Some(Trouble::ExpansionLimit), "{name}");
        reading.limits = Limits::default();
        assert_eq!(reading.whole(&encoded).trouble, None, "{name}: under the floor");
    }
    let twice = gzip(&gzip(&vec![b' '; 17 << 20]));
    let reading = Reading::new("application/json", &[]).encoded("gzip, gzip");
    assert_eq!(reading.whole(&twice).trouble, Some(Trouble::ExpansionLimit));
}

#[test]
fn what_is_not_so_encoded() {
    for name in ["gzip", "deflate", "br", "zstd"] {
        let reading = Reading::new("application/json", &["/n"]).encoded(name);
        for body in ["{\"n\":1}{\"n\":1}", "{\"usage\":{\"total_tokens\":1}}"] {
            let outcome = reading.bytes(body);
            assert!(outcome.documents.is_empty(), "{name}");
            // Raw deflate has no mark and no checksum: it may decode, to noise.
            assert!(outcome.trouble.is_some() || outcome.truncated, "{name}: {outcome:?}");
        }
    }
    let mut broken = gzip(b"{\"n\":1}");
    let at = broken.len() - 6;
    broken[at] ^= 1;
    let outcome = Reading::new("application/json", &["/n"]).encoded("gzip").whole(&broken);
    assert_eq!(outcome.trouble, Some(Trouble::DecodeFailed), "the checksum is checked");
    assert_eq!(outcome.firsts(), ["1"], "what came before is kept");
}

#[test]
fn codings_by_name() {
    let unsupported = |name: &str| Some(Trouble::UnsupportedEncoding(name.to_owned()));
    for (value, trouble) in [
        ("", None),
        ("identity", None),
        (" Identity , ", None),
        ("compress", unsupported("compress")),
        ("lzma, gzip", unsupported("lzma")),
        ("gzip, br, gzip", unsupported("gzip, br, gzip")),
    ] {
        let outcome = Reading::new("application/json", &["/n"]).encoded(value).whole("{\"n\":1}");
        assert_eq!(outcome.documents.len(), usize::from(trouble.is_none()), "{value}");
        assert_eq!(outcome.trouble, trouble, "{value}");
    }
}

#[test]
fn large_zstd_windows_are_refused() {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(b"{\"n\":1}").unwrap();
    encoder.flush().unwrap();
    let encoded = encoder.finish().unwrap();
    let outcome = Reading::new("application/json", &["/n"]).encoded("zstd").whole(&encoded);
    assert_eq!(outcome.trouble, Some(Trouble::DecodeFailed));
}
