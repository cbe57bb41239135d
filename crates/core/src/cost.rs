//! What a response cost, with a receipt; how it is priced is another crate's.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Usage;

/// The cost of one response in exact decimals. Written as strings, since a JSON
/// number is a double to most readers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Cost of what was sent; absent where the count is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sent: Option<Decimal>,
    /// Cost of what was received; absent where the count is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub received: Option<Decimal>,
    /// ISO 4217 code, where the configuration names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The computation, line by line.
    pub receipt: Vec<ReceiptLine>,
}

/// One line of a receipt: amount = quantity × price ÷ unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptLine {
    /// What was counted: a field of the usage, such as `input`.
    pub item: String,
    /// How many.
    pub quantity: u64,
    /// The price of one unit.
    #[schemars(with = "String")]
    pub price: Decimal,
    /// How many are one unit.
    #[schemars(with = "String")]
    pub unit: Decimal,
    /// The line's amount.
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// The division does not end: the amount is rounded to 28 digits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rounded: bool,
}

/// Computes costs. Implemented by `token-tracking-pricing`; core only calls it.
pub trait Pricer: Send + Sync {
    /// The cost of these counts.
    ///
    /// # Errors
    /// A sentence that says why there is none: it becomes the reason `unpriced`.
    fn price(&self, usage: &Usage, model: Option<&str>) -> Result<Cost, String>;
}
