//! Which texts are pointers, what they compile to, and how the others are refused.

use token_tracking_el::{ElError, ErrorKind, Notation, Pointer};

fn refused(text: &str) -> ElError {
    match Pointer::parse(text) {
        Ok(pointer) => panic!("{text:?} is accepted as {:?}", pointer.path()),
        Err(error) => error,
    }
}

#[track_caller]
fn accepts(notation: Notation, table: &[(&str, &str)]) {
    for (text, expected) in table {
        let pointer = Pointer::parse(text).unwrap_or_else(|e| panic!("{e}\n{}", e.underlined()));
        assert_eq!((pointer.notation(), pointer.path()), (notation, Some(*expected)), "{text}");
        assert_eq!(pointer.text(), *text);
    }
}

/// Reads blocks such as these, and finds each text refused in just that way:
/// the text, carets under its mistake, the kind and message, what was expected,
/// and where there is one, the suggestion.
#[track_caller]
fn refuses(blocks: &str) {
    for block in blocks.trim_end().split("\n\n") {
        let error = refused(block.lines().next().unwrap_or_default());
        let mut got = format!("{}\n{:?}: {error}", error.underlined(), error.kind);
        got += &format!("\nexpected: {}", error.expected);
        if let Some(suggestion) = &error.suggestion {
            got += &format!("\ninstead: {suggestion}");
        }
        assert_eq!(got, block, "\n{got}\n");
    }
}

#[test]
fn notation_is_told_by_the_text() {
    for (text, notation) in [
        ("{#x}", Notation::Expression),
        ("a {  #x", Notation::Expression),
        ("{(1)}", Notation::Expression),
        ("/a/{Total}", Notation::Expression),
        ("{ \t#x}", Notation::Dotted),
        ("{x}", Notation::Dotted),
        ("/a", Notation::JsonPointer),
        ("$.a", Notation::JsonPath),
        ("a.b", Notation::Dotted),
        ("", Notation::Dotted),
    ] {
        assert_eq!(Notation::of(text), notation, "{text}");
    }
}

#[test]
fn expressions() {
    accepts(
        Notation::Expression,
        &[
            ("{#response.jsonContent.my_usage.promptUsage}", "/my_usage/promptUsage"),
            ("{ #response.jsonContent.a}", "/a"),
            ("{#\tresponse .jsonContent\n. a . b }", "/a/b"),
            ("{#response?.jsonContent?.usage?.input}", "/usage/input"),
            ("{#response.jsonContent['input tokens']}", "/input tokens"),
            ("{#response.jsonContent[\"it's\"].x}", "/it's/x"),
            ("{#response.jsonContent['a''b']}", "/a'b"),
            ("{#response.jsonContent['a/b~c']}", "/a~1b~0c"),
            ("{#response.jsonContent['']}", "/"),
            ("{#response.jsonContent['a}b']}", "/a}b"),
            ("{#response.jsonContent['k\\']}", "/k\\"),
            ("{#response.jsonContent[usage].x}", "/usage/x"),
            ("{#response.jsonContent[new]}", "/new"),
            ("{#response.jsonContent.and.new.null.eq}", "/and/new/null/eq"),
            ("{#response.jsonContent.$x._y.é}", "/$x/_y/é"),
            ("{#response.jsonContent.size}", "/size"),
        ],
    );
}

#[test]
fn paths_in_the_other_notations() {
    accepts(
        Notation::JsonPointer,
        &[
            ("/my_usage/responseUsage", "/my_usage/responseUsage"),
            ("/", "/"),
            ("/a//0", "/a//0"),
            ("/a~1b/m~0n/ c ", "/a~1b/m~0n/ c "),
        ],
    );
    accepts(
        Notation::JsonPath,
        &[
            ("$.a.b['c d'][0]", "/a/b/c d/0"),
            ("$[\"a\"]['it\\'s'].x-y", "/a/it's/x-y"),
            ("$['a/b']['\\u00e9\\ud83d\\ude00\\\\']", "/a~1b/é😀\\"),
        ],
    );
    accepts(
        Notation::Dotted,
        &[
            ("my_model", "/my_model"),
            ("my_usage.promptUsage", "/my_usage/promptUsage"),
            ("a.b[0].c", "/a/b/0/c"),
            ("a.0.b", "/a/0/b"),
            ("[0].x-groq:id@$", "/0/x-groq:id@$"),
            ("a['b.c d'][\"e\"][f][00]", "/a/b.c d/e/f/0"),
            ("a['it''s'].m~n", "/a/it's/m~0n"),
        ],
    );
}

#[test]
fn literals() {
    let braces = "braces without `#` are not an expression: the gateway takes this as plain text";
    let bare =
        "an expression is written in braces: without them the gateway takes this as plain text";
    let unpaired = "the gateway cannot pair these braces and takes the text as it stands";
    let right = Some("{#response.jsonContent.x}");
    for (text, message, suggestion) in [
        ("", "the pointer is empty", None),
        (" \n", "the pointer is empty", None),
        ("42", "`42` is a number, not the place of one", None),
        ("-4.5", "`-4.5` is a number, not the place of one", None),
        ("{response.jsonContent.x}", braces, right),
        ("{{response.jsonContent.x}}", braces, right),
        ("{x}", braces, right),
        ("{ 1+1 }", braces, None),
        ("#response.jsonContent.x", bare, right),
        (
            "response.jsonContent.x",
            "without `{#` and `}` the gateway takes this as plain text",
            right,
        ),
        ("'my_model'", "a text in quotes is a constant", Some("my_model")),
        ("{(1)", unpaired, None),
        ("{({1,{2}})}", unpaired, None),
    ] {
        let error = refused(text);
        assert_eq!((error.kind, &*error.message), (ErrorKind::Literal, message), "{text}");
        assert_eq!(error.suggestion.as_deref(), suggestion, "{text}");
        assert_eq!((error.span.clone(), error.text()), (0..text.len(), text), "{text}");
    }
}

#[test]
fn refused_expressions() {
    refuses(include_str!("refused/expressions.txt"));
}

#[test]
fn refused_paths() {
    refuses(include_str!("refused/paths.txt"));
}

#[test]
fn spaces_around_a_pointer() {
    for (text, span, suggestion) in [(" usage", 0..1, "usage"), ("usage\n", 5..6, "usage")] {
        let error = refused(text);
        assert_eq!((error.span, error.suggestion.as_deref()), (span, Some(suggestion)), "{text}");
    }
}

#[test]
fn limits() {
    let deep = vec!["a"; Pointer::MAX_SEGMENTS].join(".");
    assert!(Pointer::parse(&deep).is_ok());
    let error = refused(&format!("{deep}.a"));
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert_eq!(error.message, "a path may have at most 32 steps");

    let name = "a".repeat(Pointer::MAX_CHARS - "#response.jsonContent.".len());
    assert!(Pointer::parse(&format!("{{#response.jsonContent.{name}}}")).is_ok());
    let error = refused(&format!("{{#response.jsonContent.{name}a}}"));
    assert_eq!(error.kind, ErrorKind::Syntax);
    assert_eq!(error.message, "an expression may have at most 10000 characters");

    assert!(Pointer::parse(&"a".repeat(Pointer::MAX_CHARS)).is_ok());
    assert!(Pointer::parse(&"a".repeat(Pointer::MAX_CHARS + 1)).is_err());
    for text in ["{#", "{(", "[", "{#[", "{    ", "$[", "'"] {
        assert!(Pointer::parse(&text.repeat(200_000)).is_err(), "long and nested: {text}");
        assert!(Pointer::parse(&text.repeat(2_000)).is_err(), "nested: {text}");
    }
}

#[test]
fn the_place_is_underlined() {
    assert_eq!(
        refused("{  #response.jsonContent.é.prompt|tokens}").underlined(),
        "{  #response.jsonContent.é.prompt|tokens}\n\
         \x20                                ^"
    );
}

/// A span ends between characters, whatever they are: who prints it cuts there.
#[test]
fn a_span_is_of_whole_characters() {
    for text in ["$[0\u{a0}]", "$[0\u{2003}]", "$[\u{e9}]", "$['a'\u{e9}]", "a[0]\u{e9}"] {
        let error = Pointer::parse(text).unwrap_err();
        assert!(text.get(error.span.clone()).is_some(), "{text}: {:?}", error.span);
    }
}
