//! Static methods: `T(Math)`, `T(Integer)`, `T(String)`, `T(java.util.Collections)`, and
//! constructors.

use std::cmp::Ordering;
use std::rc::Rc;

use num_traits::ToPrimitive as _;

use super::{Table, math, number, number_tables, text};
use crate::eval::{Evaluated, Evaluator, describe};
use crate::syntax::ast::NodeId;
use crate::value::{Decimal, Value, equals};

static COLLECTIONS: Table = Table {
    built: &[
        "max(Collection)",
        "min(Collection)",
        "frequency(Collection,Object)",
        "disjoint(Collection,Collection)",
        "binarySearch(List,Object)",
    ],
    other: &["max", "min", "binarySearch", "indexOfSubList", "lastIndexOfSubList"],
};

static BIG_DECIMAL: Table = Table {
    built: &["valueOf(double)", "valueOf(long)", "valueOf(long,int)"],
    other: number_tables::DECIMAL.other,
};

static LOCAL_DATE: Table = Table { built: &["of(int,int,int)"], other: &["of", "now", "parse"] };

static UUID: Table = Table { built: &[], other: &["randomUUID"] };

static DATE: Table = Table { built: &[], other: &["UTC", "parse", "from"] };

/// Classes of which nothing is built, though the white list has some.
static SYSTEM: Table = Table { built: &[], other: &["currentTimeMillis", "nanoTime"] };

pub(super) static ALL: [&Table; 6] =
    [&math::TABLE, &COLLECTIONS, &BIG_DECIMAL, &SYSTEM, &UUID, &DATE];

pub(super) fn tables(class: &str) -> Vec<&'static Table> {
    match class {
        "java.lang.Math" => vec![&math::TABLE],
        "java.lang.Integer" => vec![&number_tables::INTEGER],
        "java.lang.Long" => vec![&number_tables::LONG],
        "java.lang.Double" => vec![&number_tables::DOUBLE],
        "java.lang.Float" => vec![&number_tables::FLOAT],
        "java.lang.Short" => vec![&number_tables::SHORT],
        "java.lang.String" => vec![&text::STATICS],
        "java.util.Collections" => vec![&COLLECTIONS],
        "java.math.BigDecimal" => vec![&BIG_DECIMAL],
        "java.time.LocalDate" => vec![&LOCAL_DATE],
        "java.lang.System" => vec![&SYSTEM],
        "java.util.UUID" => vec![&UUID],
        "java.util.Date" => vec![&DATE],
        _ => vec![],
    }
}

pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &Value<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let class = match target {
        Value::Class(class) => class.to_string(),
        _ => "java.lang.String".to_owned(),
    };
    match (class.as_str(), method, args) {
        ("java.lang.Math", ..) => math::run(evaluator, id, method, args),
        ("java.util.Collections", ..) => collections(evaluator, id, method, args),
        (
            "java.lang.String",
            "join(CharSequence,Iterable)",
            [Value::Text(delimiter), Value::Seq(parts)],
        ) => {
            let delimiter = delimiter.to_string();
            text::join(evaluator, id, &delimiter, &parts.items)
        }
        (
            "java.lang.String",
            "join(CharSequence,CharSequence...)",
            [Value::Text(delimiter), parts @ ..],
        ) => {
            let delimiter = delimiter.to_string();
            text::join(evaluator, id, &delimiter, parts)
        }
        ("java.lang.String", "format(String,Object...)", [Value::Text(pattern), rest @ ..]) => {
            let pattern = pattern.to_string();
            text::format(evaluator, id, &pattern, rest)
        }
        ("java.lang.String", _, [value]) if method.starts_with("valueOf") => {
            text::value_of(evaluator, id, value)
        }
        ("java.math.BigDecimal", "valueOf(long)", [Value::Long(value)]) => {
            Ok(Value::Decimal(Rc::new(Decimal::whole((*value).into()))))
        }
        ("java.math.BigDecimal", "valueOf(double)", [value]) => {
            let decimal = Decimal::parse(&crate::value::to_java_string(value));
            let decimal = decimal.ok_or_else(|| evaluator.fail(id, "no finite number"))?;
            Ok(Value::Decimal(Rc::new(decimal)))
        }
        ("java.math.BigDecimal", "valueOf(long,int)", [Value::Long(value), Value::Int(scale)]) => {
            let decimal = Decimal::parse(&format!("{value}e{}", -i64::from(*scale)));
            let decimal = decimal.ok_or_else(|| evaluator.unsupported(id, "such a scale"))?;
            Ok(Value::Decimal(Rc::new(decimal)))
        }
        ("java.time.LocalDate", _, [Value::Int(year), Value::Int(month), Value::Int(day)]) => {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let days = match month {
                2 => 28 + i32::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            let is_date = (1..=12).contains(month)
                && (1..=days).contains(day)
                && year.unsigned_abs() <= 999_999_999;
            if is_date {
                Ok(Value::Opaque("LocalDate"))
            } else {
                Err(evaluator.fail(id, "no date"))
            }
        }
        _ => number::statics(evaluator, id, &class, method, args),
    }
}

fn collections<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    match (method, args) {
        ("max(Collection)" | "min(Collection)", [Value::Seq(seq)]) => {
            let wanted = if method.starts_with("max") { Ordering::Greater } else { Ordering::Less };
            let mut items = seq.items.iter();
            let Some(mut best) = items.next() else {
                return Err(evaluator.fail(id, "the list is empty"));
            };
            for item in items {
                // Java compares objects of one class only.
                if std::mem::discriminant(best) != std::mem::discriminant(item) || item.is_null() {
                    let message = format!("{} beside {}", describe(best), describe(item));
                    return Err(evaluator.fail(id, message));
                }
                if evaluator.order(id, item, best)? == wanted {
                    best = item;
                }
            }
            if matches!(best, Value::Map(_) | Value::Seq(_) | Value::Null) && seq.items.len() > 1 {
                return Err(evaluator.fail(id, "what has no order"));
            }
            Ok(best.clone())
        }
        ("frequency(Collection,Object)", [Value::Seq(seq), wanted]) => {
            let count = seq.items.iter().filter(|item| equals(item, wanted)).count();
            Ok(Value::Int(count.to_i32().unwrap_or(i32::MAX)))
        }
        ("disjoint(Collection,Collection)", [Value::Seq(a), Value::Seq(b)]) => {
            evaluator.charge(id, a.items.len().saturating_mul(b.items.len()) / 4)?;
            let common = a.items.iter().any(|x| b.items.iter().any(|y| equals(x, y)));
            Ok(Value::Bool(!common))
        }
        ("binarySearch(List,Object)", [Value::Seq(seq), wanted]) => {
            let (mut low, mut high) = (0, seq.items.len());
            while low < high {
                // The middle of Java's two ends, of which the upper one is inside.
                let middle = usize::midpoint(low, high - 1);
                let item = &seq.items[middle];
                if std::mem::discriminant(item) != std::mem::discriminant(wanted) || item.is_null()
                {
                    let message = format!("{} beside {}", describe(item), describe(wanted));
                    return Err(evaluator.fail(id, message));
                }
                match evaluator.order(id, item, wanted)? {
                    Ordering::Less => low = middle + 1,
                    Ordering::Greater => high = middle,
                    Ordering::Equal => return Ok(Value::Int(middle.to_i32().unwrap_or(i32::MAX))),
                }
            }
            Ok(Value::Int(-low.to_i32().unwrap_or(i32::MAX) - 1))
        }
        _ => Err(evaluator.fail(id, "an argument is null")),
    }
}

/// The constructors of a class, as methods called `new`; `None` when it has none.
pub(crate) fn constructors(name: &str) -> Option<&'static [&'static str]> {
    Some(match name.strip_prefix("java.lang.").unwrap_or(name) {
        "String" => &["new(String)", "new()"],
        "Integer" => &["new(int)", "new(String)"],
        "Long" => &["new(long)", "new(String)"],
        "Double" => &["new(double)", "new(String)"],
        "Float" => &["new(float)", "new(double)", "new(String)"],
        "Short" => &["new(short)", "new(String)"],
        "java.math.BigDecimal" => &["new(String)", "new(int)", "new(long)"],
        _ => return None,
    })
}

/// Makes an object.
pub(crate) fn build<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    name: &str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let class = name.strip_prefix("java.lang.").unwrap_or(name);
    match (class, args) {
        ("String", []) => Ok(Value::text("")),
        (_, [Value::Null]) => Err(evaluator.fail(id, "the argument is null")),
        ("String", [text]) => Ok(text.clone()),
        ("java.math.BigDecimal", [value]) => {
            let decimal = Decimal::parse(&crate::value::to_java_string(value));
            let decimal = decimal.ok_or_else(|| evaluator.fail(id, "this is no number"))?;
            Ok(Value::Decimal(Rc::new(decimal)))
        }
        (_, args) => {
            let full = format!("java.lang.{class}");
            number::statics(evaluator, id, &full, "valueOf(String)", args)
        }
    }
}
