//! What must hold for any text: run over generated texts here, and by libFuzzer in `fuzz`.

use token_tracking_el::{ErrorKind, Expression, Pointer, Reads};

use crate::hosts::{Places, Whole, shown};

/// The text as it is, and as an expression.
fn texts(input: &[u8]) -> [String; 2] {
    let text = String::from_utf8_lossy(input).into_owned();
    let expression = format!("{{({text})}}");
    [text, expression]
}

/// Whether the template's rewrite may change what is inside of an expression: it knows neither
/// quotes nor braces nested two deep, and takes a brace there for an opening. Not every such
/// tree has a spelling.
fn rewritten_inside(text: &str) -> bool {
    let depths = text.chars().scan(0_i32, |depth, c| {
        *depth = (*depth + i32::from(c == '{') - i32::from(c == '}')).max(0);
        Some(*depth)
    });
    let quoted = text.contains(['\'', '"']) && text.matches(['{', '}']).count() > 2;
    quoted || depths.max().is_some_and(|deepest| deepest > 2)
}

/// A text is refused with a place in it, or is a tree that stays the same when it is printed
/// and parsed again.
pub(crate) fn parser(input: &[u8]) {
    for text in texts(input) {
        match Expression::parse(&text) {
            Ok(parsed) => {
                let printed = parsed.print();
                let again = Expression::parse(&printed).map(|again| again.print());
                assert!(
                    again.as_ref() == Ok(&printed) || rewritten_inside(&text),
                    "{text}: {again:?}"
                );
            }
            Err(error) => {
                assert!(text.get(error.span.clone()).is_some(), "{text}: {:?}", error.span);
                assert!(!error.message.is_empty(), "{text}");
            }
        }
        if let Err(error) = Pointer::parse(&text) {
            assert!(text.get(error.span.clone()).is_some(), "{text}: {:?}", error.span);
            if let Some(suggestion) = error.suggestion {
                assert!(Pointer::parse(&suggestion).is_ok(), "{text}: {suggestion}");
            }
        }
    }
}

/// An evaluation ends, and comes to the same over the whole body and over captured values.
pub(crate) fn evaluator(input: &[u8]) {
    for text in texts(input) {
        let Ok(parsed) = Expression::parse(&text) else { continue };
        let whole = parsed.eval(&Whole);
        if let Err(error) = &whole {
            assert!(!matches!(error.kind, ErrorKind::Syntax | ErrorKind::Literal), "{text}");
        }
        if let Reads::Paths(_) = parsed.reads() {
            let places = Places::of(&parsed);
            assert_eq!(shown(parsed.eval(&places)), shown(whole), "{text}");
        }
    }
}
