//! The flat price: one for what is sent, one for what is received.

use rust_decimal::Decimal;
use token_tracking_core::{Cost, Error, ErrorKind, Pricer, ReceiptLine, Usage};

use crate::amount;

/// cost = tokens × value ÷ unit, for input and for output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatPrice {
    /// The price of `input_unit` tokens sent.
    pub input_value: Decimal,
    /// How many tokens sent the price is for.
    pub input_unit: Decimal,
    /// The price of `output_unit` tokens received.
    pub output_value: Decimal,
    /// How many tokens received the price is for.
    pub output_unit: Decimal,
    /// ISO 4217 code; without one the costs have no currency.
    pub currency: Option<String>,
}

impl FlatPrice {
    /// A price without a currency.
    ///
    /// # Errors
    /// When a number is not greater than zero.
    pub fn new(
        input_value: Decimal,
        input_unit: Decimal,
        output_value: Decimal,
        output_unit: Decimal,
    ) -> Result<Self, Error> {
        for (name, number) in [
            ("input_value", input_value),
            ("input_unit", input_unit),
            ("output_value", output_value),
            ("output_unit", output_unit),
        ] {
            if number <= Decimal::ZERO {
                let message = format!("{name} is {number}");
                return Err(Error::new(ErrorKind::InvalidConfig, message)
                    .expected("a number greater than zero"));
            }
        }
        Ok(Self { input_value, input_unit, output_value, output_unit, currency: None })
    }

    /// Names the currency.
    #[must_use]
    pub fn with_currency(mut self, currency: Option<String>) -> Self {
        self.currency = currency;
        self
    }
}

impl Pricer for FlatPrice {
    fn price(&self, usage: &Usage, _model: Option<&str>) -> Result<Cost, String> {
        if usage.input.is_none() && usage.output.is_none() {
            return Err("neither the tokens sent nor those received are known".to_owned());
        }
        let mut receipt = Vec::with_capacity(2);
        let mut line = |item: &str, quantity: Option<u64>, price, unit| {
            let Some(quantity) = quantity else {
                return Ok(None);
            };
            let amount = amount(quantity, price, unit)
                .ok_or_else(|| format!("{item}: {quantity} × {price} ÷ {unit} is out of range"))?;
            receipt.push(ReceiptLine {
                item: item.to_owned(),
                quantity,
                price,
                unit,
                amount: amount.value,
                rounded: amount.rounded,
            });
            Ok::<_, String>(Some(amount.value))
        };
        let (input, output) =
            (usage.billed_input.or(usage.input), usage.billed_output.or(usage.output));
        let sent = line("input", input, self.input_value, self.input_unit)?;
        let received = line("output", output, self.output_value, self.output_unit)?;
        Ok(Cost { sent, received, currency: self.currency.clone(), receipt })
    }
}

/// A price that is configured but cannot be computed with, such as an infinite one:
/// every response is left unpriced, and says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpriceable {
    /// Why, in a sentence.
    pub why: String,
}

impl Pricer for Unpriceable {
    fn price(&self, _usage: &Usage, _model: Option<&str>) -> Result<Cost, String> {
        Err(self.why.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_billed_is_priced_where_the_provider_says_it() {
        let one = Decimal::ONE;
        let price = FlatPrice::new(one, one, one, one).unwrap();
        let mut usage = Usage { input: Some(69), output: Some(13), ..Usage::default() };
        usage.billed_input = Some(7);
        let cost = price.price(&usage, None).unwrap();
        assert_eq!((cost.sent, cost.received), (Some(7.into()), Some(13.into())));
        assert_eq!(cost.receipt[0].quantity, 7);
    }
}
