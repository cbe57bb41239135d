//! Host 2: Envoy's external processor (`envoy.service.ext_proc.v3.ExternalProcessor`).
//!
//! ```text
//! client ◀──────── Envoy ◀──────── provider
//!                    │  a copy of head and body, chunk by chunk (gRPC)
//!                    ▼
//!        service ─▶ call ─▶ choose ─▶ meter ─▶ records
//!                    │
//!                    └─▶ dynamic metadata: counts for Envoy's log and rate limits
//! ```
//!
//! Nothing is ever changed. In `observability_mode` Envoy does not wait for this processor at
//! all, and nothing is answered. In the modes where it waits, a chunk is answered before it is
//! scanned; only the last one is scanned first, since its answer carries the counts.
//!
//! Any proxy that speaks the protocol will do: Envoy, Istio, Envoy Gateway, kgateway, the
//! callouts of cloud load balancers. See the protocol's
//! [documentation](https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto).
//!
//! # How a response ends
//!
//! The end of the body, or trailers, are `complete`. A stream that Envoy ends before is
//! `cancelled`, whoever it was that hung up: Envoy does not tell a client that left from a
//! provider that broke off. What was seen until then is on the record.
//!
//! # Memory
//!
//! A call keeps the request's head, of which Envoy bounds the size (60 KiB unless set
//! otherwise), and a meter; of a body only the chunk at hand. At most
//! [`Settings::max_message_bytes`] are taken in one message.

mod attributes;
mod call;
mod choose;
mod error;
mod metadata;
mod policies;
mod reply;
mod server;
mod service;
mod settings;

pub use attributes::Attributes;
pub use choose::{Choose, Seen};
pub use error::ExtProcError;
pub use policies::Policies;
pub use server::ExtProc;
pub use settings::{Listen, Settings, Tls};
