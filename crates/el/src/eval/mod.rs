//! Evaluation: a tree over a context, within bounds.

mod arithmetic;
mod bean;
mod call;
mod captured;
mod coerce;
mod collections;
mod compare;
mod constant;
mod function;
mod logic;
mod member;
mod methods;
mod navigate;
mod parameter;
mod promote;
mod session;
mod types;

use crate::error::ElError;
use crate::plan::Plan;
use crate::syntax::ast::{Ast, Binary, Node, NodeId, Unary};
use crate::value::{Map, MapKind, Value};

pub(crate) use coerce::{Refused, to_boolean, to_count, to_int_value, to_text};
pub(crate) use compare::compare_texts;
pub(crate) use methods::is_never_built;
pub(crate) use promote::to_f64;
pub(crate) use session::Session;
pub(crate) use types::{Exists, exists as type_exists};

pub(crate) type Evaluated<T> = Result<T, Box<ElError>>;

/// The most steps of one evaluation: a node is one, a kilobyte of text another.
const MAX_STEPS: usize = 1_000_000;
/// The longest text that an evaluation makes, in bytes.
pub(crate) const MAX_TEXT: usize = 8 * 1024 * 1024;

/// Evaluates a tree.
pub(crate) fn evaluate<'c>(
    ast: &'c Ast,
    (plan, part): (&'c Plan, usize),
    session: &Session<'c>,
    trace: Option<&mut Trace<'c>>,
) -> Evaluated<Value<'c>> {
    let mut evaluator = Evaluator { ast, plan, part, session, steps: 0, trace };
    let frame = Frame { active: Value::Null, root: Value::Null };
    evaluator.eval(ast.root, &frame)
}

/// What each node evaluated to, in the order of evaluation.
pub(crate) type Trace<'c> = Vec<(NodeId, Result<Value<'c>, String>)>;

/// The most steps that a trace keeps.
const MAX_TRACE: usize = 1_000;

pub(crate) struct Evaluator<'c, 't> {
    pub(crate) ast: &'c Ast,
    plan: &'c Plan,
    /// Which expression of the template this is.
    part: usize,
    pub(crate) session: &'t Session<'c>,
    steps: usize,
    trace: Option<&'t mut Trace<'c>>,
}

/// What names without a variable refer to.
#[derive(Clone)]
pub(crate) struct Frame<'c> {
    /// The object of a bare name: `#this`.
    active: Value<'c>,
    /// The object that the arguments of a call are evaluated for.
    root: Value<'c>,
}

impl<'c> Evaluator<'c, '_> {
    fn eval(&mut self, id: NodeId, frame: &Frame<'c>) -> Evaluated<Value<'c>> {
        self.charge(id, 1)?;
        let result = match self.ast.node(id) {
            Node::Null => Ok(Value::Null),
            Node::Bool(value) => Ok(Value::Bool(*value)),
            Node::Int(value) => Ok(Value::Int(*value)),
            Node::Long(value) => Ok(Value::Long(*value)),
            Node::Double(value) => Ok(Value::Double(*value)),
            Node::Float(value) => Ok(Value::Float(*value)),
            Node::Text(text) => Ok(Value::text(text)),
            Node::Variable(name) => Ok(match &**name {
                "this" => frame.active.clone(),
                _ => self.session.variable(name),
            }),
            Node::Function(name, args) => self.function(id, name, args, frame),
            Node::Compound(nodes) => self.compound(id, nodes, frame),
            Node::Property { .. }
            | Node::Method { .. }
            | Node::Index { .. }
            | Node::Project { .. }
            | Node::Select { .. } => self.step(id, frame.active.clone(), frame),
            Node::List(items) => self.list(items, frame),
            Node::Map(pairs) => self.map(pairs, frame),
            Node::Unary(sign, operand) => self.unary(id, *sign, *operand, frame),
            Node::Binary(operator, left, right) => self.binary(id, *operator, *left, *right, frame),
            Node::Series(first, rest) => self.series(id, *first, rest, frame),
            Node::Ternary(..) | Node::Elvis(..) => self.branch(id, frame),
            Node::Type { name, dimensions } => self.type_value(id, name, *dimensions),
            Node::New { name, args } => self.construct(id, name, args, frame),
            Node::NewArray { name, sizes, items } => self.new_array(id, name, sizes, *items, frame),
            Node::Bean(_) => Err(self.fail(id, "there are no beans")),
            Node::Step { operand, .. } => self.no_write(id, *operand, None, frame),
            Node::Assign(target, value) => self.no_write(id, *target, Some(*value), frame),
        };
        if let Some(trace) = &mut self.trace
            && trace.len() < MAX_TRACE
        {
            trace.push((id, result.as_ref().cloned().map_err(|error| error.message.clone())));
        }
        result
    }

    /// Counts work that this node causes.
    fn charge(&mut self, id: NodeId, steps: usize) -> Evaluated<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            let message = format!("the expression takes more than {MAX_STEPS} steps");
            return Err(Box::new(ElError::limit(self.ast.span(id), message)));
        }
        Ok(())
    }

    /// Takes a text that this node made, if it is not too long.
    pub(crate) fn made(&mut self, id: NodeId, text: String) -> Evaluated<Value<'c>> {
        self.charge(id, text.len() / 1024)?;
        if text.len() > MAX_TEXT {
            let message = format!("a text of more than {MAX_TEXT} bytes");
            return Err(Box::new(ElError::limit(self.ast.span(id), message)));
        }
        Ok(Value::owned(text))
    }

    /// The engine fails here as well.
    pub(crate) fn fail(&self, id: NodeId, message: impl Into<String>) -> Box<ElError> {
        Box::new(ElError::evaluation(self.ast.span(id), message))
    }

    /// The engine may know an answer here.
    pub(crate) fn unsupported(&self, id: NodeId, message: impl Into<String>) -> Box<ElError> {
        Box::new(ElError::unsupported(self.ast.span(id), message, "something else"))
    }

    fn compound(
        &mut self,
        id: NodeId,
        nodes: &'c [NodeId],
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        let (mut value, used) = match self.plan.chain(self.part, id) {
            Some(chain) if self.session.is_captured() => (self.captured(id, chain)?, chain.nodes),
            _ => (self.eval(nodes[0], frame)?, 1),
        };
        for &step in &nodes[used..] {
            self.charge(step, 1)?;
            value = self.step(step, value, frame)?;
        }
        Ok(value)
    }

    fn list(&mut self, items: &'c [NodeId], frame: &Frame<'c>) -> Evaluated<Value<'c>> {
        let values: Evaluated<Vec<_>> = items.iter().map(|item| self.eval(*item, frame)).collect();
        Ok(Value::list(values?))
    }

    fn map(&mut self, pairs: &'c [(NodeId, NodeId)], frame: &Frame<'c>) -> Evaluated<Value<'c>> {
        let mut entries = Vec::with_capacity(pairs.len());
        for &(key, value) in pairs {
            let key = match self.ast.node(key) {
                Node::Property { name, .. } => Value::text(name),
                _ => self.eval(key, frame)?,
            };
            entries.push((key, self.eval(value, frame)?));
        }
        Ok(Value::Map(std::rc::Rc::new(Map::new(MapKind::Linked, entries))))
    }

    fn unary(
        &mut self,
        id: NodeId,
        sign: Unary,
        operand: NodeId,
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        if sign == Unary::Not {
            return Ok(Value::Bool(!self.condition(operand, frame)?));
        }
        let value = self.eval(operand, frame)?;
        match sign {
            Unary::Minus => arithmetic::negate(&value),
            _ => value.is_number().then_some(value.clone()),
        }
        .ok_or_else(|| self.fail(id, format!("a sign needs a number, not {}", describe(&value))))
    }

    fn binary(
        &mut self,
        id: NodeId,
        operator: Binary,
        left: NodeId,
        right: NodeId,
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        if operator == Binary::Matches {
            return self.matches(id, left, right, frame);
        }
        let a = self.eval(left, frame)?;
        // The right side of `instanceof` must be a type, but is evaluated all the same.
        let b = self.eval(right, frame)?;
        match operator {
            Binary::Pow => self.arithmetic(id, operator, &a, &b),
            Binary::InstanceOf => self.instance_of(id, &a, &b),
            Binary::Between => self.between(id, &a, &b),
            _ => self.relation(id, operator, &a, &b),
        }
    }

    fn series(
        &mut self,
        id: NodeId,
        first: NodeId,
        rest: &'c [(Binary, NodeId)],
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        let mut left = match rest.first() {
            Some((Binary::Or | Binary::And, _)) => Value::Bool(self.condition(first, frame)?),
            _ => self.eval(first, frame)?,
        };
        for &(operator, next) in rest {
            left = match (operator, &left) {
                (Binary::Or, Value::Bool(true)) | (Binary::And, Value::Bool(false)) => left,
                (Binary::Or | Binary::And, _) => Value::Bool(self.condition(next, frame)?),
                _ => {
                    let right = self.eval(next, frame)?;
                    self.arithmetic(id, operator, &left, &right)?
                }
            };
        }
        Ok(left)
    }

    /// `#name = value` names a value for the rest of the template. Nothing else is written:
    /// what the engine refuses as well fails; what it would do was refused when the
    /// expression was read.
    fn no_write(
        &mut self,
        id: NodeId,
        target: NodeId,
        value: Option<NodeId>,
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        if let Some(value) = value {
            let value = self.eval(value, frame)?;
            if let Node::Variable(name) = self.ast.node(target) {
                self.session.set_variable(name, value.clone());
                return Ok(value);
            }
        } else {
            let value = self.eval(target, frame)?;
            if value.is_number() && matches!(self.ast.node(target), Node::Variable(_)) {
                return Err(self.unsupported(id, "an expression cannot count a variable up"));
            }
        }
        Err(self.fail(id, "an expression cannot write"))
    }
}

/// A value for a message: its type, and a short one itself.
pub(crate) fn describe(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) if text.len() <= 40 => format!("the text '{}'", &**text),
        Value::Text(_) => "a long text".to_owned(),
        Value::Bool(value) => value.to_string(),
        value if value.is_number() => {
            format!("{} {}", value.java_type(), crate::value::to_java_string(value))
        }
        value => format!("a value of type {}", value.java_type()),
    }
}
