//! Which policy meters a call.

use token_tracking_core::{Exchange, Meter};

use crate::attributes::Attributes;

/// What is known of a call when its response's head is there.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Request and response, as the meter takes them; the path is without its query.
    pub exchange: Exchange<'a>,
    /// The request's `:authority`.
    pub host: Option<&'a str>,
    /// What Envoy sent beside.
    pub attributes: &'a Attributes,
}

/// Chooses the policy of a call and makes its meter.
///
/// [`Policies`](crate::Policies) does it by a list; a host that has API definitions does it
/// by those.
pub trait Choose: Send + Sync {
    /// A meter for this response; `None` where there is nothing to meter.
    fn meter(&self, seen: &Seen<'_>) -> Option<Meter>;
}

impl<F: Fn(&Seen<'_>) -> Option<Meter> + Send + Sync> Choose for F {
    fn meter(&self, seen: &Seen<'_>) -> Option<Meter> {
        self(seen)
    }
}
