//! Arithmetic of constants that does not fit.

use super::{LintKind, Linter};
use crate::syntax::ast::{Binary, Node, NodeId};

impl Linter<'_> {
    /// Constants of 32 bits whose result has more.
    pub(super) fn overflow(&mut self, id: NodeId) {
        let Some(exact) = self.constant(id) else {
            return;
        };
        if i32::try_from(exact).is_err() {
            let message = format!("Integers wrap around at 32 bits: this is not {exact}");
            let instead = i64::try_from(exact).ok().map(|exact| format!("{exact}L"));
            self.add(LintKind::Overflow, id, message, instead);
        }
    }

    /// The exact value of an expression of Integers only. It does not go deep.
    fn constant(&self, id: NodeId) -> Option<i128> {
        match self.ast.node(id) {
            Node::Int(value) => Some(i128::from(*value)),
            Node::Series(first, rest) if rest.len() < 32 => {
                let mut value = match self.ast.node(*first) {
                    Node::Series(..) => self.constant(*first)?,
                    _ => self.integer(*first)?,
                };
                for (operator, next) in rest {
                    let next = match self.ast.node(*next) {
                        Node::Series(..) => self.constant(*next)?,
                        _ => self.integer(*next)?,
                    };
                    value = match operator {
                        Binary::Add => value.checked_add(next)?,
                        Binary::Sub => value.checked_sub(next)?,
                        Binary::Mul => value.checked_mul(next)?,
                        _ => return None,
                    };
                }
                Some(value)
            }
            _ => None,
        }
    }

    fn integer(&self, id: NodeId) -> Option<i128> {
        match self.ast.node(id) {
            Node::Int(value) => Some(i128::from(*value)),
            _ => None,
        }
    }
}
