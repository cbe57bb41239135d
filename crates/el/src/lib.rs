//! The gateway's expression language, usable alone: pointers into a response
//! and the conversion of what they find.
//!
//! A [`Pointer`] is what a configuration calls a token or model pointer. It is
//! written in one of four notations, told apart by the text itself, and compiles
//! to the one thing a streaming scanner needs: the RFC 6901 path to capture.
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
//!     assert_eq!(pointer.json_pointer(), "/my_usage/promptUsage");
//!     assert_eq!(pointer.to_count("17"), Ok(Some(17)));
//! }
//!
//! let error = Pointer::parse("{response.jsonContent.model}").unwrap_err();
//! assert_eq!(error.suggestion.as_deref(), Some("{#response.jsonContent.model}"));
//! # Ok::<(), token_tracking_el::ElError>(())
//! ```
//!
//! This version evaluates plain paths only. What is valid in the language and
//! not built yet is refused as [`ErrorKind::Unsupported`], never guessed.

pub mod convert;

mod error;
mod expression;
mod java;
mod path;
mod pointer;

pub use convert::ConvertError;
pub use error::{ElError, ErrorKind};
pub use pointer::{Notation, Pointer};
