//! Captured raw JSON values as counts and texts, by the engine's conversion rules.

use serde_json::value::RawValue;
use thiserror::Error;

use crate::java;

/// The longest number that the engine's JSON reader accepts, in characters.
const MAX_NUMBER: usize = 1000;

/// The most characters of a value that an error quotes.
const MAX_QUOTED: usize = 40;

/// Why a value is not what the pointer should have found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The value is of a type that has no such form.
    #[error("{found} is not {wanted}")]
    WrongType {
        /// The type of the value, with its article.
        found: &'static str,
        /// What was asked for, with its article.
        wanted: &'static str,
    },
    /// A text that does not read as a whole number; long ones are cut.
    #[error("the text {0:?} is not a whole number")]
    NotANumber(String),
    /// A whole number beyond 64 bits, or one with more than 1000 digits.
    #[error("the number {0} is out of range")]
    OutOfRange(String),
    /// The bytes are not one JSON value.
    #[error("not a JSON value")]
    Malformed,
}

/// A captured value as a count (the engine's conversion to Java's `Long`).
///
/// Whole numbers stay; reals lose their fraction and stop at the ends of the
/// range; a text is read as a decimal or hexadecimal number after all white
/// space is deleted, and the empty text is no value; a list counts as its first
/// element; `null` and an empty list are no value.
///
/// ```
/// use token_tracking_el::convert::to_long;
/// assert_eq!(to_long(b"12.9"), Ok(Some(12)));
/// assert_eq!(to_long(br#"" 1 234 ""#), Ok(Some(1234)));
/// assert_eq!(to_long(b"[7, 8]"), Ok(Some(7)));
/// assert_eq!(to_long(b"null"), Ok(None));
/// assert!(to_long(b"true").is_err());
/// ```
///
/// # Errors
/// On a boolean, an object, a text that is no number, a whole number beyond 64
/// bits, and on bytes that are not one JSON value.
pub fn to_long(raw: &[u8]) -> Result<Option<i64>, ConvertError> {
    let wanted = "a number";
    let mut rest = validate(raw)?;
    while let Some(inner) = rest.strip_prefix('[') {
        rest = inner.trim_start_matches(SPACES);
    }
    match rest.bytes().next() {
        // An empty list, or a list of one at some depth.
        Some(b']' | b'n') => Ok(None),
        Some(b'{') => Err(ConvertError::WrongType { found: "an object", wanted }),
        Some(b't' | b'f') => Err(ConvertError::WrongType { found: "a boolean", wanted }),
        Some(b'"') => text_to_long(&unquote(string_token(rest))?),
        Some(_) => number_to_long(word_token(rest)).map(Some),
        None => Err(ConvertError::Malformed),
    }
}

/// A captured value as a text (the engine's conversion to Java's `String`).
///
/// Numbers and booleans are written as Java writes them (`12`, `12.0`, `1.0E7`);
/// the elements of a list are joined with `,`, nested lists as well; `null` is
/// no value, but `null` within a list is the word.
///
/// ```
/// use token_tracking_el::convert::to_text;
/// assert_eq!(to_text(br#""gpt-4o""#), Ok(Some("gpt-4o".to_owned())));
/// assert_eq!(to_text(b"1e7"), Ok(Some("1.0E7".to_owned())));
/// assert_eq!(to_text(br#"[1, ["a"], null]"#), Ok(Some("1,a,null".to_owned())));
/// assert_eq!(to_text(b"null"), Ok(None));
/// assert!(to_text(b"{}").is_err());
/// ```
///
/// # Errors
/// On an object, alone or in a list, and on bytes that are not one JSON value.
pub fn to_text(raw: &[u8]) -> Result<Option<String>, ConvertError> {
    let mut rest = validate(raw)?;
    if rest == "null" {
        return Ok(None);
    }
    let mut text = String::new();
    let mut first = true;
    // Nested lists are written flat, so the brackets need no counting: only an
    // empty list is an element of its own, the empty text.
    while let Some(c) = rest.chars().next() {
        let after_bracket = rest[1..].trim_start_matches(SPACES);
        match c {
            '[' if !after_bracket.starts_with(']') => {
                rest = after_bracket;
                continue;
            }
            ']' | ',' => {
                rest = after_bracket;
                continue;
            }
            '{' => {
                return Err(ConvertError::WrongType { found: "an object", wanted: "a text" });
            }
            _ => {}
        }
        if !first {
            text.push(',');
        }
        first = false;
        let token = match c {
            '[' => "[",
            '"' => string_token(rest),
            _ => word_token(rest),
        };
        match c {
            '[' => {}
            '"' => text.push_str(&unquote(token)?),
            't' | 'f' | 'n' => text.push_str(token),
            _ => text.push_str(&number_to_text(token)?),
        }
        rest = rest[token.len()..].trim_start_matches(SPACES);
    }
    Ok(Some(text))
}

/// White space between JSON tokens.
const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// Checks that the bytes are one JSON value and returns it without spaces around.
fn validate(raw: &[u8]) -> Result<&str, ConvertError> {
    match serde_json::from_slice::<&RawValue>(raw) {
        Ok(value) => Ok(value.get().trim_matches(SPACES)),
        Err(_) => Err(ConvertError::Malformed),
    }
}

/// The quoted text that valid JSON begins with.
fn string_token(json: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return &json[..=at],
            _ => {}
        }
    }
    json
}

/// The number or word that valid JSON begins with.
fn word_token(json: &str) -> &str {
    let end = json.find(|c| SPACES.contains(&c) || c == ',' || c == ']');
    &json[..end.unwrap_or(json.len())]
}

fn unquote(token: &str) -> Result<String, ConvertError> {
    serde_json::from_str(token).map_err(|_| ConvertError::Malformed)
}

fn text_to_long(text: &str) -> Result<Option<i64>, ConvertError> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|&c| !java::is_whitespace(c)).collect();
    match java::parse_long(&digits) {
        Some(value) => Ok(Some(value)),
        None => Err(ConvertError::NotANumber(cut(text))),
    }
}

fn number_to_long(token: &str) -> Result<i64, ConvertError> {
    let out_of_range = || ConvertError::OutOfRange(cut(token));
    if token.len() > MAX_NUMBER {
        return Err(out_of_range());
    }
    if is_whole(token) {
        return token.parse().map_err(|_| out_of_range());
    }
    let value: f64 = token.parse().map_err(|_| ConvertError::Malformed)?;
    // Rust's conversion is Java's: towards zero, and no further than the ends.
    #[expect(clippy::cast_possible_truncation, reason = "the engine truncates")]
    Ok(value as i64)
}

fn number_to_text(token: &str) -> Result<String, ConvertError> {
    if token.len() > MAX_NUMBER {
        return Err(ConvertError::OutOfRange(cut(token)));
    }
    if is_whole(token) {
        return Ok(if token == "-0" { "0" } else { token }.to_owned());
    }
    let value: f64 = token.parse().map_err(|_| ConvertError::Malformed)?;
    Ok(java::double_to_string(value))
}

fn is_whole(token: &str) -> bool {
    !token.contains(['.', 'e', 'E'])
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
