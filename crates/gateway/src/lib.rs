//! Host 1: a streaming reverse proxy that meters what passes.
//!
//! ```text
//! listener ─▶ routes ─▶ api ─▶ client ─▶ provider
//!    ▲                   │ flow ─▶ policy ─▶ meter
//!    └──── tap: each frame as it comes; the meter reads the same bytes by reference
//! ```
//!
//! Bytes pass as they come: status, headers, trailers, chunk timing and content coding
//! are the provider's. Only the hop-by-hop headers of RFC 9110 §7.6.1 end here.
//!
//! # Why hyper
//!
//! hyper's server and hyper-util's pooling client are put together by hand. The
//! alternative in Rust, pingora, brings a process model, its own runtime and its own
//! configuration. In a side-by-side run made before the project began (one worker pinned
//! to one core, 64 connections, JSON answers of 1 KB) a proxy on hyper spent 19.5 µs of
//! CPU per request, one on pingora 29.8 µs and nginx 14.2 µs: a third less than
//! pingora, at 7 to 14 MiB of memory. hyper's `Body` also is all that metering needs:
//! one `poll_frame` to stand in, no filter chain, and no buffer that is ours.
//!
//! # What is where
//!
//! [`Definition`] reads an API definition, [`Api`] is one that can be served, and
//! [`Gateway`] serves several. Everything is generic over the
//! [`Registry`](token_tracking_core::Registry): no provider is named here.
//!
//! ```no_run
//! use std::sync::Arc;
//! use token_tracking_gateway::{Api, Gateway, Settings};
//! use token_tracking_policy::Policy;
//!
//! # async fn serve(registry: &token_tracking_core::Registry) -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::quick("GPT", registry)?;
//! let api = Api::quick("openai", "/openai", "https://api.openai.com", policy)?;
//! let records = Arc::new(token_tracking_report::Memory::new(100));
//! let settings = Settings::listening_on("127.0.0.1:8080");
//! let gateway = Gateway::bind(settings, vec![api], records)?;
//! println!("listening on {}", gateway.local_addr());
//! gateway.serve(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! # What may be sent twice
//!
//! A request costs tokens. It goes to another target, or over another connection, only while
//! nothing of it was sent: where no connection came about, or where a kept one was closed
//! before a byte was written. After that its failure is the client's to judge.
//!
//! # Limits of this version
//!
//! WebSockets pass untracked, over HTTP/1.1 only. Interim answers (1xx) of targets are not
//! passed on, since hyper's server has no way to send one; the answer after them is.
//! `Expect: 100-continue` is met by the gateway, once the target takes the body.
//! Over HTTP/1.1 trailers reach only clients that ask for them (`TE: trailers`) and only
//! those that the `Trailer` header names, which RFC 9110 §6.5 lets a proxy do. A request with
//! both lengths, or with lines that end in LF alone, is read as RFC 9112 §6.3 and §2.2 say,
//! and framed anew for the target.

mod error;
mod settings;

mod api;
mod catalogue;
mod control;
mod definition;
mod endpoints;
mod library;
mod selector;
mod target;
mod tracking;

mod admin;
mod answer;
mod asked;
mod checks;
mod client;
mod forward;
mod forwarding;
mod guard;
mod headers;
mod ids;
mod include_usage;
mod lanes;
mod limits;
mod routes;
mod send;
mod served;
mod server;
mod strip;
mod table;
mod tap;
mod timeouts;
mod upgrade;
mod upload;

pub use admin::{Admin, Reply};
pub use api::Api;
pub use catalogue::Catalogue;
pub use client::{Pool, Protocol};
pub use control::Control;
pub use definition::{Definition, definition_schema};
pub use error::{Finding, Findings, GatewayError};
pub use forwarding::{ForwardedHeader, Forwarding, HostHeader};
pub use ids::Ids;
pub use include_usage::IncludeUsage;
pub use library::{ApiState, Library, Reload, ServedAs, definition_files};
pub use limits::Limits;
pub use server::Gateway;
pub use settings::Settings;
pub use timeouts::Timeouts;
pub use token_tracking_host::{Attribution, HashKey, TlsFiles};
