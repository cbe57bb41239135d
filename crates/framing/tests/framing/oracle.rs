//! What a body should come to, found in another way: with all of it at hand.

use serde_json::Value;

/// The values at a path, in document order; `None` is `*`.
pub(crate) fn lookup<'v>(value: &'v Value, path: &[Option<&str>]) -> Vec<&'v Value> {
    let [first, rest @ ..] = path else {
        return vec![value];
    };
    match (value, first) {
        (Value::Array(items), None) => items.iter().flat_map(|v| lookup(v, rest)).collect(),
        (Value::Array(items), Some(key)) => {
            let canonical = *key == "0" || !key.starts_with('0');
            let index = key.parse::<usize>().ok().filter(|_| canonical);
            index.and_then(|at| items.get(at)).map_or_else(Vec::new, |v| lookup(v, rest))
        }
        (Value::Object(members), Some(key)) => {
            members.get(*key).map_or_else(Vec::new, |v| lookup(v, rest))
        }
        _ => Vec::new(),
    }
}

pub(crate) fn pointer(path: &[Option<&str>]) -> String {
    let segment = |part: &Option<&str>| match part {
        None => "/*".to_owned(),
        Some(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
    };
    path.iter().map(segment).collect()
}

/// Cuts a body at the given places.
pub(crate) fn cut<'b>(body: &'b [u8], cuts: &[usize]) -> Vec<&'b [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
    at.sort_unstable();
    at.push(body.len());
    let mut from = 0;
    at.iter().map(|&to| &body[std::mem::replace(&mut from, to)..to]).collect()
}
