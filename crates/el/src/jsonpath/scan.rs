//! `..`: everything below a value.

use super::walk::{Reader, Walk};
use super::{Result, Token};
use crate::value::Value;

impl Reader {
    /// `..`: the token at `at` on everything below, before what is below that.
    pub(super) fn scan<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        model: &Value<'c>,
    ) -> Result<()> {
        self.charge(1)?;
        match model {
            Value::Map(map) => {
                if self.matches(walk, at, model)? {
                    self.step(walk, at, model)?;
                }
                for (_, value) in map.iter() {
                    self.scan(walk, at, value)?;
                }
            }
            Value::Seq(list) if list.is_list() => {
                if self.matches(walk, at, model)? {
                    if walk.is_leaf(at) {
                        self.step(walk, at, model)?;
                    } else {
                        for (index, item) in list.items.iter().enumerate() {
                            walk.upstream[at + 1] = Some(index);
                            self.step(walk, at + 1, item)?;
                        }
                    }
                }
                for item in &list.items {
                    self.scan(walk, at, item)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a scan stops at this value to apply the token at `at`.
    fn matches<'c>(&mut self, walk: &Walk<'_, 'c>, at: usize, model: &Value<'c>) -> Result<bool> {
        Ok(match &walk.path.tokens[at] {
            Token::Property(names) => match model {
                Value::Map(map) => {
                    !walk.is_definite(at)
                        || (walk.is_leaf(at) && walk.options.leaf_to_null)
                        || names.iter().all(|name| map.get_text(name).is_some())
                }
                _ => false,
            },
            Token::Index(_) | Token::Slice(..) => matches!(model, Value::Seq(_)),
            Token::Wildcard => true,
            Token::Filter(condition) => self.accepts(condition, model, &walk.root)?,
            Token::Scan | Token::Function(..) => false,
        })
    }
}
