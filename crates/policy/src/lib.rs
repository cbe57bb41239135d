//! The configuration a form edits: read, validate, schema, compile.
//!
//! ```text
//! text ─▶ PolicyConfig ─▶ Policy ─▶ meters
//!              ▲             ▲
//!           schema ◀──── Registry
//! ```
//!
//! ```
//! use http::{HeaderMap, StatusCode};
//! use token_tracking_core::{End, Exchange, Registry};
//! use token_tracking_policy::{Policy, PolicyConfig};
//!
//! let registry = Registry::new().add(&token_tracking_provider_openai::PLUGIN)?;
//! let text = r#"{
//!     "extraction": {"type": "GPT"},
//!     "pricing": {"inputPriceValue": 0.4, "inputPriceUnit": 1000000,
//!                 "outputPriceValue": 1.6, "outputPriceUnit": 1000000}
//! }"#;
//! let config = PolicyConfig::from_text(text, "policy.json")?.value;
//! let policy = Policy::compile(&config, &registry)?; // once per configuration
//!
//! let headers = HeaderMap::new();
//! let exchange = Exchange::new(StatusCode::OK, &headers);
//! let mut meter = policy.meter(&exchange).unwrap(); // once per response
//! meter.push(br#"{"model": "gpt-5", "usage": {"prompt_tokens": 1000, "completion_tokens": 50}}"#);
//! let record = meter.finish(End::Complete);
//! assert_eq!(record.cost.unwrap().sent.unwrap().to_string(), "0.0004");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every mistake is a [`Problem`]: where it is, what was expected, what to type instead.
//!
//! ```
//! use token_tracking_core::Registry;
//!
//! let registry = Registry::new().add(&token_tracking_provider_openai::PLUGIN)?;
//! let text = r#"{"extraction": {"type": "GTP"}}"#;
//! let problems = token_tracking_policy::validate_text(text, "policy.json", &registry);
//! assert_eq!(
//!     problems[0].to_string(),
//!     "policy.json:1:25: error: /extraction/type: unknown extraction type \"GTP\"; \
//!      expected one of GPT; did you mean \"GPT\"?",
//! );
//! # Ok::<(), token_tracking_core::Error>(())
//! ```
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
