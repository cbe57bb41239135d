//! JSON Pointer, RFC 6901: `/usage/prompt_tokens`.

use crate::error::ElError;
use crate::path::Path;

/// Parses a text that begins with `/`.
pub(super) fn parse(text: &str) -> Result<Path, ElError> {
    let mut path = Path::default();
    let mut start = 1;
    for part in text[1..].split('/') {
        let span = start..start + part.len();
        path.push(&unescape(text, part, start)?, span.clone())?;
        start = span.end + 1;
    }
    Ok(path)
}

fn unescape(text: &str, part: &str, start: usize) -> Result<String, ElError> {
    let mut key = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = rest.find('~') {
        key.push_str(&rest[..at]);
        key.push(match rest.as_bytes().get(at + 1) {
            Some(b'0') => '~',
            Some(b'1') => '/',
            _ => {
                let at = start + part.len() - rest.len() + at;
                return Err(ElError::syntax(
                    at..at + 1,
                    "in a JSON Pointer a `~` is written `~0`",
                    "`~0` for `~`, or `~1` for `/`",
                )
                .suggest(format!("{}~0{}", &text[..at], &text[at + 1..])));
            }
        });
        rest = &rest[at + 2..];
    }
    key.push_str(rest);
    Ok(key)
}
