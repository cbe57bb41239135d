//! A tree as text. Parsing the text again gives the same tree.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::ast::{Ast, Binary, Node, NodeId, Unary, Which};

/// The expression that the tree stands for, with as few parentheses as it needs.
pub(crate) fn print(ast: &Ast) -> String {
    let mut printer = Printer { ast, out: String::new() };
    printer.node(ast.root, Rank::Expression);
    printer.out
}

/// The name of a type. A number among its pieces would swallow the dots around it.
fn spaced(name: &str) -> Cow<'_, str> {
    if name.split('.').any(|piece| piece.starts_with(|c: char| c.is_ascii_digit())) {
        Cow::Owned(name.replace('.', " . "))
    } else {
        Cow::Borrowed(name)
    }
}

/// What may stand in a place: each rank takes all that are below it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Primary,
    Unary,
    Power,
    Product,
    Sum,
    Relation,
    And,
    Or,
    Expression,
}

struct Printer<'a> {
    ast: &'a Ast,
    out: String,
}

impl Printer<'_> {
    fn node(&mut self, id: NodeId, place: Rank) {
        let node = self.ast.node(id);
        let wrapped = rank(node) > place;
        if wrapped {
            self.out.push('(');
        }
        match node {
            Node::Compound(nodes) => {
                for (at, &step) in nodes.iter().enumerate() {
                    // Steps would join the steps, or the sizes, of these.
                    let joins = |node| matches!(node, &(Node::Compound(_) | Node::NewArray { .. }));
                    if at == 0 && joins(self.ast.node(step)) {
                        self.out.push('(');
                        self.node(step, Rank::Expression);
                        self.out.push(')');
                    } else {
                        self.step(step, at == 0);
                    }
                }
            }
            Node::Unary(sign, operand) => {
                self.out.push_str(match sign {
                    Unary::Not => "!",
                    Unary::Plus => "+",
                    Unary::Minus => "-",
                });
                self.operand(*operand);
            }
            Node::Step { up, prefix, operand } => {
                let sign = if *up { "++" } else { "--" };
                if *prefix {
                    self.out.push_str(sign);
                    self.operand(*operand);
                } else {
                    self.node(*operand, Rank::Unary);
                    self.out.push_str(sign);
                }
            }
            Node::Binary(operator, left, right) => {
                let side = if *operator == Binary::Pow { Rank::Unary } else { Rank::Sum };
                self.node(*left, side);
                let _ = write!(self.out, " {} ", operator.sign());
                self.node(*right, side);
            }
            Node::Series(first, rest) => {
                let side = match rest.first().map(|(operator, _)| *operator) {
                    Some(Binary::Or) => Rank::And,
                    Some(Binary::And) => Rank::Relation,
                    Some(Binary::Add | Binary::Sub) => Rank::Product,
                    _ => Rank::Power,
                };
                self.node(*first, side);
                for (operator, next) in rest {
                    let _ = write!(self.out, " {} ", operator.sign());
                    self.node(*next, side);
                }
            }
            Node::Ternary(condition, then, other) => {
                self.node(*condition, Rank::Or);
                self.out.push_str(" ? ");
                self.node(*then, Rank::Expression);
                self.out.push_str(" : ");
                self.node(*other, Rank::Expression);
            }
            Node::Elvis(left, right) => {
                self.node(*left, Rank::Or);
                self.out.push_str(" ?: ");
                self.node(*right, Rank::Expression);
            }
            Node::Assign(left, right) => {
                self.node(*left, Rank::Or);
                self.out.push_str(" = ");
                self.node(*right, Rank::Or);
            }
            _ => self.step(id, true),
        }
        if wrapped {
            self.out.push(')');
        }
    }

    /// The operand of a sign: a space keeps the two from becoming one token.
    fn operand(&mut self, operand: NodeId) {
        let start = self.out.len();
        self.node(operand, Rank::Unary);
        if self.out[start..].starts_with(['+', '-', '[']) {
            self.out.insert(start, ' ');
        }
    }

    /// A step of a compound; the first is its start.
    fn step(&mut self, id: NodeId, first: bool) {
        let dot = |safe: &bool| match (first, safe) {
            (true, _) => "",
            (false, true) => "?.",
            (false, false) => ".",
        };
        match self.ast.node(id) {
            Node::Null => self.out.push_str("null"),
            Node::Bool(value) => _ = write!(self.out, "{value}"),
            Node::Int(value) => _ = write!(self.out, "{value}"),
            Node::Long(value) => _ = write!(self.out, "{value}L"),
            Node::Double(value) => self.real(*value, ""),
            Node::Float(value) => self.real(*value, "f"),
            Node::Text(text) => self.text(text),
            Node::Variable(name) => _ = write!(self.out, "{}#{name}", dot(&false)),
            Node::Function(name, args) => {
                let _ = write!(self.out, "{}#{name}", dot(&false));
                self.items("(", args, ")");
            }
            Node::Property { name, safe } => _ = write!(self.out, "{}{name}", dot(safe)),
            Node::Method { name, safe, args } => {
                let _ = write!(self.out, "{}{name}", dot(safe));
                self.items("(", args, ")");
            }
            Node::Index { at, safe } => {
                self.out.push_str(if *safe { dot(safe) } else { "" });
                // `$[` would begin a selection.
                self.out.push_str(if self.out.ends_with('$') { " " } else { "" });
                self.items("[", &[*at], "]");
            }
            Node::Project { each, safe } => {
                self.out.push_str(dot(safe));
                self.items("![", &[*each], "]");
            }
            Node::Select { which, condition, safe } => {
                self.out.push_str(dot(safe));
                let open = match which {
                    Which::All => "?[",
                    Which::First => "^[",
                    Which::Last => "$[",
                };
                self.items(open, &[*condition], "]");
            }
            Node::Type { name, dimensions } => {
                let brackets = "[]".repeat(*dimensions as usize);
                let _ = write!(self.out, "T({}{brackets})", spaced(name));
            }
            Node::New { name, args } => {
                let _ = write!(self.out, "new {}", spaced(name));
                self.items("(", args, ")");
            }
            Node::NewArray { name, sizes, items } => {
                let _ = write!(self.out, "new {}", spaced(name));
                for size in sizes {
                    self.items("[", size.as_slice(), "]");
                }
                if let Some(items) = items {
                    self.node(*items, Rank::Primary);
                }
            }
            Node::Bean(name) => {
                let (sign, name) = match name.strip_prefix('&') {
                    Some(name) => ('&', name),
                    None => ('@', &**name),
                };
                self.out.push(sign);
                self.text(name);
            }
            Node::List(items) => self.items("{", items, "}"),
            Node::Map(pairs) if pairs.is_empty() => self.out.push_str("{:}"),
            Node::Map(pairs) => {
                let mut sign = "{";
                for (key, value) in pairs {
                    self.out.push_str(sign);
                    sign = ", ";
                    // The key of a map would take the `:` of a branch for its own.
                    self.node(*key, Rank::Or);
                    self.out.push_str(": ");
                    self.node(*value, Rank::Expression);
                }
                self.out.push('}');
            }
            _ => self.node(id, Rank::Primary),
        }
    }

    fn items(&mut self, open: &str, items: &[NodeId], close: &str) {
        self.out.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            self.node(*item, Rank::Expression);
        }
        self.out.push_str(close);
    }

    fn text(&mut self, text: &str) {
        let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
    }

    fn real(&mut self, value: impl Into<f64> + std::fmt::LowerExp + Copy, suffix: &str) {
        // Only a literal beyond the range is infinite.
        if value.into().is_infinite() {
            let _ = write!(self.out, "1e999{suffix}");
        } else {
            let _ = write!(self.out, "{value:e}{suffix}");
        }
    }
}

fn rank(node: &Node) -> Rank {
    match node {
        Node::Unary(..) | Node::Step { prefix: true, .. } => Rank::Unary,
        Node::Step { .. } | Node::Binary(Binary::Pow, ..) => Rank::Power,
        Node::Binary(..) => Rank::Relation,
        Node::Series(_, rest) => match rest.first().map(|(operator, _)| *operator) {
            Some(Binary::Or) => Rank::Or,
            Some(Binary::And) => Rank::And,
            Some(Binary::Add | Binary::Sub) => Rank::Sum,
            _ => Rank::Product,
        },
        Node::Ternary(..) | Node::Elvis(..) | Node::Assign(..) => Rank::Expression,
        _ => Rank::Primary,
    }
}
