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
//! all, and nothing is answered; the call ends with the response, or with its head where no
//! policy wants it. In the modes where it waits, a chunk is answered before it is scanned; only
//! the last one is scanned first, since its answer carries the counts.
//!
//! Any proxy that speaks the protocol will do: Envoy, Istio, Envoy Gateway, kgateway, the
//! callouts of cloud load balancers. See the protocol's
//! [documentation](https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto).
//!
//! # What expressions see
//!
//! Pointers, conditions and attribution see the request as in the gateway: head, query, scheme,
//! host, and from Envoy's attributes, where the filter sends them, the client's address
//! (`source.address`), this end's (`destination.address`) and the protocol
//! (`request.protocol`). All attributes and the dynamic metadata of other filters are in
//! `#context.attributes` under their own names:
//!
//! ```text
//! {#context.attributes['xds.route_name']}
//! {#context.attributes['envoy.filters.http.jwt_authn']['claims']['sub']}
//! ```
//!
//! What gives access is told by its name there, too, and hidden as everywhere.
//!
//! # How a response ends
//!
//! The end of the body, or trailers, are `complete`. A stream that Envoy ends before is
//! `cancelled`, whoever it was that hung up: Envoy does not tell a client that left from a
//! provider that broke off. What was seen until then is on the record. So is an answer with
//! trailers where `response_trailer_mode` is not `SEND` (Envoy Gateway has it so): its last bytes
//! look like any. Its counts are there; providers of models send no trailers.
//!
//! # Envoy's side
//!
//! `tests/envoy` of the repository has whole configurations, each run by a test, and the
//! resources by which Istio (`EnvoyFilter`) and Envoy Gateway (`EnvoyExtensionPolicy`) make the
//! same filter.
//!
//! # Memory
//!
//! A call keeps the request's head, of which Envoy bounds the size (60 KiB unless set
//! otherwise), at most 32 KiB of attributes and metadata, and a meter; of a body only the chunk at hand. At most
//! [`Settings::max_message_bytes`] are taken in one message.

mod attributes;
mod call;
mod choose;
mod error;
mod head;
mod incoming;
mod metadata;
mod policies;
mod reply;
mod server;
mod service;
mod settings;

pub use choose::Choose;
pub use error::ExtProcError;
pub use policies::{Policies, PolicyEntry};
pub use server::{Control, ExtProc};
pub use settings::{Listen, Settings};
