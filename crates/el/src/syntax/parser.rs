//! The grammar: operators by rank, and the bookkeeping that all rules share.
//!
//! A rule returns `None` where the engine's parser finds nothing: some places allow that.

use std::ops::Range;

use super::ast::{Ast, Binary, Node, NodeId, Unary};
use super::lexer::{Kind, Token, lex};
use crate::error::ElError;

/// How deep parentheses, brackets, branches and signs may nest. The original engine's bound
/// is the Java stack, several times this.
pub(crate) const MAX_DEPTH: usize = 200;

pub(super) type Parsed<T> = Result<T, Box<ElError>>;

/// Parses an expression; spans are relative to it.
pub(crate) fn parse(source: &str) -> Result<Ast, ElError> {
    let tokens = lex(source)?;
    let mut parser = Parser { source, tokens, at: 0, depth: 0, ast: Ast::new() };
    let root = parser.whole().map_err(|error| *error)?;
    parser.ast.root = root;
    Ok(parser.ast)
}

/// An expression, its tokens, and how far they are read.
pub(super) struct Parser<'s> {
    pub(super) source: &'s str,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    depth: usize,
    pub(super) ast: Ast,
}

/// The first half of a right-associative construct.
enum Half {
    Elvis(NodeId),
    Ternary(NodeId, NodeId),
}

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<NodeId> {
        let root = self.expression()?;
        if self.peek().is_some() {
            return Err(self.unexpected());
        }
        root.ok_or_else(|| self.missing("an expression"))
    }

    /// `or [ '=' or | '?:' [expression] | '?' expression ':' expression ]`
    pub(super) fn expression(&mut self) -> Parsed<Option<NodeId>> {
        self.enter()?;
        let mut halves = Vec::new();
        let last = loop {
            let start = self.here().start;
            let left = self.or()?;
            let operator = self.here();
            if self.eat("=") {
                let left = self.or_null(left, &operator);
                let right = self.or()?.ok_or_else(|| self.missing("a value after `=`"))?;
                break Some(self.add(Node::Assign(left, right), start));
            } else if self.eat("?:") {
                halves.push((Half::Elvis(self.or_null(left, &operator)), start));
            } else if self.eat("?") {
                let condition = self.or_null(left, &operator);
                let then = self.expression()?;
                self.expect(":")?;
                let then = then.ok_or_else(|| self.missing("a value between `?` and `:`"))?;
                halves.push((Half::Ternary(condition, then), start));
            } else {
                break left;
            }
        };
        self.depth -= 1;
        self.join(halves, last)
    }

    /// Joins the halves of `a ? b : c ?: d`, from the right.
    fn join(
        &mut self,
        halves: Vec<(Half, usize)>,
        mut last: Option<NodeId>,
    ) -> Parsed<Option<NodeId>> {
        for (half, start) in halves.into_iter().rev() {
            let node = match half {
                Half::Elvis(left) => {
                    let end = self.before();
                    let right = last.unwrap_or_else(|| self.ast.add(Node::Null, end..end));
                    Node::Elvis(left, right)
                }
                Half::Ternary(condition, then) => {
                    let other = last.ok_or_else(|| self.missing("a value after `:`"))?;
                    Node::Ternary(condition, then, other)
                }
            };
            last = Some(self.add(node, start));
        }
        Ok(last)
    }

    /// A missing left operand of `=`, `?:` and `?` is null.
    fn or_null(&mut self, left: Option<NodeId>, operator: &Range<usize>) -> NodeId {
        left.unwrap_or_else(|| self.ast.add(Node::Null, operator.start..operator.start))
    }

    fn or(&mut self) -> Parsed<Option<NodeId>> {
        self.series(Self::and, |parser| match parser.peek()? {
            Kind::Sign("||") => Some(Binary::Or),
            Kind::Name if parser.word().eq_ignore_ascii_case("or") => Some(Binary::Or),
            _ => None,
        })
    }

    fn and(&mut self) -> Parsed<Option<NodeId>> {
        self.series(Self::relation, |parser| match parser.peek()? {
            Kind::Sign("&&") => Some(Binary::And),
            Kind::Name if parser.word().eq_ignore_ascii_case("and") => Some(Binary::And),
            _ => None,
        })
    }

    /// At most one comparison: `1 < 2 < 3` is a mistake.
    fn relation(&mut self) -> Parsed<Option<NodeId>> {
        let start = self.here().start;
        let left = self.sum()?;
        let Some(operator) = self.comparison() else {
            return Ok(left);
        };
        let Some(left) = left else {
            return Err(self.missing("a value before this operator"));
        };
        self.at += 1;
        let right = self.sum()?.ok_or_else(|| self.missing("a value after the operator"))?;
        Ok(Some(self.add(Node::Binary(operator, left, right), start)))
    }

    fn comparison(&self) -> Option<Binary> {
        match self.peek()? {
            Kind::Sign(sign) | Kind::Word(sign) => {
                use Binary::{Eq, Ge, Gt, Le, Lt, Ne};
                [Eq, Ne, Lt, Le, Gt, Ge].into_iter().find(|operator| operator.sign() == *sign)
            }
            Kind::Name => {
                use Binary::{Between, InstanceOf, Matches};
                let word = self.word();
                let named = |operator: &Binary| operator.sign().eq_ignore_ascii_case(word);
                [InstanceOf, Matches, Between].into_iter().find(named)
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> Parsed<Option<NodeId>> {
        self.series(Self::product, |parser| match parser.peek()? {
            Kind::Sign("+") => Some(Binary::Add),
            Kind::Sign("-") => Some(Binary::Sub),
            _ => None,
        })
    }

    fn product(&mut self) -> Parsed<Option<NodeId>> {
        self.series(Self::power, |parser| match parser.peek()? {
            Kind::Sign("*") => Some(Binary::Mul),
            Kind::Sign("/") | Kind::Word("/") => Some(Binary::Div),
            Kind::Sign("%") | Kind::Word("%") => Some(Binary::Rem),
            _ => None,
        })
    }

    /// Operators of one rank, from the left.
    fn series(
        &mut self,
        operand: fn(&mut Self) -> Parsed<Option<NodeId>>,
        operator: fn(&Self) -> Option<Binary>,
    ) -> Parsed<Option<NodeId>> {
        let start = self.here().start;
        let Some(first) = operand(self)? else {
            return match operator(self) {
                Some(_) => Err(self.missing("a value before this operator")),
                None => Ok(None),
            };
        };
        let mut rest = Vec::new();
        while let Some(operator) = operator(self) {
            self.at += 1;
            let next = operand(self)?.ok_or_else(|| self.missing("a value after the operator"))?;
            rest.push((operator, next));
        }
        if rest.is_empty() {
            return Ok(Some(first));
        }
        Ok(Some(self.add(Node::Series(first, rest), start)))
    }

    /// `unary [ '^' unary | '++' | '--' ]`: `2^3^2` is a mistake.
    fn power(&mut self) -> Parsed<Option<NodeId>> {
        let start = self.here().start;
        let Some(left) = self.unary()? else {
            return Ok(None);
        };
        if self.eat("^") {
            let right = self.unary()?.ok_or_else(|| self.missing("a value after `^`"))?;
            return Ok(Some(self.add(Node::Binary(Binary::Pow, left, right), start)));
        }
        for (sign, up) in [("++", true), ("--", false)] {
            if self.eat(sign) {
                let node = Node::Step { up, prefix: false, operand: left };
                return Ok(Some(self.add(node, start)));
            }
        }
        Ok(Some(left))
    }

    fn unary(&mut self) -> Parsed<Option<NodeId>> {
        let start = self.here().start;
        let (unary, step) = match self.peek() {
            Some(Kind::Sign("!") | Kind::Word("!")) => (Some(Unary::Not), false),
            Some(Kind::Sign("+")) => (Some(Unary::Plus), false),
            Some(Kind::Sign("-")) => (Some(Unary::Minus), false),
            Some(Kind::Sign("++")) => (None, true),
            Some(Kind::Sign("--")) => (None, false),
            _ => return self.primary(),
        };
        self.enter()?;
        self.at += 1;
        let operand = self.unary()?.ok_or_else(|| self.missing("a value after the sign"))?;
        self.depth -= 1;
        let node = match unary {
            Some(unary) => Node::Unary(unary, operand),
            None => Node::Step { up: step, prefix: true, operand },
        };
        Ok(Some(self.add(node, start)))
    }

    /// Counts one more level of nesting.
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Box::new(ElError::unsupported(
                self.here(),
                format!("expressions nest at most {MAX_DEPTH} deep"),
                "a flatter expression",
            )));
        }
        Ok(())
    }
}
