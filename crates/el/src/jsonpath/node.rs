//! Values within filters, and how the library compares them.

use std::cmp::Ordering;

use super::filter::Operator;
use super::{Error, Result, invalid, permissive, unsupported};
use crate::eval::compare_texts;
use crate::java::regex::{Pattern, Refused};
use crate::value::{Decimal, Value, equals, text, to_java_string};

/// One side of a comparison, evaluated.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    /// A list or an object of the document.
    Json(Value<'a>),
    /// A list or an object as it is written in the path.
    JsonText(String),
    Pattern(Box<Pattern>),
    /// The path led nowhere.
    Undefined,
}

fn other<T>(what: &str) -> Result<T> {
    Err(Error::Other(what.to_owned()))
}

impl<'a> Node<'a> {
    pub(super) fn of(value: &Value<'a>) -> Result<Self> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Text(text) => Self::Text(text.to_string()),
            Value::Seq(seq) if seq.is_list() => Self::Json(value.clone()),
            Value::Map(_) => Self::Json(value.clone()),
            Value::Double(number) if !number.is_finite() => return other("no finite number"),
            Value::Float(number) if !number.is_finite() => return other("no finite number"),
            value if value.is_number() => match Decimal::parse(&to_java_string(value)) {
                Some(number) => Self::Number(number),
                None => return unsupported("a number of that size"),
            },
            _ => return unsupported("a filter over this value"),
        })
    }

    /// The value behind a list or an object.
    fn json(&self) -> Result<Option<Value<'a>>> {
        match self {
            Self::Json(value) => Ok(Some(value.clone())),
            Self::JsonText(text) => match permissive::parse(text) {
                Ok(value) => Ok(Some(value)),
                Err(permissive::Trouble::Failed) => other("no JSON in a filter"),
                Err(permissive::Trouble::Unsupported) => unsupported("this JSON in a filter"),
            },
            _ => Ok(None),
        }
    }

    /// The elements of a list; `None` for what is none.
    fn elements(&self) -> Result<Option<Vec<Node<'a>>>> {
        let Some(Value::Seq(seq)) = self.json()? else {
            return Ok(None);
        };
        let mut nodes = Vec::with_capacity(seq.items.len());
        for item in &seq.items {
            match item {
                Value::Text(text) if text.trim().starts_with(['$', '@', '[', '{']) => {
                    return unsupported("a text in a list that looks like a path or JSON");
                }
                Value::Seq(_) | Value::Map(_) => return other("a list of lists in a filter"),
                item => nodes.push(Node::of(item)?),
            }
        }
        Ok(Some(nodes))
    }

    /// The library's `equals`.
    fn equals(&self, right: &Self) -> Result<bool> {
        Ok(match (self, right) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Text(a), Self::Number(b)) => *a == b.to_string(),
            (Self::Number(a), Self::Number(b)) => a.compare(b) == Ordering::Equal,
            (Self::Number(a), Self::Text(b)) => {
                Decimal::parse(b).is_some_and(|b| a.compare(&b) == Ordering::Equal)
            }
            (Self::JsonText(_), Self::Json(_) | Self::JsonText(_)) => {
                return unsupported("a literal list or object on the left");
            }
            (Self::Json(a), Self::Json(_) | Self::JsonText(_)) => {
                right.json()?.is_some_and(|b| equals(a, &b))
            }
            _ => false,
        })
    }

    fn order(&self, right: &Self) -> Option<Ordering> {
        match (self, right) {
            (Self::Number(a), Self::Number(b)) => Some(a.compare(b)),
            (Self::Text(a), Self::Text(b)) => Some(compare_texts(a, b)),
            _ => None,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
            Self::Json(_) | Self::JsonText(_) => 4,
            Self::Pattern(_) => 5,
            Self::Undefined => 6,
        }
    }
}

/// The elements of the side that must be a list. `None` when it is a JSON value but no
/// list: then the comparison is false.
fn list<'a>(node: &Node<'a>) -> Result<Option<Vec<Node<'a>>>> {
    match node {
        Node::Json(_) | Node::JsonText(_) => node.elements(),
        _ => invalid("a list is expected"),
    }
}

fn contains(list: &[Node<'_>], wanted: &Node<'_>) -> Result<bool> {
    for item in list {
        if wanted.equals(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Compares two sides.
pub(super) fn compare(operator: Operator, left: &Node<'_>, right: &Node<'_>) -> Result<bool> {
    use Operator::{
        All, AnyOf, Contains, Empty, Eq, Exists, Ge, Gt, In, Le, Lt, Ne, Nin, NoneOf, Regex,
        SameEq, SameNe, Size, SubsetOf,
    };
    let order = || left.order(right);
    Ok(match operator {
        Eq => left.equals(right)?,
        Ne => !left.equals(right)?,
        SameEq => left.kind() == right.kind() && left.equals(right)?,
        SameNe => !(left.kind() == right.kind() && left.equals(right)?),
        Lt => order() == Some(Ordering::Less),
        Le => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Gt => order() == Some(Ordering::Greater),
        Ge => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Regex => regex(left, right)?,
        In => list(right)?.map_or(Ok(false), |list| contains(&list, left))?,
        Nin => !list(right)?.map_or(Ok(false), |list| contains(&list, left))?,
        Contains => match (left, right) {
            (Node::Text(text), Node::Text(part)) => text.contains(part.as_str()),
            (Node::Json(_) | Node::JsonText(_), _) => {
                left.elements()?.map_or(Ok(false), |list| contains(&list, right))?
            }
            _ => false,
        },
        All => return unsupported("the operator `ALL`"),
        Size => match (left, right) {
            (Node::Text(content), Node::Number(size)) => {
                size.truncate() == text::length(content).into()
            }
            (Node::Json(_) | Node::JsonText(_), Node::Number(size)) => match left.json()? {
                Some(Value::Seq(seq)) => size.truncate() == seq.items.len().into(),
                _ => size.truncate() == (-1).into(),
            },
            _ => false,
        },
        Empty => {
            let wanted = match (left, right) {
                (Node::Text(_) | Node::Json(_) | Node::JsonText(_), Node::Bool(wanted)) => *wanted,
                (Node::Text(_) | Node::Json(_) | Node::JsonText(_), _) => {
                    return invalid("`true` or `false` is expected");
                }
                _ => return Ok(false),
            };
            match left {
                Node::Text(text) => text.is_empty() == wanted,
                _ => match left.json()? {
                    Some(Value::Seq(seq)) => seq.items.is_empty() == wanted,
                    // The library takes a map for a list here.
                    _ => return other("`EMPTY` of an object"),
                },
            }
        }
        SubsetOf | AnyOf | NoneOf => {
            let Some(all) = list(right)? else { return Ok(false) };
            let Some(some) = list(left)? else { return Ok(false) };
            let mut found = 0;
            for item in &some {
                let hit = match operator {
                    SubsetOf => contains(&all, item)?,
                    _ => {
                        let mut hit = false;
                        for wanted in &all {
                            hit |= item.equals(wanted)?;
                        }
                        hit
                    }
                };
                found += usize::from(hit);
            }
            match operator {
                SubsetOf => found == some.len(),
                AnyOf => found > 0,
                _ => found == 0,
            }
        }
        Exists => return unsupported("the operator `EXISTS`"),
    })
}

fn regex(left: &Node<'_>, right: &Node<'_>) -> Result<bool> {
    let (pattern, input) = match (left, right) {
        (Node::Pattern(_), Node::Pattern(_)) => return Ok(false),
        (Node::Pattern(pattern), input) | (input, Node::Pattern(pattern)) => (pattern, input),
        _ => return Ok(false),
    };
    let matches = |input: &Node<'_>| {
        let text = match input {
            Node::Text(text) => text.clone(),
            Node::Number(number) => number.to_string(),
            Node::Bool(value) => value.to_string(),
            _ => String::new(),
        };
        pattern.matches(&text).map_err(|refused| match refused {
            Refused::Invalid => Error::Other("no pattern".to_owned()),
            Refused::Unsupported(message) => Error::Unsupported(message),
        })
    };
    if let Node::Json(_) | Node::JsonText(_) = input
        && let Some(list) = input.elements()?
    {
        for item in &list {
            if matches(item)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    matches(input)
}
