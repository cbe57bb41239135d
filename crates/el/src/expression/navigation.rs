//! One expression: `#response.jsonContent` and the steps after it.

use std::ops::Range;

use super::lexer::{Kind, Token, lex};
use super::members::may_be_member;
use crate::error::ElError;
use crate::path::Path;

pub(super) const PLAIN_PATH: &str =
    "a plain path such as `#response.jsonContent.usage.prompt_tokens`";
pub(super) const STEP: &str = "`.name`, `['a key']`, `[0]` or the closing `}`";

/// Parses a trimmed expression; spans of errors are relative to it.
pub(super) fn parse(source: &str) -> Result<Path, ElError> {
    let tokens = lex(source)?;
    let mut parser = Parser { source, tokens: &tokens, at: 0, path: Path::default() };
    parser.root()?;
    while parser.step()? {}
    parser.end()?;
    if parser.path.is_root() {
        return Err(crate::path::whole_document(0..source.len()));
    }
    Ok(parser.path)
}

/// An expression, its tokens, and how far they are read.
pub(super) struct Parser<'s> {
    pub(super) source: &'s str,
    pub(super) tokens: &'s [Token],
    pub(super) at: usize,
    path: Path,
}

impl<'s> Parser<'s> {
    /// `#response.jsonContent`; only in this form does the engine read the body.
    fn root(&mut self) -> Result<(), ElError> {
        let start = self.here();
        if !self.eat("#") {
            return Err(ElError::unsupported(
                start.start..self.source.len(),
                "an expression that does not begin with a variable is not supported yet",
                PLAIN_PATH,
            ));
        }
        let Some((variable, span)) = self.eat_name() else {
            return Err(ElError::syntax(self.here(), "a name is missing after `#`", "`response`"));
        };
        if variable != "response" {
            let error = ElError::unsupported(
                start.start..span.end,
                format!("the variable `#{variable}` is not supported"),
                "`#response`",
            );
            let alike = variable.eq_ignore_ascii_case("response");
            return Err(if alike { self.instead(error, span, "response") } else { error });
        }
        let dot = self.here();
        if !self.eat(".") && !self.eat("?.") {
            return Err(self.not_the_document(dot, span.end));
        }
        let Some((member, span)) = self.eat_name() else {
            return Err(self.missing_name());
        };
        if self.peek() == Some("(") {
            return Err(self.call(member, span));
        }
        if member == "jsonContent" { Ok(()) } else { Err(self.other_member(member, span)) }
    }

    /// One step into the document; `false` when there is none.
    fn step(&mut self) -> Result<bool, ElError> {
        match self.peek() {
            Some("." | "?.") => self.dotted().map(|()| true),
            Some("[") => self.index().map(|()| true),
            _ => Ok(false),
        }
    }

    fn dotted(&mut self) -> Result<(), ElError> {
        let dot = self.here();
        self.at += 1;
        if self.peek() == Some("[") && self.source[dot.clone()].starts_with('?') {
            return self.index();
        }
        let first = self.path.is_root();
        let Some((name, span)) = self.eat_name() else {
            return Err(self.missing_name());
        };
        if self.peek() == Some("(") {
            return Err(self.call(name, span));
        }
        if !first && may_be_member(name) {
            let error = ElError::unsupported(
                span.clone(),
                format!("`.{name}` is a member of some values and a key of others"),
                format!("for the key, `['{name}']`"),
            );
            return Err(self.quote(error, dot, span.end, name));
        }
        self.path.push(name, span)
    }

    /// `['key']`, `[name]` or `[0]`.
    fn index(&mut self) -> Result<(), ElError> {
        let open = self.here();
        let inside = self.tokens.get(self.at + 1);
        let close = self.tokens.get(self.at + 2);
        let Some(inside) = inside.filter(|t| t.kind != Kind::Sign("]")) else {
            let end = inside.map_or(open.end, |token| token.span.end);
            return Err(ElError::syntax(open.start..end, "nothing between `[` and `]`", STEP));
        };
        let span = inside.span.clone();
        if close.is_none_or(|t| t.kind != Kind::Sign("]")) {
            let (message, expected) = match inside.kind {
                Kind::Sign("-") => ("a negative index is always out of range", "`[0]`"),
                _ => ("a computed index is not supported yet", "`['a key']` or `[0]`"),
            };
            return Err(ElError::unsupported(span, message, expected));
        }
        let word = &self.source[span.clone()];
        match &inside.kind {
            Kind::Text(key) => self.path.push(key, span)?,
            Kind::Whole(index) => self.path.push_index(*index, span)?,
            Kind::Name if is_constant(word) => {
                let error = ElError::unsupported(
                    span.clone(),
                    format!("`[{word}]` is not a key here"),
                    format!("for a key of that name, `['{word}']`"),
                );
                return Err(self.instead(error, span, &format!("'{word}'")));
            }
            Kind::Name => self.path.push(word, span)?,
            Kind::Number | Kind::Sign(_) => {
                let message = format!("`[{word}]` is not supported");
                return Err(ElError::unsupported(span, message, "`['a key']` or `[0]`"));
            }
        }
        self.at += 3;
        Ok(())
    }

    /// The place of the next token, or the end.
    pub(super) fn here(&self) -> Range<usize> {
        let end = self.source.len()..self.source.len();
        self.tokens.get(self.at).map_or(end, |token| token.span.clone())
    }

    /// The next token, when it is a sign.
    pub(super) fn peek(&self) -> Option<&'static str> {
        match self.tokens.get(self.at)?.kind {
            Kind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn eat_name(&mut self) -> Option<(&'s str, Range<usize>)> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Name)?;
        self.at += 1;
        Some((&self.source[token.span.clone()], token.span.clone()))
    }
}

/// Words that are a value, or an operator, even alone in brackets.
fn is_constant(word: &str) -> bool {
    ["true", "false", "null", "not"].iter().any(|constant| word.eq_ignore_ascii_case(constant))
}
