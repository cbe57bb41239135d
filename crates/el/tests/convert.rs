//! Raw JSON values as counts and as texts.

use token_tracking_el::ConvertError;
use token_tracking_el::convert::{to_long, to_text};

#[test]
fn counts() {
    for (raw, expected) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        (" 12\n", Some(12)),
        ("-7", Some(-7)),
        ("2147483648", Some(2_147_483_648)),
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("12.9", Some(12)),
        ("-12.9", Some(-12)),
        ("1.5e3", Some(1500)),
        ("1E2", Some(100)),
        ("1e300", Some(i64::MAX)),
        ("-1e300", Some(i64::MIN)),
        ("1e400", Some(i64::MAX)),
        ("1e-400", Some(0)),
        ("null", None),
        (r#""""#, None),
        (r#""12""#, Some(12)),
        (r#"" 1\t2\u2003""#, Some(12)),
        (r#""0x1F""#, Some(31)),
        (r##""#1F""##, Some(31)),
        (r#""\u0664\u0662""#, Some(42)),
        ("[]", None),
        ("[ null, 1]", None),
        ("[5, {}]", Some(5)),
        ("[ [ \"6\" ] ]", Some(6)),
        ("[[], 1]", None),
        (r#"["", 1]"#, None),
    ] {
        assert_eq!(to_long(raw.as_bytes()), Ok(expected), "{raw}");
    }
}

#[test]
fn not_counts() {
    for (raw, message) in [
        ("true", "a boolean is not a number"),
        ("[false]", "a boolean is not a number"),
        ("{}", "an object is not a number"),
        ("[{\"a\":1}]", "an object is not a number"),
        ("9223372036854775808", "the number 9223372036854775808 is out of range"),
        (r#""9223372036854775808""#, "the text \"9223372036854775808\" is not a whole number"),
        (r#""12.0""#, "the text \"12.0\" is not a whole number"),
        (r#""1e3""#, "the text \"1e3\" is not a whole number"),
        (r#""1,000""#, "the text \"1,000\" is not a whole number"),
        (r#""   ""#, "the text \"   \" is not a whole number"),
        ("\"12\u{a0}\"", "the text \"12\\u{a0}\" is not a whole number"),
        (r#""n/a""#, "the text \"n/a\" is not a whole number"),
        ("", "not a JSON value"),
        ("12 13", "not a JSON value"),
        ("[1,]", "not a JSON value"),
        ("012", "not a JSON value"),
        ("NaN", "not a JSON value"),
        (r#""\ud800""#, "not a JSON value"),
    ] {
        let error = to_long(raw.as_bytes()).expect_err(raw);
        assert_eq!(error.to_string(), message, "{raw}");
    }
}

#[test]
fn texts() {
    for (raw, expected) in [
        ("null", None),
        (r#""gpt-4o""#, Some("gpt-4o")),
        (r#""""#, Some("")),
        (r#""a\"b\\\u00e9""#, Some("a\"b\\é")),
        ("12", Some("12")),
        ("-0", Some("0")),
        ("123456789012345678901234567890", Some("123456789012345678901234567890")),
        ("12.0", Some("12.0")),
        ("-0.0", Some("-0.0")),
        ("12.50", Some("12.5")),
        ("1e7", Some("1.0E7")),
        ("1E2", Some("100.0")),
        ("0.0001", Some("1.0E-4")),
        ("9007199254740992.0", Some("9.007199254740992E15")),
        ("1e400", Some("Infinity")),
        ("true", Some("true")),
        ("[]", Some("")),
        ("[ [ ] ]", Some("")),
        ("[[], []]", Some(",")),
        ("[null]", Some("null")),
        (r#"[1, "b,]", 2.50, null, true]"#, Some("1,b,],2.5,null,true")),
        ("[[1, 2 ], [3]]", Some("1,2,3")),
    ] {
        assert_eq!(to_text(raw.as_bytes()), Ok(expected.map(str::to_owned)), "{raw}");
    }
}

#[test]
fn not_texts() {
    let object = ConvertError::WrongType { found: "an object", wanted: "a text" };
    for raw in ["{}", r#"{"a":"b"}"#, "[1, [{}]]"] {
        assert_eq!(to_text(raw.as_bytes()), Err(object.clone()), "{raw}");
    }
    for raw in ["", "a", "[1", "\"a", "nul"] {
        assert_eq!(to_text(raw.as_bytes()), Err(ConvertError::Malformed), "{raw}");
    }
    assert_eq!(to_text(b"\"\xff\""), Err(ConvertError::Malformed));
}

#[test]
fn long_values_are_bounded() {
    let digits = "9".repeat(1000);
    assert_eq!(to_text(digits.as_bytes()), Ok(Some(digits.clone())));
    let error = to_text(format!("{digits}9").as_bytes()).unwrap_err();
    assert!(error.to_string().len() < 100, "{error}");
    let error = to_long(format!("\"{}\"", "é".repeat(1000)).as_bytes()).unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");

    let deep = format!("{}5{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(to_long(deep.as_bytes()), Ok(Some(5)), "nesting is no recursion");
    assert_eq!(to_text(deep.as_bytes()), Ok(Some("5".to_owned())));
}
