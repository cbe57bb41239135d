//! Bytes of a provider's answer in, documents with their captured fields out.
//!
//! Push machines, no I/O, no async: a host hands over the chunks as they pass. On the way of
//! a body are its content coding ([`BodyHead::content_encoding`]), its framing ([`Format`],
//! told by the content type and by the first bytes), and the scanner, which keeps the raw text
//! of the wanted [`Paths`] and skips the rest. Nothing is held back and nothing grows
//! with the body; no input is an error, and [`BodyEnd`] says what became of it.
//! The codings are features, all on: `gzip` (and deflate), `brotli`, and `zstd`, which is C.
//!
//! ```
//! use std::sync::Arc;
//! use token_tracking_framing::{BodyHead, BodyReader, Format, Limits, Paths};
//!
//! let mut paths = Paths::new();
//! let usage = paths.add("/usage").unwrap();
//! let head = BodyHead { content_type: Some("text/event-stream"), ..BodyHead::default() };
//! let mut reader = BodyReader::new(head, Arc::new(paths), Limits::default());
//!
//! let mut seen = Vec::new();
//! let chunks = [
//!     r#"data: {"choices":[{"delta":{"content":"Hel"}}],"us"#,
//!     "age\": null}\n\ndata: {\"choices\":[],\"usage\":{\"total_tok",
//!     "ens\":12}}\n\ndata: [DONE]\n\n",
//! ];
//! for chunk in chunks {
//!     reader.push(chunk.as_bytes(), &mut |event| {
//!         seen.push(event.raw(usage).map(|raw| String::from_utf8_lossy(raw).into_owned()));
//!     });
//! }
//! let end = reader.finish(&mut |_| {});
//!
//! assert_eq!(seen, [Some("null".to_owned()), Some(r#"{"total_tokens":12}"#.to_owned())]);
//! assert_eq!((end.format, end.documents, end.done), (Some(Format::Sse), 2, true));
//! ```

mod base64;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod blocks;
mod body;
mod bounded;
mod capture;
mod codec;
mod encoding;
mod envelope;
mod event;
mod event_stream;
mod index;
mod key;
mod members;
mod message_headers;
mod number;
mod paths;
mod repeat;
mod scalar;
mod scan;
mod scanner;
mod sequence;
mod simd;
mod skip;
mod sniff;
mod sse;
mod sse_repeat;
mod stack;
mod text;
mod trie;
mod walk;
mod window;
mod words;

pub use body::{BodyEnd, BodyHead, BodyReader, Format, Limits, Trouble};
pub use event::{Event, ValueKind};
pub use paths::{DEFAULT_CAPTURE_LIMIT, PathError, PathId, Paths};
#[doc(hidden)]
pub use simd::Level;
