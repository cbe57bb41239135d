//! `#jsonPath(…)`, `#jsonEscape(…)`, `#xmlEscape(…)`.

use super::{Evaluated, Evaluator, Frame, describe};
use crate::jsonpath;
use crate::syntax::ast::NodeId;
use crate::value::{Value, to_java_string};

impl<'c> Evaluator<'c, '_> {
    pub(super) fn function(
        &mut self,
        id: NodeId,
        name: &str,
        args: &'c [NodeId],
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        match name {
            "jsonPath" | "jsonEscape" | "xmlEscape" => {}
            "xpath" => return Err(self.unsupported(id, "`#xpath` is not built")),
            _ => return Err(self.fail(id, format!("there is no function `#{name}`"))),
        }
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.eval(*arg, frame)?);
        }
        if name == "jsonPath" {
            return match values.as_slice() {
                [json, path] => self.json_path(id, json, path),
                [_, _, ..] => Err(self.unsupported(id, "`#jsonPath` with predicates")),
                _ => Err(self.fail(id, "`#jsonPath` needs a document and a path")),
            };
        }
        let [value] = values.as_slice() else {
            return Err(self.fail(id, format!("`#{name}` has one argument")));
        };
        if value.is_null() {
            return Ok(Value::Null);
        }
        let text = match value {
            Value::Text(text) => text.to_string(),
            Value::Seq(seq) => {
                let mut joined = String::new();
                for (at, item) in seq.items.iter().enumerate() {
                    joined.push_str(if at > 0 { " " } else { "" });
                    match item {
                        Value::Null => {}
                        item => joined.push_str(&self.plain_text(id, item)?),
                    }
                }
                joined
            }
            value => self.plain_text(id, value)?,
        };
        self.made(id, if name == "jsonEscape" { json_escape(&text) } else { xml_escape(&text) })
    }

    /// `toString`, where that is not the object's identity.
    fn plain_text(&self, id: NodeId, value: &Value<'c>) -> Evaluated<String> {
        let identity = match value {
            Value::Bean(_) | Value::Opaque(_) => true,
            Value::Seq(seq) => seq.is_array(),
            Value::Map(map) => map.is_headers(),
            _ => false,
        };
        if identity {
            return Err(self.unsupported(id, format!("the text of {}", describe(value))));
        }
        Ok(to_java_string(value))
    }

    fn json_path(
        &mut self,
        id: NodeId,
        json: &Value<'c>,
        path: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        let path = match super::coerce::to_text(path) {
            Ok(Some(path)) => path.into_owned(),
            Ok(None) => return Err(self.fail(id, "the path is null")),
            Err(_) => return Err(self.fail(id, "the path is no text")),
        };
        self.charge(id, 50 + path.len())?;
        let budget = super::MAX_STEPS.saturating_sub(self.steps);
        let (result, used) = jsonpath::read(json, &path, budget);
        self.charge(id, used)?;
        result.map_err(|trouble| match trouble {
            jsonpath::Trouble::Failed(message) => self.fail(id, message),
            jsonpath::Trouble::Unsupported(message) => self.unsupported(id, message),
        })
    }
}

/// Escapes for a JSON text: also `/`, and all that is not ASCII.
fn json_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for unit in text.encode_utf16() {
        match unit {
            0x22 => out.push_str("\\\""),
            0x5c => out.push_str("\\\\"),
            0x2f => out.push_str("\\/"),
            0x08 => out.push_str("\\b"),
            0x0a => out.push_str("\\n"),
            0x09 => out.push_str("\\t"),
            0x0c => out.push_str("\\f"),
            0x0d => out.push_str("\\r"),
            0x20..=0x7e => out.push(char::from(u8::try_from(unit).unwrap_or(b'?'))),
            _ => out.push_str(&format!("\\u{unit:04X}")),
        }
    }
    out
}

/// Escapes for XML 1.0; what that cannot hold is dropped.
fn xml_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("&quot;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => {}
            '\u{fffe}' | '\u{ffff}' => {}
            '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' => {
                out.push_str(&format!("&#{};", c as u32));
            }
            c => out.push(c),
        }
    }
    out
}
