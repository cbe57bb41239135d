//! Which policy meters a call.

use token_tracking_core::{Exchange, Meter};

/// Chooses the policy of a call and makes its meter, when the response's head is there.
///
/// [`Policies`](crate::Policies) does it by a list; a host that has API definitions does it
/// by those. What Envoy told beside the heads is in the exchange's
/// [details](token_tracking_core::Details::told).
pub trait Choose: Send + Sync {
    /// A meter for this response; `None` where there is nothing to meter.
    fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter>;
}

impl<F: Fn(&Exchange<'_>) -> Option<Meter> + Send + Sync> Choose for F {
    fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter> {
        self(exchange)
    }
}
