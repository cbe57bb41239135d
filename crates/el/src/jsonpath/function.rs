//! Functions at the end of a path: `sum()`, `length()`, `concat()` and the others.

use std::rc::Rc;

use super::walk::{Options, Reader};
use super::{Error, Param, Path, Result, Token, invalid, permissive, unsupported};
use crate::eval::to_f64;
use crate::value::{Seq, SeqKind, Value, to_java_string};

fn other<T>(what: &str) -> Result<T> {
    Err(Error::Other(what.to_owned()))
}

impl Reader {
    pub(super) fn function<'c>(
        &mut self,
        name: &str,
        params: &[Param],
        model: &Value<'c>,
        root: &Value<'c>,
    ) -> Result<Value<'c>> {
        const KNOWN: [&str; 13] = [
            "avg", "stddev", "sum", "min", "max", "concat", "length", "size", "append", "keys",
            "first", "last", "index",
        ];
        if !KNOWN.contains(&name) {
            return invalid(format!("there is no function `{name}`"));
        }
        let mut values = Vec::with_capacity(params.len());
        for param in params {
            values.push(match param {
                Param::Path(path) => self.value(path, root, root, Options::READ)?,
                Param::Json(text) => match permissive::parse(text) {
                    Ok(value) => value,
                    Err(permissive::Trouble::Failed) => return other("an argument is no JSON"),
                    Err(permissive::Trouble::Unsupported) => return unsupported("an argument"),
                },
            });
        }
        let list = match model {
            Value::Seq(seq) if seq.is_list() => Some(Rc::clone(seq)),
            _ => None,
        };
        match name {
            "sum" | "avg" | "min" | "max" | "stddev" => aggregate(name, list.as_deref(), &values),
            "length" | "size" => {
                if let Some(Param::Path(path)) = params.first() {
                    let inner = self.inner(path, model)?;
                    if let Value::Seq(seq) = &inner
                        && seq.is_list()
                    {
                        return Ok(count(seq.items.len()));
                    }
                } else if !params.is_empty() {
                    return other("the length of what is no path");
                }
                Ok(match (list, model) {
                    (Some(list), _) => count(list.items.len()),
                    (None, Value::Map(map)) => count(map.len()),
                    _ => Value::Null,
                })
            }
            "keys" => Ok(match model {
                Value::Map(map) => {
                    let keys = map.iter().map(|(key, _)| key.clone()).collect();
                    Value::seq(SeqKind::Set, keys)
                }
                _ => Value::Null,
            }),
            "append" => match list {
                Some(list) => {
                    let mut items = list.items.clone();
                    items.extend(values);
                    Ok(Value::seq(list.kind.clone(), items))
                }
                None => Ok(model.clone()),
            },
            "concat" => {
                let mut text = String::new();
                for item in list.iter().flat_map(|list| &list.items) {
                    if let Value::Text(part) = item {
                        text.push_str(part);
                    }
                }
                for value in &values {
                    each(value, &mut |item| match item {
                        Value::Null => {}
                        item => text.push_str(&to_java_string(item)),
                    });
                }
                Ok(Value::owned(text))
            }
            _ => {
                let Some(list) = list else { return other("no list") };
                let index = match name {
                    "first" => 0,
                    "last" => -1,
                    _ => {
                        let mut first = None;
                        for value in &values {
                            each(value, &mut |item| {
                                if first.is_none() && item.is_number() {
                                    first = crate::eval::to_int_value(item);
                                }
                            });
                        }
                        match first {
                            Some(index) => i64::from(index),
                            None => return other("an index is missing"),
                        }
                    }
                };
                let length = i64::try_from(list.items.len()).unwrap_or(i64::MAX);
                // The library does not reach the first element from the end.
                let place = match index {
                    0.. => index,
                    _ if length + index > 0 => length + index,
                    _ => return other("the index is beyond the list"),
                };
                let item = usize::try_from(place).ok().and_then(|at| list.items.get(at));
                item.cloned().map_or_else(|| other("the index is beyond the list"), Ok)
            }
        }
    }

    /// The argument of `length`, with `.*` after it unless it ends in a function.
    fn inner<'c>(&mut self, path: &Path, model: &Value<'c>) -> Result<Value<'c>> {
        let mut path = path.clone();
        if !path.is_function() && !path.tokens.is_empty() {
            path.tokens.push(Token::Wildcard);
            path.widened = true;
        }
        self.value(&path, model, model, Options::READ)
    }
}

fn count<'c>(length: usize) -> Value<'c> {
    Value::Int(i32::try_from(length).unwrap_or(i32::MAX))
}

/// A value, or each element of a list.
fn each<'c>(value: &Value<'c>, visit: &mut dyn FnMut(&Value<'c>)) {
    match value {
        Value::Seq(seq) if seq.is_list() => seq.items.iter().for_each(visit),
        value => visit(value),
    }
}

fn aggregate<'c>(name: &str, list: Option<&Seq<'c>>, values: &[Value<'c>]) -> Result<Value<'c>> {
    let mut numbers: Vec<f64> = Vec::new();
    let mut take = |item: &Value<'c>| {
        if item.is_number() {
            numbers.extend(to_f64(item));
        }
    };
    list.iter().flat_map(|list| &list.items).for_each(&mut take);
    for value in values {
        each(value, &mut take);
    }
    if numbers.is_empty() {
        return other("there are no numbers");
    }
    let sum: f64 = numbers.iter().fold(0.0, |sum, number| sum + number);
    let length = numbers.iter().fold(0.0, |length, _| length + 1.0);
    Ok(Value::Double(match name {
        "sum" => sum,
        "avg" => sum / length,
        // The library begins with the smallest and the largest positive double.
        "max" => numbers.iter().fold(f64::from_bits(1), |max, &n| if max < n { n } else { max }),
        "min" => numbers.iter().fold(f64::MAX, |min, &n| if min > n { n } else { min }),
        _ => {
            let squares: f64 = numbers.iter().fold(0.0, |sum, number| sum + number * number);
            (squares / length - sum * sum / length / length).sqrt()
        }
    }))
}
