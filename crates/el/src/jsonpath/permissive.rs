//! JSON as json-smart reads it in its permissive mode: single quotes or none, leading
//! zeros, commas too many, `NaN`, and whatever after the first value.

use std::rc::Rc;

use crate::value::{Decimal, Map, MapKind, Value};

/// The deepest nesting.
const MAX_DEPTH: usize = 400;
/// The character that the parser takes for the end.
pub(super) const END: char = '\u{1a}';
/// A real with more characters becomes a BigDecimal.
const MAX_DOUBLE: usize = 18;

/// Why a text is no JSON even so.
pub(super) enum Trouble {
    Failed,
    Unsupported,
}

pub(super) type Parsed<T> = Result<T, Trouble>;

/// Where an unquoted text ends.
#[derive(Clone, Copy)]
enum Stop {
    Key,
    Value,
    Array,
    First,
}

impl Stop {
    fn at(self, c: char) -> bool {
        match self {
            Self::Key => matches!(c, ':' | END),
            Self::Value => matches!(c, ',' | '}' | END),
            Self::Array => matches!(c, ',' | ']' | END),
            Self::First => c == END,
        }
    }
}

pub(super) struct Parser {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
}

enum Open {
    List(Vec<Value<'static>>),
    Object(Vec<(Value<'static>, Value<'static>)>, String),
}

/// Reads the first value of a text.
pub(super) fn parse(text: &str) -> Parsed<Value<'static>> {
    let mut parser = Parser { chars: text.chars().collect(), at: 0 };
    parser.value()
}

impl Parser {
    pub(super) fn current(&self) -> char {
        self.chars.get(self.at).copied().unwrap_or(END)
    }

    fn space(&mut self) {
        while self.current() <= ' ' && self.current() != END {
            self.at += 1;
        }
    }

    /// White space where only JSON's counts.
    fn json_space(&mut self) {
        while matches!(self.current(), ' ' | '\r' | '\n' | '\t') {
            self.at += 1;
        }
    }

    /// A value with all that is in it, without recursion.
    fn value(&mut self) -> Parsed<Value<'static>> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.json_space();
            let stop = match open.last() {
                None => Stop::First,
                Some(Open::List(_)) => Stop::Array,
                Some(Open::Object(..)) => Stop::Value,
            };
            if let (Some(Open::List(_)), ',') = (open.last(), self.current()) {
                self.at += 1;
                continue;
            }
            let mut value = match self.current() {
                ']' if matches!(open.last(), Some(Open::List(_))) => {
                    self.at += 1;
                    close(open.pop())
                }
                '{' | '[' if open.len() == MAX_DEPTH => return Err(Trouble::Failed),
                '[' => {
                    self.at += 1;
                    open.push(Open::List(Vec::new()));
                    continue;
                }
                '{' => {
                    self.at += 1;
                    match self.key()? {
                        Some(key) => {
                            open.push(Open::Object(Vec::new(), key));
                            continue;
                        }
                        None => close(Some(Open::Object(Vec::new(), String::new()))),
                    }
                }
                ':' | '}' | ']' => return Err(Trouble::Failed),
                END if !open.is_empty() => return Err(Trouble::Failed),
                _ => self.scalar(stop)?,
            };
            // Puts the value where it belongs, and closes objects that end after it.
            loop {
                match open.last_mut() {
                    None => return Ok(value),
                    Some(Open::List(items)) => {
                        items.push(value);
                        break;
                    }
                    Some(Open::Object(entries, key)) => {
                        entries.push((Value::owned(std::mem::take(key)), value));
                    }
                }
                self.space();
                let next = self.current();
                let key = match next {
                    '}' => {
                        self.at += 1;
                        None
                    }
                    ',' => {
                        self.at += 1;
                        self.key()?
                    }
                    _ => return Err(Trouble::Failed),
                };
                match (key, open.last_mut()) {
                    (Some(next), Some(Open::Object(_, key))) => {
                        *key = next;
                        break;
                    }
                    _ => value = close(open.pop()),
                }
            }
        }
    }

    /// The next key with its colon; `None` when the object ends.
    fn key(&mut self) -> Parsed<Option<String>> {
        loop {
            self.json_space();
            match self.current() {
                ',' => self.at += 1,
                '}' => {
                    self.at += 1;
                    return Ok(None);
                }
                ':' | ']' | '[' | '{' => return Err(Trouble::Failed),
                _ => break,
            }
        }
        let key = match self.current() {
            quote @ ('"' | '\'') => self.string(quote)?,
            _ => self.unquoted(Stop::Key),
        };
        self.space();
        if self.current() != ':' || self.at + 1 >= self.chars.len() {
            return Err(Trouble::Failed);
        }
        self.at += 1;
        Ok(Some(key))
    }

    fn scalar(&mut self, stop: Stop) -> Parsed<Value<'static>> {
        match self.current() {
            quote @ ('"' | '\'') => self.string(quote).map(Value::owned),
            '0'..='9' | '-' => self.number(stop),
            _ => {
                let word = self.unquoted(stop);
                Ok(match word.as_str() {
                    "null" => Value::Null,
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "NaN" => Value::Float(f32::NAN),
                    _ => Value::owned(word),
                })
            }
        }
    }

    fn unquoted(&mut self, stop: Stop) -> String {
        let start = self.at;
        while !stop.at(self.current()) {
            self.at += 1;
        }
        self.trimmed(start)
    }

    /// The text from `start` to here, without white space around, of which one character
    /// is always left.
    fn trimmed(&self, start: usize) -> String {
        let (mut from, mut to) = (start, self.at.min(self.chars.len()).max(start));
        let space = |c: char| crate::java::is_whitespace(c);
        while from + 1 < to && space(self.chars[from]) {
            from += 1;
        }
        while to > from + 1 && space(self.chars[to - 1]) {
            to -= 1;
        }
        self.chars[from..to].iter().collect()
    }

    fn digits(&mut self) {
        while self.current().is_ascii_digit() {
            self.at += 1;
        }
    }

    fn number(&mut self, stop: Stop) -> Parsed<Value<'static>> {
        let start = self.at;
        self.at += 1;
        self.digits();
        let mut real = false;
        if self.current() == '.' {
            real = true;
            self.at += 1;
            self.digits();
        }
        if matches!(self.current(), 'e' | 'E') {
            real = true;
            self.at += 1;
            if !matches!(self.current(), '+' | '-' | '0'..='9') {
                return Ok(Value::owned(self.unquoted_from(start, stop)));
            }
            self.at += 1;
            self.digits();
        }
        self.space();
        let c = self.current();
        if c != END && u32::from(c) < 126 && !stop.at(c) {
            return Ok(Value::owned(self.unquoted_from(start, stop)));
        }
        let text = self.trimmed(start);
        if !real {
            // The library takes a sign without digits for zero.
            let text = if text == "-" { "0" } else { text.as_str() };
            let number = text.parse().map_err(|_| Trouble::Failed)?;
            return Ok(Value::whole(number));
        }
        if text.len() > MAX_DOUBLE {
            let exponent =
                text.find(['e', 'E']).map(|at| text[at + 1..].trim_start_matches(['+', '-']));
            if exponent.is_some_and(str::is_empty) {
                return Err(Trouble::Failed);
            }
            let decimal = Decimal::parse(&text).ok_or(Trouble::Unsupported)?;
            return Ok(Value::Decimal(Rc::new(decimal)));
        }
        text.parse().map(Value::Double).map_err(|_| Trouble::Failed)
    }

    fn unquoted_from(&mut self, start: usize, stop: Stop) -> String {
        while !stop.at(self.current()) {
            self.at += 1;
        }
        self.trimmed(start)
    }
}

fn close(open: Option<Open>) -> Value<'static> {
    match open {
        Some(Open::List(items)) => Value::json_list(items),
        Some(Open::Object(entries, _)) => Value::Map(Rc::new(Map::new(MapKind::Linked, entries))),
        None => Value::Null,
    }
}
