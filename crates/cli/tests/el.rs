//! `token-tracking el`: one expression for a person, many for a script.

mod common;

use std::fs;

use common::{json_lines, run, run_with};
use serde_json::json;

const BODY: &str = r#"{"model": "m-1", "usage": {"in": 7, "out": 5}}"#;

#[test]
fn a_value_with_its_type_and_its_steps() {
    let twice = "{#response.jsonContent.usage.in * 2}";
    assert_eq!(run_with(&["el", twice, "-"], BODY), (0, "14  Integer\n".into(), String::new()));
    let (code, out, _) = run_with(&["el", "--type", "count", twice, "-"], BODY);
    assert_eq!((code, out.as_str()), (0, "14  Long\n"));
    let (code, out, _) = run_with(&["el", "--explain", twice, "-"], BODY);
    assert_eq!(code, 0);
    let step = out.lines().find(|line| line.starts_with("#response.jsonContent.usage.in "));
    assert!(step.is_some_and(|step| step.ends_with("7  Integer")), "{out}");
    assert_eq!(out.lines().last(), Some("14  Integer"));
}

#[test]
fn a_policys_pointer_in_any_notation() {
    for pointer in ["/usage/in", "$.usage.in", "usage.in"] {
        assert_eq!(run_with(&["el", pointer, "-"], BODY).1, "7  Integer\n", "{pointer}");
    }
    let odd = r#"{"it's": [{"a-b": 3}]}"#;
    assert_eq!(run_with(&["el", "/it's/0/a-b", "-"], odd).1, "3  Integer\n");
    let (code, _, err) = run_with(&["el", "/usage/none/deep", "-"], BODY);
    assert!(code == 1 && err.contains("#response.jsonContent.usage.none.deep"), "{err}");
}

#[test]
fn headers_and_status_are_there() {
    let expression = "{#response.headers['x-count'][0] + ' ' + #response.status}";
    let args = ["el", "--header", "X-Count: 3", "--status", "201", expression, "-"];
    assert_eq!(run_with(&args, BODY).1, "\"3 201\"  String\n");
}

#[test]
fn a_mistake_is_underlined() {
    for (expression, message, marked) in [
        ("{#response.jsonContent.usage.in *}", "the expression ends too early", "}"),
        ("{#response.jsonContent.usage.none.deep}", "`deep` is looked for in null", ".deep"),
        ("{#response.content = 'x'}", "", "="),
    ] {
        let (code, out, err) = run_with(&["el", expression, "-"], BODY);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(message), "{err}");
        let lines: Vec<&str> = err.lines().collect();
        let shown = lines.iter().position(|line| line.contains(expression)).expect(&err);
        let (text, marks) = (lines[shown], lines[shown + 1]);
        let from = marks.find('^').expect(&err);
        let span = &text[from..=marks.rfind('^').unwrap()];
        assert!(span.contains(marked) || marked.contains(span), "{err}");
    }
}

#[test]
fn many_questions_a_line_each() {
    let contexts = tempfile::tempdir().unwrap();
    let context = json!({"response": {"status": 200, "headers": [], "body": BODY}});
    fs::write(contexts.path().join("answer.json"), context.to_string()).unwrap();
    let ask = |id: &str, expression: &str, wanted: &str| {
        let line = json!({"id": id, "expression": expression, "type": wanted, "context": "answer"});
        format!("{line}\n")
    };
    let questions = [
        ask("sum", "{#response.jsonContent.usage.in + #response.jsonContent.usage.out}", "Long"),
        ask("none", "{#response.jsonContent.nothing}", "Object"),
        ask("parse", "{(1 +)}", "Object"),
        ask("eval", "{(1 / 0)}", "Object"),
        ask("unsupported", "{#xpath(#response.content, '/a')}", "Object"),
    ];
    let dir = contexts.path().to_str().unwrap();
    let args = ["el", "--format", "jsonl", "--contexts", dir];
    let (code, out, err) = run_with(&args, &questions.concat());
    assert_eq!(code, 0, "{err}");
    let expected = [
        json!({"id": "sum", "result": {"value": 12, "java": "Long"}}),
        json!({"id": "none", "result": {"null": true}}),
        json!({"id": "parse", "result": {"error": "parse"}}),
        json!({"id": "eval", "result": {"error": "eval"}}),
        json!({"id": "unsupported", "result": {"error": "unsupported"}}),
    ];
    for (answer, expected) in json_lines(&out).iter().zip(&expected) {
        assert_eq!(answer["id"], expected["id"]);
        for (key, value) in expected["result"].as_object().unwrap() {
            assert_eq!(&answer["result"][key], value, "{answer}");
        }
    }
    assert_eq!(json_lines(&out).len(), expected.len());
}

#[test]
fn a_bad_line_is_told_in_its_place_and_big_numbers_keep_their_digits() {
    let lines = concat!(
        "{\"id\": 1, \"expression\": \"{(T(java.math.BigInteger).TEN ^ 30)}\"}\n\n",
        "no JSON\n",
        "{\"id\": 3, \"expression\": \"\\ud83d\"}\n",
        "{\"id\": 4, \"expression\": \"{(1)}\"}\n",
    );
    let (code, out, err) = run_with(&["el", "--format", "jsonl"], lines);
    assert_ne!(code, 0);
    assert!(err.contains("2 lines are bad"), "{err}");
    let digits = format!("1{}", "0".repeat(30));
    let first = format!(r#"{{"id":1,"result":{{"value":{digits},"java":"BigInteger"}}}}"#);
    assert_eq!(out.lines().next(), Some(first.as_str()));
    let answers = json_lines(&out);
    assert_eq!(answers[1]["id"], json!(null));
    assert_eq!(answers[1]["error"]["line"], json!(3));
    assert_eq!(answers[2]["error"]["line"], json!(4));
    assert_eq!(answers[3], json!({"id": 4, "result": {"value": 1, "java": "Integer"}}));
}

#[test]
fn without_an_expression_it_says_how() {
    let (code, _, err) = run(&["el"]);
    assert_ne!(code, 0);
    assert!(err.to_lowercase().contains("expression"), "{err}");
}
