//! Selection `.?[…]`, `.^[…]`, `.$[…]` and projection `.![…]`; arrays.

use std::rc::Rc;

use super::{Evaluated, Evaluator, Frame, coerce, describe};
use crate::syntax::ast::{Node, NodeId, Which};
use crate::value::{Map, MapKind, SeqKind, Value};

/// The most elements of an array that is made.
const MAX_ARRAY: usize = 256 * 1024;

impl<'c> Evaluator<'c, '_> {
    /// The elements that a selection or projection goes over: of a map, its entries.
    fn elements(&self, target: &Value<'c>) -> Option<Vec<Value<'c>>> {
        match target {
            Value::Seq(seq) => Some(seq.items.clone()),
            Value::Map(map) => Some(
                map.iter()
                    .map(|(key, value)| Value::Entry(Rc::new((key.clone(), value.clone()))))
                    .collect(),
            ),
            _ => None,
        }
    }

    pub(super) fn project(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        each: NodeId,
        safe: bool,
    ) -> Evaluated<Value<'c>> {
        if target.is_null() && safe {
            return Ok(Value::Null);
        }
        let Some(elements) = self.elements(target) else {
            let message = format!("{} has no elements to project", describe(target));
            return Err(self.fail(id, message));
        };
        let mut results = Vec::with_capacity(elements.len());
        for element in elements {
            results.push(self.eval(each, &Frame { active: element.clone(), root: element })?);
        }
        let is_array = matches!(target, Value::Seq(seq) if seq.is_array());
        Ok(if is_array {
            let Some(component) = component(&results) else {
                return Err(self.unsupported(id, "an array of different things"));
            };
            Value::seq(SeqKind::Array(component), results)
        } else {
            Value::list(results)
        })
    }

    pub(super) fn select(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        which: Which,
        condition: NodeId,
        safe: bool,
    ) -> Evaluated<Value<'c>> {
        if target.is_null() && safe {
            return Ok(Value::Null);
        }
        let Some(elements) = self.elements(target) else {
            let message = format!("{} has no elements to select", describe(target));
            return Err(self.fail(id, message));
        };
        let mut kept = Vec::new();
        for element in elements {
            let frame = Frame { active: element.clone(), root: element.clone() };
            match self.eval(condition, &frame)? {
                Value::Bool(true) => kept.push(element),
                Value::Bool(false) => continue,
                other => {
                    let message =
                        format!("a selection needs true or false, not {}", describe(&other));
                    return Err(self.fail(condition, message));
                }
            }
            if which == Which::First {
                break;
            }
        }
        if which == Which::Last {
            kept.drain(..kept.len().saturating_sub(1));
        }
        match target {
            Value::Map(_) if which != Which::All && kept.is_empty() => Ok(Value::Null),
            Value::Map(_) => {
                let entries = kept.into_iter().filter_map(|entry| match entry {
                    Value::Entry(entry) => Some((entry.0.clone(), entry.1.clone())),
                    _ => None,
                });
                Ok(Value::Map(Rc::new(Map::new(MapKind::Hash, entries.collect()))))
            }
            _ if which != Which::All => Ok(kept.pop().unwrap_or(Value::Null)),
            Value::Seq(seq) if seq.is_array() => {
                let boxed = match &seq.kind {
                    SeqKind::Array(component) => boxed(component),
                    _ => "Object",
                };
                Ok(Value::seq(SeqKind::Array(boxed), kept))
            }
            _ => Ok(Value::list(kept)),
        }
    }

    /// `new int[]{1, 2}`, `new String[3]`
    pub(super) fn new_array(
        &mut self,
        id: NodeId,
        name: &str,
        sizes: &'c [Option<NodeId>],
        items: Option<NodeId>,
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        let Some((component, zero)) = array_of(name) else {
            return Err(self.unsupported(id, format!("arrays of `{name}`")));
        };
        let size = match sizes {
            [Some(size)] => {
                let value = self.eval(*size, frame)?;
                if matches!(value, Value::Enum(_)) {
                    return Err(self.unsupported(id, "a constant as a size"));
                }
                let size =
                    coerce::to_index(&value).ok().and_then(|size| usize::try_from(size).ok());
                Some(size.ok_or_else(|| self.fail(id, "this is no size of an array"))?)
            }
            [None] => None,
            _ => return Err(self.unsupported(id, "arrays of arrays")),
        };
        let elements = match items.map(|items| self.ast.node(items)) {
            Some(Node::List(elements)) => Some(elements),
            Some(_) => return Err(self.unsupported(id, "an array filled from a map")),
            None => None,
        };
        let count = elements.map(Vec::len);
        if size.is_some_and(|size| count.is_some_and(|count| count != size)) {
            return Err(self.fail(id, "the size is not the number of elements"));
        }
        let Some(size) = count.or(size) else {
            return Err(self.fail(id, "an array needs a size"));
        };
        if size >= MAX_ARRAY {
            return Err(self.fail(id, format!("an array has fewer than {MAX_ARRAY} elements")));
        }
        self.charge(id, size / 8)?;
        let mut values = vec![zero; size];
        for (at, element) in elements.into_iter().flatten().enumerate() {
            let value = self.eval(*element, frame)?;
            let failed = || self.fail(*element, format!("{} is no {component}", describe(&value)));
            let converted = coerce::convert(&value, coerce::Type::named(component));
            values[at] = converted.map_err(|_| failed())?;
            if values[at].is_null() && component.starts_with(|c: char| c.is_ascii_lowercase()) {
                return Err(failed());
            }
        }
        Ok(Value::seq(SeqKind::Array(component), values))
    }
}

/// The component type of an array by its name, and what it is filled with.
fn array_of<'c>(name: &str) -> Option<(&'static str, Value<'c>)> {
    Some(match name.strip_prefix("java.lang.").unwrap_or(name) {
        "int" => ("int", Value::Int(0)),
        "long" => ("long", Value::Long(0)),
        "double" => ("double", Value::Double(0.0)),
        "float" => ("float", Value::Float(0.0)),
        "short" => ("short", Value::Short(0)),
        "byte" => ("byte", Value::Byte(0)),
        "boolean" => ("boolean", Value::Bool(false)),
        "String" => ("String", Value::Null),
        "Integer" => ("Integer", Value::Null),
        "Long" => ("Long", Value::Null),
        "Double" => ("Double", Value::Null),
        "Object" => ("Object", Value::Null),
        _ => return None,
    })
}

/// The class that boxes a primitive type.
fn boxed(component: &'static str) -> &'static str {
    match component {
        "int" => "Integer",
        "long" => "Long",
        "double" => "Double",
        "float" => "Float",
        "short" => "Short",
        "byte" => "Byte",
        "boolean" => "Boolean",
        "char" => "Character",
        other => other,
    }
}

/// The class of all values of an array, of nulls alone `Object`; `None` when that is not one
/// that every Java has a name for.
fn component(values: &[Value<'_>]) -> Option<&'static str> {
    let class = |value: &Value<'_>| {
        Some(match value {
            Value::Int(_) => "Integer",
            Value::Long(_) => "Long",
            Value::Double(_) => "Double",
            Value::Float(_) => "Float",
            Value::Short(_) => "Short",
            Value::Byte(_) => "Byte",
            Value::Bool(_) => "Boolean",
            Value::Char(_) => "Character",
            Value::Text(_) => "String",
            Value::BigInt(_) => "BigInteger",
            Value::Decimal(_) => "BigDecimal",
            _ => return None,
        })
    };
    let mut classes = values.iter().filter(|value| !value.is_null()).map(class);
    let Some(first) = classes.next() else { return Some("Object") };
    if classes.all(|other| other == first) { first } else { None }
}
