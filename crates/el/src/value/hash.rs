//! What every Java object can do: equality, hash code, text; and the order of hash tables.

use std::fmt::Write as _;

use num_traits::ToPrimitive as _;

use super::{Map, Seq, SeqKind, Value};
use crate::java;

/// Java's `equals`: types must agree (an Integer is no Long), texts by content,
/// lists, sets and maps by their elements.
pub(crate) fn equals(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Byte(a), Value::Byte(b)) => a == b,
        (Value::Short(a), Value::Short(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Long(a), Value::Long(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => bits(*a) == bits(*b),
        (Value::Float(a), Value::Float(b)) => bits(f64::from(*a)) == bits(f64::from(*b)),
        (Value::BigInt(a), Value::BigInt(b)) => a == b,
        (Value::Decimal(a), Value::Decimal(b)) => a == b,
        (Value::Char(a), Value::Char(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => **a == **b,
        (Value::Seq(a), Value::Seq(b)) => std::rc::Rc::ptr_eq(a, b) || seq_equals(a, b),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get_plain(key).is_some_and(|other| equals(value, other)))
        }
        (Value::Entry(a), Value::Entry(b)) => equals(&a.0, &b.0) && equals(&a.1, &b.1),
        (Value::Bean(a), Value::Bean(b)) => a == b,
        (Value::Class(a), Value::Class(b)) | (Value::Enum(a), Value::Enum(b)) => a == b,
        _ => false,
    }
}

fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn seq_equals(a: &Seq<'_>, b: &Seq<'_>) -> bool {
    if a.items.len() != b.items.len() {
        return false;
    }
    match (&a.kind, &b.kind) {
        _ if a.is_list() && b.is_list() => a.items.iter().zip(&b.items).all(|(x, y)| equals(x, y)),
        (SeqKind::Set | SeqKind::Entries, SeqKind::Set | SeqKind::Entries) => {
            a.items.iter().all(|x| b.items.iter().any(|y| equals(x, y)))
        }
        // Arrays and the values of maps are only equal to themselves.
        _ => false,
    }
}

/// Java's `hashCode`, where it depends on the value alone.
pub(crate) fn hash_code(value: &Value<'_>) -> Option<i32> {
    Some(match value {
        Value::Null => 0,
        Value::Bool(value) => {
            if *value {
                1231
            } else {
                1237
            }
        }
        Value::Byte(value) => i32::from(*value),
        Value::Short(value) => i32::from(*value),
        Value::Int(value) => *value,
        Value::Long(value) => fold(*value),
        Value::Double(value) => fold(i64::from_ne_bytes(bits(*value).to_ne_bytes())),
        Value::Float(value) if value.is_nan() => 0x7fc0_0000,
        Value::Float(value) => i32::from_ne_bytes(value.to_bits().to_ne_bytes()),
        Value::Char(value) => i32::from(*value),
        Value::Text(text) => text_hash(text),
        Value::BigInt(value) => {
            let (sign, mut digits) = value.to_u32_digits();
            digits.reverse();
            let word = |digit: &u32| i32::from_ne_bytes(digit.to_ne_bytes());
            let hash = digits
                .iter()
                .fold(0_i32, |hash, digit| hash.wrapping_mul(31).wrapping_add(word(digit)));
            if sign == num_bigint::Sign::Minus { hash.wrapping_neg() } else { hash }
        }
        Value::Seq(seq) => match seq.kind {
            SeqKind::List | SeqKind::JsonList => {
                seq.items.iter().try_fold(1_i32, |hash, item| {
                    Some(hash.wrapping_mul(31).wrapping_add(hash_code(item)?))
                })?
            }
            SeqKind::Set | SeqKind::Entries => seq
                .items
                .iter()
                .try_fold(0_i32, |hash, item| Some(hash.wrapping_add(hash_code(item)?)))?,
            _ => return None,
        },
        Value::Map(map) if map.is_headers() => return None,
        Value::Map(map) => map.iter().try_fold(0_i32, |hash, (key, value)| {
            Some(hash.wrapping_add(hash_code(key)? ^ hash_code(value)?))
        })?,
        Value::Entry(entry) => hash_code(&entry.0)? ^ hash_code(&entry.1)?,
        Value::Decimal(_)
        | Value::Bean(_)
        | Value::Class(_)
        | Value::Enum(_)
        | Value::Opaque(_) => return None,
    })
}

fn fold(value: i64) -> i32 {
    // The low 32 bits of both halves, as Java's cast takes them.
    let mixed = value ^ i64::from_ne_bytes((value.cast_unsigned() >> 32).to_ne_bytes());
    (mixed & 0xffff_ffff).to_u32().unwrap_or_default().cast_signed()
}

fn text_hash(text: &str) -> i32 {
    let step = |hash: i32, unit: u16| hash.wrapping_mul(31).wrapping_add(i32::from(unit));
    text.encode_utf16().fold(0, step)
}

/// What a `java.util.HashMap` makes of a hash code.
fn spread(hash: i32) -> usize {
    let hash = hash.cast_unsigned();
    (hash ^ (hash >> 16)) as usize
}

/// The order in which a `java.util.HashMap` that was filled in this order gives its keys:
/// by bucket, and within a bucket as they were put in.
pub(crate) fn hash_order(hashes: impl Iterator<Item = i32>) -> Vec<usize> {
    let hashes: Vec<usize> = hashes.map(spread).collect();
    let mut capacity = 16;
    while hashes.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    let mut order: Vec<usize> = (0..hashes.len()).collect();
    order.sort_by_key(|&at| hashes[at] & (capacity - 1));
    order
}

/// The order of a `java.util.HashMap` that `computeIfAbsent` filled: a key comes first in
/// its bucket, and the table grows before a key is put in, not after.
pub(crate) fn grouped_order<'k, 'a: 'k>(keys: impl Iterator<Item = &'k Value<'a>>) -> Vec<usize> {
    let hashes: Vec<usize> = keys.map(|key| spread(hash_code(key).unwrap_or_default())).collect();
    let mut capacity = 16;
    // What was in the table when it last grew keeps its order: later keys go before it.
    let mut order: Vec<usize> = Vec::with_capacity(hashes.len());
    for at in 0..hashes.len() {
        if at * 4 > capacity * 3 {
            capacity *= 2;
            order.sort_by_key(|&other| hashes[other] & (capacity - 1));
        }
        let bucket = hashes[at] & (capacity - 1);
        let place = order.partition_point(|&other| hashes[other] & (capacity - 1) < bucket);
        order.insert(place, at);
    }
    order
}

/// Java's `toString`. Of objects without one of their own, the name of the class.
pub(crate) fn to_java_string(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_java_string(&mut out, value);
    out
}

fn write_java_string(out: &mut String, value: &Value<'_>) {
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Null => write!(out, "null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Byte(value) => write!(out, "{value}"),
        Value::Short(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Long(value) => write!(out, "{value}"),
        Value::Double(value) => write!(out, "{}", java::double_to_string(*value)),
        Value::Float(value) => write!(out, "{}", java::float_to_string(*value)),
        Value::BigInt(value) => write!(out, "{value}"),
        Value::Decimal(value) => write!(out, "{value}"),
        Value::Char(unit) => write!(out, "{}", String::from_utf16_lossy(&[*unit])),
        Value::Text(text) => write!(out, "{}", &**text),
        Value::Seq(seq) if seq.kind == SeqKind::JsonList => {
            super::smart::write(out, value);
            Ok(())
        }
        Value::Seq(seq) => {
            write_items(out, seq);
            Ok(())
        }
        Value::Map(map) => {
            write_map(out, map);
            Ok(())
        }
        Value::Entry(entry) => {
            write_java_string(out, &entry.0);
            out.push('=');
            write_java_string(out, &entry.1);
            Ok(())
        }
        Value::Class(name) if is_primitive(name) => write!(out, "{name}"),
        Value::Class(name) if INTERFACES.contains(&&**name) => write!(out, "interface {name}"),
        Value::Class(name) => write!(out, "class {name}"),
        Value::Enum(name) => write!(out, "{name}"),
        Value::Bean(_) | Value::Opaque(_) => write!(out, "{}", value.java_type()),
    };
}

/// Types that call themselves interfaces.
const INTERFACES: [&str; 15] = [
    "java.lang.Appendable",
    "java.lang.AutoCloseable",
    "java.lang.CharSequence",
    "java.lang.Cloneable",
    "java.lang.Comparable",
    "java.lang.Iterable",
    "java.lang.Override",
    "java.lang.ProcessHandle",
    "java.lang.Readable",
    "java.lang.Runnable",
    "java.lang.SafeVarargs",
    "java.util.Collection",
    "java.util.List",
    "java.util.Map",
    "java.util.Set",
];

fn is_primitive(name: &str) -> bool {
    ["int", "long", "double", "float", "short", "byte", "char", "boolean"].contains(&name)
}

fn write_items(out: &mut String, seq: &Seq<'_>) {
    out.push('[');
    for (at, item) in seq.items.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        write_java_string(out, item);
    }
    out.push(']');
}

fn write_map(out: &mut String, map: &Map<'_>) {
    out.push('{');
    for (at, (key, value)) in map.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        write_java_string(out, key);
        out.push('=');
        write_java_string(out, value);
    }
    out.push('}');
}
