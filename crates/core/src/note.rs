//! Findings beside the numbers: a closed list of reasons and of anomalies.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$outer:meta])* $name:ident, $set:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// All of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as records, labels and counters spell it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        /// A set of these codes; a copy is four bytes.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $set(u32);

        impl $set {
            /// Adds a code; a second time changes nothing.
            pub fn insert(&mut self, code: $name) {
                self.0 |= 1 << code as u32;
            }

            /// Whether the code is in the set.
            #[must_use]
            pub fn contains(self, code: $name) -> bool {
                self.0 & (1 << code as u32) != 0
            }

            /// Whether the set is empty.
            #[must_use]
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Adds all codes of another set.
            pub fn extend(&mut self, other: Self) {
                self.0 |= other.0;
            }

            /// The codes, in the list's order.
            pub fn iter(self) -> impl Iterator<Item = $name> {
                $name::ALL.iter().copied().filter(move |code| self.contains(*code))
            }
        }
    };
}

codes! {
    /// Why a record is not plainly `reported`.
    Reason, Reasons {
        /// A good answer that holds no counts.
        NoUsage = "no-usage",
        /// The answer, or an event in it, is an error of the provider.
        ErrorResponse = "error-response",
        /// Counts that are not consumption: counted tokens, a poll, a stored answer.
        NotConsumption = "not-consumption",
        /// Neither JSON nor events.
        UnsupportedContent = "unsupported-content",
        /// A content coding that is not known.
        UnsupportedEncoding = "unsupported-encoding",
        /// The encoded bytes are broken.
        DecodeFailed = "decode-failed",
        /// Not well-formed JSON or events.
        Malformed = "malformed",
        /// A bound was reached: of a captured value, of the expansion.
        LimitExceeded = "limit-exceeded",
        /// The client went away.
        ClientCancelled = "client-cancelled",
        /// The provider's connection failed, or could not be made.
        UpstreamFailed = "upstream-failed",
        /// The body ended before its end.
        Truncated = "truncated",
        /// A configured pointer gave no value.
        PointerFailed = "pointer-failed",
        /// A value where a count should be is not one.
        NotACount = "not-a-count",
        /// The answer has the shape of another type than the configured one.
        ShapeMismatch = "shape-mismatch",
        /// The tracking configuration does not compile.
        Misconfigured = "misconfigured",
        /// A price is configured, but no cost could be computed.
        Unpriced = "unpriced",
    }
}

codes! {
    /// What is odd about the counts that were reported.
    Anomaly, Anomalies {
        /// input + output is not the provider's total.
        TotalMismatch = "total-mismatch",
        /// A part is greater than the total it is in.
        PartExceedsTotal = "part-exceeds-total",
        /// A cumulative count went down in a stream.
        CountDecreased = "count-decreased",
    }
}

/// The findings on one response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Why it is not plainly `reported`.
    pub reasons: Reasons,
    /// What is odd about its counts.
    pub anomalies: Anomalies,
    /// Sentences for a person: which pointer failed, which type to configure.
    /// At most [`Notes::MAX_DETAILS`].
    pub details: Vec<String>,
}

impl Notes {
    /// How many sentences are kept.
    pub const MAX_DETAILS: usize = 8;

    /// Adds a reason.
    pub fn reason(&mut self, reason: Reason) {
        self.reasons.insert(reason);
    }

    /// Adds a reason with a sentence that explains it, once.
    pub fn explain(&mut self, reason: Reason, detail: impl Into<String>) {
        self.reasons.insert(reason);
        let detail = detail.into();
        if self.details.len() < Self::MAX_DETAILS && !self.details.contains(&detail) {
            self.details.push(detail);
        }
    }

    /// Adds an anomaly.
    pub fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}
