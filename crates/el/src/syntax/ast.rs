//! The tree of an expression: an arena of nodes, each with its place in the text.

use std::ops::Range;

/// Names a node of an [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

/// A parsed expression. Nodes name their children, so that neither building nor dropping
/// a tree recurses.
#[derive(Clone, Debug)]
pub(crate) struct Ast {
    nodes: Vec<(Node, Range<u32>)>,
    pub(crate) root: NodeId,
}

impl Default for Ast {
    /// The expression `null`.
    fn default() -> Self {
        Self { nodes: vec![(Node::Null, 0..0)], root: NodeId(0) }
    }
}

/// One construct of the language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i32),
    Long(i64),
    Double(f64),
    Float(f32),
    Text(Box<str>),
    /// `#name`
    Variable(Box<str>),
    /// `#name(…)`
    Function(Box<str>, Vec<NodeId>),
    /// `name`, bare or after a dot.
    Property {
        name: Box<str>,
        safe: bool,
    },
    /// `name(…)`, bare or after a dot.
    Method {
        name: Box<str>,
        safe: bool,
        args: Vec<NodeId>,
    },
    /// `[…]`
    Index {
        at: NodeId,
        safe: bool,
    },
    /// `.![…]`
    Project {
        each: NodeId,
        safe: bool,
    },
    /// `.?[…]`, `.^[…]`, `.$[…]`
    Select {
        which: Which,
        condition: NodeId,
        safe: bool,
    },
    /// A start and the steps from it, at least one.
    Compound(Vec<NodeId>),
    /// `T(name)`, with so many `[]`.
    Type {
        name: Box<str>,
        dimensions: u32,
    },
    /// `new name(…)`
    New {
        name: Box<str>,
        args: Vec<NodeId>,
    },
    /// `new name[…]{…}`; a dimension without a size is `None`.
    NewArray {
        name: Box<str>,
        sizes: Vec<Option<NodeId>>,
        items: Option<NodeId>,
    },
    /// `@name`
    Bean(Box<str>),
    List(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
    Unary(Unary, NodeId),
    /// `++` and `--`, before or after their operand.
    Step {
        up: bool,
        prefix: bool,
        operand: NodeId,
    },
    /// A comparison or a power.
    Binary(Binary, NodeId, NodeId),
    /// Operators of one rank, evaluated from the left: `a + b - c`, `a or b or c`.
    Series(NodeId, Vec<(Binary, NodeId)>),
    Ternary(NodeId, NodeId, NodeId),
    Elvis(NodeId, NodeId),
    Assign(NodeId, NodeId),
}

/// Which elements a selection keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    First,
    Last,
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Plus,
    Minus,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    InstanceOf,
    Matches,
    Between,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pow,
}

impl Binary {
    /// How it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::InstanceOf => "instanceof",
            Self::Matches => "matches",
            Self::Between => "between",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
            Self::Pow => "^",
        }
    }
}

impl Ast {
    pub(super) fn new() -> Self {
        Self { nodes: Vec::new(), root: NodeId(0) }
    }

    /// Adds a node; its children are there already.
    pub(super) fn add(&mut self, node: Node, span: Range<usize>) -> NodeId {
        // An expression has at most 10,000 characters, and a node at least one of them.
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let id = NodeId(at(self.nodes.len()));
        self.nodes.push((node, at(span.start)..at(span.end)));
        id
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize].0
    }

    /// The bytes of the expression that the node is made of.
    pub(crate) fn span(&self, id: NodeId) -> Range<usize> {
        let span = &self.nodes[id.0 as usize].1;
        span.start as usize..span.end as usize
    }

    /// All nodes, children before parents.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// The children of a node in the order they are written.
    pub(crate) fn children(&self, id: NodeId) -> Vec<NodeId> {
        match self.node(id) {
            Node::Null
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Long(_)
            | Node::Double(_)
            | Node::Float(_)
            | Node::Text(_)
            | Node::Variable(_)
            | Node::Property { .. }
            | Node::Type { .. }
            | Node::Bean(_) => Vec::new(),
            Node::Function(_, items)
            | Node::Method { args: items, .. }
            | Node::New { args: items, .. }
            | Node::Compound(items)
            | Node::List(items) => items.clone(),
            Node::Index { at: one, .. }
            | Node::Project { each: one, .. }
            | Node::Select { condition: one, .. }
            | Node::Step { operand: one, .. }
            | Node::Unary(_, one) => vec![*one],
            Node::NewArray { sizes, items, .. } => {
                sizes.iter().flatten().chain(items).copied().collect()
            }
            Node::Map(pairs) => pairs.iter().flat_map(|&(key, value)| [key, value]).collect(),
            Node::Binary(_, left, right) | Node::Elvis(left, right) | Node::Assign(left, right) => {
                vec![*left, *right]
            }
            Node::Series(first, rest) => {
                std::iter::once(*first).chain(rest.iter().map(|&(_, next)| next)).collect()
            }
            Node::Ternary(condition, then, other) => vec![*condition, *then, *other],
        }
    }
}

/// Two trees are equal when they have the same nodes in the same places, wherever these
/// stand in the text.
impl PartialEq for Ast {
    fn eq(&self, other: &Self) -> bool {
        let mut open = vec![(self.root, other.root)];
        while let Some((left, right)) = open.pop() {
            if self.node(left).childless() != other.node(right).childless() {
                return false;
            }
            // Equal shapes have equally many children.
            open.extend(self.children(left).into_iter().zip(other.children(right)));
        }
        true
    }
}

impl Node {
    /// The node with all of its children replaced by one and the same.
    fn childless(&self) -> Self {
        let mut node = self.clone();
        let none = NodeId(0);
        match &mut node {
            Self::Function(_, items)
            | Self::Method { args: items, .. }
            | Self::New { args: items, .. }
            | Self::Compound(items)
            | Self::List(items) => items.fill(none),
            Self::Index { at: one, .. }
            | Self::Project { each: one, .. }
            | Self::Select { condition: one, .. }
            | Self::Step { operand: one, .. }
            | Self::Unary(_, one) => *one = none,
            Self::NewArray { sizes, items, .. } => {
                sizes.iter_mut().flatten().chain(items).for_each(|id| *id = none);
            }
            Self::Map(pairs) => pairs.fill((none, none)),
            Self::Binary(_, left, right) | Self::Elvis(left, right) | Self::Assign(left, right) => {
                (*left, *right) = (none, none);
            }
            Self::Series(first, rest) => {
                *first = none;
                rest.iter_mut().for_each(|(_, next)| *next = none);
            }
            Self::Ternary(condition, then, other) => {
                (*condition, *then, *other) = (none, none, none);
            }
            _ => {}
        }
        node
    }
}
