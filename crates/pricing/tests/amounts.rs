//! Amounts are exact where they have an end, and say so where they have none.

use proptest::prelude::*;
use rust_decimal::Decimal;
use token_tracking_pricing::{Amount, PriceNumber, amount, parse};

fn decimal(text: &str) -> Decimal {
    match parse(text) {
        PriceNumber::Exact(number) => number,
        other => panic!("{text}: {other:?}"),
    }
}

#[track_caller]
fn check(tokens: u64, price: &str, unit: &str, expected: &str, rounded: bool) {
    let got = amount(tokens, decimal(price), decimal(unit)).expect(expected);
    assert_eq!((got.value.to_string().as_str(), got.rounded), (expected, rounded));
}

#[test]
fn amounts_that_end_are_exact_and_have_no_trailing_zeros() {
    check(500_000, "0.4", "1000000", "0.2", false);
    check(750_000, "0.8", "1000000", "0.6", false);
    check(100, "0.4", "1000000", "0.00004", false);
    check(100, "0.40", "1e6", "0.00004", false);
    check(3, "7", "3", "7", false);
    check(1_000_000, "15", "1000000", "15", false);
    check(1, "1", "8", "0.125", false);
    check(0, "0.3", "7", "0", false);
    check(u64::MAX, "0.0000000000000000000000000001", "1", "0.0000000018446744073709551615", false);
}

#[test]
fn a_product_beyond_96_bits_on_the_way_does_not_cost_a_digit() {
    let all = "7.9228162514264337593543950335";
    check(10_000_000_000_000_000_000, all, "10000000000000000000", all, false);
    check(10_000_000_000_000_000_000, all, "1", "79228162514264337593.543950335", false);
}

#[test]
fn amounts_without_an_end_are_rounded_and_say_so() {
    check(1, "1", "3", "0.3333333333333333333333333333", true);
    check(2, "1", "3", "0.6666666666666666666666666667", true);
    check(1, "1e-28", "10", "0", true);
}

#[test]
fn what_is_too_large_or_not_positive_has_no_amount() {
    let max = Decimal::MAX;
    assert_eq!(amount(2, max, 1.into()), None);
    assert_eq!(amount(u64::MAX, max, decimal("1e-28")), None);
    assert_eq!(amount(1, Decimal::ZERO, 1.into()), None);
    assert_eq!(amount(1, 1.into(), Decimal::NEGATIVE_ONE), None);
}

#[test]
fn numbers_are_read_exactly_from_their_text() {
    for (text, expected) in [
        ("0.4", "0.4"),
        ("4e-1", "0.4"),
        ("1E+6", "1000000"),
        ("1000000.000", "1000000"),
        ("+.5", "0.5"),
        ("0.1234567890123456789012345678", "0.1234567890123456789012345678"),
        ("1000000000000000000000000000000e-30", "1"),
    ] {
        assert_eq!(decimal(text).to_string(), expected, "{text}");
    }
    for text in
        ["Infinity", "1e300", "1e-29", "1e99999999999999999999", "0.12345678901234567890123456789"]
    {
        assert_eq!(parse(text), PriceNumber::Beyond, "{text}");
    }
    for text in ["0", "-0", "0.000", "0e5", "-1", "-Infinity", "-1e300"] {
        assert_eq!(parse(text), PriceNumber::NotPositive, "{text}");
    }
    for text in ["", "-", ".", "e5", "1e", "1e+", "NaN", "1,5", " 1", "0x10", "--1", "1.2.3"] {
        assert_eq!(parse(text), PriceNumber::NotANumber, "{text}");
    }
}

/// A positive decimal of up to nine digits and up to six places.
fn small() -> impl Strategy<Value = Decimal> {
    (1i64..1_000_000_000, 0u32..=6).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

proptest! {
    #[test]
    fn not_rounded_means_that_the_division_can_be_undone(
        tokens in 0u64..10_000_000_000, price in small(), unit in small(),
    ) {
        let Amount { value, rounded } = amount(tokens, price, unit).unwrap();
        prop_assert_eq!(value.normalize().scale(), value.scale(), "no trailing zeros");
        let product = Decimal::from(tokens) * price;
        if rounded {
            // One unit of the last digit, times the unit, is the most that rounding can lose.
            let lost = (value * unit - product).abs();
            let digits = 27 - i64::from(value.trunc().mantissa().checked_ilog10().unwrap_or(0));
            let step = Decimal::new(1, u32::try_from(digits.clamp(0, 28)).unwrap());
            prop_assert!(lost <= step * unit.max(Decimal::ONE) * Decimal::TEN, "{lost}");
        } else {
            // Few enough digits that this product is exact too.
            prop_assume!(value.scale() + unit.scale() <= 28);
            if let Some(back) = value.checked_mul(unit) {
                prop_assert_eq!(back, product);
            }
        }
    }

    #[test]
    fn nothing_panics(tokens: u64, a: i64, b: i64, s in 0u32..=28, t in 0u32..=28, text in "\\PC*") {
        let _ = amount(tokens, Decimal::new(a, s), Decimal::new(b, t));
        let _ = amount(tokens, Decimal::MAX, Decimal::new(b, t));
        let _ = parse(&text);
    }

    #[test]
    fn a_decimal_reads_back_from_its_text(digits in 1i64.., scale in 0u32..=28) {
        let number = Decimal::new(digits, scale).normalize();
        prop_assert_eq!(parse(&number.to_string()), PriceNumber::Exact(number));
        let scientific = format!("{digits}e-{scale}");
        prop_assert_eq!(parse(&scientific), PriceNumber::Exact(number));
    }
}
