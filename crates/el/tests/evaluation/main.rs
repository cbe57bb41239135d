//! What expressions come to, over the whole body and over captured values alike.

mod fuzz_targets;
mod hosts;
mod java;

use proptest::prelude::*;
use token_tracking_el::{Expression, LintKind, Reads};

use hosts::{Places, Whole, shown};

#[track_caller]
fn check(text: &str, expected: &str) {
    let expression = Expression::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(shown(expression.eval(&Whole)), expected, "{text}");
    if let Reads::Paths(_) = expression.reads() {
        let places = Places::of(&expression);
        assert_eq!(shown(expression.eval(&places)), expected, "captured: {text}");
    }
    let printed = expression.print();
    let again = Expression::parse(&printed).unwrap_or_else(|e| panic!("{printed}: {e}"));
    assert_eq!(again.print(), printed, "{text}");
}

#[test]
fn values() {
    for (text, expected) in [
        ("{#response.jsonContent.usage.in + #response.jsonContent.usage.out}", "42 Integer"),
        ("{#response.jsonContent.usage.max + 1}", "-2147483648 Integer"),
        ("{#response.jsonContent.usage.max + 1L}", "2147483648 Long"),
        ("{#response.jsonContent.usage.big - 1}", "9223372036854775807 BigInteger"),
        ("{#response.jsonContent.usage.text + 1}", "\"121\" String"),
        ("{#response.jsonContent.usage.in / 3}", "13 Integer"),
        ("{#response.jsonContent.usage.in / 3.0}", "13.333333333333334 Double"),
        ("{#response.jsonContent.usage.nope + 1}", "Evaluation"),
        ("{#response.jsonContent.nope.in}", "Evaluation"),
        ("{#response.jsonContent.nope?.in}", "null"),
        ("{(#response.jsonContent.nope?.in ?: 0) + 1}", "1 Integer"),
        ("{#response.jsonContent.usage['none'] ?: 'x'}", "\"x\" String"),
        ("{#response.jsonContent.usage.none.x}", "Evaluation"),
        ("{#response.jsonContent[1]}", "\"one\" String"),
        ("{#response.jsonContent.usage[1]}", "null"),
        ("{#response.jsonContent.steps[1].in}", "7 Integer"),
        ("{#response.jsonContent.steps['1']['in']}", "7 Integer"),
        ("{#response.jsonContent.steps[2]}", "Evaluation"),
        ("{#response.jsonContent.steps[0].out}", "null"),
        ("{#response.jsonContent.steps.size}", "2 Integer"),
        ("{#response.jsonContent.usage.size}", "3 Integer"),
        ("{#response.jsonContent.model.length()}", "3 Integer"),
        ("{#response.jsonContent.model[0]}", "\"m\" String"),
        ("{#response.jsonContent.model.x}", "Evaluation"),
        ("{#response.jsonContent.word.length}", "3 Integer"),
        ("{#response.jsonContent.steps.![in]}", "[5,7] List"),
        ("{#response.jsonContent.steps.?[out != null].![in][0]}", "7 Integer"),
        ("{#response.jsonContent.list[1] > 2}", "true Boolean"),
        ("{#response.jsonContent.list.contains('3')}", "true Boolean"),
        ("{#response.jsonContent.usage.in between {1, 50}}", "true Boolean"),
        ("{#response.jsonContent.model matches 'm-\\d'}", "true Boolean"),
        ("{#response.jsonContent.nope > 0}", "false Boolean"),
        ("{#response.jsonContent.model instanceof T(String)}", "true Boolean"),
        ("{T(Math).max(#response.jsonContent.usage.in, 50)}", "50 Integer"),
        ("{T(Long).parseLong(#response.headers['x-tokens'][0]) + 1}", "18 Long"),
        ("{#response.headers['X-Many']}", "[\"1\",\"2\"] List"),
        ("{#response.headers.nope}", "null"),
        ("{#response.status}: {#response.jsonContent.model}", "\"200: m-1\" String"),
        ("{#jsonPath(#response.content, '$.sum($.steps[*].in)')}", "12.0 Double"),
        ("{#jsonPath(#response.content, '$.steps[?(@.in > 5)].in')}", "[7] List"),
        ("{#jsonPath(#response.content, '$.nope.x') ?: 0}", "Evaluation"),
        ("{#jsonEscape('a/\"b')}", "\"a\\\\/\\\\\\\"b\" String"),
        ("{(#x = 3) * #x}", "9 Integer"),
        ("{(2^10 - -1)}", "1025 Integer"),
        ("{(-7 / 2)}", "-3 Integer"),
        ("{(1 / 0)}", "Evaluation"),
        ("{(not ('a' == 'b') and true)}", "true Boolean"),
        ("{({a: 1, 'b c': 2}['b c'])}", "2 Integer"),
        ("{name}", "\"{name}\" String"),
        ("{(name)}", "Evaluation"),
        ("{#request.jsonContent.a}", "Unavailable"),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_read_is_known() {
    let reads = |text: &str| match Expression::parse(text).unwrap().reads() {
        Reads::Paths(paths) => {
            paths.iter().map(|path| path.pointer.clone()).collect::<Vec<_>>().join(" ")
        }
        other => format!("{other:?}"),
    };
    assert_eq!(
        reads("{#response.jsonContent.a.b + #response.jsonContent['c d'][0]}"),
        " /c d /c d/0 /a /a/b"
    );
    assert_eq!(reads("{#response.jsonContent.a.![x]}"), " /a");
    assert_eq!(reads("{#response.status}"), "Nothing");
    assert_eq!(reads("{#response.content}"), "WholeContent");
    assert_eq!(reads("{#response.jsonContent[#response.status]}"), "WholeContent");
    assert_eq!(reads("{#response.jsonContent.size()}"), "WholeContent");
    assert_eq!(reads("{#response.jsonContent.a}{#response['jsonContent'].b}"), "WholeContent");
}

#[test]
fn likely_mistakes_are_told() {
    let lint = |text: &str| {
        let lints = Expression::parse(text).unwrap().lints();
        lints.first().map(|lint| (lint.kind, lint.instead.clone().unwrap_or_default()))
    };
    for (text, kind, instead) in [
        ("{#reponse.jsonContent.a}", LintKind::UnknownVariable, "#response"),
        ("{#jsonpath(#response.content, '$.a')}", LintKind::UnknownVariable, "#jsonPath"),
        ("{#response.headers.X-Tokens}", LintKind::DashedName, "['X-Tokens']"),
        ("{(2147483647 + 1)}", LintKind::Overflow, "2147483648L"),
        ("{('12' + 1)}", LintKind::Concatenation, "T(Long).parseLong('12')"),
        ("{#response['jsonContent'].a}", LintKind::NeverRead, ".jsonContent"),
        ("{#response.jsonContent.usge.x}", LintKind::UnknownField, "usage"),
        ("{(usage)}", LintKind::BareName, "#response.jsonContent.…"),
    ] {
        assert_eq!(lint(text), Some((kind, instead.to_owned())), "{text}");
    }
    assert_eq!(lint("{#response.jsonContent.usage.prompt_tokens + 1}"), None);
}

#[test]
fn bounds_hold() {
    let eval = |text: &str| match Expression::parse(text) {
        Ok(expression) => shown(expression.eval(&Whole)),
        Err(error) => format!("{:?}", error.kind),
    };
    let nested = |n: usize| format!("{{{}1{}}}", "(".repeat(n), ")".repeat(n));
    assert_eq!(eval(&nested(100)), "1 Integer");
    assert_eq!(eval(&nested(4_000)), "Unsupported");
    let sum = format!("{{(1{})}}", "+1".repeat(2_000));
    assert_eq!(eval(&sum), "2001 Integer");
    let branches = format!("{{({}2)}}", "false ? 1 : ".repeat(500));
    assert_eq!(eval(&branches), "2 Integer");
    let signs = format!("{{({}true)}}", "!".repeat(100));
    assert_eq!(eval(&signs), "true Boolean");
    let slow = format!("{{({{1,2,3,4,5,6,7,8,9,10}}{})}}", ".![#this]".repeat(900));
    assert!(eval(&slow).contains("List") || eval(&slow) == "Limit");
    assert_eq!(eval("{('a'.repeat(100000).repeat(100000))}"), "Unsupported");
    assert_eq!(eval("{('a' matches '(a+)+b')}"), "false Boolean");
}

#[test]
fn what_fuzzing_found() {
    for text in ["T(S..21...5f not Y)", "new 1f.a.2L()", "{##s^{{T}}+\0 3}"] {
        fuzz_targets::parser(text.as_bytes());
    }
}

/// Texts made of the words of the language.
fn expression() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "1",
        "2.5",
        "3L",
        "'a'",
        "#response",
        ".jsonContent",
        ".usage",
        ".in",
        "#this",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".?[",
        ".![",
        "+",
        "-",
        "*",
        "/",
        "^",
        "==",
        "<",
        " and ",
        " or ",
        "not ",
        "?",
        ":",
        "?:",
        ",",
        "T(Math)",
        ".max(",
        "null",
        "true",
        ".size()",
        "matches ",
        "#jsonPath(",
        "'$..in'",
        "++",
        "=",
        "#x",
        " between ",
        "new int[",
        "?.",
        "$",
        "@b",
        "1e5f",
    ]);
    prop::collection::vec(word, 1..14).prop_map(|words| format!("{{({})}}", words.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn printing_keeps_the_tree(text in expression()) {
        fuzz_targets::parser(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        fuzz_targets::parser(&bytes);
        fuzz_targets::evaluator(&bytes);
    }

    #[test]
    fn evaluation_ends(text in expression()) {
        fuzz_targets::evaluator(text.as_bytes());
    }
}
