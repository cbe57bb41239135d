//! What holds for every text and every value.

use proptest::prelude::*;
use token_tracking_el::{Pointer, convert};

/// Texts made of the pieces that the notations are made of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "{#", "{ #", "{(", "{T", "}", "#response", ".jsonContent", ".usage", "?.", ".", "[", "]",
            "['", "']", "\"", "'", "[0]", "$", "/", "~", "~0", "*", "..", "(", ")", "|", "-", "a",
            "\\u00e9", "\\", " ", "?:", "? 1 : 2", "2147483648", "1e5", "0x", "é", "😀", "{", "\n",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match Pointer::parse(text) {
        Ok(pointer) => {
            if let Some(path) = pointer.path() {
                prop_assert!(path.starts_with('/'));
                prop_assert!(!path[1..].split('/').any(|segment| segment == "*"));
            }
        }
        Err(error) => {
            prop_assert!(text.get(error.span.clone()).is_some(), "the span fits the text");
            prop_assert!(!error.message.is_empty() && !error.expected.is_empty());
            prop_assert_eq!(error.underlined().lines().count(), 2);
            if let Some(suggestion) = error.suggestion {
                prop_assert!(Pointer::parse(&suggestion).is_ok(), "{}", suggestion);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn likely_texts_are_parsed_or_refused(text in pieces()) {
        check(&text)?;
    }

    #[test]
    fn a_path_that_is_a_json_pointer_stays_one(keys in prop::collection::vec("[^*]{0,6}", 1..8)) {
        let quoted: String = keys.iter().map(|k| format!("['{}']", k.replace('\'', "''"))).collect();
        // The engine cannot pair a brace in a key, and a number may be an index.
        let pointer = Pointer::parse(&format!("{{#response.jsonContent{quoted}}}"));
        if let Some(path) = pointer.as_ref().ok().and_then(Pointer::path) {
            let back: Vec<_> = path[1..]
                .split('/')
                .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
                .collect();
            // What looks like an expression within a key is rewritten by the engine as well.
            if !quoted.contains('{') {
                prop_assert_eq!(back, keys);
            }
        } else {
            let number = |c: char| c.is_numeric();
            prop_assert!(quoted.contains('{') || quoted.contains(number), "{}", quoted);
        }
    }

    #[test]
    fn conversions_take_any_bytes(raw in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = convert::to_long(&raw);
        let _ = convert::to_text(&raw);
    }

    #[test]
    fn conversions_take_any_json_like_text(
        raw in r#"[ \n\[\]{},:"\\a0-9.eE+\-]{0,24}|\[*(null|true|-?[0-9]{1,25}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?)\]*"#,
    ) {
        let _ = convert::to_long(raw.as_bytes());
        let _ = convert::to_text(raw.as_bytes());
    }

    #[test]
    fn every_long_is_its_own_count(value in any::<i64>()) {
        for raw in [value.to_string(), format!("\"{value}\""), format!("[{value}]")] {
            prop_assert_eq!(convert::to_long(raw.as_bytes()), Ok(Some(value)));
        }
        prop_assert_eq!(convert::to_text(value.to_string().as_bytes()), Ok(Some(value.to_string())));
    }

    #[test]
    fn a_double_reads_back_from_its_text(value in proptest::num::f64::NORMAL) {
        let raw = format!("{value:e}").replace('e', ".0e");
        let raw = if raw.matches('.').count() > 1 { format!("{value:e}") } else { raw };
        let text = convert::to_text(raw.as_bytes()).unwrap().unwrap();
        prop_assert_eq!(text.parse::<f64>().unwrap(), value);
    }
}
