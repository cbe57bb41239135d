//! The words and signs of an expression.

use std::ops::Range;
use std::sync::OnceLock;

use crate::error::ElError;

/// A token and its place in the expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, or one of the operators that are identifiers: position decides.
    Name,
    /// One of the words `div eq ge gt le lt mod ne not`, in any case; its sign.
    Word(&'static str),
    Int(i32),
    Long(i64),
    Double(f64),
    Float(f32),
    /// A quoted text, without its quotes.
    Text(String),
    /// A sign, the longest possible.
    Sign(&'static str),
}

/// Longer signs first: `?.` before `?`.
const SIGNS: [&str; 42] = [
    "++", "--", "==", "!=", "<=", ">=", "&&", "||", "?:", "?.", "?[", "![", "^[", "$[", "+", "-",
    "*", "/", "%", "^", "=", "!", "<", ">", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}", "#",
    "@", "&", "|", "\\", "`", "~", ";",
];

/// Words that are operators, and what they stand for.
const WORDS: [(&str, &str); 9] = [
    ("div", "/"),
    ("eq", "=="),
    ("ge", ">="),
    ("gt", ">"),
    ("le", "<="),
    ("lt", "<"),
    ("mod", "%"),
    ("ne", "!="),
    ("not", "!"),
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
            let end = at + length(&source[at..], continues_name);
            (name(&source[at..end]), end)
        } else {
            sign(source, at, c)?
        };
        tokens.push(Token { kind, span: at..end });
        at = end;
    }
    Ok(tokens)
}

/// A letter of the basic plane (the engine looks at UTF-16 units), `_` or `$`.
pub(crate) fn begins_name(c: char) -> bool {
    c == '_' || c == '$' || c.is_ascii_alphabetic() || (!c.is_ascii() && is_letter(c))
}

pub(crate) fn continues_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit()
}

/// `Character.isLetter` of a UTF-16 unit.
fn is_letter(c: char) -> bool {
    static LETTER: OnceLock<Option<regex::Regex>> = OnceLock::new();
    let letter = LETTER.get_or_init(|| regex::Regex::new(r"^\p{L}$").ok());
    c.len_utf16() == 1
        && letter.as_ref().is_some_and(|letter| letter.is_match(c.encode_utf8(&mut [0; 4])))
}

fn name(word: &str) -> Kind {
    let operator = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    operator.map_or(Kind::Name, |&(_, sign)| Kind::Word(sign))
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
        let end = start + 2 + length(&rest[2..], |c| c.is_ascii_hexdigit());
        return whole(source, start..end, 16);
    }
    let mut end = start + digits(rest);
    let mut real = false;
    if source[end..].starts_with('.') && digits(&source[end + 1..]) > 0 {
        real = true;
        end += 1 + digits(&source[end + 1..]);
    }
    if source[end..].starts_with(['L', 'l']) {
        if real {
            let message = "a number with a fraction cannot be a Long";
            return Err(ElError::syntax(start..end + 1, message, "the number without its `L`"));
        }
        return whole(source, start..end, 10);
    }
    if source[end..].starts_with(['e', 'E']) {
        let signed = &source[end + 1..];
        let sign = usize::from(signed.starts_with(['+', '-']));
        let exponent = digits(&signed[sign..]);
        if exponent == 0 {
            let message = "an exponent without digits";
            return Err(ElError::syntax(start..end + 1 + sign, message, "a digit, as in `1e3`"));
        }
        real = true;
        end += 1 + sign + exponent;
    }
    let decimal = &source[start..end];
    // Both readings are correctly rounded, as Java's; beyond the range they give infinity.
    match source[end..].chars().next() {
        Some('f' | 'F') => Ok((Kind::Float(decimal.parse().unwrap_or_default()), end + 1)),
        Some('d' | 'D') => Ok((Kind::Double(decimal.parse().unwrap_or_default()), end + 1)),
        _ if real => Ok((Kind::Double(decimal.parse().unwrap_or_default()), end)),
        _ => whole(source, start..end, 10),
    }
}

/// The whole number at `span`, of type Long when an `L` follows.
fn whole(source: &str, span: Range<usize>, radix: u32) -> Result<(Kind, usize), ElError> {
    let digits = &source[if radix == 16 { span.start + 2..span.end } else { span.clone() }];
    let long = source[span.end..].starts_with(['L', 'l']);
    if digits.is_empty() {
        let message = "a hexadecimal number without digits";
        return Err(ElError::syntax(span, message, "a digit after `0x`"));
    }
    let kind = if long {
        i64::from_str_radix(digits, radix).ok().map(Kind::Long)
    } else {
        i32::from_str_radix(digits, radix).ok().map(Kind::Int)
    };
    kind.map(|kind| (kind, span.end + usize::from(long))).ok_or_else(|| {
        let limit = if long { i64::MAX } else { i64::from(i32::MAX) };
        let expected = if long { "a smaller number" } else { "a smaller number, or an `L`" };
        let error =
            ElError::syntax(span.clone(), format!("this number is beyond {limit}"), expected);
        let (before, after) = source.split_at(span.end);
        if long { error } else { error.suggest(format!("{{{before}L{after}}}")) }
    })
}

fn digits(source: &str) -> usize {
    length(source, |c| c.is_ascii_digit())
}
