//! The grammar below the operators: values, names, calls, and the steps from one to the next.

use super::ast::{Node, NodeId, Which};
use super::lexer::Kind;
use super::parser::{Parsed, Parser};
use crate::error::ElError;

const STEP: &str = "`.name`, `.name(…)`, `['a key']`, `.?[…]`, `.![…]`";

impl Parser<'_> {
    /// A start and the steps from it.
    pub(super) fn primary(&mut self) -> Parsed<Option<NodeId>> {
        let begin = self.here().start;
        let start = self.start()?;
        let mut nodes: Vec<NodeId> = start.into_iter().collect();
        while let Some(step) = self.step()? {
            nodes.push(step);
        }
        match (start, nodes.len()) {
            // The engine forgets steps that start from nothing.
            (None, _) => Ok(None),
            (Some(start), 1) => Ok(Some(start)),
            _ => Ok(Some(self.add(Node::Compound(nodes), begin))),
        }
    }

    fn step(&mut self) -> Parsed<Option<NodeId>> {
        let begin = self.here().start;
        let safe = match self.peek() {
            Some(Kind::Sign("[")) => return self.indexer(false, begin).map(Some),
            Some(Kind::Sign(".")) => false,
            Some(Kind::Sign("?.")) => true,
            _ => return Ok(None),
        };
        let _ = self.next();
        match self.peek() {
            Some(Kind::Name | Kind::Word(_)) => self.name(safe, begin).map(Some),
            Some(Kind::Sign("#")) => self.variable(begin).map(Some),
            Some(Kind::Sign("![" | "?[" | "^[" | "$[")) => self.filter(safe, begin).map(Some),
            Some(Kind::Sign("[")) => self.indexer(safe, begin).map(Some),
            Some(Kind::Int(_)) => {
                let error = self.missing("`[0]` for an element, `['0']` for a key");
                Err(Box::new(error.message("a name cannot begin with a digit")))
            }
            _ => Err(self.missing(STEP)),
        }
    }

    fn start(&mut self) -> Parsed<Option<NodeId>> {
        let begin = self.here().start;
        let Some(kind) = self.peek().cloned() else {
            return Ok(None);
        };
        let literal = match kind {
            Kind::Int(value) => Node::Int(value),
            Kind::Long(value) => Node::Long(value),
            Kind::Double(value) => Node::Double(value),
            Kind::Float(value) => Node::Float(value),
            Kind::Text(value) => Node::Text(value.into()),
            Kind::Word(_) => return self.name(false, begin).map(Some),
            Kind::Name => return self.word_start(begin).map(Some),
            Kind::Sign(sign) => return self.sign_start(sign, begin),
        };
        let _ = self.next();
        Ok(Some(self.add(literal, begin)))
    }

    fn word_start(&mut self, begin: usize) -> Parsed<NodeId> {
        let word = self.word().to_owned();
        let literal = match word.to_ascii_lowercase().as_str() {
            "true" => Some(Node::Bool(true)),
            "false" => Some(Node::Bool(false)),
            "null" => Some(Node::Null),
            _ => None,
        };
        if let Some(literal) = literal {
            let _ = self.next();
            return Ok(self.add(literal, begin));
        }
        // In brackets these are keys: `[T]`, `[new]`.
        let alone = matches!(self.peek_second(), Some(Kind::Sign("]")));
        if !alone && word == "T" {
            return self.type_reference(begin);
        }
        if !alone && word.eq_ignore_ascii_case("new") {
            return self.construction(begin);
        }
        if alone && (word == "T" || word.eq_ignore_ascii_case("new")) {
            let _ = self.next();
            return Ok(self.add(Node::Property { name: word.into(), safe: false }, begin));
        }
        self.name(false, begin)
    }

    fn sign_start(&mut self, sign: &str, begin: usize) -> Parsed<Option<NodeId>> {
        let node = match sign {
            "(" => {
                let _ = self.next();
                let inner = self.expression()?;
                let inner = inner.ok_or_else(|| self.missing("a value between `(` and `)`"))?;
                self.expect(")")?;
                inner
            }
            "#" => self.variable(begin)?,
            "@" | "&" => self.bean(begin)?,
            "![" | "?[" | "^[" | "$[" => self.filter(false, begin)?,
            "[" => self.indexer(false, begin)?,
            "{" => self.inline(begin)?,
            _ => return Ok(None),
        };
        Ok(Some(node))
    }

    /// `name` or `name(…)`.
    fn name(&mut self, safe: bool, begin: usize) -> Parsed<NodeId> {
        let name: Box<str> = self.word().into();
        let _ = self.next();
        let node = match self.arguments()? {
            Some(args) => Node::Method { name, safe, args },
            None => Node::Property { name, safe },
        };
        Ok(self.add(node, begin))
    }

    /// `#name` or `#name(…)`.
    fn variable(&mut self, begin: usize) -> Parsed<NodeId> {
        self.expect("#")?;
        if !matches!(self.peek(), Some(Kind::Name)) {
            return Err(self.missing("the name of a variable, such as `#response`"));
        }
        let name: Box<str> = self.word().into();
        let _ = self.next();
        let node = match self.arguments()? {
            Some(args) => Node::Function(name, args),
            None => Node::Variable(name),
        };
        Ok(self.add(node, begin))
    }

    /// `(a, b)`, where there is a parenthesis. As in the engine, a comma may come last.
    fn arguments(&mut self) -> Parsed<Option<Vec<NodeId>>> {
        if !self.eat("(") {
            return Ok(None);
        }
        let mut args = Vec::new();
        loop {
            if !matches!(self.peek(), Some(Kind::Sign(")"))) {
                args.push(self.expression()?.ok_or_else(|| self.missing("an argument or `)`"))?);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(Some(args))
    }

    /// `[…]`
    fn indexer(&mut self, safe: bool, begin: usize) -> Parsed<NodeId> {
        self.expect("[")?;
        let at = self.expression()?;
        let at = at.ok_or_else(|| self.missing("an index such as `[0]` or `['a key']`"))?;
        self.expect("]")?;
        Ok(self.add(Node::Index { at, safe }, begin))
    }

    /// A projection or a selection.
    fn filter(&mut self, safe: bool, begin: usize) -> Parsed<NodeId> {
        let sign = self.next();
        let inner = self.expression()?;
        let inner = inner.ok_or_else(|| self.missing("an expression before `]`"))?;
        self.expect("]")?;
        let which = match sign {
            Some(Kind::Sign("?[")) => Which::All,
            Some(Kind::Sign("^[")) => Which::First,
            Some(Kind::Sign("$[")) => Which::Last,
            _ => return Ok(self.add(Node::Project { each: inner, safe }, begin)),
        };
        Ok(self.add(Node::Select { which, condition: inner, safe }, begin))
    }

    /// `{1, 2}`, `{a: 1}`, `{}` or `{:}`.
    fn inline(&mut self, begin: usize) -> Parsed<NodeId> {
        self.expect("{")?;
        if self.eat("}") {
            return Ok(self.add(Node::List(Vec::new()), begin));
        }
        if self.eat(":") {
            self.expect("}")?;
            return Ok(self.add(Node::Map(Vec::new()), begin));
        }
        let first = self.element()?;
        if self.eat(":") {
            let mut pairs = vec![(first, self.element()?)];
            while self.eat(",") {
                let key = self.element()?;
                self.expect(":")?;
                pairs.push((key, self.element()?));
            }
            self.expect("}")?;
            return Ok(self.add(Node::Map(pairs), begin));
        }
        let mut items = vec![first];
        while self.eat(",") {
            items.push(self.element()?);
        }
        self.expect("}")?;
        Ok(self.add(Node::List(items), begin))
    }

    fn element(&mut self) -> Parsed<NodeId> {
        self.expression()?.ok_or_else(|| self.missing("an element"))
    }

    /// `T(java.lang.Math)`, `T(int[])`
    fn type_reference(&mut self, begin: usize) -> Parsed<NodeId> {
        let _ = self.next();
        self.expect("(")?;
        let name = self.qualified()?;
        let mut dimensions = 0;
        while self.eat("[") {
            self.expect("]")?;
            dimensions += 1;
        }
        self.expect(")")?;
        Ok(self.add(Node::Type { name, dimensions }, begin))
    }

    /// `new Name(…)`, `new Name[…]{…}`
    fn construction(&mut self, begin: usize) -> Parsed<NodeId> {
        let _ = self.next();
        let name = self.qualified()?;
        if !matches!(self.peek(), Some(Kind::Sign("["))) {
            let args = self.arguments()?.ok_or_else(|| self.missing("`(`"))?;
            return Ok(self.add(Node::New { name, args }, begin));
        }
        let mut sizes = Vec::new();
        while self.eat("[") {
            let size = match self.peek() {
                Some(Kind::Sign("]")) => None,
                _ => self.expression()?,
            };
            sizes.push(size);
            self.expect("]")?;
        }
        let inline = self.here().start;
        let items = match self.peek() {
            Some(Kind::Sign("{")) => Some(self.inline(inline)?),
            _ => None,
        };
        Ok(self.add(Node::NewArray { name, sizes, items }, begin))
    }

    /// The name of a class. The engine takes words and numbers with or without dots
    /// between them, and joins them with dots.
    fn qualified(&mut self) -> Parsed<Box<str>> {
        let mut pieces: Vec<String> = Vec::new();
        loop {
            match self.peek() {
                Some(Kind::Sign(".")) => {}
                Some(Kind::Sign(_) | Kind::Text(_)) | None => break,
                Some(Kind::Double(_) | Kind::Float(_)) if self.word().contains('.') => break,
                Some(_) => pieces.push(self.word().to_owned()),
            }
            let _ = self.next();
        }
        if pieces.is_empty() {
            return Err(self.missing("the name of a type, such as `Math`"));
        }
        Ok(pieces.join(".").into())
    }

    /// `@name`, `&name`, `@'name'`
    fn bean(&mut self, begin: usize) -> Parsed<NodeId> {
        let factory = matches!(self.next(), Some(Kind::Sign("&")));
        let name = match self.peek() {
            Some(Kind::Name | Kind::Word(_)) => self.word().to_owned(),
            Some(Kind::Text(name)) => name.clone(),
            _ => return Err(self.missing("the name of a bean")),
        };
        let word = matches!(self.peek(), Some(Kind::Word(_)));
        if word {
            return Err(Box::new(ElError::syntax(self.here(), "not a name", "a name")));
        }
        let _ = self.next();
        let name = if factory { format!("&{name}") } else { name };
        Ok(self.add(Node::Bean(name.into()), begin))
    }
}
