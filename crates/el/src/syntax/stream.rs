//! Looking at tokens, and taking them.

use std::ops::Range;

use super::ast::{Node, NodeId};
use super::lexer::Kind;
use super::parser::{Parsed, Parser};
use crate::error::ElError;

impl Parser<'_> {
    pub(super) fn add(&mut self, node: Node, start: usize) -> NodeId {
        let end = self.before().max(start);
        self.ast.add(node, start..end)
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    /// The token after the next.
    pub(super) fn peek_second(&self) -> Option<&Kind> {
        self.tokens.get(self.at + 1).map(|token| &token.kind)
    }

    /// The text of the next token.
    pub(super) fn word(&self) -> &str {
        &self.source[self.here()]
    }

    /// Takes the next token, whatever it is.
    pub(super) fn next(&mut self) -> Option<Kind> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token.kind.clone())
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Sign(next)) if *next == sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if self.eat(sign) {
            return Ok(());
        }
        let what = match self.peek() {
            Some(_) => format!("`{}` cannot stand here", self.word()),
            None => "the expression ends too early".to_owned(),
        };
        Err(Box::new(ElError::syntax(self.here(), what, format!("`{sign}`"))))
    }

    /// The place of the next token, or the end.
    pub(super) fn here(&self) -> Range<usize> {
        let end = self.source.len()..self.source.len();
        self.tokens.get(self.at).map_or(end, |token| token.span.clone())
    }

    /// Where the token before ends.
    pub(super) fn before(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].span.end)
    }

    pub(super) fn missing(&self, what: &str) -> Box<ElError> {
        let message = match self.peek() {
            Some(_) => format!("`{}` cannot stand here", self.word()),
            None => "the expression ends too early".to_owned(),
        };
        Box::new(ElError::syntax(self.here(), message, what))
    }

    pub(super) fn unexpected(&self) -> Box<ElError> {
        let message = format!("`{}` cannot stand here", self.word());
        Box::new(ElError::syntax(self.here(), message, "an operator, `.`, `[` or the end"))
    }
}
