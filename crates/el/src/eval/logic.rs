//! Branches and conditions.

use super::{Evaluated, Evaluator, Frame, describe, to_boolean};
use crate::syntax::ast::{Node, NodeId};
use crate::value::Value;

impl<'c> Evaluator<'c, '_> {
    /// `?:` and `? :`, without recursion along a chain of them.
    pub(super) fn branch(&mut self, id: NodeId, frame: &Frame<'c>) -> Evaluated<Value<'c>> {
        let mut at = id;
        loop {
            at = match self.ast.node(at) {
                Node::Ternary(condition, then, other) => {
                    if self.condition(*condition, frame)? {
                        *then
                    } else {
                        *other
                    }
                }
                Node::Elvis(left, right) => match self.eval(*left, frame)? {
                    Value::Null => *right,
                    Value::Text(text) if text.is_empty() => *right,
                    value => return Ok(value),
                },
                _ => return self.eval(at, frame),
            };
            self.charge(at, 1)?;
        }
    }

    /// A value where a condition is wanted.
    pub(super) fn condition(&mut self, id: NodeId, frame: &Frame<'c>) -> Evaluated<bool> {
        let value = self.eval(id, frame)?;
        match to_boolean(&value) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(self.fail(id, "null is no condition")),
            Err(_) => Err(self.fail(id, format!("{} is no condition", describe(&value)))),
        }
    }
}
