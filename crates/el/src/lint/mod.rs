//! What is valid and yet likely a mistake, with what to type instead.

mod nearest;
mod overflow;

use std::ops::Range;

use nearest::closest;

use crate::expression::Code;
use crate::support::always_fails;
use crate::syntax::ast::{Ast, Binary, Node, NodeId};

/// What sort of mistake is likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LintKind {
    /// A variable or function that does not exist.
    UnknownVariable,
    /// A name where only `#name` means something: it always fails.
    BareName,
    /// `.prompt-tokens` subtracts.
    DashedName,
    /// A constant beyond 32 bits: it wraps around.
    Overflow,
    /// `+` with a text puts texts together instead of adding.
    Concatenation,
    /// Written in brackets, the content is never read.
    NeverRead,
    /// A field that no known provider has, but one with a name much like it.
    UnknownField,
}

/// A likely mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The sort of mistake.
    pub kind: LintKind,
    /// The bytes of the template that it is about.
    pub span: Range<usize>,
    /// What is likely wrong.
    pub message: String,
    /// What to type in the place of the span, where that is known.
    pub instead: Option<String>,
}

const VARIABLES: [&str; 10] = [
    "request",
    "response",
    "context",
    "api",
    "node",
    "subscription",
    "properties",
    "dictionaries",
    "this",
    "root",
];
const FUNCTIONS: [&str; 4] = ["jsonPath", "xpath", "jsonEscape", "xmlEscape"];

/// Fields of the answers of known providers: at the top, and within the counts.
const FIELDS: [&str; 34] = [
    "usage",
    "usageMetadata",
    "usage_metadata",
    "model",
    "modelVersion",
    "choices",
    "candidates",
    "message",
    "content",
    "response",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
    "input_tokens_details",
    "output_tokens_details",
    "cached_tokens",
    "reasoning_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "promptTokenCount",
    "candidatesTokenCount",
    "totalTokenCount",
    "thoughtsTokenCount",
    "cachedContentTokenCount",
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "prompt_eval_count",
    "eval_count",
    "billed_units",
];

struct Linter<'a> {
    code: &'a Code,
    ast: &'a Ast,
    lints: Vec<Lint>,
}

pub(crate) fn lint(code: &Code, _template: &str) -> Vec<Lint> {
    let ast = &code.ast;
    let mut linter = Linter { code, ast, lints: Vec::new() };
    let mut open = vec![(ast.root, false)];
    while let Some((id, scoped)) = open.pop() {
        linter.node(id, scoped);
        let inner = matches!(ast.node(id), Node::Project { .. } | Node::Select { .. });
        open.extend(ast.children(id).into_iter().map(|child| (child, scoped || inner)));
    }
    if always_fails(ast, ast.root) && !linter.has(LintKind::DashedName) {
        let message = "a name without `#` means nothing here: this always fails";
        let expected = "#response.jsonContent.";
        linter.add(LintKind::BareName, first(ast), message, Some(format!("{expected}…")));
    }
    linter.lints.sort_by_key(|lint| lint.span.start);
    linter.lints
}

/// The node that is evaluated first.
fn first(ast: &Ast) -> NodeId {
    let mut at = ast.root;
    while let Some(&child) = ast.children(at).first() {
        if matches!(ast.node(at), Node::Method { .. }) {
            break;
        }
        at = child;
    }
    at
}

impl Linter<'_> {
    fn has(&self, kind: LintKind) -> bool {
        self.lints.iter().any(|lint| lint.kind == kind)
    }

    /// Whether the expression itself sets this variable.
    fn is_set(&self, name: &str) -> bool {
        let sets = |id: NodeId| match self.ast.node(id) {
            Node::Assign(target, _) => {
                matches!(self.ast.node(*target), Node::Variable(other) if &**other == name)
            }
            _ => false,
        };
        self.ast.ids().any(sets)
    }

    fn add(
        &mut self,
        kind: LintKind,
        id: NodeId,
        message: impl Into<String>,
        instead: Option<String>,
    ) {
        self.add_at(kind, self.ast.span(id), message, instead);
    }

    fn add_at(
        &mut self,
        kind: LintKind,
        span: Range<usize>,
        message: impl Into<String>,
        instead: Option<String>,
    ) {
        let span = self.code.original(span);
        self.lints.push(Lint { kind, span, message: message.into(), instead });
    }

    fn node(&mut self, id: NodeId, scoped: bool) {
        let ast = self.ast;
        match ast.node(id) {
            Node::Variable(name) if !VARIABLES.contains(&&**name) && !self.is_set(name) => {
                let close = closest(name, &VARIABLES);
                let message = format!("there is no variable `#{name}`: it is always null");
                self.add(LintKind::UnknownVariable, id, message, close.map(|n| format!("#{n}")));
            }
            Node::Function(name, _) if !FUNCTIONS.contains(&&**name) => {
                let close = closest(name, &FUNCTIONS);
                let message = format!("there is no function `#{name}`: it always fails");
                let span = ast.span(id).start..ast.span(id).start + 1 + name.len();
                let instead = close.map(|name| format!("#{name}"));
                self.add_at(LintKind::UnknownVariable, span, message, instead);
            }
            Node::Series(first, rest) => self.series(id, *first, rest, scoped),
            Node::Binary(Binary::Pow, ..) => self.overflow(id),
            Node::Compound(nodes) => self.compound(nodes),
            _ => {}
        }
    }

    fn series(&mut self, id: NodeId, first: NodeId, rest: &[(Binary, NodeId)], scoped: bool) {
        let ast = self.ast;
        let mut left = first;
        for &(operator, right) in rest {
            // `.prompt-tokens`: a step, a dash and a bare name without spaces.
            let (before, after) = (ast.span(left), ast.span(right));
            let step = match ast.node(left) {
                Node::Compound(nodes) => nodes.last().copied(),
                _ => None,
            };
            let bare = match ast.node(right) {
                Node::Property { .. } => Some(right),
                Node::Compound(nodes) => nodes.first().copied(),
                _ => None,
            };
            if operator == Binary::Sub
                && !scoped
                && before.end + 1 == after.start
                && let (Some(step), Some(bare)) = (step, bare)
                && let (Node::Property { name, .. }, Node::Property { name: rest, .. }) =
                    (ast.node(step), ast.node(bare))
            {
                let span = ast.span(step).start..ast.span(bare).end;
                let message = format!("`-` subtracts here: for the key, `['{name}-{rest}']`");
                let instead = Some(format!("['{name}-{rest}']"));
                self.add_at(LintKind::DashedName, span, message, instead);
            }
            left = right;
        }
        if rest.iter().any(|(operator, _)| *operator == Binary::Add) {
            let operands = || std::iter::once(first).chain(rest.iter().map(|&(_, id)| id));
            let texts: Vec<NodeId> = operands().filter(|id| self.is_text_number(*id)).collect();
            if let Some(&text) = texts.first() {
                let source = self.code.source.get(ast.span(text)).unwrap_or_default();
                let message = "`+` with a text puts texts together: '12' + 1 is '121'";
                let instead = Some(format!("T(Long).parseLong({source})"));
                self.add(LintKind::Concatenation, text, message, instead);
            }
        }
        self.overflow(id);
    }

    /// A text that reads as a number, or the value of a header.
    fn is_text_number(&self, id: NodeId) -> bool {
        match self.ast.node(id) {
            Node::Text(text) => text.trim().parse::<f64>().is_ok(),
            Node::Compound(nodes) => {
                let name = |at: usize| nodes.get(at).map(|id| self.ast.node(*id));
                let headers =
                    matches!(name(1), Some(Node::Property { name, .. }) if &**name == "headers");
                let index = matches!(nodes.last().map(|id| self.ast.node(*id)),
                    Some(Node::Index { at, .. }) if matches!(self.ast.node(*at), Node::Int(_)));
                headers && index && nodes.len() == 4
            }
            _ => false,
        }
    }

    fn compound(&mut self, nodes: &[NodeId]) {
        let ast = self.ast;
        let is_response =
            matches!(ast.node(nodes[0]), Node::Variable(name) if &**name == "response");
        if !is_response {
            return;
        }
        match nodes.get(1).map(|id| (*id, ast.node(*id))) {
            Some((id, Node::Index { at, .. })) => {
                if let Node::Text(name) = ast.node(*at)
                    && ["jsonContent", "content"].contains(&&**name)
                {
                    let message = format!(
                        "in brackets `{name}` is null: the gateway reads it only for `.{name}`"
                    );
                    self.add(LintKind::NeverRead, id, message, Some(format!(".{name}")));
                }
            }
            Some((_, Node::Property { name, .. })) if &**name == "jsonContent" => {
                for &step in &nodes[2..] {
                    let Node::Property { name: field, .. } = ast.node(step) else {
                        break;
                    };
                    let close = closest(field, &FIELDS).filter(|known| *known != &**field);
                    if FIELDS.contains(&&**field) {
                        continue;
                    }
                    if let Some(close) = close {
                        let message =
                            format!("no known provider has `{field}`, but some have `{close}`");
                        let span = ast.span(step).end - field.len()..ast.span(step).end;
                        let instead = Some(close.to_owned());
                        self.add_at(LintKind::UnknownField, span, message, instead);
                    }
                    break;
                }
            }
            _ => {}
        }
    }
}
