//! What one evaluation of a template knows: variables, bodies, and what was compiled for it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::Evaluated;
use crate::context::{Captured, Context, Fact, Message};
use crate::error::ElError;
use crate::java::regex::{Pattern, Refused};
use crate::plan::Plan;
use crate::value::{Bean, Document, Map, MapKind, Text, Value, parse_json};

/// The most patterns that are kept compiled.
const MAX_PATTERNS: usize = 64;

pub(crate) struct Session<'c> {
    pub(crate) context: &'c dyn Context,
    /// Values come from captures, not from a body.
    captured: bool,
    /// Which contents the expression asks for in the way that makes the engine read them.
    pub(crate) content: [bool; 2],
    pub(crate) json_content: [bool; 2],
    json: [OnceCell<Value<'c>>; 2],
    headers: [OnceCell<Value<'c>>; 2],
    properties: OnceCell<Value<'c>>,
    patterns: RefCell<HashMap<String, Rc<Pattern>>>,
    /// Variables that the template itself sets; they end with it.
    locals: RefCell<HashMap<String, Value<'c>>>,
}

impl<'c> Session<'c> {
    /// Reads the contents that the plan asks for.
    ///
    /// # Errors
    /// When a body is `null`: the engine fails even if nothing looks at it.
    pub(crate) fn new(context: &'c dyn Context, plan: &Plan) -> Evaluated<Self> {
        let session = Self {
            context,
            captured: plan.is_captured() && context.captured(0).is_some(),
            content: plan.content,
            json_content: plan.json_content,
            json: Default::default(),
            headers: Default::default(),
            properties: OnceCell::new(),
            patterns: RefCell::default(),
            locals: RefCell::default(),
        };
        for message in [Message::Request, Message::Response] {
            let at = side(message);
            if session.json_content[at] && !(at == 1 && session.captured) {
                let text = session.body(message)?;
                // A body with bytes that are no UTF-8 is read with replacements, and copied.
                let document = match text {
                    Text::Borrowed(text) => match parse_json(text) {
                        Document::Object(value) => Some(value),
                        Document::Null => None,
                    },
                    Text::Shared(text) => match parse_json(&text) {
                        Document::Object(value) => Some(value.into_owned()),
                        Document::Null => None,
                    },
                };
                let Some(document) = document else {
                    return Err(Box::new(ElError::evaluation(
                        0..0,
                        "the body is `null`, which the gateway cannot read",
                    )));
                };
                let _ = session.json[at].set(document);
            }
        }
        Ok(session)
    }

    pub(crate) fn is_captured(&self) -> bool {
        self.captured
    }

    pub(crate) fn capture(&self, place: usize) -> Captured<'c> {
        self.context.captured(place).unwrap_or(Captured::Absent)
    }

    /// The body of a message as text.
    pub(crate) fn body(&self, message: Message) -> Evaluated<Text<'c>> {
        match self.context.body(message) {
            Some(bytes) => Ok(match std::str::from_utf8(bytes) {
                Ok(text) => Text::Borrowed(text),
                Err(_) => Text::from(String::from_utf8_lossy(bytes).into_owned()),
            }),
            None => {
                let side = if message == Message::Request { "request" } else { "response" };
                let message = format!("the body of the {side} is not at hand here");
                Err(Box::new(ElError::unavailable(0..0, message)))
            }
        }
    }

    /// `jsonContent`: null unless the expression asks for it in the right way.
    pub(crate) fn json(&self, message: Message) -> Value<'c> {
        self.json[side(message)].get().cloned().unwrap_or(Value::Null)
    }

    pub(crate) fn headers(&self, message: Message) -> Value<'c> {
        let make = || {
            let pairs = self.context.headers(message);
            let pairs = pairs.into_iter().map(|(n, v)| (Text::Borrowed(n), Text::Borrowed(v)));
            Value::Map(Rc::new(Map::headers(pairs)))
        };
        self.headers[side(message)].get_or_init(make).clone()
    }

    pub(crate) fn fact(&self, fact: Fact) -> Value<'c> {
        self.context.fact(fact).unwrap_or(Value::Null)
    }

    /// A map of facts with another way of looking up and ordering its keys.
    pub(crate) fn fact_map(&self, fact: Fact, kind: MapKind) -> Value<'c> {
        match self.fact(fact) {
            Value::Map(map) => {
                let entries = map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                Value::Map(Rc::new(Map::new(kind, entries)))
            }
            _ => Value::Map(Rc::new(Map::new(kind, Vec::new()))),
        }
    }

    pub(crate) fn properties(&self) -> Value<'c> {
        let make = || self.fact_map(Fact::Properties, MapKind::Properties);
        self.properties.get_or_init(make).clone()
    }

    /// `#name`; unknown variables are null.
    pub(crate) fn variable(&self, name: &str) -> Value<'c> {
        match name {
            "request" => Value::Bean(Bean::Request),
            "response" => Value::Bean(Bean::Response),
            "context" => Value::Bean(Bean::Context),
            "api" => Value::Bean(Bean::Api),
            "node" => Value::Bean(Bean::Node),
            "subscription" if !self.fact(Fact::SubscriptionId).is_null() => {
                Value::Bean(Bean::Subscription)
            }
            "properties" => self.properties(),
            "dictionaries" => self.fact_map(Fact::Dictionaries, MapKind::Hash),
            "jsonPath" | "xpath" | "jsonEscape" | "xmlEscape" => Value::Opaque("Method"),
            _ => self.locals.borrow().get(name).cloned().unwrap_or(Value::Null),
        }
    }

    /// Sets a variable for the rest of the template.
    pub(crate) fn set_variable(&self, name: &str, value: Value<'c>) {
        self.locals.borrow_mut().insert(name.to_owned(), value);
    }

    /// A pattern, compiled once.
    pub(crate) fn pattern(&self, text: &str) -> Result<Rc<Pattern>, Refused> {
        if let Some(pattern) = self.patterns.borrow().get(text) {
            return Ok(Rc::clone(pattern));
        }
        let pattern = Rc::new(Pattern::compile(text)?);
        let mut patterns = self.patterns.borrow_mut();
        if patterns.len() < MAX_PATTERNS {
            patterns.insert(text.to_owned(), Rc::clone(&pattern));
        }
        Ok(pattern)
    }
}

pub(crate) fn side(message: Message) -> usize {
    match message {
        Message::Request => 0,
        Message::Response => 1,
    }
}
