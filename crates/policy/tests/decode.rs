//! The decoder is as lenient as the original gateway, and takes prices exactly.

use proptest::prelude::*;
use serde_json::json;
use token_tracking_core::Registry;
use token_tracking_policy::{PolicyConfig, PricingConfig, Severity, validate_text};

/// The prices that a pricing decodes to, and the warnings.
fn prices(pricing: &str) -> (PricingConfig, Vec<String>) {
    let text = format!(r#"{{"extraction": {{"type": "GPT"}}, "pricing": {pricing}}}"#);
    let decoded = PolicyConfig::from_text(&text, "-").unwrap_or_else(|error| panic!("{error}"));
    (decoded.value.pricing, decoded.warnings.iter().map(ToString::to_string).collect())
}

fn four(value: &str) -> String {
    format!(
        r#"{{"inputPriceValue": {value}, "inputPriceUnit": "1000000", "outputPriceValue": 0.8, "outputPriceUnit": 1e6}}"#
    )
}

#[track_caller]
fn flat(value: &str) -> (String, Vec<String>) {
    match prices(&four(value)) {
        (PricingConfig::Flat(price), warnings) => {
            assert_eq!(price.input_unit, 1_000_000.into());
            assert_eq!(price.output_unit, 1_000_000.into());
            assert_eq!(price.output_value.to_string(), "0.8");
            (price.input_value.to_string(), warnings)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn prices_are_taken_exactly_from_their_text() {
    assert_eq!(flat("0.4").0, "0.4");
    assert_eq!(flat("4E-1").0, "0.4");
    assert_eq!(flat("0.1234567890123456789012345678").0, "0.1234567890123456789012345678");
    assert_eq!(flat("0.30").0, "0.3");
    assert_eq!(flat("\" 0.4\\t\"").0, "0.4");
    let (number, warnings) = flat("0.333333333333333333333333333333333333");
    assert_eq!(number, "0.3333333333333333");
    assert!(warnings.iter().any(|w| w.contains("more digits than are kept")), "{warnings:?}");
}

#[test]
fn numbers_written_as_strings_are_taken_with_a_warning() {
    let (number, warnings) = flat("\"0.4\"");
    assert_eq!(number, "0.4");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("/pricing/inputPriceValue: this number is written as a string"));
    assert!(warnings[0].ends_with("write \"inputPriceValue\": 0.4"), "{}", warnings[0]);
}

#[test]
fn numbers_beyond_a_decimal_decode_but_leave_responses_unpriced() {
    for number in ["1e300", "\"Infinity\"", "1e-300"] {
        let (pricing, warnings) = prices(&four(number));
        let PricingConfig::Unpriceable(why) = pricing else { panic!("{pricing:?}") };
        assert!(why.contains("inputPriceValue is "), "{why}");
        assert!(warnings.iter().any(|w| w.contains("will be unpriced")), "{warnings:?}");
    }
}

#[test]
fn yaml_and_json_decode_alike() {
    let yaml = "extraction: {type: GPT}\npricing:\n  inputPriceValue: 0.40\n  inputPriceUnit: 1000000\n  outputPriceValue: .inf\n  outputPriceUnit: '1000000'\n";
    let decoded = PolicyConfig::from_text(yaml, "a.yml").unwrap();
    assert!(matches!(decoded.value.pricing, PricingConfig::Unpriceable(_)), "{decoded:?}");
    let yaml = yaml.replace(".inf", "0.8");
    let PricingConfig::Flat(price) = PolicyConfig::from_text(&yaml, "-").unwrap().value.pricing
    else {
        panic!("not flat")
    };
    assert_eq!(
        (price.input_value.to_string(), price.output_unit.to_string()),
        ("0.4".into(), "1000000".into())
    );
}

#[test]
fn a_type_decides_and_may_be_left_out() {
    assert_eq!(prices(r#"{"type": "none"}"#).0, PricingConfig::None);
    assert_eq!(prices("null").0, PricingConfig::None);
    assert_eq!(prices(r#"{"type": "none", "inputPriceValue": -1}"#), (PricingConfig::None, vec![]));
    let with_type = four("1").replacen('{', "{\"type\": \"pricing\", ", 1);
    assert!(matches!(prices(&with_type).0, PricingConfig::Flat(_)));
    let decoded = PolicyConfig::from_value(&json!({"extraction": {"type": "GPT"}})).unwrap();
    assert_eq!(decoded.value.pricing, PricingConfig::None);
}

#[test]
fn a_currency_is_three_capitals_and_otherwise_dropped() {
    let with = |currency: &str| {
        prices(&four("1").replacen('{', &format!("{{\"currency\": {currency}, "), 1))
    };
    let PricingConfig::Flat(price) = with("\"EUR\"").0 else { panic!("not flat") };
    assert_eq!(price.currency.as_deref(), Some("EUR"));
    for (currency, suggestion) in [("\"eur\"", "write \"currency\": \"EUR\""), ("5", "")] {
        let (pricing, warnings) = with(currency);
        let PricingConfig::Flat(price) = pricing else { panic!("not flat") };
        assert_eq!(price.currency, None);
        assert!(warnings.iter().any(|w| w.contains("/pricing/currency") && w.contains(suggestion)));
    }
}

#[test]
fn from_value_finds_all_mistakes_without_places() {
    let value = json!({"extraction": {"type": 5}, "pricing": {"inputPriceValue": "many", "inputPriceUnit": "-Infinity"}});
    let problems = PolicyConfig::from_value(&value).unwrap_err();
    assert_eq!(problems.0.len(), 5, "{problems}");
    assert!(problems.has_errors());
    assert!(problems.0.iter().all(|p| p.severity == Severity::Error && p.line.is_none()));
    assert!(problems.to_string().contains("\"many\" is not a number"), "{problems}");
}

#[test]
fn hostile_nesting_is_a_problem_and_not_a_crash() {
    for (open, source) in
        [("[", "a.json"), ("{\"a\":", "a.json"), ("[", "a.yaml"), ("- ", "a.yaml")]
    {
        let problems = validate_text(&open.repeat(100_000), source, &Registry::new());
        assert!(problems.iter().any(token_tracking_policy::Problem::is_error), "{open}");
    }
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let inner = format!("*a{}, ", level - 1).repeat(8);
        bomb += &format!("a{level}: &a{level} [{inner}]\n");
    }
    let problems = validate_text(&bomb, "a.yaml", &Registry::new());
    assert!(problems[0].message.starts_with("not YAML"), "{}", problems[0]);
}

#[test]
fn places_in_yaml_count_characters() {
    let text = "# ünïcödé\nexträ: {\"ö\": 1, extraction: 2}\nextraction: {ü: 1, type: 5}\n";
    let problems = validate_text(text, "a.yaml", &Registry::new());
    let places: Vec<_> = problems.iter().map(|p| (p.line.unwrap(), p.column.unwrap())).collect();
    assert_eq!(places, [(2, 1), (3, 26)], "{problems:#?}");
    assert_eq!(problems[1].excerpt.as_deref().map(|e| e.lines().last().unwrap().len()), Some(26));
}

/// Pieces of which texts are made that almost are configurations.
fn almost() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"extraction\"",
        "\"type\"",
        "\"GPT\"",
        "\"CUSTOM\"",
        "\n",
        "\"pricing\"",
        "0",
        "-1",
        "1e400",
        "null",
        "\"\\\"\"",
        "\"é\\u0000\"",
        " ",
        "- ",
        "a: ",
        "&x ",
        "*x",
        "#",
        "'",
        "\"",
        "\\",
        "| ",
        "\t",
        "ü",
        "\u{feff}",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics(text in almost(), source in prop::sample::select(vec!["-", "a.json", "a.yaml"])) {
        for problem in validate_text(&text, source, &Registry::new()) {
            let _ = format!("{problem:#}");
        }
    }

    #[test]
    fn any_characters_are_no_panic(text in "\\PC*") {
        let _ = validate_text(&text, "-", &Registry::new());
    }

    #[test]
    fn every_number_of_a_json_text_decodes_to_itself(digits in 1u64.., scale in 0u32..=28) {
        let number = rust_decimal::Decimal::from_i128_with_scale(digits.into(), scale);
        prop_assert_eq!(flat(&number.to_string()).0, number.normalize().to_string());
    }
}
