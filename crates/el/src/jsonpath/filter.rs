//! Filters: `[?(@.price > 20 && @.isbn)]`.

use super::compile::{MAX_DEPTH, compile as compile_path, unescape};
use super::cursor::Cursor;
use super::node::Node;
use super::{Error, Path, Result, invalid, unsupported};
use crate::java::regex::{Pattern, Refused};
use crate::value::Decimal;

/// A condition on an element.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    /// The path leads somewhere, or nowhere.
    Exists(Path, bool),
    Relation(Operand, Operator, Operand),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Path(Path),
    Node(Node<'static>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Ge,
    Le,
    Eq,
    SameEq,
    Ne,
    SameNe,
    Lt,
    Gt,
    Regex,
    Nin,
    In,
    Contains,
    All,
    Size,
    Exists,
    Empty,
    SubsetOf,
    AnyOf,
    NoneOf,
}

/// Compiles what is between `[?` and `]`, with parentheses.
pub(super) fn compile(text: &str, depth: usize) -> Result<Condition> {
    if depth >= MAX_DEPTH {
        return unsupported("filters within filters so deep");
    }
    // The caller found the parentheses.
    let mut cursor = Cursor::new(text);
    cursor.trim();
    let mut compiler = Compiler { cursor, depth };
    let condition = compiler.or(0)?;
    compiler.cursor.skip_blanks();
    if compiler.cursor.in_bounds(compiler.cursor.at) {
        return invalid("the filter does not end where it should");
    }
    Ok(condition)
}

struct Compiler {
    cursor: Cursor,
    depth: usize,
}

impl Compiler {
    fn or(&mut self, nesting: usize) -> Result<Condition> {
        let mut all = vec![self.and(nesting)?];
        loop {
            let back = self.cursor.at;
            if !self.cursor.eat("||") {
                self.cursor.at = back;
                break;
            }
            all.push(self.and(nesting)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::Or(all) })
    }

    fn and(&mut self, nesting: usize) -> Result<Condition> {
        let mut all = vec![self.operand(nesting)?];
        loop {
            let back = self.cursor.at;
            if !self.cursor.eat("&&") {
                self.cursor.at = back;
                break;
            }
            all.push(self.operand(nesting)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::And(all) })
    }

    fn operand(&mut self, nesting: usize) -> Result<Condition> {
        if nesting > 50 {
            return unsupported("a filter that nests so deep");
        }
        let back = self.cursor.skip_blanks().at;
        if self.cursor.is('!') {
            self.cursor.expect('!')?;
            match self.cursor.skip_blanks().current()? {
                '$' | '@' => self.cursor.at = back,
                _ => return Ok(Condition::Not(Box::new(self.operand(nesting + 1)?))),
            }
        }
        if self.cursor.skip_blanks().is('(') {
            self.cursor.expect('(')?;
            let inner = self.or(nesting + 1)?;
            self.cursor.expect(')')?;
            return Ok(inner);
        }
        self.relation()
    }

    fn relation(&mut self) -> Result<Condition> {
        let (left, exists) = self.value()?;
        let back = self.cursor.at;
        let compared = self.operator().and_then(|operator| Ok((operator, self.value()?.0)));
        match compared {
            Ok((Operator::Exists, _)) => unsupported("the operator `EXISTS`"),
            Ok((operator, right)) => Ok(Condition::Relation(left, operator, right)),
            Err(Error::Invalid(_)) => {
                self.cursor.at = back;
                match left {
                    Operand::Path(path) => Ok(Condition::Exists(path, exists)),
                    Operand::Node(_) => invalid("a filter needs a path or a comparison"),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn operator(&mut self) -> Result<Operator> {
        let start = self.cursor.skip_blanks().at;
        let sign = |c: char| matches!(c, '<' | '>' | '=' | '~' | '!');
        let is_sign = sign(self.cursor.current()?);
        while self.cursor.in_bounds(self.cursor.at) {
            let c = self.cursor.current()?;
            if if is_sign { !sign(c) } else { c == ' ' } {
                break;
            }
            self.cursor.at += 1;
        }
        let word = self.cursor.slice(start, self.cursor.at)?;
        Ok(match word.to_uppercase().as_str() {
            ">=" => Operator::Ge,
            "<=" => Operator::Le,
            "==" => Operator::Eq,
            "===" => Operator::SameEq,
            "!=" => Operator::Ne,
            "!==" => Operator::SameNe,
            "<" => Operator::Lt,
            ">" => Operator::Gt,
            "=~" => Operator::Regex,
            "NIN" => Operator::Nin,
            "IN" => Operator::In,
            "CONTAINS" => Operator::Contains,
            "ALL" => Operator::All,
            "SIZE" => Operator::Size,
            "EXISTS" => Operator::Exists,
            "EMPTY" => Operator::Empty,
            "SUBSETOF" => Operator::SubsetOf,
            "ANYOF" => Operator::AnyOf,
            "NONEOF" => Operator::NoneOf,
            "TYPE" | "MATCHES" => return unsupported(format!("the operator `{word}`")),
            _ => return invalid(format!("there is no operator `{word}`")),
        })
    }

    /// A path or a literal; and for a path whether it should exist.
    fn value(&mut self) -> Result<(Operand, bool)> {
        match self.cursor.skip_blanks().current()? {
            '$' | '@' => self.path(),
            '!' => {
                self.cursor.at += 1;
                match self.cursor.skip_blanks().current()? {
                    '$' | '@' => self.path(),
                    _ => invalid("`!` stands before a path"),
                }
            }
            _ => Ok((Operand::Node(self.literal()?), true)),
        }
    }

    fn path(&mut self) -> Result<(Operand, bool)> {
        let before = self.cursor.previous_significant(self.cursor.at);
        let negated = before.is_some_and(|at| self.cursor.get(at).is_ok_and(|c| c == '!'));
        let begin = self.cursor.at;
        self.cursor.at += 1;
        while self.cursor.in_bounds(self.cursor.at) {
            if self.cursor.is('[') {
                match self.cursor.find_closing(self.cursor.at, '[', ']', false)? {
                    Some(close) => self.cursor.at = close + 1,
                    None => return invalid("`[` is not closed"),
                }
            }
            let c = self.cursor.current()?;
            let closes_call = c == ')' && self.closes_call(begin);
            let ends = matches!(c, '<' | '>' | '=' | '~' | '!' | ' ') || (c == ')' && !closes_call);
            if !self.cursor.in_bounds(self.cursor.at) || ends {
                break;
            }
            self.cursor.at += 1;
        }
        let text = self.cursor.slice(begin, self.cursor.at)?;
        let path = compile_path(&text, self.depth + 1)?;
        Ok((Operand::Path(path), !negated))
    }

    /// Whether the `)` here ends a call such as `.length()`.
    fn closes_call(&self, begin: usize) -> bool {
        let Some(open) = self.cursor.previous_significant(self.cursor.at) else {
            return false;
        };
        self.cursor.get(open).is_ok_and(|c| c == '(')
            && (begin + 1..open).any(|at| self.cursor.get(at).is_ok_and(|c| c == '.'))
    }

    fn literal(&mut self) -> Result<Node<'static>> {
        let start = self.cursor.skip_blanks().at;
        match self.cursor.current()? {
            quote @ ('\'' | '"') => {
                let Some(end) = self.cursor.find_unescaped(start, quote) else {
                    return invalid("a quote is not closed");
                };
                self.cursor.at = end + 1;
                let text = self.cursor.slice(start + 1, end)?;
                Ok(Node::Text(unescape(&text)?))
            }
            c @ ('t' | 'f' | 'n') => {
                let word = match c {
                    't' => "true",
                    'f' => "false",
                    _ => "null",
                };
                let end = start + word.len();
                if end > self.cursor.end() || self.cursor.slice(start, end)? != word {
                    return invalid(format!("`{word}` is expected"));
                }
                self.cursor.at = end;
                Ok(match c {
                    'n' => Node::Null,
                    _ => Node::Bool(c == 't'),
                })
            }
            open @ ('[' | '{') => {
                let close = if open == '[' { ']' } else { '}' };
                let Some(end) = self.cursor.find_closing(start, open, close, false)? else {
                    return invalid("a literal is not closed");
                };
                self.cursor.at = end + 1;
                Ok(Node::JsonText(self.cursor.slice(start, end + 1)?))
            }
            '/' => self.pattern(start),
            _ => {
                let number = |c: char| c.is_numeric() || matches!(c, '-' | '.' | 'e' | 'E');
                while self.cursor.in_bounds(self.cursor.at) && number(self.cursor.current()?) {
                    self.cursor.at += 1;
                }
                let text = self.cursor.slice(start, self.cursor.at)?;
                match Decimal::parse(&text) {
                    Some(number) => Ok(Node::Number(number)),
                    // The library does not catch this where it looks for an operand.
                    None => Err(Error::Other(format!("`{text}` is no number"))),
                }
            }
        }
    }

    /// `/pattern/flags`
    fn pattern(&mut self, start: usize) -> Result<Node<'static>> {
        let Some(end) = self.cursor.find_unescaped(start, '/') else {
            return invalid("a pattern is not closed");
        };
        let pattern = self.cursor.slice(start + 1, end)?;
        let mut flags = String::new();
        self.cursor.at = end + 1;
        while self.cursor.in_bounds(self.cursor.at) {
            match self.cursor.current()? {
                c @ ('i' | 's') => flags.push(c),
                'd' | 'x' | 'm' | 'u' | 'U' => return unsupported("flags other than `i` and `s`"),
                _ => break,
            }
            self.cursor.at += 1;
        }
        let pattern = if flags.is_empty() { pattern } else { format!("(?{flags}){pattern}") };
        match Pattern::compile(&pattern) {
            Ok(pattern) => Ok(Node::Pattern(Box::new(pattern))),
            Err(Refused::Invalid) => Err(Error::Other("this is no pattern".to_owned())),
            Err(Refused::Unsupported(message)) => Err(Error::Unsupported(message)),
        }
    }
}
