//! What takes more than a line of the methods of `String`.

use super::Table;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::{SeqKind, Value};

/// Static methods, which can also be called on a text.
pub(super) static STATICS: Table = Table {
    built: &[
        "valueOf(Object)",
        "valueOf(boolean)",
        "valueOf(char)",
        "valueOf(int)",
        "valueOf(long)",
        "valueOf(float)",
        "valueOf(double)",
        "join(CharSequence,Iterable)",
        "join(CharSequence,CharSequence...)",
        "format(String,Object...)",
    ],
    other: &["copyValueOf"],
};

/// `String.replaceAll` and `String.replaceFirst`.
pub(super) fn replace<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &str,
    pattern: &str,
    with: &str,
    all: bool,
) -> Evaluated<Value<'c>> {
    let pattern = evaluator.pattern(id, pattern)?;
    let most = if all { usize::MAX } else { 1 };
    let matches = pattern.find_all(target, most);
    let mut out = String::new();
    let mut copied = 0;
    for found in matches.map_err(|refused| evaluator.no_pattern(id, refused))? {
        let whole = found.get(0).map_or(0..0, |whole| whole.range());
        out.push_str(&target[copied..whole.start]);
        copied = whole.end;
        let mut chars = with.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some(c) => out.push(c),
                    None => return Err(evaluator.fail(id, "a replacement ends with `\\`")),
                },
                '$' => {
                    let Some(mut group) = chars.next().and_then(|c| c.to_digit(10)) else {
                        return Err(evaluator.unsupported(id, "a `$` without a number"));
                    };
                    if group as usize >= found.len() {
                        return Err(evaluator.fail(id, format!("there is no group {group}")));
                    }
                    // Further digits belong to the number while there is such a group.
                    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                        let longer = group * 10 + digit;
                        if longer as usize >= found.len() {
                            break;
                        }
                        group = longer;
                        chars.next();
                    }
                    out.push_str(found.get(group as usize).map_or("", |group| group.as_str()));
                }
                c => out.push(c),
            }
        }
        if out.len() > crate::eval::MAX_TEXT {
            break;
        }
    }
    out.push_str(&target[copied..]);
    evaluator.made(id, out)
}

/// `String.split`: without a limit, empty parts at the end are dropped.
pub(super) fn split<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &str,
    pattern: &str,
    limit: i32,
) -> Evaluated<Value<'c>> {
    let pattern = evaluator.pattern(id, pattern)?;
    // A match of nothing at the beginning has no part before it, but is looked at.
    let most = usize::try_from(limit).ok().filter(|limit| *limit > 0);
    let matches = pattern.find_all(target, most.unwrap_or(usize::MAX));
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    for found in matches.map_err(|refused| evaluator.no_pattern(id, refused))? {
        if most.is_some_and(|most| parts.len() + 1 >= most) {
            break;
        }
        let whole = found.get_match();
        if whole.end() > 0 {
            parts.push(&target[from..whole.start()]);
            from = whole.end();
        }
    }
    parts.push(&target[from..]);
    if limit == 0 && parts.len() > 1 {
        while parts.last() == Some(&"") {
            parts.pop();
        }
    }
    let parts = parts.into_iter().map(Value::owned).collect();
    Ok(Value::seq(SeqKind::Array("String"), parts))
}

/// `String.format`
pub(super) fn format<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    pattern: &str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    match crate::java::format::format(pattern, args) {
        Ok(text) => evaluator.made(id, text),
        Err(crate::java::format::Refused::Invalid) => {
            Err(evaluator.fail(id, "the format does not fit its arguments"))
        }
        Err(crate::java::format::Refused::Unsupported) => {
            Err(evaluator.unsupported(id, "this format"))
        }
    }
}

/// `String.valueOf`
pub(super) fn value_of<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    value: &Value<'c>,
) -> Evaluated<Value<'c>> {
    let identity = match value {
        Value::Null | Value::Bean(_) | Value::Opaque(_) => true,
        Value::Seq(seq) => seq.is_array(),
        Value::Map(map) => map.is_headers(),
        _ => false,
    };
    if identity {
        return Err(evaluator.unsupported(id, "the text of this object"));
    }
    let text = crate::value::to_java_string(value);
    evaluator.made(id, text)
}

/// `String.join`
pub(super) fn join<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    delimiter: &str,
    parts: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let mut joined = String::new();
    for (at, part) in parts.iter().enumerate() {
        joined.push_str(if at > 0 { delimiter } else { "" });
        match part {
            Value::Text(text) => joined.push_str(text),
            Value::Null => joined.push_str("null"),
            _ => return Err(evaluator.fail(id, "only texts can be joined")),
        }
        if joined.len() > crate::eval::MAX_TEXT {
            break;
        }
    }
    evaluator.made(id, joined)
}
