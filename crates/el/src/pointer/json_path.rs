//! JSONPath: the definite paths of RFC 9535, such as `$.usage['prompt tokens'][0]`.

use std::ops::Range;

use crate::error::ElError;
use crate::path::Path;

const ONE_VALUE: &str = "`.name`, `['name']` or `[0]`";

/// Parses a text that begins with `$`.
pub(super) fn parse(text: &str) -> Result<Path, ElError> {
    let mut path = Path::default();
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        at = match c {
            '.' => name(text, at, &mut path)?,
            '[' => bracket(text, at, &mut path)?,
            c => {
                let error = ElError::syntax(
                    at..at + c.len_utf8(),
                    format!("`{c}` cannot stand here in a JSONPath"),
                    ONE_VALUE,
                );
                let fixed = format!("{}.{}", &text[..at], &text[at..]);
                return Err(if at == 1 { error.suggest(fixed) } else { error });
            }
        };
    }
    Ok(path)
}

fn name(text: &str, dot: usize, path: &mut Path) -> Result<usize, ElError> {
    let start = dot + 1;
    // RFC 9535 has no `-` here, but every implementation does.
    let part_of = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c) || !c.is_ascii();
    let length = text[start..].find(|c| !part_of(c)).unwrap_or(text.len() - start);
    let end = start + length;
    if length > 0 {
        path.push(&text[start..end], start..end)?;
        return Ok(end);
    }
    Err(match text[start..].chars().next() {
        None => ElError::syntax(start..start, "a name is missing after `.`", "the name of a key")
            .suggest(&text[..dot]),
        Some('.') => many(dot..start + 1, "`..` searches the whole document"),
        Some('*') => many(start..start + 1, "a wildcard finds many values"),
        Some(c) => ElError::syntax(
            start..start + c.len_utf8(),
            format!("`{c}` cannot begin a name"),
            "the name of a key; one with other characters is written `['a key']`",
        ),
    })
}

fn bracket(text: &str, open: usize, path: &mut Path) -> Result<usize, ElError> {
    let start = open + 1;
    let (key, end) = match text[start..].chars().next() {
        Some(quote @ ('\'' | '"')) => quoted(text, start, quote)?,
        Some('0'..='9') => {
            let length = text[start..].find(|c: char| !c.is_ascii_digit());
            let end = length.map_or(text.len(), |length| start + length);
            let digits = &text[start..end];
            if digits.len() > 1 && digits.starts_with('0') {
                return Err(ElError::syntax(start..end, "an index has no leading zero", ONE_VALUE));
            }
            (digits.to_owned(), end)
        }
        Some('*') => return Err(many(start..start + 1, "a wildcard finds many values")),
        Some('?') => return Err(many(start..start + 1, "a filter finds many values")),
        Some('-') => {
            return Err(many(start..start + 1, "an index from the end is not supported"));
        }
        Some(':') => return Err(many(start..start + 1, "a slice finds many values")),
        Some(']') => {
            return Err(ElError::syntax(open..start + 1, "nothing between `[` and `]`", ONE_VALUE));
        }
        Some(c) => {
            let span = start..start + c.len_utf8();
            return Err(ElError::syntax(span, "a key in brackets is quoted", ONE_VALUE));
        }
        None => return Err(unclosed(open, text)),
    };
    let after = text[end..].chars().next();
    match after {
        Some(']') => path.push(&key, start..end).map(|()| end + 1),
        Some(':') => Err(many(end..end + 1, "a slice finds many values")),
        Some(',') => Err(many(end..end + 1, "a union finds many values")),
        Some(c) if !c.is_whitespace() => {
            Err(ElError::syntax(end..end + c.len_utf8(), "`[` is not closed", "`]`"))
        }
        Some(c) => Err(many(end..end + c.len_utf8(), "spaces within brackets are not supported")),
        None => Err(unclosed(open, text).suggest(format!("{text}]"))),
    }
}

/// Reads a quoted key with its backslash escapes; returns the offset after it.
fn quoted(text: &str, start: usize, quote: char) -> Result<(String, usize), ElError> {
    let mut units = Vec::new();
    let mut chars = text[start + 1..].char_indices().map(|(i, c)| (start + 1 + i, c));
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let key = String::from_utf16(&units).map_err(|_| bad_escape(start..at + 1))?;
            return Ok((key, at + 1));
        }
        let plain = if c == '\\' {
            let Some((_, escaped)) = chars.next() else {
                break;
            };
            match escaped {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '/' | '\\' | '\'' | '"' => escaped,
                'u' => {
                    let digits = text.get(at + 2..at + 6).unwrap_or_default();
                    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
                    let Some(unit) = u16::from_str_radix(digits, 16).ok().filter(|_| hex) else {
                        return Err(bad_escape(at..at + 2));
                    };
                    units.push(unit);
                    chars.by_ref().take(4).for_each(drop);
                    continue;
                }
                other => return Err(bad_escape(at..at + 1 + other.len_utf8())),
            }
        } else {
            c
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    let span = start..text.len();
    Err(ElError::syntax(span, "the quote is not closed", format!("`{quote}`")))
}

fn bad_escape(span: Range<usize>) -> ElError {
    ElError::syntax(span, "this is no escape of a JSONPath key", "`\\'`, `\\\\`, `\\n`, `\\u0041`")
}

fn unclosed(open: usize, text: &str) -> ElError {
    ElError::syntax(open..text.len(), "`[` is not closed", "`]`")
}

fn many(span: Range<usize>, message: &str) -> ElError {
    ElError::unsupported(span, message, format!("a path to one value: {ONE_VALUE}"))
}
