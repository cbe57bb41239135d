//! What every object has: `equals`, `hashCode`, `toString`.

use super::Table;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::{Value, equals, hash_code, to_java_string};

pub(super) static TABLE: Table =
    Table { built: &["equals(Object)", "hashCode()", "toString()"], other: &[] };

pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &Value<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    match (method, args) {
        ("equals(Object)", [Value::Opaque(_)]) => {}
        ("equals(Object)", [other]) if !matches!(target, Value::Opaque(_)) => {
            return Ok(Value::Bool(equals(target, other)));
        }
        ("hashCode()", []) => {
            if let Some(hash) = hash_code(target) {
                return Ok(Value::Int(hash));
            }
        }
        ("toString()", []) => {
            let identity = match target {
                Value::Bean(_) | Value::Opaque(_) => true,
                Value::Seq(seq) => seq.is_array(),
                Value::Map(map) => map.is_headers(),
                _ => false,
            };
            if !identity {
                let text = to_java_string(target);
                return evaluator.made(id, text);
            }
        }
        _ => {}
    }
    Err(evaluator.unsupported(id, format!("`{method}` of this object")))
}
