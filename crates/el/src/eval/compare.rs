//! `== != < <= > >= between matches instanceof`.

use std::cmp::Ordering;

use super::promote::{Pair, promote};
use super::{Evaluated, Evaluator, Frame, coerce, describe, types};
use crate::java::regex::{MAX_PATTERN, Pattern, Refused};
use crate::syntax::ast::{Binary, NodeId};
use crate::value::{Value, equals, text};

/// How two values compare.
enum Compared {
    As(Ordering),
    /// They cannot be compared; the engine fails.
    Not,
    Unsupported,
}

/// Whether two values are equal to the operator `==`: numbers by value, texts by content.
fn same(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if left.is_number() && right.is_number() {
        return promote(left, right).map(|pair| match pair {
            Pair::Int(a, b) => a == b,
            Pair::Long(a, b) => a == b,
            #[expect(clippy::float_cmp, reason = "the engine compares exactly")]
            Pair::Float(a, b) => a == b,
            #[expect(clippy::float_cmp, reason = "the engine compares exactly")]
            Pair::Double(a, b) => a == b,
            Pair::BigInt(a, b) => a == b,
            Pair::Decimal(a, b) => a.compare(&b) == Ordering::Equal,
        });
    }
    Some(equals(left, right))
}

/// Null is less than everything else and equal to itself.
fn compare(left: &Value<'_>, right: &Value<'_>) -> Compared {
    match (left, right) {
        (Value::Null, Value::Null) => Compared::As(Ordering::Equal),
        (Value::Null, _) => Compared::As(Ordering::Less),
        (_, Value::Null) => Compared::As(Ordering::Greater),
        (Value::Text(a), Value::Text(b)) => Compared::As(compare_texts(a, b)),
        (Value::Bool(a), Value::Bool(b)) => Compared::As(a.cmp(b)),
        (Value::Char(a), Value::Char(b)) => Compared::As(a.cmp(b)),
        (Value::Enum(_), Value::Enum(_)) | (Value::Opaque(_), Value::Opaque(_)) => {
            Compared::Unsupported
        }
        _ if left.is_number() && right.is_number() => match promote(left, right) {
            Some(Pair::Int(a, b)) => Compared::As(a.cmp(&b)),
            Some(Pair::Long(a, b)) => Compared::As(a.cmp(&b)),
            // Java's order of reals is total: -0.0 before 0.0, and NaN after all others.
            Some(Pair::Float(a, b)) => Compared::As(order(f64::from(a), f64::from(b))),
            Some(Pair::Double(a, b)) => Compared::As(order(a, b)),
            Some(Pair::BigInt(a, b)) => Compared::As(a.cmp(&b)),
            Some(Pair::Decimal(a, b)) => Compared::As(a.compare(&b)),
            None => Compared::Not,
        },
        _ => Compared::Not,
    }
}

/// `Double.compare`
pub(crate) fn order(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) => a.total_cmp(&b),
        (a, b) => a.cmp(&b),
    }
}

/// `String.compareTo`, by UTF-16 units.
pub(crate) fn compare_texts(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// What `<` and its like do with reals, which unlike `compare` have no order with NaN.
fn relate(operator: Binary, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    let by = |order: Option<Ordering>| {
        Some(match operator {
            Binary::Lt => order == Some(Ordering::Less),
            Binary::Gt => order == Some(Ordering::Greater),
            Binary::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        })
    };
    match promote(left, right)? {
        Pair::Float(a, b) => by(a.partial_cmp(&b)),
        Pair::Double(a, b) => by(a.partial_cmp(&b)),
        _ => None,
    }
}

impl<'c> Evaluator<'c, '_> {
    pub(super) fn relation(
        &mut self,
        id: NodeId,
        operator: Binary,
        left: &Value<'c>,
        right: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        if let Binary::Eq | Binary::Ne = operator {
            let not_finite = || self.fail(id, "a number that is not finite beside a BigDecimal");
            let same = same(left, right).ok_or_else(not_finite)?;
            return Ok(Value::Bool(same == (operator == Binary::Eq)));
        }
        if let Some(related) = relate(operator, left, right) {
            return Ok(Value::Bool(related));
        }
        let order = self.order(id, left, right)?;
        Ok(Value::Bool(match operator {
            Binary::Lt => order == Ordering::Less,
            Binary::Le => order != Ordering::Greater,
            Binary::Gt => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }))
    }

    pub(super) fn order(
        &self,
        id: NodeId,
        left: &Value<'c>,
        right: &Value<'c>,
    ) -> Evaluated<Ordering> {
        let message = || format!("{} and {} cannot be compared", describe(left), describe(right));
        match compare(left, right) {
            Compared::As(order) => Ok(order),
            Compared::Not => Err(self.fail(id, message())),
            Compared::Unsupported => Err(self.unsupported(id, message())),
        }
    }

    pub(super) fn between(
        &mut self,
        id: NodeId,
        value: &Value<'c>,
        bounds: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        let bounds = match bounds {
            Value::Seq(seq) if seq.is_list() => seq.items.as_slice(),
            _ => &[],
        };
        let [low, high] = bounds else {
            return Err(self.fail(id, "`between` needs a list of two: `between {1, 10}`"));
        };
        let inside = self.order(id, value, low)? != Ordering::Less
            && self.order(id, value, high)? != Ordering::Greater;
        Ok(Value::Bool(inside))
    }

    pub(super) fn matches(
        &mut self,
        id: NodeId,
        left: NodeId,
        right: NodeId,
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        let input = self.eval(left, frame)?;
        let text = match coerce::to_text(&input) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(self.fail(left, "null matches no pattern")),
            Err(coerce::Refused::Failed) => {
                return Err(self.fail(left, format!("{} has no text", describe(&input))));
            }
            Err(coerce::Refused::Unsupported) => {
                return Err(self.unsupported(left, "half of a surrogate pair"));
            }
        };
        let Value::Text(pattern) = self.eval(right, frame)? else {
            return Err(self.fail(right, "a pattern is a text"));
        };
        if text::length(&pattern) > MAX_PATTERN {
            let message = format!("a pattern has at most {MAX_PATTERN} characters");
            return Err(self.fail(right, message));
        }
        self.charge(id, 100 + pattern.len() + text.len() / 64)?;
        let pattern = self.pattern(right, &pattern)?;
        match pattern.matches(&text) {
            Ok(found) => Ok(Value::Bool(found)),
            Err(refused) => Err(self.no_pattern(right, refused)),
        }
    }

    /// A pattern, compiled once per evaluation.
    pub(crate) fn pattern(&self, id: NodeId, pattern: &str) -> Evaluated<std::rc::Rc<Pattern>> {
        self.session.pattern(pattern).map_err(|refused| self.no_pattern(id, refused))
    }

    pub(crate) fn no_pattern(&self, id: NodeId, refused: Refused) -> Box<crate::ElError> {
        match refused {
            Refused::Invalid => self.fail(id, "this is no regular expression"),
            Refused::Unsupported(message) => self.unsupported(id, message),
        }
    }

    pub(super) fn instance_of(
        &mut self,
        id: NodeId,
        value: &Value<'c>,
        class: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        if matches!(class, Value::Opaque("Class")) {
            return match value {
                Value::Seq(seq) if seq.is_array() => {
                    Err(self.unsupported(id, "`instanceof` a type of arrays"))
                }
                _ => Ok(Value::Bool(false)),
            };
        }
        let Value::Class(class) = class else {
            return Err(self.fail(id, "the right side of `instanceof` is a type: `T(Integer)`"));
        };
        if value.is_null() {
            return Ok(Value::Bool(false));
        }
        match types::is_instance(value, class) {
            Some(is) => Ok(Value::Bool(is)),
            None => Err(self.unsupported(id, format!("`instanceof T({class})` of this value"))),
        }
    }
}
