//! From a value to the next: `.name`, `['key']`, `[0]`.

use super::{Evaluated, Evaluator, Frame, coerce, describe};
use crate::syntax::ast::{Node, NodeId};
use crate::value::{Map, MapKind, Seq, Value, text, to_java_string};

/// How deep `{{name}}` in properties may refer to other properties.
const MAX_SUBSTITUTIONS: usize = 8;

impl<'c> Evaluator<'c, '_> {
    /// One step of a compound, or a bare name, from the value `target`.
    pub(super) fn step(
        &mut self,
        id: NodeId,
        target: Value<'c>,
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        match self.ast.node(id) {
            Node::Property { name, safe } => self.property(id, &target, name, *safe),
            Node::Method { name, safe, args } => self.call(id, &target, name, *safe, args, frame),
            Node::Index { at, safe } => self.index(id, &target, *at, *safe),
            Node::Project { each, safe } => self.project(id, &target, *each, *safe),
            Node::Select { which, condition, safe } => {
                self.select(id, &target, *which, *condition, *safe)
            }
            _ => self.eval(id, &Frame { active: target, root: frame.root.clone() }),
        }
    }

    fn property(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        name: &'c str,
        safe: bool,
    ) -> Evaluated<Value<'c>> {
        match target {
            Value::Null if safe => Ok(Value::Null),
            Value::Null => Err(self.fail(id, format!("`{name}` is looked for in null"))),
            Value::Map(map) => self.lookup(id, map, &Value::text(name)),
            Value::Bean(bean) => self.bean(id, *bean, name),
            _ => self.member(id, target, name),
        }
    }

    /// The value of a key; missing ones are null.
    pub(super) fn lookup(
        &self,
        id: NodeId,
        map: &Map<'c>,
        key: &Value<'_>,
    ) -> Evaluated<Value<'c>> {
        let value = map.get(key).cloned().unwrap_or(Value::Null);
        match &value {
            Value::Text(text) if map.kind() == MapKind::Properties && text.contains("{{") => {
                let text = text.to_string();
                self.substitute(id, map, &text, 0).map(Value::owned)
            }
            _ => Ok(value),
        }
    }

    /// Puts other properties in the place of `{{name}}`.
    fn substitute(&self, id: NodeId, map: &Map<'c>, text: &str, depth: usize) -> Evaluated<String> {
        if depth == MAX_SUBSTITUTIONS {
            return Err(self.unsupported(id, "properties that refer to one another so deep"));
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let Some(close) = rest[open..].find("}}") else { break };
            let name = rest[open + 2..open + close].trim();
            out.push_str(&rest[..open]);
            match map.get_text(name) {
                Some(Value::Text(value)) if value.contains("{{") => {
                    out.push_str(&self.substitute(id, map, value, depth + 1)?);
                }
                Some(value) => out.push_str(&to_java_string(value)),
                None => return Err(self.fail(id, format!("there is no property `{name}`"))),
            }
            rest = &rest[open + close + 2..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn index(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        at: NodeId,
        safe: bool,
    ) -> Evaluated<Value<'c>> {
        if target.is_null() {
            return if safe {
                Ok(Value::Null)
            } else {
                Err(self.fail(id, "null has no elements and no keys"))
            };
        }
        let index = match (target, self.ast.node(at)) {
            // A bare name is the key itself.
            (Value::Map(_), Node::Property { name, .. }) => Value::text(name),
            // The index knows neither `#this` nor names.
            _ => self.eval(at, &Frame { active: Value::Null, root: Value::Null })?,
        };
        if index.is_null() {
            return Err(self.fail(at, "null is no index"));
        }
        match target {
            Value::Map(map) => {
                let key = if map.has_text_keys() { self.key(at, &index)? } else { index };
                self.lookup(id, map, &key)
            }
            Value::Seq(seq) => self.element(id, seq, at, &index),
            Value::Text(text) => {
                let wanted = self.position(at, &index)?;
                match text::unit(text, wanted) {
                    Some(unit) => match String::from_utf16(&[unit]) {
                        Ok(text) => Ok(Value::owned(text)),
                        Err(_) => Err(self.unsupported(at, "half of a surrogate pair")),
                    },
                    None => Err(self.fail(at, format!("the text has no character {wanted}"))),
                }
            }
            Value::Bean(bean) => match index {
                Value::Text(name) => self.bean(id, *bean, &name),
                _ => Err(self.fail(at, "only a name can stand here")),
            },
            _ => match index {
                Value::Text(name) => self.indexed_member(id, target, &name),
                _ => Err(self.fail(id, format!("{} has no elements", describe(target)))),
            },
        }
    }

    /// An index as the key of a map whose keys are texts.
    fn key(&self, at: NodeId, index: &Value<'c>) -> Evaluated<Value<'c>> {
        match index {
            Value::Text(_) => Ok(index.clone()),
            _ => match coerce::convert(index, coerce::Type::Text) {
                Ok(key) => Ok(key),
                Err(coerce::Refused::Failed) => {
                    Err(self.fail(at, format!("{} is no key", describe(index))))
                }
                Err(coerce::Refused::Unsupported) => {
                    Err(self.unsupported(at, "half of a surrogate pair"))
                }
            },
        }
    }

    /// An index as a place: not negative.
    fn position(&self, at: NodeId, index: &Value<'c>) -> Evaluated<usize> {
        let place = coerce::to_index(index).map_err(|refused| {
            let message = format!("{} is no index", describe(index));
            match refused {
                coerce::Refused::Failed => self.fail(at, message),
                coerce::Refused::Unsupported => self.unsupported(at, message),
            }
        })?;
        usize::try_from(place).map_err(|_| self.fail(at, "a negative index"))
    }

    fn element(
        &self,
        id: NodeId,
        seq: &Seq<'c>,
        at: NodeId,
        index: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        let place = self.position(at, index)?;
        let missing = || self.fail(id, format!("there is no element {place}"));
        seq.items.get(place).cloned().ok_or_else(missing)
    }
}
