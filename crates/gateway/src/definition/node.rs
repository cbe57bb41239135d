//! Walking a JSON value with the place in hand, and gathering what is wrong there.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use crate::error::Finding;

/// A value and the JSON Pointer to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, pointer: String::new() }
    }

    /// The member of this name, unless it is absent or `null`.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { value, pointer: self.child(key).pointer })
    }

    /// The place of this member, there or not.
    pub(super) fn child(&self, key: &str) -> Node<'static> {
        let key = key.replace('~', "~0").replace('/', "~1");
        Node { value: &Value::Null, pointer: format!("{}/{key}", self.pointer) }
    }

    /// The elements of an array, or the members of an object by their names.
    pub(super) fn children(&self) -> Vec<Node<'a>> {
        let place = |key: &str, value| Node { value, pointer: self.child(key).pointer };
        match self.value {
            Value::Array(items) => {
                items.iter().enumerate().map(|(i, value)| place(&i.to_string(), value)).collect()
            }
            Value::Object(members) => {
                members.iter().map(|(key, value)| place(key, value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The value of a plugin's configuration, which some exports hold as JSON in a string.
    pub(super) fn config(&self) -> Cow<'a, Value> {
        match self.value.as_str().map(serde_json::from_str) {
            Some(Ok(value)) => Cow::Owned(value),
            _ => Cow::Borrowed(self.value),
        }
    }

    pub(super) fn finding(&self, reader: &Reader, message: impl Into<String>) -> Finding {
        Finding::new(&reader.source, &self.pointer, message)
    }
}

/// Gathers the findings of one definition.
pub(super) struct Reader {
    pub(super) source: String,
    pub(super) errors: Vec<Finding>,
    pub(super) unsupported: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
}

impl Reader {
    pub(super) fn new(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            errors: Vec::new(),
            unsupported: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Notes an error.
    pub(super) fn wrong(&mut self, at: &Node<'_>, message: impl Into<String>, expected: &str) {
        let finding = at.finding(self, message).expected(expected);
        self.errors.push(finding);
    }

    /// Notes something that is asked for and not implemented.
    pub(super) fn unsupported(&mut self, at: &Node<'_>, what: impl Into<String>) {
        let finding = at.finding(self, format!("not implemented: {}", what.into()));
        self.unsupported.push(finding.suggest("disable it, or serve with --ignore-unsupported"));
    }

    /// Notes something that works, but perhaps not as meant.
    pub(super) fn warn(&mut self, at: &Node<'_>, message: impl Into<String>) {
        let finding = at.finding(self, message);
        self.warnings.push(finding);
    }

    /// A member that is a whole number, in milliseconds; 0 is as good as none.
    pub(super) fn millis(&mut self, node: &Node<'_>, key: &str) -> Option<Duration> {
        let millis = self.whole(node, key)?;
        (millis > 0).then(|| Duration::from_millis(millis))
    }

    /// A member that is a whole number.
    pub(super) fn whole(&mut self, node: &Node<'_>, key: &str) -> Option<u64> {
        let member = node.get(key)?;
        let number = member.value.as_u64();
        if number.is_none() {
            let found = format!("{key} is {}", kind(member.value));
            self.wrong(&member, found, "a whole number from 0");
        }
        number
    }

    /// A member that is text.
    pub(super) fn text(&mut self, node: &Node<'_>, key: &str) -> Option<String> {
        let member = node.get(key)?;
        match member.value {
            Value::String(text) => Some(text.clone()),
            // YAML reads `definitionVersion: 4.0` as a number.
            Value::Number(number) => Some(number.to_string()),
            other => {
                self.wrong(&member, format!("{key} is {}", kind(other)), "a string");
                None
            }
        }
    }

    /// A member that is true or false.
    pub(super) fn flag(&mut self, node: &Node<'_>, key: &str, default: bool) -> bool {
        let Some(member) = node.get(key) else {
            return default;
        };
        match member.value {
            Value::Bool(flag) => *flag,
            other => {
                self.wrong(&member, format!("{key} is {}", kind(other)), "true or false");
                default
            }
        }
    }

    /// The elements of a member that is an array.
    pub(super) fn list<'a>(&mut self, node: &Node<'a>, key: &str) -> Vec<Node<'a>> {
        let Some(member) = node.get(key) else {
            return Vec::new();
        };
        if !member.value.is_array() {
            self.wrong(&member, format!("{key} is {}", kind(member.value)), "an array");
            return Vec::new();
        }
        member.children()
    }

    /// Notes a part that has `enabled: true`.
    pub(super) fn enabled_part(&mut self, node: &Node<'_>, key: &str, what: &str) {
        if let Some(part) = node.get(key)
            && part.value.is_object()
            && self.flag(&part, "enabled", false)
        {
            self.unsupported(&part, what);
        }
    }

    /// Notes each enabled service: health checks, discovery, and others.
    pub(super) fn enabled_services(&mut self, node: &Node<'_>) {
        let Some(services) = node.get("services") else {
            return;
        };
        for service in services.children() {
            if service.value.get("enabled").and_then(Value::as_bool) == Some(true) {
                let name = service.pointer.rsplit('/').next().unwrap_or_default().to_owned();
                self.unsupported(&service, format!("the service \"{name}\""));
            }
        }
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A name without its spelling: the gateway writes `key-less`, exports `KEY_LESS`.
pub(super) fn canonical(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
