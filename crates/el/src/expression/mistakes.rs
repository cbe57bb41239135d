//! What is wrong with an expression that is no plain path, and what was meant.

use std::ops::Range;

use super::lexer::{Kind, Token, begins_name, continues_name};
use super::navigation::{PLAIN_PATH, Parser, STEP};
use crate::error::ElError;

/// Operators with an operand on both sides.
const BINARY: [&str; 16] =
    ["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "=", "&"];
const BINARY_WORDS: [&str; 13] = [
    "and",
    "or",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "div",
    "mod",
    "instanceof",
    "matches",
    "between",
];

impl Parser<'_> {
    /// After `#response` there is no dot: `#response`, `#response['jsonContent']`.
    pub(super) fn not_the_document(&self, at: Range<usize>, end: usize) -> ElError {
        let is_content = |token: &Token| token.kind == Kind::Text("jsonContent".to_owned());
        if self.peek() == Some("[") && self.tokens.get(self.at + 1).is_some_and(is_content) {
            let close = self.tokens.get(self.at + 2).map_or(at.end, |token| token.span.end);
            let span = at.start..close;
            let error = ElError::unsupported(
                span.clone(),
                "written in brackets, `jsonContent` is always empty: the gateway reads the body \
                 only for `.jsonContent`",
                "`.jsonContent`",
            );
            return self.instead(error, span, ".jsonContent");
        }
        if self.tokens.len() > self.at && self.peek() != Some("[") {
            return self.end().err().unwrap_or_else(|| self.unexpected());
        }
        let span = if self.tokens.len() > self.at { at } else { 0..end };
        ElError::unsupported(span, "only `#response.jsonContent` is supported", PLAIN_PATH)
    }

    pub(super) fn other_member(&self, member: &str, span: Range<usize>) -> ElError {
        let lower = member.to_ascii_lowercase();
        let close = lower.starts_with("js") || ["body", "getjsoncontent"].contains(&&*lower);
        if close {
            let error = ElError::unsupported(
                span.clone(),
                format!("`#response` has no `{member}` with the document in it"),
                "`jsonContent`",
            );
            return self.instead(error, span, "jsonContent");
        }
        if ["status", "headers", "content", "xmlContent"].contains(&member)
            || lower.starts_with("head")
        {
            let message = format!("`#response.{member}` is not supported yet");
            return ElError::unsupported(span, message, PLAIN_PATH);
        }
        let message = format!("`#response` has no `{member}`: a field of the body is meant?");
        let error = ElError::unsupported(span.clone(), message, "`jsonContent`");
        self.instead(error, span, &format!("jsonContent.{member}"))
    }

    /// What follows a dot is not a name.
    pub(super) fn missing_name(&self) -> ElError {
        let span = self.here();
        let expected = "the name of a key; one with other characters is written `['a key']`";
        match (self.tokens.get(self.at).map(|t| &t.kind), self.peek()) {
            (_, Some("![" | "?[" | "^[" | "$[")) => ElError::unsupported(
                span,
                "projection and selection are not supported yet",
                PLAIN_PATH,
            ),
            (_, Some("#" | "[")) => {
                ElError::unsupported(span, "this step is not supported", expected)
            }
            (Some(Kind::Whole(index)), _) => {
                let dot = self.tokens[self.at - 1].span.start;
                let error = ElError::syntax(
                    span.clone(),
                    "a name cannot begin with a digit",
                    format!("`[{index}]` for an element, `['{index}']` for a key"),
                );
                self.instead(error, dot..span.end, &format!("[{index}]"))
            }
            _ => ElError::syntax(span, "a name is missing after the dot", expected),
        }
    }

    pub(super) fn call(&self, name: &str, span: Range<usize>) -> ElError {
        let message = format!("the call `{name}(…)` is not supported yet");
        ElError::unsupported(span, message, PLAIN_PATH)
    }

    /// Nothing may follow the last step.
    pub(super) fn end(&self) -> Result<(), ElError> {
        let Some(token) = self.tokens.get(self.at) else {
            return Ok(());
        };
        let word = &self.source[token.span.clone()];
        let is_last = self.at + 1 == self.tokens.len();
        let binary = match token.kind {
            Kind::Sign("&") => false,
            Kind::Sign(sign) => BINARY.contains(&sign),
            Kind::Name => BINARY_WORDS.iter().any(|w| w.eq_ignore_ascii_case(word)),
            _ => false,
        };
        if binary && is_last {
            let message = format!("nothing follows `{word}`");
            return Err(ElError::syntax(token.span.clone(), message, "a second operand"));
        }
        if word == "-"
            && let Some(error) = self.dashed_name(token)
        {
            return Err(error);
        }
        let conditional =
            word == "?" && self.tokens[self.at..].iter().any(|token| token.kind == Kind::Sign(":"));
        if binary || conditional || ["?:", "++", "--"].contains(&word) {
            let message = format!("the operator `{word}` is not supported yet");
            return Err(ElError::unsupported(token.span.clone(), message, PLAIN_PATH));
        }
        if word == "?" {
            let message = "`?` without `:`";
            return Err(ElError::syntax(token.span.clone(), message, "`? … : …` or `?:`"));
        }
        Err(self.unexpected())
    }

    /// `.prompt-tokens` is a subtraction: the key was meant.
    pub(super) fn dashed_name(&self, minus: &Token) -> Option<ElError> {
        let before = self.tokens.get(self.at.checked_sub(1)?)?;
        let dot = self.tokens.get(self.at.checked_sub(2)?)?;
        let adjacent = before.kind == Kind::Name && before.span.end == minus.span.start;
        let rest = &self.source[minus.span.end..];
        if !adjacent
            || !self.source[dot.span.clone()].ends_with('.')
            || !rest.starts_with(begins_name)
        {
            return None;
        }
        let part_of = |c: char| c == '-' || continues_name(c);
        let length = rest.find(|c| !part_of(c)).unwrap_or(rest.len());
        let end = minus.span.end + length;
        let key = &self.source[before.span.start..end];
        let error = ElError::unsupported(
            minus.span.clone(),
            "`-` subtracts here",
            format!("for a key with a `-`, `['{key}']`"),
        );
        Some(self.quote(error, dot.span.clone(), end, key))
    }

    pub(super) fn unexpected(&self) -> ElError {
        let span = self.here();
        let message = format!("`{}` cannot stand here", &self.source[span.clone()]);
        ElError::syntax(span, message, STEP)
    }

    /// Suggests the expression with `span` of it replaced.
    pub(super) fn instead(&self, error: ElError, span: Range<usize>, by: &str) -> ElError {
        let (before, after) = (&self.source[..span.start], &self.source[span.end..]);
        error.suggest(format!("{{{before}{by}{after}}}"))
    }

    /// Suggests the name up to `end` in brackets; a safe step stays safe.
    pub(super) fn quote(
        &self,
        error: ElError,
        dot: Range<usize>,
        end: usize,
        key: &str,
    ) -> ElError {
        let start = if dot.len() == 1 { dot.start } else { dot.end };
        self.instead(error, start..end, &format!("['{key}']"))
    }
}
