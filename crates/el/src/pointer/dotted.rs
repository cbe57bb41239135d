//! Dotted paths: `my_model`, `usage.promptTokens`, `choices[0].tokens`, `a['b c']`.

use crate::error::ElError;
use crate::path::Path;

/// Characters that need quotes: with them a text is more likely a mistake than a key.
const NEEDS_QUOTES: &str = "{}()[]'\"`|#*?<>=,;&%+^!\\/";

/// Parses a text that is in no other notation.
pub(super) fn parse(text: &str) -> Result<Path, ElError> {
    let mut path = Path::default();
    let mut at = 0;
    // The first name needs no dot, nor does the text end after a dot.
    let mut wants_name = !text.starts_with('[');
    while wants_name || at < text.len() {
        if wants_name {
            at = name(text, at, &mut path)?;
            wants_name = false;
        } else if text[at..].starts_with('.') {
            at += 1;
            wants_name = true;
        } else if text[at..].starts_with('[') {
            at = bracket(text, at, &mut path)?;
        } else {
            return Err(ElError::syntax(
                at..next(text, at),
                "this cannot follow `]`",
                "`.`, `[` or the end",
            ));
        }
    }
    Ok(path)
}

fn name(text: &str, start: usize, path: &mut Path) -> Result<usize, ElError> {
    let rest = &text[start..];
    let stop = |c: char| c == '.' || c.is_whitespace() || NEEDS_QUOTES.contains(c);
    let end = rest.find(stop).map_or(text.len(), |at| start + at);
    match text[end..].chars().next() {
        None | Some('.' | '[') if end > start => {
            path.push(&text[start..end], start..end)?;
            return Ok(end);
        }
        None | Some('.' | '[') => {}
        Some(c) => return Err(strange(text, end, c)),
    }
    // A name is missing: at the start, between two dots, or at the end.
    let fixed = match start.checked_sub(1) {
        None => text[1..].to_owned(),
        Some(dot) => format!("{}{}", &text[..dot], &text[start..]),
    };
    Err(ElError::syntax(
        start..end.max(next(text, start)),
        "a name is missing",
        "the name of a key",
    )
    .suggest(fixed))
}

fn strange(text: &str, at: usize, c: char) -> ElError {
    let span = at..next(text, at);
    let quoted = "a name; a key with such a character is quoted: `['a key']`";
    match c {
        '*' => ElError::unsupported(
            span,
            "a wildcard finds many values, a pointer finds one",
            "the name of a key, or an index such as `[0]`",
        ),
        '/' => ElError::syntax(
            span,
            "`/` does not separate names in a dotted path",
            "`.` between names, or a `/` at the beginning (JSON Pointer)",
        )
        .suggest(format!("/{text}")),
        '|' => ElError::syntax(span, "`|` cannot be in a name", quoted),
        c if c.is_whitespace() => ElError::syntax(span, "a space cannot be in a name", quoted),
        c => ElError::syntax(span, format!("`{c}` cannot be in a name"), quoted),
    }
}

/// `[0]`, `['a b']`, `["a b"]` (a doubled quote stands for one) or `[name]`.
fn bracket(text: &str, open: usize, path: &mut Path) -> Result<usize, ElError> {
    let start = open + 1;
    let expected = "an index such as `[0]`, or a quoted key such as `['a key']`";
    if let Some(quote @ ('\'' | '"')) = text[start..].chars().next() {
        let (key, end) = quoted(text, start, quote).ok_or_else(|| {
            ElError::syntax(start..text.len(), "the quote is not closed", format!("`{quote}`"))
        })?;
        if !text[end..].starts_with(']') {
            let span = end..next(text, end);
            return Err(ElError::syntax(span, "`[` is not closed", "`]`"));
        }
        path.push(&key, start..end)?;
        return Ok(end + 1);
    }
    let Some(length) = text[start..].find(']') else {
        return Err(ElError::syntax(open..text.len(), "`[` is not closed", "`]`")
            .suggest(format!("{text}]")));
    };
    let span = start..start + length;
    let inner = &text[span.clone()];
    if inner.is_empty() {
        return Err(ElError::syntax(open..span.end + 1, "nothing between `[` and `]`", expected));
    }
    if inner.bytes().all(|b| b.is_ascii_digit()) {
        let digits = inner.trim_start_matches('0');
        path.push(if digits.is_empty() { "0" } else { digits }, span.clone())?;
    } else if inner.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') {
        path.push(inner, span.clone())?;
    } else {
        return Err(ElError::unsupported(
            span.clone(),
            format!("`[{inner}]` does not name one element"),
            expected,
        ));
    }
    Ok(span.end + 1)
}

/// Reads a quoted text; returns it and the offset after its closing quote.
fn quoted(text: &str, start: usize, quote: char) -> Option<(String, usize)> {
    let mut key = String::new();
    let mut at = start + 1;
    loop {
        let length = text[at..].find(quote)?;
        key.push_str(&text[at..at + length]);
        at += length + 1;
        if !text[at..].starts_with(quote) {
            return Some((key, at));
        }
        key.push(quote);
        at += 1;
    }
}

/// The offset after the character at `at`.
fn next(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(at, |c| at + c.len_utf8())
}
