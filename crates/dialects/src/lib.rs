//! The wire dialects that several vendors speak, and an accumulator that reads any of them.
//!
//! Claude's format comes from Anthropic, Vertex and OpenRouter, OpenAI's from nearly
//! everybody. So a provider crate does not parse: its extractor is a [`Dialects`] with
//! the [`Profile`] of its vendor, and each document is read as what it is. Where that is
//! not a shape the vendor's endpoints send, the counts still count, and the note
//! `shape-mismatch` says which type to configure.
//!
//! | file | what it reads |
//! |---|---|
//! | `openai_chat.rs` | Chat Completions, legacy completions, embeddings, and all who copied them |
//! | `openai_responses.rs` | Responses, images, transcriptions, speech, realtime |
//! | `anthropic.rs` | Messages |
//! | `gemini.rs` | `generateContent`, `embedContent`, `predict`, Live |
//! | `gemini_interactions.rs` | Interactions |
//! | `converse.rs`, `invocation.rs` | Bedrock's Converse and Nova, and what AWS counts of any model |
//! | `cohere.rs` | Cohere's chat, embeddings and reranking, both versions |
//! | `bare.rs` | Ollama, Titan, Llama, watsonx: counts without a usage object |
//!
//! Counts are only ever looked for at known places, never by searching for `usage`:
//! guardrail traces, tool arguments and a model's own text hold objects of that name.
//!
//! ```
//! use token_tracking_core::Extractor as _;
//! use token_tracking_dialects::{Dialect, Dialects, Gap, Profile};
//!
//! let acme = Dialects::new(Profile {
//!     provider: Some("acme"),
//!     native: &[Dialect::OpenAiChat, Dialect::OpenAiResponses],
//!     gap: Gap::Unattributed,
//! });
//! assert!(format!("{:?}", acme.wanted()).contains("usage")); // it is an extractor
//! ```

mod anthropic;
mod bare;
mod cohere;
mod converse;
mod dialects;
mod gemini;
mod gemini_interactions;
mod invocation;
mod openai_chat;
mod openai_responses;
mod profile;
mod recognise;
mod reconcile;
mod request;
mod roots;
mod state;
mod tally;
mod wire;

pub use dialects::Dialects;
pub use profile::{Dialect, Gap, Profile};
pub use state::State;
