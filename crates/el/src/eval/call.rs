//! Calls of methods: only what the gateway's white list has, with the engine's choice
//! between overloads.

use super::coerce::{Type, convert};
use super::{Evaluated, Evaluator, Frame, coerce, describe, methods};
use crate::syntax::ast::NodeId;
use crate::value::{ROUNDINGS, SeqKind, Value};

/// A method as it is declared, such as `substring(int,int)` or `format(String,Object...)`.
#[derive(Clone, Copy, Debug)]
struct Signature {
    text: &'static str,
}

impl Signature {
    fn name(self) -> &'static str {
        self.text.split('(').next().unwrap_or_default()
    }

    fn params(self) -> impl Iterator<Item = &'static str> {
        let list = self.text.split(['(', ')']).nth(1).unwrap_or_default();
        list.split(',').filter(|param| !param.is_empty())
    }

    fn is_varargs(self) -> bool {
        self.text.ends_with("...)")
    }
}

/// How well arguments fit parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    Close,
    Converted,
}

/// How well one argument fits one parameter.
fn fit(param: &str, arg: &Value<'_>) -> Option<Fit> {
    let primitive = param.starts_with(|c: char| c.is_ascii_lowercase());
    let to = Type::named(param);
    match arg {
        Value::Null => (!primitive).then_some(Fit::Exact),
        Value::Enum(name) if param == "RoundingMode" => {
            ROUNDINGS.contains(&&**name).then_some(Fit::Exact)
        }
        // The engine makes constants of their names and places, and the other way round.
        Value::Text(_) | Value::Int(_) if param == "RoundingMode" => Some(Fit::Converted),
        Value::Enum(_) if param == "int" => Some(Fit::Converted),
        _ if to == Type::of(arg) && to != Type::Other => {
            let same = !primitive && !matches!(to, Type::List | Type::Map);
            Some(if same { Fit::Exact } else { Fit::Close })
        }
        _ if to == Type::Object => Some(Fit::Close),
        Value::Text(_) if to == Type::CharSequence => Some(Fit::Close),
        _ => to.takes(arg).then_some(Fit::Converted),
    }
}

fn fit_all(signature: Signature, args: &[Value<'_>]) -> Option<Fit> {
    let params: Vec<&str> = signature.params().collect();
    let mut worst = Fit::Exact;
    if signature.is_varargs() {
        let fixed = params.len() - 1;
        if args.len() < fixed {
            return None;
        }
        let rest = params[fixed].trim_end_matches("...");
        for (at, arg) in args.iter().enumerate() {
            worst = worst.max(fit(params.get(at).filter(|_| at < fixed).unwrap_or(&rest), arg)?);
        }
        return Some(worst);
    }
    if params.len() != args.len() {
        return None;
    }
    for (param, arg) in params.iter().zip(args) {
        worst = worst.max(fit(param, arg)?);
    }
    Some(worst)
}

/// What the engine makes of a call.
enum Choice {
    One(Signature),
    None,
    /// Several overloads fit only after a conversion.
    Ambiguous,
}

fn choose(name: &str, table: &[&'static str], args: &[Value<'_>]) -> Choice {
    let mut candidates: Vec<Signature> = table
        .iter()
        .map(|text| Signature { text })
        .filter(|signature| signature.name() == name)
        .collect();
    candidates.sort_by_key(|signature| (signature.params().count(), signature.is_varargs()));
    let (mut close, mut converted, mut several) = (None, None, false);
    for signature in candidates {
        match fit_all(signature, args) {
            Some(Fit::Exact) => return Choice::One(signature),
            Some(Fit::Close) => close = close.or(Some(signature)),
            Some(Fit::Converted) => {
                several |= converted.is_some();
                converted = Some(signature);
            }
            None => {}
        }
    }
    // There is a `format(Locale,String,Object...)` too, and a list may become a Locale.
    if name == "format"
        && let [Value::Seq(first), second, ..] = args
        && (!first.is_array() || first.kind == SeqKind::Array("String"))
        && (second.is_null() || Type::Text.takes(second))
    {
        several = true;
    }
    match (close.or(converted), close.is_none() && several) {
        (_, true) => Choice::Ambiguous,
        (Some(signature), _) => Choice::One(signature),
        (None, _) => Choice::None,
    }
}

impl<'c> Evaluator<'c, '_> {
    /// `target.name(args)`
    pub(super) fn call(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        name: &str,
        safe: bool,
        args: &'c [NodeId],
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        // Arguments belong to the scope around the call, not to its target.
        let scope = Frame { active: frame.root.clone(), root: frame.root.clone() };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.eval(*arg, &scope)?);
        }
        if target.is_null() {
            return if safe {
                Ok(Value::Null)
            } else {
                Err(self.fail(id, format!("`{name}(…)` is called on null")))
            };
        }
        let tables = methods::tables(target);
        let table: Vec<&'static str> = tables.iter().flat_map(|t| t.built).copied().collect();
        let refused = tables.iter().any(|table| table.other.contains(&name));
        let method = match choose(name, &table, &values) {
            Choice::One(signature) => signature,
            _ if refused => {
                return Err(self.unsupported(id, format!("the method `{name}(…)` is not built")));
            }
            Choice::Ambiguous => {
                let message = format!("several `{name}(…)` fit: write numbers of one type");
                return Err(self.fail(id, message));
            }
            Choice::None => {
                let message = format!("{} has no `{name}(…)` for this", describe(target));
                return Err(self.fail(id, message));
            }
        };
        let values = self.converted(id, method, values)?;
        self.charge(id, weight(target) + values.iter().map(weight).sum::<usize>())?;
        methods::run(self, id, target, method.text, &values)
    }

    fn converted(
        &self,
        id: NodeId,
        method: Signature,
        mut values: Vec<Value<'c>>,
    ) -> Evaluated<Vec<Value<'c>>> {
        let params: Vec<&str> = method.params().collect();
        let Some(last) = params.last() else {
            return Ok(values);
        };
        let fixed = params.len() - usize::from(method.is_varargs());
        // A list alone in the place of many is the many.
        if method.is_varargs()
            && values.len() == params.len()
            && let Some(Value::Seq(seq)) = values.last().cloned()
        {
            values.pop();
            values.extend(seq.items.iter().cloned());
        }
        for (at, value) in values.iter_mut().enumerate() {
            let param = params.get(at).filter(|_| at < fixed).unwrap_or(last);
            let to = Type::named(param.trim_end_matches("..."));
            *value = convert(value, to).map_err(|refused| {
                let message = format!("{} is no {param}", describe(value));
                match refused {
                    coerce::Refused::Failed => self.fail(id, message),
                    coerce::Refused::Unsupported => self.unsupported(id, message),
                }
            })?;
            let primitive = param.starts_with(|c: char| c.is_ascii_lowercase());
            if primitive && value.is_null() {
                return Err(self.fail(id, format!("null is no {param}")));
            }
        }
        Ok(values)
    }

    /// `new name(args)`
    pub(super) fn construct(
        &mut self,
        id: NodeId,
        name: &str,
        args: &'c [NodeId],
        frame: &Frame<'c>,
    ) -> Evaluated<Value<'c>> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.eval(*arg, frame)?);
        }
        let Some(table) = methods::constructors(name) else {
            return Err(self.fail(id, format!("`new {name}` is not allowed")));
        };
        match choose("new", table, &values) {
            Choice::One(method) => {
                let values = self.converted(id, method, values)?;
                methods::build(self, id, name, &values)
            }
            _ => Err(self.unsupported(id, format!("`new {name}` with these arguments"))),
        }
    }
}

/// The work that looking at a value may be.
fn weight(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len() / 256,
        Value::Seq(seq) => seq.items.len() / 8,
        Value::Map(map) => map.len() / 8,
        _ => 0,
    }
}
