//! The words and signs of an expression.

use std::ops::Range;

use crate::error::ElError;

/// A token and its place in the expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, or one of the operators that are words: position decides.
    Name,
    /// A whole number of type Integer or Long.
    Whole(u64),
    /// A number in any other form: real or hexadecimal.
    Number,
    /// A quoted text, without its quotes.
    Text(String),
    /// A sign, the longest possible.
    Sign(&'static str),
}

/// Longer signs first: `?.` before `?`.
const SIGNS: [&str; 43] = [
    "++", "--", "==", "!=", "<=", ">=", "&&", "||", "?:", "?.", "?[", "![", "^[", "$[", "+", "-",
    "*", "/", "%", "^", "=", "!", "<", ">", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}", "#",
    "@", "&", "|", "\\", "`", "~", ";", "\u{0}",
];

/// Cuts an expression into tokens.
pub(super) fn lex(source: &str) -> Result<Vec<Token>, ElError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        if matches!(c, ' ' | '\t' | '\r' | '\n' | '\0') {
            at += 1;
            continue;
        }
        let (kind, end) = if c.is_ascii_digit() {
            number(source, at)?
        } else if c == '\'' || c == '"' {
            text(source, at, c)?
        } else if begins_name(c) && !source[at..].starts_with("$[") {
            (Kind::Name, at + length(&source[at..], continues_name))
        } else {
            sign(source, at, c)?
        };
        tokens.push(Token { kind, span: at..end });
        at = end;
    }
    Ok(tokens)
}

/// A letter of the basic plane (the engine looks at UTF-16 units), `_` or `$`.
pub(super) fn begins_name(c: char) -> bool {
    c == '_' || c == '$' || (c.is_alphabetic() && c.len_utf16() == 1)
}

pub(super) fn continues_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit()
}

fn length(source: &str, part_of: impl Fn(char) -> bool) -> usize {
    source.find(|c| !part_of(c)).unwrap_or(source.len())
}

fn sign(source: &str, at: usize, c: char) -> Result<(Kind, usize), ElError> {
    let found = SIGNS.iter().find(|sign| source[at..].starts_with(**sign));
    let wrong = |message: String, expected: &str| {
        Err(ElError::syntax(at..at + c.len_utf8(), message, expected))
    };
    match found {
        Some(&"|") => wrong("a single `|` is no operator".to_owned(), "`||` or `or`, or a `.`"),
        Some(&"\\") => wrong(
            "`\\` is no escape in an expression".to_owned(),
            "within quotes, a doubled quote: `'it''s'`",
        ),
        Some(&("`" | "~" | ";")) | None => {
            wrong(format!("`{c}` has no meaning in an expression"), "a name, an operator or `}`")
        }
        Some(sign) => Ok((Kind::Sign(sign), at + sign.len())),
    }
}

fn text(source: &str, start: usize, quote: char) -> Result<(Kind, usize), ElError> {
    let mut value = String::new();
    let mut at = start + 1;
    loop {
        let Some(length) = source[at..].find(quote) else {
            let span = start..source.len();
            return Err(ElError::syntax(span, "the quote is not closed", format!("`{quote}`")));
        };
        value.push_str(&source[at..at + length]);
        at += length + 1;
        if !source[at..].starts_with(quote) {
            return Ok((Kind::Text(value), at));
        }
        value.push(quote);
        at += 1;
    }
}

fn number(source: &str, start: usize) -> Result<(Kind, usize), ElError> {
    let rest = &source[start..];
    if rest.starts_with("0x") || rest.starts_with("0X") {
        let digits = length(&rest[2..], |c| c.is_ascii_hexdigit());
        let end = start + 2 + digits;
        let suffix = usize::from(source[end..].starts_with(['L', 'l']));
        if digits == 0 {
            let message = "a hexadecimal number without digits";
            return Err(ElError::syntax(start..end, message, "a digit after `0x`"));
        }
        return Ok((Kind::Number, end + suffix));
    }
    let mut end = start + digits(rest);
    let mut real = false;
    if source[end..].starts_with('.') && digits(&source[end + 1..]) > 0 {
        real = true;
        end += 1 + digits(&source[end + 1..]);
    }
    if source[end..].starts_with(['e', 'E']) {
        let signed = &source[end + 1..];
        let sign = usize::from(signed.starts_with(['+', '-']));
        let exponent = digits(&signed[sign..]);
        if exponent > 0 {
            real = true;
            end += 1 + sign + exponent;
        }
    }
    if source[end..].starts_with(['f', 'F', 'd', 'D']) {
        return Ok((Kind::Number, end + 1));
    }
    if real {
        return Ok((Kind::Number, end));
    }
    let long = source[end..].starts_with(['L', 'l']);
    let limit = if long { i64::MAX as u64 } else { i32::MAX as u64 };
    match source[start..end].parse::<u64>() {
        Ok(value) if value <= limit => Ok((Kind::Whole(value), end + usize::from(long))),
        _ => {
            let message = format!("this number is beyond {limit}");
            let expected = if long { "a smaller number" } else { "a smaller number, or an `L`" };
            Err(ElError::syntax(start..end, message, expected))
        }
    }
}

fn digits(source: &str) -> usize {
    length(source, |c| c.is_ascii_digit())
}
