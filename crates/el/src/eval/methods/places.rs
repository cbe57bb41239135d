//! Places in a text, which Java counts in UTF-16 units.

use crate::eval::compare::compare_texts;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::{Value, text};

pub(super) fn outside(evaluator: &Evaluator<'_, '_>, id: NodeId) -> Box<crate::ElError> {
    evaluator.fail(id, "the text has no such character")
}

/// The bytes of a part of the text.
pub(super) fn part(
    evaluator: &Evaluator<'_, '_>,
    id: NodeId,
    target: &str,
    from: i32,
    to: i32,
) -> Evaluated<std::ops::Range<usize>> {
    let place = |at: i32| match usize::try_from(at).map(|at| text::offset(target, at)) {
        Ok(Ok(offset)) => Ok(offset),
        Ok(Err(false)) => Err(evaluator.unsupported(id, "half of a surrogate pair")),
        _ => Err(outside(evaluator, id)),
    };
    let range = place(from)?..place(to)?;
    if range.start > range.end { Err(outside(evaluator, id)) } else { Ok(range) }
}

pub(super) fn index<'c>(target: &str, offset: Option<usize>) -> Value<'c> {
    let at = offset.map(|offset| text::index(target, offset));
    Value::Int(at.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1))
}

pub(super) fn find_from<'c>(
    target: &str,
    from: i32,
    find: impl Fn(&str) -> Option<usize>,
) -> Value<'c> {
    let mut from = usize::try_from(from).unwrap_or(0).min(text::length(target));
    // From within a pair the search begins after it.
    let start = loop {
        match text::offset(target, from) {
            Ok(offset) => break offset,
            Err(_) => from += 1,
        }
    };
    index(target, find(&target[start..]).map(|at| start + at))
}

/// The last place at or before `from` where `wanted` is.
pub(super) fn find_before<'c>(target: &str, from: i32, wanted: &str) -> Value<'c> {
    let Ok(from) = usize::try_from(from) else { return Value::Int(-1) };
    let from = from.min(text::length(target));
    if wanted.is_empty() {
        return Value::Int(i32::try_from(from).unwrap_or(i32::MAX));
    }
    // From within a pair the search goes on before it.
    let start = text::offset(target, from).or_else(|_| text::offset(target, from - 1));
    let mut end = start.unwrap_or(0).saturating_add(wanted.len()).min(target.len());
    while !target.is_char_boundary(end) {
        end -= 1;
    }
    index(target, target[..end].rfind(wanted))
}

pub(super) fn character(code: i32) -> Option<char> {
    u32::try_from(code).ok().and_then(char::from_u32)
}

/// `String.compareTo`: the difference of the first units that differ, or of the lengths.
pub(super) fn difference(a: &str, b: &str) -> i32 {
    if compare_texts(a, b) == std::cmp::Ordering::Equal {
        return 0;
    }
    let differ = a.encode_utf16().zip(b.encode_utf16()).find(|(x, y)| x != y);
    match differ {
        Some((x, y)) => i32::from(x) - i32::from(y),
        None => {
            let length = |text| i32::try_from(text::length(text)).unwrap_or(i32::MAX);
            length(a) - length(b)
        }
    }
}
