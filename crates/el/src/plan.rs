//! What an expression reads: which contents the engine loads for it, and which places of
//! the response's document it looks at.

use std::collections::HashMap;

use crate::context::Message;
use crate::members::may_be_member;
use crate::path::{MAX_SEGMENTS, Path};
use crate::syntax::ast::{Ast, Node, NodeId};

/// The most places of a document that are captured for one expression.
const MAX_PLACES: usize = 48;

/// How much of the value at a place an expression needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// Only whether it is there, and its kind.
    Kind,
    /// Its text, if that is short: one character of it may be asked for.
    Short,
    /// All of it.
    Value,
}

/// A place of the response's document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadPath {
    /// Where it is: an RFC 6901 JSON Pointer. The empty one is the document itself.
    pub pointer: String,
    /// What is needed of it.
    pub keep: Keep,
}

/// What of the response's body an expression reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reads<'p> {
    /// Nothing of it.
    Nothing,
    /// These places only; their indexes are the arguments of
    /// [`Context::captured`](crate::Context::captured).
    Paths(&'p [ReadPath]),
    /// The whole body.
    WholeContent,
}

/// What was found out about the expressions of a template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// By side: whether `.content` and `.jsonContent` are loaded.
    pub(crate) content: [bool; 2],
    pub(crate) json_content: [bool; 2],
    pub(crate) places: Vec<ReadPath>,
    pub(crate) whole: bool,
    /// By expression of the template, by compound.
    chains: Vec<HashMap<NodeId, Chain>>,
}

/// `#response.jsonContent` and the constant steps after it, in a compound.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// How many nodes of the compound it covers.
    pub(crate) nodes: usize,
    pub(crate) steps: Vec<Step>,
}

/// A constant step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) node: NodeId,
    /// The place that it leads to.
    pub(crate) place: usize,
    pub(crate) how: How,
    pub(crate) safe: bool,
    /// The number of [`How::Index`] and [`How::NumericKey`].
    pub(crate) index: Option<u32>,
}

/// How a constant step is written, which decides what it does to other kinds than objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// `.name`
    Name,
    /// `['a key']` or `[name]`
    Key,
    /// `['1']`: a key of objects, an index of arrays.
    NumericKey,
    /// `[1]`
    Index,
}

impl Plan {
    pub(crate) fn new(asts: &[&Ast]) -> Self {
        let mut plan = Self::default();
        let mut opaque = false;
        plan.place(&Path::default(), Keep::Kind);
        for ast in asts {
            let mut chains = HashMap::new();
            opaque |= plan.walk(ast, &mut chains);
            plan.chains.push(chains);
        }
        let response = 1;
        plan.whole |= plan.content[response] || (opaque && plan.json_content[response]);
        plan
    }

    /// The constant steps at a compound of an expression of the template.
    pub(crate) fn chain(&self, part: usize, id: NodeId) -> Option<&Chain> {
        self.chains.get(part)?.get(&id)
    }

    /// Whether captured places are all that is read of the response's body.
    pub(crate) fn is_captured(&self) -> bool {
        !self.whole && self.places.len() > 1
    }

    pub(crate) fn reads(&self) -> Reads<'_> {
        if self.whole {
            Reads::WholeContent
        } else if self.is_captured() {
            Reads::Paths(&self.places)
        } else {
            Reads::Nothing
        }
    }

    /// The place whose value the expression is, where it is nothing but keys.
    pub(crate) fn path(&self, ast: &Ast) -> Option<&str> {
        let chain = self.chain(0, ast.root)?;
        let Node::Compound(nodes) = ast.node(ast.root) else {
            return None;
        };
        let keys = chain.steps.iter().all(|step| matches!(step.how, How::Name | How::Key));
        let place = chain.steps.last()?.place;
        let only = keys && chain.nodes == nodes.len() && !self.whole;
        only.then_some(&*self.places[place].pointer)
    }

    fn place(&mut self, path: &Path, keep: Keep) -> usize {
        let pointer = path.pointer();
        if let Some(at) = self.places.iter().position(|place| place.pointer == pointer) {
            self.places[at].keep = self.places[at].keep.max(keep);
            return at;
        }
        self.whole |= self.places.len() == MAX_PLACES;
        self.places.push(ReadPath { pointer: pointer.to_owned(), keep });
        self.places.len() - 1
    }

    /// Looks at all nodes; whether the response is used in a way that may mean its document.
    fn walk(&mut self, ast: &Ast, chains: &mut HashMap<NodeId, Chain>) -> bool {
        let mut opaque = false;
        let mut open = vec![ast.root];
        while let Some(id) = open.pop() {
            let Node::Compound(nodes) = ast.node(id) else {
                opaque |= is_response(ast, id);
                open.extend(ast.children(id));
                continue;
            };
            for (at, &node) in nodes.iter().enumerate() {
                let Node::Variable(name) = ast.node(node) else {
                    open.push(node);
                    continue;
                };
                let next = nodes.get(at + 1).map(|next| ast.node(*next));
                let property = match next {
                    Some(Node::Property { name, .. }) => &**name,
                    _ => "",
                };
                let message = match &**name {
                    "request" => Message::Request,
                    "response" => Message::Response,
                    _ => continue,
                };
                let side = usize::from(message == Message::Response);
                self.content[side] |= property == "content";
                self.json_content[side] |= property == "jsonContent";
                if message == Message::Request {
                    continue;
                }
                match property {
                    "jsonContent" if at == 0 => match self.steps(ast, nodes) {
                        Some(chain) => _ = chains.insert(id, chain),
                        None => self.whole = true,
                    },
                    "status" | "headers" => {}
                    _ => opaque = true,
                }
            }
        }
        opaque
    }

    /// The constant steps after `#response.jsonContent`; `None` when there are none.
    fn steps(&mut self, ast: &Ast, nodes: &[NodeId]) -> Option<Chain> {
        let mut steps: Vec<Step> = Vec::new();
        let mut path = Path::default();
        let mut before = 0;
        for &node in &nodes[2..] {
            let first = steps.is_empty();
            let Some((key, how, safe, index)) = constant(ast, node, first) else { break };
            if steps.len() == MAX_SEGMENTS || path.push(&key, 0..0).is_err() {
                break;
            }
            if matches!(how, How::Index | How::NumericKey) && !first {
                self.places[before].keep = self.places[before].keep.max(Keep::Short);
            }
            let place = self.place(&path, Keep::Kind);
            steps.push(Step { node, place, how, safe, index });
            before = place;
        }
        self.places[before].keep = Keep::Value;
        (!steps.is_empty()).then_some(Chain { nodes: steps.len() + 2, steps })
    }
}

fn is_response(ast: &Ast, id: NodeId) -> bool {
    matches!(ast.node(id), Node::Variable(name) if &**name == "response")
}

/// A step that always leads to the same key or index.
fn constant(ast: &Ast, node: NodeId, first: bool) -> Option<(String, How, bool, Option<u32>)> {
    match ast.node(node) {
        Node::Property { name, safe } if first || !may_be_member(name) => {
            Some((name.to_string(), How::Name, *safe, None))
        }
        Node::Index { at, safe } => match ast.node(*at) {
            Node::Property { name, .. } => Some((name.to_string(), How::Key, *safe, None)),
            Node::Text(text) => {
                let canonical = text.parse::<u32>().ok().filter(|n| n.to_string() == **text);
                match canonical {
                    Some(index) if i32::try_from(index).is_ok() && !first => {
                        Some((text.to_string(), How::NumericKey, *safe, Some(index)))
                    }
                    _ if first || !text.contains(|c: char| c.is_numeric()) => {
                        Some((text.to_string(), How::Key, *safe, None))
                    }
                    _ => None,
                }
            }
            Node::Int(_) | Node::Long(_) => {
                let number = match ast.node(*at) {
                    Node::Int(number) => i64::from(*number),
                    Node::Long(number) => *number,
                    _ => 0,
                };
                let index = u32::try_from(number).ok().filter(|n| i32::try_from(*n).is_ok())?;
                let how = if first { How::Key } else { How::Index };
                Some((index.to_string(), how, *safe, Some(index)))
            }
            _ => None,
        },
        _ => None,
    }
}
