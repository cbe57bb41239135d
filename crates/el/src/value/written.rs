//! A value as JSON.

use std::fmt::Write as _;

use super::{Value, to_java_string};

impl Value<'_> {
    /// The value as a JSON text, in which whole numbers of any size keep their digits. What
    /// JSON cannot say is a text: BigDecimal, NaN, the infinities, and objects that have no
    /// value, by the name of their type.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write(&mut out, self);
        out
    }
}

fn write(out: &mut String, value: &Value<'_>) {
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Null
        | Value::Bool(_)
        | Value::Byte(_)
        | Value::Short(_)
        | Value::Int(_)
        | Value::Long(_)
        | Value::BigInt(_) => write!(out, "{}", to_java_string(value)),
        Value::Double(number) => real(out, *number, value),
        // A Float by its own digits, not by those of the Double next to it.
        Value::Float(_) => real(out, to_java_string(value).parse().unwrap_or(f64::NAN), value),
        Value::Seq(seq) => {
            out.push('[');
            for (at, item) in seq.items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write(out, item);
            }
            write!(out, "]")
        }
        Value::Map(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                text(out, &to_java_string(key));
                out.push(':');
                write(out, value);
            }
            write!(out, "}}")
        }
        Value::Entry(entry) => {
            out.push_str(r#"{"key":"#);
            write(out, &entry.0);
            out.push_str(r#","value":"#);
            write(out, &entry.1);
            write!(out, "}}")
        }
        Value::Bean(_) | Value::Opaque(_) => {
            text(out, &value.java_type());
            Ok(())
        }
        value => {
            text(out, &to_java_string(value));
            Ok(())
        }
    };
}

fn real(out: &mut String, number: f64, value: &Value<'_>) -> std::fmt::Result {
    match serde_json::Number::from_f64(number) {
        Some(number) => write!(out, "{number}"),
        None => {
            text(out, &to_java_string(value));
            Ok(())
        }
    }
}

fn text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
