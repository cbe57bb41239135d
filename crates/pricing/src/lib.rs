//! Quantities times prices: exact cost with a receipt.
//!
//! ```
//! use token_tracking_core::{Pricer, Usage};
//! use token_tracking_pricing::FlatPrice;
//!
//! let price = FlatPrice::new("0.4".parse()?, 1_000_000.into(), "0.8".parse()?, 1_000_000.into())?;
//! let usage = Usage { input: Some(500_000), output: Some(750_000), ..Usage::default() };
//! let cost = price.price(&usage, None)?;
//! assert_eq!(cost.sent.unwrap().to_string(), "0.2");
//! assert_eq!(cost.received.unwrap().to_string(), "0.6");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod exact;
mod flat;
mod number;

pub use exact::{Amount, amount};
pub use flat::{FlatPrice, Unpriceable};
pub use number::{PriceNumber, parse};
