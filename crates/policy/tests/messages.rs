//! What a person reads about a configuration: places, expectations, suggestions.

use token_tracking_core::Registry;
use token_tracking_policy::validate_text;

fn registry() -> Registry {
    Registry::new()
        .add(&token_tracking_provider_openai::PLUGIN)
        .and_then(|registry| registry.add(&token_tracking_provider_custom::PLUGIN))
        .unwrap()
}

/// Lines of all problems of a text, with their excerpts.
fn check(text: &str, source: &str) -> String {
    let lines: Vec<_> =
        validate_text(text, source, &registry()).iter().map(|p| format!("{p:#}")).collect();
    lines.join("\n")
}

#[test]
fn an_unknown_type_is_shown_in_its_line() {
    let text = "{\n  \"extraction\": {\n    \"type\": \"GTP\"\n  }\n}";
    assert_eq!(
        check(text, "policy.json"),
        "policy.json:3:13: error: /extraction/type: unknown extraction type \"GTP\"; \
         expected one of CUSTOM, GPT; did you mean \"GPT\"?\
         \n    \"type\": \"GTP\"\
         \n            ^^^^^"
    );
}

#[test]
fn yaml_has_lines_too() {
    let text = "extraction:\n  type: GTP  # not yet\npricing:\n  type: nine\n";
    assert_eq!(
        check(text, "policy.yaml"),
        "policy.yaml:2:9: error: /extraction/type: unknown extraction type \"GTP\"; \
         expected one of CUSTOM, GPT; did you mean \"GPT\"?\
         \n    type: GTP  # not yet\
         \n          ^^^\
         \npolicy.yaml:4:9: error: /pricing/type: unknown pricing type \"nine\"; \
         expected \"none\" or \"pricing\"; did you mean \"none\"?\
         \n    type: nine\
         \n          ^^^^"
    );
}

#[test]
fn a_name_that_was_cut_short_is_completed() {
    let said = |pricing: &str| {
        check(
            &format!(r#"{{"extraction": {{"type": "GPT"}}, "pricing": {{{pricing}}}}}"#),
            "p.json",
        )
    };
    let both = said(r#""inputPrice": 2"#);
    assert!(both.contains("did you mean \"inputPriceValue\" or \"inputPriceUnit\"?"), "{both}");
    let other = said(r#""inputPrice": 2, "inputPriceUnit": 1000000"#);
    assert!(other.contains("did you mean \"inputPriceValue\"?"), "{other}");
}

#[test]
fn every_problem_is_said_at_once_in_the_order_of_the_text() {
    let text = r##"{
  "extraction": {
    "type": "CUSTOM",
    "inputTokenPointer": "{response.jsonContent.a}",
    "modelPonter": "/model",
    "modelPointer": "{#response.jsonContent.b|c}"
  },
  "pricing": { "inputPriceValue": 0, "inputPriceUnit": "1000000", "outputPriceValue": true },
  "prising": {}
}"##;
    let problems = validate_text(text, "p.json", &registry());
    let lines: Vec<_> = problems
        .iter()
        .map(|p| format!("{}:{} {} {}", p.line.unwrap(), p.column.unwrap(), p.severity, p.pointer))
        .collect();
    assert_eq!(
        lines,
        [
            "2:3 error /extraction",
            "4:27 error /extraction/inputTokenPointer",
            "5:5 warning /extraction/modelPonter",
            "6:46 warning /extraction/modelPointer",
            "8:3 error /pricing",
            "8:35 error /pricing/inputPriceValue",
            "8:56 warning /pricing/inputPriceUnit",
            "8:87 error /pricing/outputPriceValue",
            "9:3 warning /prising",
        ],
        "{}",
        check(text, "p.json")
    );
    let text = check(text, "p.json");
    for expected in [
        "missing \"outputTokenPointer\"; expected ",
        "add \"outputTokenPointer\": \"{#response.jsonContent.usage.completion_tokens}\"",
        "unknown property \"modelPonter\" has no effect; did you mean \"modelPointer\"?",
        "inputPriceValue is 0; expected a number greater than zero; \
         for a free model use \"pricing\": {\"type\": \"none\"}",
        "write \"inputPriceUnit\": 1000000",
        "missing \"outputPriceUnit\"; expected a number greater than zero; add \"outputPriceUnit\": 1000000",
        "this is a boolean; expected a number greater than zero",
        "did you mean \"pricing\"?",
    ] {
        assert!(text.contains(expected), "{expected}\nis not in\n{text}");
    }
    assert!(!text.contains("any of the"), "a oneOf speaks:\n{text}");
}

#[test]
fn what_is_no_json_says_where() {
    assert_eq!(
        check("{\n  \"extraction\": {,}\n}", "-"),
        "-:2:18: error: not JSON: key must be a string; take the comma out\
         \n    \"extraction\": {,}\n                   ^"
    );
    assert!(check("extraction: [", "-").starts_with("-:1:"), "{}", check("extraction: [", "-"));
    assert!(check("", "-").contains("the configuration is null; expected an object"));
    assert!(check("[]", "a.json").contains("the configuration is a list"));
    assert!(check("{}", "-").contains("missing \"extraction\""), "{}", check("{}", "-"));
    assert!(check("{\"extraction\": \"GPT\"}", "-").contains("write {\"type\": \"GPT\"}"));
}

#[test]
fn what_only_the_form_refuses_is_a_warning() {
    let text = r#"{"extraction": {"type": "CUSTOM", "inputTokenPointer": "/a", "outputTokenPointer": "/b",
        "modelPointer": null}}"#;
    let problems = validate_text(text, "-", &registry());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(!problems[0].is_error());
    assert_eq!(problems[0].pointer, "/extraction/modelPointer");
    assert!(problems[0].message.starts_with("the form refuses this"), "{}", problems[0]);
    assert_eq!(check(r#"{"extraction": {"type": "GPT"}, "pricing": {"type": "none"}}"#, "-"), "");
}

#[test]
fn a_name_that_stands_twice_is_a_warning() {
    let text = check(r#"{"extraction": {"type": "CUSTOM", "type": "GPT"}}"#, "-");
    assert!(text.contains("warning: /extraction/type: this name stands here twice"), "{text}");
}

#[test]
fn long_lines_are_shown_around_the_mistake() {
    let text = format!(
        r#"{{"x": "{}", "extraction": {{"type": "GTP"}}, "y": "{}"}}"#,
        "ü".repeat(500),
        "z".repeat(500)
    );
    let problems = validate_text(&text, "-", &registry());
    let problem = problems.iter().find(|problem| problem.is_error()).unwrap();
    let excerpt = problem.excerpt.as_deref().unwrap();
    let (line, marks) = excerpt.split_once('\n').unwrap();
    assert!(line.chars().count() <= 100, "{line}");
    let shown: String =
        line.chars().zip(marks.chars()).filter(|(_, m)| *m == '^').map(|(c, _)| c).collect();
    assert_eq!(shown, "\"GTP\"");
}

#[test]
fn problems_serialize_without_what_they_lack() {
    let problems = validate_text("{}", "p.json", &registry());
    let json = serde_json::to_value(&problems).unwrap();
    assert_eq!(json[0]["severity"], "error");
    assert_eq!(json[0]["line"], 1);
    assert_eq!(json[0]["pointer"], "");
    assert!(json[0].get("excerpt").is_some());
}
