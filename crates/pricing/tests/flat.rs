//! The flat price's receipts.

use proptest::prelude::*;
use rust_decimal::Decimal;
use token_tracking_core::{Pricer, Usage};
use token_tracking_pricing::{FlatPrice, Unpriceable};

fn usage(input: Option<u64>, output: Option<u64>) -> Usage {
    Usage { input, output, ..Usage::default() }
}

fn price() -> FlatPrice {
    let million = Decimal::from(1_000_000);
    FlatPrice::new(Decimal::new(4, 1), million, Decimal::new(8, 1), million).unwrap()
}

#[test]
fn a_cost_comes_with_its_receipt_and_currency() {
    let price = price().with_currency(Some("EUR".to_owned()));
    let cost = price.price(&usage(Some(500_000), Some(750_000)), None).unwrap();
    assert_eq!(
        serde_json::to_value(&cost).unwrap(),
        serde_json::json!({
            "sent": "0.2", "received": "0.6", "currency": "EUR",
            "receipt": [
                {"item": "input", "quantity": 500_000, "price": "0.4", "unit": "1000000", "amount": "0.2"},
                {"item": "output", "quantity": 750_000, "price": "0.8", "unit": "1000000", "amount": "0.6"},
            ],
        })
    );
}

#[test]
fn an_absent_count_costs_nothing_known() {
    let cost = price().price(&usage(None, Some(100)), None).unwrap();
    assert_eq!(cost.sent, None);
    assert_eq!(cost.received.unwrap().to_string(), "0.00008");
    assert_eq!(cost.receipt.len(), 1);
    let why = price().price(&usage(None, None), None).unwrap_err();
    assert!(why.contains("neither"), "{why}");
}

#[test]
fn what_cannot_be_priced_says_why() {
    let mut dear = price();
    dear.input_value = Decimal::MAX;
    dear.input_unit = Decimal::ONE;
    let why = dear.price(&usage(Some(2), None), None).unwrap_err();
    assert!(why.contains("input: 2 ×") && why.contains("out of range"), "{why}");
    let never = Unpriceable { why: "the price is infinite".to_owned() };
    assert_eq!(never.price(&usage(Some(1), Some(1)), None).unwrap_err(), "the price is infinite");
    let error =
        FlatPrice::new(Decimal::ZERO, Decimal::ONE, Decimal::ONE, Decimal::ONE).unwrap_err();
    assert!(error.to_string().contains("greater than zero"), "{error}");
}

proptest! {
    #[test]
    fn the_receipt_adds_up_to_the_cost(
        input in prop::option::of(0u64..1 << 40), output in prop::option::of(0u64..1 << 40),
        value in 1i64..1_000_000, unit in 1i64..10_000_000,
    ) {
        let (value, unit) = (Decimal::new(value, 3), Decimal::from(unit));
        let price = FlatPrice::new(value, unit, value, unit).unwrap();
        if let Ok(cost) = price.price(&usage(input, output), Some("any")) {
            let lines: Decimal = cost.receipt.iter().map(|line| line.amount).sum();
            let total = cost.sent.unwrap_or_default() + cost.received.unwrap_or_default();
            prop_assert_eq!(lines, total);
            prop_assert_eq!(cost.receipt.len(), usize::from(input.is_some()) + usize::from(output.is_some()));
        }
    }
}
