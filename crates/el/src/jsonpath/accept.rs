//! Filters applied to elements.

use super::filter::{Condition, Operand};
use super::node::{self, Node};
use super::walk::{Options, Reader, Walk};
use super::{Error, Result, invalid};
use crate::value::Value;

impl Reader {
    pub(super) fn filter<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        condition: &Condition,
        model: &Value<'c>,
    ) -> Result<()> {
        match model {
            Value::Map(_) => {
                if !self.accepts(condition, model, &walk.root.clone())? {
                    Ok(())
                } else if walk.is_leaf(at) {
                    self.found(walk, model.clone())
                } else {
                    self.step(walk, at + 1, model)
                }
            }
            Value::Seq(list) if list.is_list() => {
                for (index, item) in list.items.iter().enumerate() {
                    if self.accepts(condition, item, &walk.root.clone())? {
                        let index = i64::try_from(index).unwrap_or(i64::MAX);
                        self.element(walk, at, index, list)?;
                    }
                }
                Ok(())
            }
            _ if walk.is_upstream_definite(at) => invalid("a filter needs a list or an object"),
            _ => Ok(()),
        }
    }

    /// Whether an element meets a condition; one that makes no sense is not met.
    pub(super) fn accepts<'c>(
        &mut self,
        condition: &Condition,
        item: &Value<'c>,
        root: &Value<'c>,
    ) -> Result<bool> {
        match self.meets(condition, item, root) {
            Err(Error::Invalid(_)) => Ok(false),
            result => result,
        }
    }

    fn meets<'c>(
        &mut self,
        condition: &Condition,
        item: &Value<'c>,
        root: &Value<'c>,
    ) -> Result<bool> {
        self.charge(1)?;
        match condition {
            Condition::Or(all) => {
                for one in all {
                    if self.meets(one, item, root)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::And(all) => {
                for one in all {
                    if !self.meets(one, item, root)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Not(one) => Ok(!self.meets(one, item, root)?),
            Condition::Exists(path, wanted) => {
                // The library begins existence checks at the element even where it says `$`.
                let there = match self.value(path, item, root, Options::EXISTS) {
                    Ok(_) => true,
                    Err(Error::NotFound) => false,
                    Err(error) => return Err(error),
                };
                Ok(there == *wanted)
            }
            Condition::Relation(left, operator, right) => {
                let left = self.side(left, item, root)?;
                let right = self.side(right, item, root)?;
                node::compare(*operator, &left, &right)
            }
        }
    }

    fn side<'c>(
        &mut self,
        operand: &Operand,
        item: &Value<'c>,
        root: &Value<'c>,
    ) -> Result<Node<'c>> {
        match operand {
            Operand::Node(node) => Ok(node.clone()),
            Operand::Path(path) => {
                let document = if path.from_root { root } else { item };
                match self.value(path, document, root, Options::READ) {
                    Ok(value) => Node::of(&value),
                    Err(Error::NotFound) => Ok(Node::Undefined),
                    Err(error) => Err(error),
                }
            }
        }
    }
}
