//! What an expression can ask of an exchange: the facts that outlive its beginning, and the
//! values captured of one document.

use token_tracking_core::{Captured, Exchange, PathId, ValueKind};
use token_tracking_el::{Captured as Found, Context, Fact, Kind, Message, Value};

/// Copies of what expressions ask for; nothing where all pointers are paths.
#[derive(Debug, Default)]
pub(crate) struct Known {
    status: u16,
    response: Vec<(String, String)>,
    request: Option<Asked>,
    api: Option<String>,
    attributes: Vec<(String, String)>,
}

/// The request, where the host has it.
#[derive(Debug)]
struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
}

impl Known {
    pub(crate) fn of(exchange: &Exchange<'_>) -> Self {
        let copy = |headers: &http::HeaderMap| {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
        };
        Self {
            status: exchange.status.as_u16(),
            response: copy(exchange.headers),
            request: exchange.request.map(|request| Asked {
                method: request.method.to_string(),
                path: request.path.to_owned(),
                headers: copy(request.headers),
            }),
            api: exchange.api.map(str::to_owned),
            attributes: exchange.attributes.to_vec(),
        }
    }
}

/// One document of an exchange.
pub(crate) struct Document<'a> {
    pub(crate) known: &'a Known,
    pub(crate) captured: &'a Captured<'a>,
    /// The places that the expression reads, in its order.
    pub(crate) places: &'a [PathId],
    /// The whole document, where it reads that.
    pub(crate) whole: Option<PathId>,
}

impl Context for Document<'_> {
    fn body(&self, message: Message) -> Option<&[u8]> {
        match message {
            Message::Response => self.captured.raw(self.whole?),
            Message::Request => None,
        }
    }

    fn headers(&self, message: Message) -> Vec<(&str, &str)> {
        let headers = match (message, &self.known.request) {
            (Message::Response, _) => &self.known.response,
            (Message::Request, Some(request)) => &request.headers,
            (Message::Request, None) => return Vec::new(),
        };
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        let request = self.known.request.as_ref();
        Some(match fact {
            Fact::Status => Value::Int(i32::from(self.known.status)),
            Fact::Method => Value::text(&request?.method),
            Fact::Path => Value::text(&request?.path),
            Fact::ApiName => Value::text(self.known.api.as_deref()?),
            Fact::Attributes => {
                let entry = |(name, value): &'_ (String, String)| {
                    (token_tracking_el::Text::from(name.clone()), Value::owned(value.as_str()))
                };
                Value::map(self.known.attributes.iter().map(entry).collect())
            }
            _ => return None,
        })
    }

    fn captured(&self, place: usize) -> Option<Found<'_>> {
        let path = *self.places.get(place)?;
        if let Some(raw) = self.captured.raw(path) {
            return Some(Found::Value(raw));
        }
        Some(match self.captured.kind(path) {
            None => Found::Absent,
            Some(_) if self.captured.over_limit(path) => Found::TooLong,
            Some(kind) => Found::Kind(match kind {
                ValueKind::Object => Kind::Object,
                ValueKind::Array => Kind::List,
                ValueKind::String => Kind::Text,
                ValueKind::Number => Kind::Number,
                ValueKind::Bool => Kind::Bool,
                ValueKind::Null => Kind::Null,
            }),
        })
    }
}
