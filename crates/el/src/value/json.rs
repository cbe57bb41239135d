//! A body as the engine's JSON reader takes it: strict, into Java's types.
//!
//! The reader is Jackson with its default limits; see
//! <https://javadoc.io/doc/com.fasterxml.jackson.core/jackson-core/2.18.3>. It stops after
//! the first value, so that what follows it does not matter.

use std::rc::Rc;

use super::{Map, MapKind, Seq, SeqKind, Text, Value};

/// The deepest nesting.
const MAX_DEPTH: usize = 1_000;
/// The most digits of a number.
const MAX_NUMBER: usize = 1_000;
/// The most characters of a key and of a text.
const MAX_KEY: usize = 50_000;
const MAX_TEXT: usize = 20_000_000;

/// What a body is to `jsonContent`.
#[derive(Clone, Debug)]
pub(crate) enum Document<'a> {
    /// An object; and the empty one for whatever is not an object.
    Object(Value<'a>),
    /// The word `null`: the engine fails.
    Null,
}

/// Reads a body.
pub(crate) fn parse(text: &str) -> Document<'_> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value();
    if matches!(value, Some(Value::Null)) && !reader.in_word() {
        return Document::Null;
    }
    let map = match value {
        Some(Value::Map(map)) => map,
        _ => Rc::new(Map::new(MapKind::HashOfText, Vec::new())),
    };
    // Only the outermost object is a hash table whose keys are declared to be texts.
    let entries = match Rc::try_unwrap(map) {
        Ok(map) => map.into_entries(),
        Err(_) => Vec::new(),
    };
    Document::Object(Value::Map(Rc::new(Map::of_distinct(MapKind::HashOfText, entries))))
}

/// Reads one value that is nothing but JSON, such as a captured one.
pub(crate) fn parse_value(text: &str) -> Option<Value<'_>> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

/// A number's text as a value.
pub(crate) fn number<'a>(text: &str) -> Option<Value<'a>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().filter(u8::is_ascii_digit).count() > MAX_NUMBER {
        return None;
    }
    if text.contains(['.', 'e', 'E']) {
        return text.parse().ok().map(Value::Double);
    }
    match text.parse::<i64>() {
        Ok(value) => Some(i32::try_from(value).map_or(Value::Long(value), Value::Int)),
        Err(_) => text.parse().ok().map(|value| Value::BigInt(Rc::new(value))),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// A container that is still open.
enum Open<'a> {
    List(Vec<Value<'a>>),
    Object(Vec<(Value<'a>, Value<'a>)>, Text<'a>),
}

impl<'a> Reader<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.byte() == Some(byte)).then(|| self.at += 1)
    }

    /// Whether what follows would belong to a word that ended here.
    fn in_word(&self) -> bool {
        self.text[self.at..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
    }

    /// A value with all that is in it, without recursion.
    fn value(&mut self) -> Option<Value<'a>> {
        let mut open: Vec<Open<'a>> = Vec::new();
        loop {
            self.space();
            let mut value = match self.byte()? {
                b'{' => {
                    self.at += 1;
                    if open.len() == MAX_DEPTH {
                        return None;
                    }
                    self.space();
                    if self.byte() != Some(b'}') {
                        let key = self.key()?;
                        open.push(Open::Object(Vec::new(), key));
                        continue;
                    }
                    self.at += 1;
                    Value::Map(Rc::new(Map::new(MapKind::Linked, Vec::new())))
                }
                b'[' => {
                    self.at += 1;
                    if open.len() == MAX_DEPTH {
                        return None;
                    }
                    self.space();
                    if self.byte() != Some(b']') {
                        open.push(Open::List(Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    Value::list(Vec::new())
                }
                _ => self.scalar()?,
            };
            // Puts the value where it belongs, and closes what ends after it.
            loop {
                match open.last_mut() {
                    None => return Some(value),
                    Some(Open::List(items)) => items.push(value),
                    Some(Open::Object(entries, key)) => {
                        let key = std::mem::replace(key, Text::Borrowed(""));
                        entries.push((Value::Text(key), value));
                    }
                }
                self.space();
                let next = self.byte()?;
                self.at += 1;
                match (next, open.last_mut()) {
                    (b',', Some(Open::Object(_, key))) => {
                        *key = self.key()?;
                        break;
                    }
                    (b',', Some(Open::List(_))) => break,
                    _ => {}
                }
                value = match (next, open.pop()) {
                    (b']', Some(Open::List(items))) => {
                        Value::Seq(Rc::new(Seq { kind: SeqKind::List, items }))
                    }
                    (b'}', Some(Open::Object(entries, _))) => {
                        Value::Map(Rc::new(Map::new(MapKind::Linked, entries)))
                    }
                    _ => return None,
                };
            }
        }
    }

    fn key(&mut self) -> Option<Text<'a>> {
        self.eat(b'"')?;
        let key = self.string(MAX_KEY)?;
        self.eat(b':')?;
        Some(key)
    }

    fn scalar(&mut self) -> Option<Value<'a>> {
        match self.byte()? {
            b'"' => {
                self.at += 1;
                self.string(MAX_TEXT).map(Value::Text)
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                let words = [
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                    ("null", Value::Null),
                ];
                let rest = &self.text[self.at..];
                let (word, value) = words.into_iter().find(|(word, _)| rest.starts_with(word))?;
                self.at += word.len();
                (!self.in_word()).then_some(value)
            }
        }
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let first = self.at;
        self.digits()?;
        if self.at - first > 1 && self.text.as_bytes()[first] == b'0' {
            return None;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        number(&self.text[start..self.at])
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A text after its opening quote.
    fn string(&mut self, limit: usize) -> Option<Text<'a>> {
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    let text = owned.get_or_insert_default();
                    text.push_str(&self.text[copied..self.at]);
                    self.at += 1;
                    let c = self.escape()?;
                    text.push(c);
                    copied = self.at;
                }
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
        let rest = &self.text[copied..self.at];
        let text = match owned {
            None => Text::Borrowed(rest),
            Some(mut text) => {
                text.push_str(rest);
                Text::from(text)
            }
        };
        self.at += 1;
        (text.len() <= limit || super::text::length(&text) <= limit).then_some(text)
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.byte()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                let low = self.text[self.at..].strip_prefix("\\u").and_then(|_| {
                    let mut ahead = Reader { text: self.text, at: self.at + 2 };
                    ahead.unit().filter(|low| (0xdc00..0xe000).contains(low))
                });
                match (unit, low) {
                    (0xd800..0xdc00, Some(low)) => {
                        self.at += 6;
                        char::decode_utf16([unit, low]).next()?.ok()?
                    }
                    // Half of a pair cannot be kept in Rust's texts.
                    _ => char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}'),
                }
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.at += 4;
        u16::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)
    }
}
