//! Methods of `String`. Lengths and indexes count UTF-16 units.

use super::Table;
use super::places::{character, difference, find_before, find_from, index, outside, part};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::{SeqKind, Text, Value, hash_code, text};

pub(super) static TABLE: Table = Table {
    built: &[
        "length()",
        "isEmpty()",
        "isBlank()",
        "charAt(int)",
        "codePointAt(int)",
        "codePointCount(int,int)",
        "substring(int)",
        "substring(int,int)",
        "subSequence(int,int)",
        "contains(CharSequence)",
        "contentEquals(CharSequence)",
        "startsWith(String)",
        "startsWith(String,int)",
        "endsWith(String)",
        "indexOf(int)",
        "indexOf(int,int)",
        "indexOf(String)",
        "indexOf(String,int)",
        "lastIndexOf(int)",
        "lastIndexOf(int,int)",
        "lastIndexOf(String)",
        "lastIndexOf(String,int)",
        "replace(char,char)",
        "replace(CharSequence,CharSequence)",
        "replaceAll(String,String)",
        "replaceFirst(String,String)",
        "matches(String)",
        "split(String)",
        "split(String,int)",
        "concat(String)",
        "trim()",
        "strip()",
        "stripLeading()",
        "stripTrailing()",
        "toUpperCase()",
        "toLowerCase()",
        "equalsIgnoreCase(String)",
        "compareTo(String)",
        "compareToIgnoreCase(String)",
        "hashCode()",
        "equals(Object)",
        "toString()",
        "intern()",
        "repeat(int)",
        "toCharArray()",
        "getBytes()",
        "formatted(Object...)",
    ],
    other: &[
        "codePointBefore",
        "offsetByCodePoints",
        "getChars",
        "getBytes",
        "contentEquals",
        "regionMatches",
        "indent",
        "lines",
        "stripIndent",
        "translateEscapes",
        "chars",
        "codePoints",
        "transform",
        "describeConstable",
        "resolveConstantDesc",
        "toUpperCase",
        "toLowerCase",
        "splitWithDelimiters",
    ],
};

/// Java's white space for `trim`.
fn trimmed(c: char) -> bool {
    c <= ' '
}

pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &Text<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let of = |text: &str| Ok(Value::owned(text));
    let space = crate::java::is_whitespace;
    match (method, args) {
        ("length()", []) => int(text::length(target)),
        ("isEmpty()", []) => Ok(Value::Bool(target.is_empty())),
        ("isBlank()", []) => Ok(Value::Bool(target.chars().all(space))),
        ("trim()", []) => of(target.trim_matches(trimmed)),
        ("strip()", []) => of(target.trim_matches(space)),
        ("stripLeading()", []) => of(target.trim_start_matches(space)),
        ("stripTrailing()", []) => of(target.trim_end_matches(space)),
        ("toUpperCase()", []) => evaluator.made(id, target.to_uppercase()),
        ("toLowerCase()", []) => evaluator.made(id, target.to_lowercase()),
        ("hashCode()", []) => {
            Ok(Value::Int(hash_code(&Value::Text(target.clone())).unwrap_or_default()))
        }
        ("intern()", []) => Ok(Value::Text(target.clone())),
        ("toCharArray()", []) => {
            let units = target.encode_utf16().map(Value::Char).collect();
            Ok(Value::seq(SeqKind::Array("char"), units))
        }
        ("getBytes()", []) => {
            let bytes = target.bytes().map(|byte| Value::Byte(byte.cast_signed())).collect();
            Ok(Value::seq(SeqKind::Array("byte"), bytes))
        }
        ("concat(String)" | "matches(String)", [Value::Null]) => {
            Err(evaluator.fail(id, "an argument is null"))
        }
        ("concat(String)", [Value::Text(other)]) => {
            evaluator.made(id, format!("{}{}", &**target, &**other))
        }
        ("contains(CharSequence)", [Value::Text(other)]) => {
            Ok(Value::Bool(target.contains(&**other)))
        }
        ("contentEquals(CharSequence)", [Value::Text(other)]) => {
            Ok(Value::Bool(**target == **other))
        }
        ("startsWith(String)", [Value::Text(other)]) => {
            Ok(Value::Bool(target.starts_with(&**other)))
        }
        ("startsWith(String,int)", [Value::Text(other), Value::Int(from)]) => {
            let rest = usize::try_from(*from).ok().and_then(|from| text::offset(target, from).ok());
            Ok(Value::Bool(rest.is_some_and(|from| target[from..].starts_with(&**other))))
        }
        ("endsWith(String)", [Value::Text(other)]) => Ok(Value::Bool(target.ends_with(&**other))),
        ("equalsIgnoreCase(String)", [other]) => match other {
            Value::Text(other) => {
                let fold = |text: &str| text.to_uppercase().to_lowercase();
                Ok(Value::Bool(fold(target) == fold(other)))
            }
            _ => Ok(Value::Bool(false)),
        },
        ("compareTo(String)", [Value::Text(other)]) => Ok(Value::Int(difference(target, other))),
        ("compareToIgnoreCase(String)", [Value::Text(other)]) => {
            let fold = |text: &str| text.to_uppercase().to_lowercase();
            Ok(Value::Int(difference(&fold(target), &fold(other))))
        }
        ("charAt(int)", [Value::Int(at)]) => {
            let unit = usize::try_from(*at).ok().and_then(|at| text::unit(target, at));
            unit.map(Value::Char).ok_or_else(|| outside(evaluator, id))
        }
        ("codePointAt(int)", [Value::Int(at)]) => {
            let at = usize::try_from(*at).map_err(|_| outside(evaluator, id))?;
            match text::offset(target, at) {
                Ok(offset) => match target[offset..].chars().next() {
                    Some(c) => int(c as usize),
                    None => Err(outside(evaluator, id)),
                },
                Err(false) => int(usize::from(text::unit(target, at).unwrap_or_default())),
                Err(true) => Err(outside(evaluator, id)),
            }
        }
        ("codePointCount(int,int)", [Value::Int(from), Value::Int(to)]) => {
            let part = part(evaluator, id, target, *from, *to)?;
            int(target[part].chars().count())
        }
        ("substring(int)", [Value::Int(from)]) => {
            let end = i32::try_from(text::length(target)).unwrap_or(i32::MAX);
            let part = part(evaluator, id, target, *from, end)?;
            of(&target[part])
        }
        ("substring(int,int)" | "subSequence(int,int)", [Value::Int(from), Value::Int(to)]) => {
            let part = part(evaluator, id, target, *from, *to)?;
            of(&target[part])
        }
        ("indexOf(String)", [Value::Text(other)]) => Ok(index(target, target.find(&**other))),
        ("indexOf(int)", [Value::Int(code)]) => {
            Ok(index(target, character(*code).and_then(|c| target.find(c))))
        }
        ("indexOf(String,int)", [Value::Text(other), Value::Int(from)]) => {
            Ok(find_from(target, *from, |rest| rest.find(&**other)))
        }
        ("indexOf(int,int)", [Value::Int(code), Value::Int(from)]) => {
            Ok(find_from(target, *from, |rest| character(*code).and_then(|c| rest.find(c))))
        }
        ("lastIndexOf(String)", [Value::Text(other)]) => Ok(index(target, target.rfind(&**other))),
        ("lastIndexOf(int)", [Value::Int(code)]) => {
            Ok(index(target, character(*code).and_then(|c| target.rfind(c))))
        }
        ("lastIndexOf(String,int)", [Value::Text(other), Value::Int(from)]) => {
            Ok(find_before(target, *from, other))
        }
        ("lastIndexOf(int,int)", [Value::Int(code), Value::Int(from)]) => {
            let wanted = character(*code).map(String::from);
            Ok(wanted.map_or(Value::Int(-1), |wanted| find_before(target, *from, &wanted)))
        }
        ("replace(char,char)", [Value::Char(from), Value::Char(to)]) => {
            let unit = |unit: u16| String::from_utf16(&[unit]);
            match (unit(*from), unit(*to)) {
                (Ok(from), Ok(to)) => evaluator.made(id, target.replace(&from, &to)),
                _ => Err(evaluator.unsupported(id, "half of a surrogate pair")),
            }
        }
        ("replace(CharSequence,CharSequence)", [Value::Text(from), Value::Text(to)]) => {
            let growth = target.len().saturating_add(1).saturating_mul(to.len().max(1));
            if growth > 64 * crate::eval::MAX_TEXT {
                return Err(evaluator.unsupported(id, "a replacement that may grow so much"));
            }
            if from.is_empty() && target.chars().any(|c| c.len_utf16() > 1) {
                return Err(evaluator.unsupported(id, "half of a surrogate pair"));
            }
            evaluator.made(id, target.replace(&**from, to))
        }
        ("replaceAll(String,String)", [Value::Text(pattern), Value::Text(with)]) => {
            super::text::replace(evaluator, id, target, pattern, with, true)
        }
        ("replaceFirst(String,String)", [Value::Text(pattern), Value::Text(with)]) => {
            super::text::replace(evaluator, id, target, pattern, with, false)
        }
        ("matches(String)", [Value::Text(pattern)]) => {
            let pattern = evaluator.pattern(id, pattern)?;
            let found = pattern.matches(target);
            found.map(Value::Bool).map_err(|refused| evaluator.no_pattern(id, refused))
        }
        ("split(String)", [Value::Text(pattern)]) => {
            super::text::split(evaluator, id, target, pattern, 0)
        }
        ("split(String,int)", [Value::Text(pattern), Value::Int(limit)]) => {
            super::text::split(evaluator, id, target, pattern, *limit)
        }
        ("repeat(int)", [Value::Int(count)]) => {
            let count = usize::try_from(*count)
                .map_err(|_| evaluator.fail(id, "a text cannot be repeated less than 0 times"))?;
            if target.len().saturating_mul(count) > crate::eval::MAX_TEXT {
                return Err(evaluator.unsupported(id, "so long a text"));
            }
            evaluator.made(id, target.repeat(count))
        }
        ("formatted(Object...)", args) => super::text::format(evaluator, id, target, args),
        _ => super::statics::run(evaluator, id, &Value::Text(target.clone()), method, args),
    }
}

fn int<'c>(number: usize) -> Evaluated<Value<'c>> {
    Ok(Value::Int(i32::try_from(number).unwrap_or(i32::MAX)))
}
