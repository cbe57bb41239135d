//! The gateway's expression language, usable alone: pointers into a response
//! and the conversion of what they find.
//!
//! A [`Pointer`] is what a configuration calls a token or model pointer. It is
//! written in one of four notations, told apart by the text itself, and compiles
//! to what a streaming scanner needs: the RFC 6901 paths to capture.
//!
//! ```
//! use token_tracking_el::{Notation, Pointer};
//!
//! for (text, notation) in [
//!     ("{#response.jsonContent.my_usage.promptUsage}", Notation::Expression),
//!     ("/my_usage/promptUsage", Notation::JsonPointer),
//!     ("$.my_usage['promptUsage']", Notation::JsonPath),
//!     ("my_usage.promptUsage", Notation::Dotted),
//! ] {
//!     let pointer = Pointer::parse(text)?;
//!     assert_eq!(pointer.notation(), notation);
//!     assert_eq!(pointer.path(), Some("/my_usage/promptUsage"));
//!     assert_eq!(pointer.to_count("17"), Ok(Some(17)));
//! }
//!
//! let error = Pointer::parse("{response.jsonContent.model}").unwrap_err();
//! assert_eq!(error.suggestion.as_deref(), Some("{#response.jsonContent.model}"));
//! # Ok::<(), token_tracking_el::ElError>(())
//! ```
//!
//! An [`Expression`] is the language itself, whole: it is evaluated over a [`Context`],
//! what a host knows of an exchange. What is valid in the language and not built is refused
//! as [`ErrorKind::Unsupported`] when it is read, never given another value.

pub mod convert;

mod context;
mod error;
mod eval;
mod expression;
mod java;
mod jsonpath;
mod known;
mod lint;
mod members;
mod path;
mod plan;
mod pointer;
mod support;
mod syntax;
mod value;

pub use context::{Captured, Context, Fact, Kind, Message, Nothing};
pub use convert::ConvertError;
pub use error::{ElError, ErrorKind};
pub use expression::{Explained, Expression};
pub use known::{Item, Known};
pub use lint::{Lint, LintKind};
pub use plan::{Keep, ReadPath, Reads};
pub use pointer::{Notation, Pointer};
pub use value::{Bean, Decimal, Map, Seq, SeqKind, Text, Value};
