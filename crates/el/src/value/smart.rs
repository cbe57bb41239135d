//! The text of a list that the JSONPath library made: it is JSON, as json-smart writes it.

use std::fmt::Write as _;

use super::{Value, to_java_string};

/// Appends a value as json-smart writes it.
pub(super) fn write(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Text(text) => write_text(out, text),
        Value::Double(number) if number.is_infinite() => out.push_str("null"),
        Value::Float(number) if number.is_infinite() => out.push_str("null"),
        Value::Seq(seq) => {
            out.push('[');
            for (at, item) in seq.items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write(out, item);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_text(out, &to_java_string(key));
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
        value => out.push_str(&to_java_string(value)),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' | '/' => out.extend(['\\', c]),
            '\u{8}' => out.push_str(r"\b"),
            '\u{c}' => out.push_str(r"\f"),
            '\n' => out.push_str(r"\n"),
            '\r' => out.push_str(r"\r"),
            '\t' => out.push_str(r"\t"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2000}'..='\u{20ff}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
