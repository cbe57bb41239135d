//! Texts that are no path at all: they could only ever stand for themselves.

use crate::error::ElError;

const EXAMPLE: &str = "`{#response.jsonContent.usage.prompt_tokens}`, `/usage/prompt_tokens`, \
                       `$.usage.prompt_tokens` or `usage.prompt_tokens`";

/// Refuses a text without any expression in it that is meant as one, and a constant.
pub(super) fn refuse(text: &str) -> Result<(), ElError> {
    let all = 0..text.len();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(ElError::literal(all, "the pointer is empty", EXAMPLE));
    }
    if trimmed.starts_with('{') {
        let error = ElError::literal(
            all,
            "braces without `#` are not an expression: the gateway takes this as plain text",
            "`{#response.jsonContent.…}`",
        );
        let inner = trimmed.trim_matches(['{', '}']).trim();
        return Err(error.suggest(as_expression(inner)));
    }
    if let Some(rest) = trimmed.strip_prefix('#') {
        return Err(ElError::literal(
            all,
            "an expression is written in braces: without them the gateway takes this as plain text",
            "`{#response.jsonContent.…}`",
        )
        .suggest(as_expression(rest)));
    }
    if trimmed.starts_with("response.jsonContent") {
        return Err(ElError::literal(
            all,
            "without `{#` and `}` the gateway takes this as plain text",
            "`{#response.jsonContent.…}`",
        )
        .suggest(as_expression(trimmed)));
    }
    if is_number(trimmed) {
        return Err(ElError::literal(
            all,
            format!("`{trimmed}` is a number, not the place of one"),
            format!("{EXAMPLE}; a key that is a number is written `/{trimmed}`"),
        ));
    }
    if let Some(inner) = unquote(trimmed) {
        return Err(ElError::literal(all, "a text in quotes is a constant", EXAMPLE).suggest(inner));
    }
    if trimmed.len() < text.len() {
        let start = text.len() - text.trim_start().len();
        let span = if start > 0 { 0..start } else { trimmed.len()..text.len() };
        return Err(ElError::syntax(
            span,
            "a space around a path",
            "no spaces; a key that has some is quoted: `['a key']`",
        )
        .suggest(trimmed));
    }
    Ok(())
}

/// `response.jsonContent.a`, `#response.jsonContent.a` and `a` as an expression.
fn as_expression(inner: &str) -> String {
    let inner = inner.trim_start_matches('#');
    if inner.starts_with("response") || inner.starts_with("request") {
        format!("{{#{inner}}}")
    } else {
        format!("{{#response.jsonContent.{inner}}}")
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

fn unquote(text: &str) -> Option<&str> {
    ['\'', '"'].iter().find_map(|&q| text.strip_prefix(q)?.strip_suffix(q))
}
