//! The configuration a form edits: read, validate, schema, compile.
//!
//! ```text
//! text ─▶ PolicyConfig ─▶ Policy ─▶ meters
//!              ▲             ▲
//!           schema ◀──── Registry
//! ```
//!
//! Every mistake is a [`Problem`]: where it is, what was expected, what to type instead.

mod compile;
mod config;
mod decode;
mod document;
mod follow;
mod generate;
mod order;
mod policy;
mod pricing;
mod problem;
mod schema;
mod shape;
mod text;
mod validate;

pub use config::{Decoded, ExtractionConfig, PolicyConfig, PricingConfig};
pub use document::{Document, check};
pub use follow::slips;
pub use generate::{inlined, schema_of, schema_of_written};
pub use order::schema_text;
pub use policy::Policy;
pub use problem::{Problem, Problems, Severity};
pub use schema::{form, schema};
pub use validate::{validate_text, validate_value};
