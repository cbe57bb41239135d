//! The methods that the gateway's white list has, by the type of their target.
//!
//! A table names the overloads that are built, and the names of those that are not: the
//! former decide what a call means, the latter are refused.

mod collection;
mod math;
mod number;
mod number_tables;
mod object;
mod places;
mod statics;
mod string;
mod text;

use super::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::{MapKind, Value};

pub(in crate::eval) use number::value as number_value;
pub(crate) use statics::{build, constructors};

/// The methods of a class.
pub(super) struct Table {
    pub(super) built: &'static [&'static str],
    pub(super) other: &'static [&'static str],
}

/// The tables of a value's class and of those it is derived from.
pub(super) fn tables(target: &Value<'_>) -> Vec<&'static Table> {
    let mut tables = match target {
        Value::Text(_) => vec![&string::TABLE, &text::STATICS],
        Value::Int(_) => vec![&number_tables::TABLE, &number_tables::INTEGER],
        Value::Long(_) => vec![&number_tables::TABLE, &number_tables::LONG],
        Value::Double(_) => {
            vec![&number_tables::TABLE, &number_tables::REAL, &number_tables::DOUBLE]
        }
        Value::Float(_) => vec![&number_tables::TABLE, &number_tables::REAL, &number_tables::FLOAT],
        Value::Short(_) => vec![&number_tables::TABLE, &number_tables::SHORT],
        Value::Decimal(_) => vec![&number_tables::DECIMAL],
        Value::Seq(seq) if seq.is_list() => vec![&collection::COLLECTION, &collection::LIST],
        Value::Seq(seq) if seq.is_array() => vec![],
        Value::Seq(_) => vec![&collection::COLLECTION],
        Value::Map(map) if map.is_headers() => vec![&collection::HEADERS, &collection::MAP],
        Value::Map(map) if map.kind() == MapKind::LinkedOfText => {
            vec![&collection::MULTI_MAP, &collection::MAP]
        }
        Value::Map(_) => vec![&collection::MAP],
        Value::Entry(_) => vec![&collection::ENTRY],
        Value::Class(name) => statics::tables(name),
        _ => vec![],
    };
    tables.push(&object::TABLE);
    tables
}

/// Calls the overload.
pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &Value<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let is_object = object::TABLE.built.contains(&method);
    match target {
        Value::Class(_) if !is_object => statics::run(evaluator, id, target, method, args),
        Value::Text(text) if !is_object || method == "hashCode()" => {
            string::run(evaluator, id, text, method, args)
        }
        Value::Seq(_) | Value::Map(_) | Value::Entry(_) if !is_object => {
            collection::run(evaluator, id, target, method, args)
        }
        _ if !is_object && target.is_number() => number::run(evaluator, id, target, method, args),
        _ => object::run(evaluator, id, target, method, args),
    }
}

/// Names of methods that are refused when an expression is read, whatever their target:
/// only classes on the white list have them, and they are not built.
pub(crate) fn is_never_built(name: &str) -> bool {
    let all = || {
        [
            &string::TABLE,
            &text::STATICS,
            &number_tables::TABLE,
            &number_tables::INTEGER,
            &number_tables::LONG,
        ]
        .into_iter()
        .chain([
            &number_tables::DOUBLE,
            &number_tables::FLOAT,
            &number_tables::SHORT,
            &number_tables::DECIMAL,
        ])
        .chain([&number_tables::REAL, &collection::COLLECTION, &collection::LIST])
        .chain([&collection::MAP, &collection::HEADERS, &collection::ENTRY])
        .chain(statics::ALL)
    };
    let built =
        |table: &Table| table.built.iter().any(|method| method.split('(').next() == Some(name));
    all().any(|table| table.other.contains(&name)) && !all().any(built)
}
