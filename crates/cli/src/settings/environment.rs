//! Settings from environment variables: their names come from the schema, so that each
//! setting has one.

use serde_json::{Map, Value};
use token_tracking_core::nearest;
use token_tracking_policy::{Problem, check, inlined};

/// What all their names begin with.
const PREFIX: &str = "TOKEN_TRACKING_";

/// A setting that can be given as an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, such as `TOKEN_TRACKING_TIMEOUTS_CONNECT`.
    pub name: String,
    /// Where it is in the settings, such as `/timeouts/connect`.
    pub pointer: String,
    kind: Kind,
}

/// How a variable's text becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is the value.
    Text,
    /// Words with spaces between them; or as YAML, `[a, b]`.
    List,
    /// As YAML: a number, true or false, `{a: b}`.
    Other,
}

/// All variables that a schema's settings can be given as.
#[must_use]
pub fn variables(schema: &Value) -> Vec<Variable> {
    let mut found = Vec::new();
    walk(&inlined(schema), String::new(), &mut found);
    found
}

fn walk(schema: &Value, pointer: String, found: &mut Vec<Variable>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            walk(property, format!("{pointer}/{name}"), found);
        }
        return;
    }
    let kind = match schema["type"].as_str() {
        Some("array") => Kind::List,
        Some("integer" | "number" | "boolean" | "object") => Kind::Other,
        // What has alternatives is an enumeration.
        _ => Kind::Text,
    };
    let name = format!("{PREFIX}{}", pointer[1..].replace('/', "_").to_ascii_uppercase());
    found.push(Variable { name, pointer, kind });
}

/// What an environment says.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The settings that it sets.
    pub(super) value: Value,
    /// The variables that set them.
    pub(super) set: Vec<Variable>,
    pub(super) problems: Vec<Problem>,
}

impl Environment {
    /// Reads an environment. An empty variable is as good as none. Names that are not known
    /// are no mistake, since platforms make up some (Kubernetes' `TOKEN_TRACKING_PORT` for a
    /// service of the name), but what looks like a slip is warned of.
    pub(super) fn read(
        environment: impl IntoIterator<Item = (String, String)>,
        schema: &Value,
    ) -> Self {
        let known = variables(schema);
        let names: Vec<_> = known.iter().map(|variable| &*variable.name).collect();
        let mut this = Self { value: Value::Object(Map::new()), ..Self::default() };
        for (name, text) in environment {
            if !name.starts_with(PREFIX) || text.trim().is_empty() {
                continue;
            }
            let Some(variable) = known.iter().find(|variable| variable.name == name) else {
                this.slip(&name, &names);
                continue;
            };
            match variable.kind.value(&text) {
                Ok(value) => {
                    put(&mut this.value, &variable.pointer, value);
                    this.set.push(variable.clone());
                }
                Err(why) => this.problems.push(variable.problem(Problem::error("", why))),
            }
        }
        for problem in check(&this.value, schema) {
            let problem = this.located(problem);
            this.problems.push(problem);
        }
        this
    }

    /// A problem of a setting that a variable sets, with that variable's name.
    pub(super) fn located(&self, problem: Problem) -> Problem {
        match self.of(&problem.pointer) {
            Some(variable) => variable.problem(problem),
            None => problem,
        }
    }

    /// The variable that sets what is at this pointer, or below it.
    pub(super) fn of(&self, pointer: &str) -> Option<&Variable> {
        let below = |whole: &str, part: &str| {
            part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.set.iter().find(|variable| below(&variable.pointer, pointer))
    }

    fn slip(&mut self, name: &str, names: &[&str]) {
        if let Some(near) = nearest(name, names)
            && strangeness(name, near) <= 2
        {
            let problem = Problem::warning("", format!("{name} is not known and has no effect"));
            let mut problem = problem.suggest(format!("did you mean {near}?"));
            problem.source = Some("environment".to_owned());
            self.problems.push(problem);
        }
    }
}

/// By how many letters two names differ, roughly: in length and in place.
fn strangeness(name: &str, near: &str) -> usize {
    let differ = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    let same = differ(name, near) + differ(&reversed(name), &reversed(near));
    name.len().max(near.len()).saturating_sub(same)
}

impl Variable {
    fn problem(&self, mut problem: Problem) -> Problem {
        problem.source = Some(self.name.clone());
        problem.pointer = String::new();
        problem
    }
}

impl Kind {
    fn value(self, text: &str) -> Result<Value, String> {
        let yaml = || {
            // Without the text: it may be a secret.
            serde_saphyr::from_str(text).map_err(|_| "the value is not YAML".to_owned())
        };
        match self {
            Self::Text => Ok(text.into()),
            Self::List if !text.trim_start().starts_with('[') => {
                Ok(text.split_whitespace().map(Value::from).collect())
            }
            Self::List | Self::Other => yaml(),
        }
    }
}

/// Puts a value at a pointer of names.
fn put(root: &mut Value, pointer: &str, value: Value) {
    let mut at = root;
    for name in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[name];
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::settings::{Configuration, Settings};

    fn read(pairs: &[(&str, &str)]) -> Environment {
        let pairs = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Environment::read(pairs, &Settings::schema())
    }

    #[test]
    fn each_setting_has_a_variable_of_its_own() {
        let mut names: Vec<_> =
            variables(&Settings::schema()).into_iter().map(|variable| variable.name).collect();
        let count = names.len();
        assert!(count > 30, "{names:?}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "no two settings share one");
        for name in ["LISTEN", "TIMEOUTS_FIRST_BYTE", "TLS_CERTIFICATE", "ADMIN_LISTEN", "APIS"] {
            assert!(names.contains(&format!("{PREFIX}{name}")), "{name}: {names:?}");
        }
    }

    #[test]
    fn texts_become_what_the_setting_is() {
        let environment = read(&[
            ("TOKEN_TRACKING_LISTEN", "0.0.0.0:80"),
            ("TOKEN_TRACKING_TIMEOUTS_CONNECT", "5s"),
            ("TOKEN_TRACKING_LIMITS_HEADERS", "7"),
            ("TOKEN_TRACKING_STRICT", "true"),
            ("TOKEN_TRACKING_APIS", "a b"),
            ("TOKEN_TRACKING_REPORT", "['file:a b', 'file:c']"),
            ("TOKEN_TRACKING_LOG_FORMAT", "json"),
            ("TOKEN_TRACKING_DRAIN_TIMEOUT", " "),
            ("PATH", "/bin"),
        ]);
        assert_eq!(environment.problems, []);
        let expected = json!({
            "listen": "0.0.0.0:80", "timeouts": { "connect": "5s" }, "limits": { "headers": 7 },
            "strict": true, "apis": ["a", "b"], "report": ["file:a b", "file:c"],
            "log": { "format": "json" },
        });
        assert_eq!(environment.value, expected);
    }

    #[test]
    fn mistakes_name_the_variable() {
        for (name, text, said) in [
            ("LIMITS_HEADERS", "many", "\"many\" is a string; expected a whole number"),
            ("LIMITS_HEADERS", "[", "the value is not YAML"),
            ("TIMEOUTS_IDLE", "soon", "\"soon\" is not right; for example \"10s\""),
            ("LOG_FORMAT", "xml", "expected \"pretty\" or \"json\""),
        ] {
            let name = format!("{PREFIX}{name}");
            let problems = read(&[(&name, text)]).problems;
            let problem = problems[0].to_string();
            assert!(problem.starts_with(&format!("{name}: error: ")), "{problem}");
            assert!(problem.contains(said), "{problem}");
        }
        let slip = read(&[("TOKEN_TRACKING_LISTN", ":80")]).problems;
        assert!(slip[0].to_string().contains("did you mean TOKEN_TRACKING_LISTEN?"), "{slip:?}");
        assert!(!slip[0].is_error());
        assert_eq!(read(&[("TOKEN_TRACKING_SERVICE_HOST", "10.0.0.1")]).problems, []);
    }
}
