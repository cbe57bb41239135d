//! Going along a schema and a value together: the branch that a value's `type` names, and
//! names that are nearly known.

use serde_json::{Map, Value};
use token_tracking_core::nearest;

use crate::generate::inlined;
use crate::problem::Problem;
use crate::text::escape;

/// The schema that is meant for this value: of a `oneOf` whose branches differ in `type`, the
/// branch that the value names; of `if` and `then`, the one that applies. A type that no branch
/// has is a problem, and then nothing more is asked. References are inlined before.
pub(crate) fn follow(
    schema: &Value,
    value: &Value,
    at: &str,
    problems: &mut Vec<Problem>,
) -> Value {
    let Value::Object(keywords) = schema else {
        return schema.clone();
    };
    let mut followed = keywords.clone();
    if let Some(Value::Object(members)) = Some(value).filter(|value| value.is_object()) {
        condition(&mut followed, value);
        choose(&mut followed, members, at, problems);
        if let Some(Value::Object(properties)) = followed.get_mut("properties") {
            for (name, schema) in properties {
                if let Some(member) = members.get(name) {
                    *schema = follow(schema, member, &format!("{at}/{}", escape(name)), problems);
                }
            }
        }
    }
    Value::Object(followed)
}

/// Takes the branch of `if` that the value is for, where that asks for names only.
fn condition(keywords: &mut Map<String, Value>, value: &Value) {
    let Some(names) = keywords.get("if").and_then(|when| when["required"].as_array()) else {
        return;
    };
    let applies = names.iter().filter_map(Value::as_str).all(|name| value.get(name).is_some());
    let branch = if applies { "then" } else { "else" };
    if let Some(Value::Object(branch)) = keywords.get(branch).cloned() {
        for keyword in ["if", "then", "else"] {
            keywords.remove(keyword);
        }
        keywords.extend(branch);
    }
}

fn choose(
    keywords: &mut Map<String, Value>,
    members: &Map<String, Value>,
    at: &str,
    problems: &mut Vec<Problem>,
) {
    let Some(Value::Array(branches)) = keywords.get("oneOf") else {
        return;
    };
    let types: Option<Vec<&str>> = branches.iter().map(type_of).collect();
    let Some(types) = types.filter(|types| !types.is_empty()) else {
        return;
    };
    let needs_none = |branch: &&Value| {
        !branch["required"].as_array().is_some_and(|names| names.contains(&"type".into()))
    };
    let chosen = match members.get("type") {
        Some(name) => branches.iter().find(|branch| type_of(branch) == name.as_str()),
        None => branches.iter().find(needs_none),
    };
    match chosen.cloned() {
        Some(Value::Object(branch)) => keywords.extend(branch),
        _ => problems.push(match members.get("type") {
            Some(name) => {
                let near = name.as_str().and_then(|name| nearest(name, &types));
                let problem = Problem::error(format!("{at}/type"), format!("unknown type {name}"))
                    .expected(format!("one of {}", types.join(", ")));
                match near {
                    Some(near) => problem.suggest(format!("did you mean \"{near}\"?")),
                    None => problem,
                }
            }
            None => Problem::error(at, "missing \"type\"")
                .expected(format!("one of {}", types.join(", ")))
                .suggest(format!("add \"type\": \"{}\"", types[0])),
        }),
    }
    keywords.remove("oneOf");
}

fn type_of(branch: &Value) -> Option<&str> {
    branch.pointer("/properties/type/const")?.as_str()
}

/// A name that a schema does not list, and the one that was most likely meant.
#[derive(Clone, Debug)]
pub struct Slip {
    /// What to say of it.
    pub problem: Problem,
    parent: String,
    written: String,
    meant: String,
}

impl Slip {
    /// Writes the name that was meant into the value that has the slip.
    pub fn mend(&self, value: &mut Value) {
        let parent = value.pointer_mut(&self.parent).and_then(Value::as_object_mut);
        if let Some(parent) = parent
            && !parent.contains_key(&self.meant)
            && let Some(member) = parent.remove(&self.written)
        {
            parent.insert(self.meant.clone(), member);
        }
    }

    /// Where the member would be if its name were the one that was meant.
    #[must_use]
    pub fn meant(&self) -> String {
        format!("{}/{}", self.parent, escape(&self.meant))
    }

    /// Where the place of this pointer is in the value that has the slip.
    #[must_use]
    pub fn as_written(&self, pointer: &str) -> String {
        match pointer.strip_prefix(&self.meant()) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                format!("{}{rest}", self.problem.pointer)
            }
            _ => pointer.to_owned(),
        }
    }
}

/// Names that a schema does not list and takes, but that are one or two letters from one that
/// it lists and that is absent. What is below such a name is not looked at.
#[must_use]
pub fn slips(value: &Value, schema: &Value) -> Vec<Slip> {
    let mut slips = Vec::new();
    walk(value, &inlined(schema), "", &mut slips);
    slips
}

fn walk(value: &Value, schema: &Value, at: &str, slips: &mut Vec<Slip>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &schema["items"], &format!("{at}/{index}"), slips);
            }
        }
        Value::Object(members) => {
            // What does not fit a branch is said elsewhere.
            let schema = follow(schema, value, at, &mut Vec::new());
            let Some(properties) = schema["properties"].as_object() else {
                return;
            };
            for (name, member) in members {
                let place = format!("{at}/{}", escape(name));
                match properties.get(name) {
                    Some(schema) => walk(member, schema, &place, slips),
                    None => {
                        let absent = properties.keys().filter(|name| !members.contains_key(*name));
                        let letters = name.chars().count();
                        if let Some(meant) = absent.min_by_key(|known| distance(name, known))
                            && letters > 2
                            && distance(name, meant) <= if letters > 4 { 2 } else { 1 }
                        {
                            let quoted = Value::from(name.as_str());
                            let message = format!("unknown property {quoted} has no effect");
                            slips.push(Slip {
                                problem: Problem::warning(place, message)
                                    .at_name()
                                    .suggest(format!("did you mean \"{meant}\"?")),
                                parent: at.to_owned(),
                                written: name.clone(),
                                meant: meant.clone(),
                            });
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

fn distance(name: &str, known: &str) -> usize {
    strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase())
}
