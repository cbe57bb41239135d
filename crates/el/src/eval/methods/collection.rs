//! Methods of lists, sets, maps, entries and headers.

use std::rc::Rc;

use super::Table;
use crate::eval::{Evaluated, Evaluator, coerce};
use crate::syntax::ast::NodeId;
use crate::value::{Map, MapKind, Seq, SeqKind, Value, equals};

pub(super) static COLLECTION: Table =
    Table { built: &["contains(Object)", "isEmpty()", "size()"], other: &[] };

pub(super) static LIST: Table = Table { built: &["get(int)"], other: &[] };

pub(super) static MAP: Table = Table {
    built: &[
        "containsKey(Object)",
        "containsValue(Object)",
        "entrySet()",
        "get(Object)",
        "getOrDefault(Object,Object)",
        "isEmpty()",
        "keySet()",
        "size()",
        "values()",
    ],
    other: &[],
};

/// Of the request's parameters.
pub(super) static MULTI_MAP: Table = Table {
    built: &["getFirst(Object)", "toSingleValueMap()", "containsAllKeys(Collection)"],
    other: &[],
};

pub(super) static HEADERS: Table = Table {
    built: &[
        "get(CharSequence)",
        "getFirst(CharSequence)",
        "getAll(CharSequence)",
        "contains(CharSequence)",
        "containsKey(CharSequence)",
        "names()",
        "toSingleValueMap()",
        "containsAllKeys(Collection)",
    ],
    other: &[],
};

pub(super) static ENTRY: Table = Table { built: &["getKey()", "getValue()"], other: &[] };

pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &Value<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    match target {
        Value::Seq(seq) => of_seq(evaluator, id, seq, method, args),
        Value::Map(map) => of_map(evaluator, id, map, method, args),
        Value::Entry(entry) if method == "getKey()" => Ok(entry.0.clone()),
        Value::Entry(entry) => Ok(entry.1.clone()),
        _ => Err(evaluator.unsupported(id, format!("`{method}`"))),
    }
}

fn size<'c>(length: usize) -> Value<'c> {
    Value::Int(i32::try_from(length).unwrap_or(i32::MAX))
}

fn of_seq<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    seq: &Seq<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    match (method, args) {
        ("size()", []) => Ok(size(seq.items.len())),
        ("isEmpty()", []) => Ok(Value::Bool(seq.items.is_empty())),
        ("contains(Object)", [wanted]) => {
            Ok(Value::Bool(seq.items.iter().any(|item| equals(item, wanted))))
        }
        ("get(int)", [Value::Int(at)]) => {
            let item = usize::try_from(*at).ok().and_then(|at| seq.items.get(at)).cloned();
            item.ok_or_else(|| evaluator.fail(id, format!("there is no element {at}")))
        }
        _ => Err(evaluator.unsupported(id, format!("`{method}`"))),
    }
}

fn of_map<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    map: &Rc<Map<'c>>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let first = |value: Option<&Value<'c>>| match value {
        Some(Value::Seq(seq)) => seq.items.first().cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    };
    // How the host's headers look up what is no text is not known.
    if map.is_headers() && args.iter().any(|arg| !matches!(arg, Value::Text(_) | Value::Null)) {
        let decided = matches!(method, "getOrDefault(Object,Object)" | "containsValue(Object)")
            || method.starts_with("containsAllKeys");
        if !decided {
            return Err(evaluator.unsupported(id, "headers are looked up by texts"));
        }
    }
    match (method, args) {
        ("size()", []) => Ok(size(map.len())),
        ("isEmpty()", []) => Ok(Value::Bool(map.is_empty())),
        ("names()", []) => {
            let mut names: Vec<Value<'c>> = map.iter().map(|(key, _)| key.clone()).collect();
            names.sort_by_key(|name| crate::value::to_java_string(name).to_ascii_lowercase());
            Ok(Value::seq(SeqKind::Set, names))
        }
        ("keySet()", []) => Ok(Value::seq(SeqKind::Set, map.keys().cloned().collect())),
        ("values()", []) => {
            let kind = if map.is_headers() { SeqKind::List } else { SeqKind::Collection };
            Ok(Value::seq(kind, map.values().cloned().collect()))
        }
        ("entrySet()", []) => {
            let entry = |(key, value): (&Value<'c>, &Value<'c>)| {
                Value::Entry(Rc::new((key.clone(), value.clone())))
            };
            Ok(Value::seq(SeqKind::Entries, map.iter().map(entry).collect()))
        }
        ("toSingleValueMap()", []) => {
            let entries = map.in_order().map(|(key, value)| (key.clone(), first(Some(value))));
            Ok(Value::Map(Rc::new(Map::new(MapKind::Linked, entries.collect()))))
        }
        (_, [Value::Null, ..]) if map.is_headers() => {
            Err(evaluator.unsupported(id, "a header without a name"))
        }
        ("get(CharSequence)" | "getFirst(CharSequence)" | "getFirst(Object)", [key]) => {
            Ok(first(map.get(key)))
        }
        ("getAll(CharSequence)", [key]) => {
            Ok(map.get(key).cloned().unwrap_or_else(|| Value::list(Vec::new())))
        }
        ("get(Object)", [key]) => evaluator.lookup(id, map, key),
        // The engine casts the default of a map of texts, needed or not.
        ("getOrDefault(Object,Object)", [_, default])
            if map.kind() == MapKind::Properties
                && !matches!(default, Value::Text(_) | Value::Null) =>
        {
            Err(evaluator.fail(id, "the default of a property is a text"))
        }
        ("getOrDefault(Object,Object)", [key, default]) => match map.get_plain(key) {
            Some(_) => evaluator.lookup(id, map, key),
            None => Ok(default.clone()),
        },
        ("containsKey(Object)" | "containsKey(CharSequence)" | "contains(CharSequence)", [key]) => {
            Ok(Value::Bool(map.get(key).is_some()))
        }
        ("containsValue(Object)", [wanted]) => {
            Ok(Value::Bool(map.iter().any(|(_, value)| equals(value, wanted))))
        }
        ("containsAllKeys(Collection)", [keys]) => {
            let Ok(Value::Seq(keys)) = coerce::convert(keys, coerce::Type::List) else {
                return Err(evaluator.fail(id, "the keys are no list"));
            };
            Ok(Value::Bool(keys.items.iter().all(|key| map.get(key).is_some())))
        }
        _ => Err(evaluator.unsupported(id, format!("`{method}`"))),
    }
}
