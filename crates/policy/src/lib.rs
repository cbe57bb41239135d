//! The configuration a form edits: read, validate, schema, compile.
//!
//! ```text
//! text ─▶ PolicyConfig ─▶ Policy ─▶ meters
//!              ▲             ▲
//!           schema ◀──── Registry
//! ```
//!
//! Every mistake is a [`Problem`]: where it is, what was expected, what to type instead.
//!
//! Without the features `validate` and `yaml` it reads configurations in JSON, compiles and
//! describes them, and adds two crates to what core and the providers need.

mod compile;
mod config;
mod decode;
#[cfg(feature = "validate")]
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
#[cfg(feature = "validate")]
mod validate;

pub use config::{Decoded, ExtractionConfig, PolicyConfig, PricingConfig};
#[cfg(feature = "validate")]
pub use document::{Document, check};
pub use follow::{Slip, slips};
pub use generate::{inlined, schema_of, schema_of_written};
pub use order::schema_text;
pub use policy::Policy;
pub use problem::{Problem, Problems, Severity};
pub use schema::{form, schema};
#[cfg(feature = "validate")]
pub use validate::{validate_text, validate_value};
