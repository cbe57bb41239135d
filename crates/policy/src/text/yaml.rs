//! YAML: read with the place of each value, which `serde-saphyr` knows.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::NonFiniteFloatPolicy;
use serde_saphyr::{Location, Spanned};

use super::{Places, Syntax, escape};

/// How deep values may lie in each other; reading takes up to 40 KB of stack at each level.
const MAX_DEPTH: usize = 20;

pub(super) fn read(text: &str) -> Result<(Value, Places), Syntax> {
    // Infinity is a price that the original accepts.
    let options = serde_saphyr::options! {
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
    };
    match serde_saphyr::from_str_with_options::<Spanned<Node>>(text, options) {
        Ok(root) => {
            let mut places = Places::default();
            let value = value(root, text, String::new(), &mut places);
            Ok((value, places))
        }
        Err(error) => {
            let (line, column) =
                error.location().map_or((1, 1), |at| (number(at.line()), number(at.column())));
            let message = error.without_snippet().to_string();
            let message = message.lines().next().unwrap_or_default();
            let message = message.rsplit_once(" at line ").map_or(message, |(said, _)| said);
            let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or(message);
            Err(Syntax::at_line(text, line, column, format!("not YAML: {message}")))
        }
    }
}

impl Syntax {
    /// At a line and column, both from 1 and in characters.
    fn at_line(text: &str, line: usize, column: usize, message: String) -> Self {
        let cure = cure(text, line, &message);
        let at = offset(text, line, column);
        Self { message, at: at..at, cure }
    }
}

/// The byte at a line and column, both from 1 and in characters.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        Some(newline) => {
            text.match_indices('\n').nth(newline).map_or(text.len(), |(newline, _)| newline + 1)
        }
        None => 0,
    };
    let rest = &text[start..];
    let line = rest.lines().next().unwrap_or_default();
    let within = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    start + within
}

/// What to type where YAML ends to be YAML.
fn cure(text: &str, line: usize, message: &str) -> Option<&'static str> {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    Some(match message {
        _ if indent.contains('\t') => "indent with spaces; YAML takes no tabs",
        _ if message.contains("duplicate") => "take one of the two out",
        _ if line.contains("{#") || line.contains("{(") || line.contains("{T(") => {
            "put the expression into quotes: \"{#…}\""
        }
        _ if line.matches(": ").count() > 1 => "put text that has a colon into quotes",
        _ => "names that belong together have the same indent, and a space after their colon",
    })
}

/// A YAML value that keeps the places of what is in it.
enum Node {
    Leaf(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has too")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // JSON has no infinity; as text it is what the original accepts.
        let number = serde_json::Number::from_f64(value).map(Value::Number);
        let text = if value.is_nan() { "NaN" } else { "Infinity" };
        let sign = if value < 0.0 { "-" } else { "" };
        Ok(Node::Leaf(number.unwrap_or_else(|| format!("{sign}{text}").into())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(entry) = map.next_entry()? {
            nodes.push(entry);
        }
        Ok(Node::Map(nodes))
    }
}

/// Notes the place and takes the value out. Depth is bounded by the reader's budget.
fn value(node: Spanned<Node>, text: &str, pointer: String, places: &mut Places) -> Value {
    let start = start_of(&node.referenced, text);
    let value = match node.value {
        Node::Leaf(value) => value,
        Node::List(nodes) => nodes
            .into_iter()
            .enumerate()
            .map(|(index, node)| value(node, text, format!("{pointer}/{index}"), places))
            .collect(),
        Node::Map(nodes) => nodes
            .into_iter()
            .map(|(name, node)| {
                let pointer = format!("{pointer}/{}", escape(&name.value));
                if let Some(start) = start_of(&name.referenced, text) {
                    let end = key_end(text, start, &name.value);
                    places.names.insert(pointer.clone(), start..end);
                }
                let value = value(node, text, pointer, places);
                (name.value, value)
            })
            .collect(),
    };
    if let Some(start) = start {
        let end = match &value {
            Value::Object(_) | Value::Array(_) => start + 1,
            _ => scalar_end(text, start),
        };
        places.values.insert(pointer, start..end);
    }
    value
}

/// The byte a value begins at. Finding it by line takes longer, but always works.
fn start_of(location: &Location, text: &str) -> Option<usize> {
    let line = number(location.line());
    let byte = location.span().byte_offset().map(number).filter(|at| text.is_char_boundary(*at));
    (line > 0).then(|| byte.unwrap_or_else(|| offset(text, line, number(location.column()))))
}

/// The end of the name that begins here, with its quotes.
fn key_end(text: &str, start: usize, name: &str) -> usize {
    let quoted = text[start..].starts_with(['"', '\'']);
    text.floor_char_boundary((start + name.len() + if quoted { 2 } else { 0 }).min(text.len()))
}

/// The end of the scalar that begins here, on its first line.
fn scalar_end(text: &str, start: usize) -> usize {
    let rest = text[start..].lines().next().unwrap_or_default();
    let quoted = |quote: char| {
        rest.strip_prefix(quote).and_then(|inner| inner.find(quote)).map(|end| end + 2)
    };
    let end = quoted('"').or_else(|| quoted('\'')).unwrap_or_else(|| {
        let plain = rest.split(" #").next().unwrap_or_default();
        // In flow style a scalar also ends at a comma or bracket.
        plain.find([',', '}', ']']).unwrap_or(plain.trim_end().len())
    });
    start + end
}

fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
