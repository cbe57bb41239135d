//! One answer, as a host has it that keeps its whole body, and as one that keeps captured values.

use serde_json::Value as Json;
use token_tracking_el::{Captured, Context, ElError, Expression, Fact, Message, Reads, Value};

pub(crate) const BODY: &str = r#"{"model":"m-1","usage":{"in":40,"out":2,"cost":0.5,"text":"12","none":null,
    "big":9223372036854775808,"max":2147483647,"size":3},"steps":[{"in":5},{"in":7,"out":1}],
    "list":[1,2.5,"3",null],"1":"one","word":"é😀"}"#;

const HEADERS: [(&str, &str); 3] = [("X-Tokens", "17"), ("X-Many", "1"), ("x-many", "2")];

/// The body as a host has it that keeps all of it.
pub(crate) struct Whole;

impl Context for Whole {
    fn body(&self, message: Message) -> Option<&[u8]> {
        (message == Message::Response).then_some(BODY.as_bytes())
    }

    fn headers(&self, _: Message) -> Vec<(&str, &str)> {
        HEADERS.to_vec()
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        match fact {
            Fact::Status => Some(Value::Int(200)),
            Fact::Path => Some(Value::text("/v1/chat")),
            _ => None,
        }
    }
}

/// The body as a host has it that keeps only the places that are read.
pub(crate) struct Places(Vec<Option<String>>);

impl Places {
    pub(crate) fn of(expression: &Expression) -> Self {
        let body: Json = serde_json::from_str(BODY).unwrap();
        let Reads::Paths(paths) = expression.reads() else { return Self(Vec::new()) };
        Self(paths.iter().map(|path| body.pointer(&path.pointer).map(Json::to_string)).collect())
    }
}

impl Context for Places {
    fn headers(&self, _: Message) -> Vec<(&str, &str)> {
        HEADERS.to_vec()
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        match fact {
            Fact::Status => Some(Value::Int(200)),
            _ => None,
        }
    }

    fn captured(&self, place: usize) -> Option<Captured<'_>> {
        let text = self.0.get(place)?;
        Some(text.as_deref().map_or(Captured::Absent, |text| Captured::Value(text.as_bytes())))
    }
}

pub(crate) fn shown(result: Result<Value<'_>, ElError>) -> String {
    match result {
        Ok(Value::Null) => "null".to_owned(),
        Ok(value) => format!("{} {}", value.to_json(), value.java_type()),
        Err(error) => format!("{:?}", error.kind),
    }
}
