//! JSON: read by `serde_json`, its places found by a scan that knows the text is well-formed.

use serde_json::Value;

use super::{Places, Syntax, escape};

pub(super) fn read(text: &str) -> Result<(Value, Places), Syntax> {
    match serde_json::from_str(text) {
        Ok(value) => Ok((value, places(text))),
        Err(error) => {
            let message = error.to_string();
            // serde_json ends its sentence with the place, which goes elsewhere here.
            let message = message.rsplit_once(" at line ").map_or(&*message, |(said, _)| said);
            let message = message.replace("EOF while parsing", "the text ends within");
            let message = format!("not JSON: {message}");
            // It counts columns in bytes.
            let before: usize =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let start = if error.is_eof() {
                text.trim_end().len().saturating_sub(1)
            } else {
                (before + error.column().saturating_sub(1)).min(text.len())
            };
            let cure = cure(text, start, &message);
            Err(Syntax { message, at: start..start, cure })
        }
    }
}

/// What to type where JSON ends to be JSON.
fn cure(text: &str, at: usize, message: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let here = bytes.get(at).copied();
    Some(match here {
        _ if text.trim().is_empty() => {
            "the text is empty; write for example {\"extraction\": {\"type\": \"GPT\"}}"
        }
        _ if message.contains("trailing comma") => "take the last comma out",
        _ if message.contains("the text ends") => {
            "close what is open: a quote, a bracket or a brace"
        }
        Some(b',') => "take the comma out",
        Some(b'\'') => "write double quotes, \", not single ones",
        Some(b'/' | b'#') => "JSON has no comments; take it out, or write YAML",
        _ if message.contains("expected `,`") => "put a comma between the two",
        _ if message.contains("key must be a string") => "put the name into double quotes",
        _ if message.contains("control character") => {
            "end the text with a double quote, or write \\n for a line's end and \\t for a tab"
        }
        _ if message.contains("escape") => "write \\\\ for a backslash",
        _ if message.contains("trailing characters") => "take out what follows the last brace",
        Some(b'N' | b'I' | b'-' | b'+' | b'.') => "write a number such as 0.4",
        _ if message.contains("expected value") || message.contains("expected ident") => {
            "put text into double quotes; bare are only numbers, true, false and null"
        }
        _ => return None,
    })
}

/// An object or array that is still open.
struct Open {
    pointer: String,
    start: usize,
    is_object: bool,
    /// The name that the next value has.
    name: Option<String>,
    index: usize,
}

/// Where each value is. The text was parsed before, so only its outline matters here.
fn places(text: &str) -> Places {
    let bytes = text.as_bytes();
    let mut places = Places::default();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                open.push(Open {
                    pointer: pointer(open.last()),
                    start: at,
                    is_object: byte == b'{',
                    name: None,
                    index: 0,
                });
                at += 1;
            }
            b'}' | b']' => {
                at += 1;
                if let Some(closed) = open.pop() {
                    places.add(closed.pointer, closed.start, at);
                }
            }
            b',' => {
                at += 1;
                if let Some(inner) = open.last_mut() {
                    inner.name = None;
                    inner.index += 1;
                }
            }
            b'"' => {
                let end = string_end(bytes, at);
                match open.last_mut() {
                    Some(inner) if inner.is_object && inner.name.is_none() => {
                        inner.name = serde_json::from_str(&text[at..end]).ok();
                        places.names.insert(pointer(Some(&*inner)), at..end);
                    }
                    inner => places.add(pointer(inner.as_deref()), at, end),
                }
                at = end;
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte <= &b' ';
                let end = bytes[at..].iter().position(ends).map_or(bytes.len(), |end| at + end);
                places.add(pointer(open.last()), at, end);
                at = end;
            }
            _ => at += 1,
        }
    }
    places
}

impl Places {
    fn add(&mut self, pointer: String, start: usize, end: usize) {
        if self.values.insert(pointer.clone(), start..end).is_some() {
            self.duplicates.push(pointer);
        }
    }
}

/// The byte after the string that begins here.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// The pointer of the value that comes next inside this object or array.
fn pointer(inside: Option<&Open>) -> String {
    match inside {
        None => String::new(),
        Some(Open { pointer, is_object: true, name, .. }) => {
            format!("{pointer}/{}", escape(name.as_deref().unwrap_or_default()))
        }
        Some(Open { pointer, index, .. }) => format!("{pointer}/{index}"),
    }
}
