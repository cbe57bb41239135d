//! What a host knows of an exchange, gathered to be asked: a ready-made [`Context`].

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::context::{Context, Fact, Message};
use crate::value::{Text, Value};

/// Everything but bodies, gathered once. Texts are borrowed until [`Known::into_owned`].
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    headers: [Vec<(Cow<'a, str>, Cow<'a, str>)>; 2],
    facts: Vec<(Fact, Held<'a>)>,
}

#[derive(Clone, Debug)]
enum Held<'a> {
    Text(Cow<'a, str>),
    Int(i32),
    Long(i64),
    List(Vec<Cow<'a, str>>),
    Map(Vec<(Cow<'a, str>, Item<'a>)>),
    Lists(Vec<(String, Vec<String>)>),
}

/// What a map holds.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A value with its own structure.
    Json(Cow<'a, serde_json::Value>),
}

impl<'a> From<&'a str> for Item<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl Item<'_> {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::text(text),
            Self::Json(value) => Value::from(&**value),
        }
    }

    fn into_owned(self) -> Item<'static> {
        match self {
            Self::Text(text) => Item::Text(Cow::Owned(text.into_owned())),
            Self::Json(value) => Item::Json(Cow::Owned(value.into_owned())),
        }
    }
}

impl<'a> Known<'a> {
    /// Adds a text; nothing where there is none.
    #[must_use]
    pub fn text(self, fact: Fact, text: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.hold(fact, text.map(|text| Held::Text(text.into())))
    }

    /// Adds the response's status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.hold(Fact::Status, Some(Held::Int(i32::from(status))))
    }

    /// Adds when the request came.
    #[must_use]
    pub fn timestamp(self, time: Option<SystemTime>) -> Self {
        let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok());
        self.hold(Fact::Timestamp, millis.map(Held::Long))
    }

    /// Adds a map; of equal names the last counts.
    #[must_use]
    pub fn map(
        self,
        fact: Fact,
        entries: impl IntoIterator<Item = (impl Into<Cow<'a, str>>, impl Into<Item<'a>>)>,
    ) -> Self {
        let entries = entries.into_iter().map(|(name, item)| (name.into(), item.into()));
        self.hold(fact, Some(Held::Map(entries.collect())))
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn list(self, fact: Fact, texts: &'a [String]) -> Self {
        self.hold(fact, Some(Held::List(texts.iter().map(Into::into).collect())))
    }

    /// Adds the headers of a message, in their order. A value that is not UTF-8 has
    /// replacement characters for what is not.
    #[must_use]
    pub fn headers<N: Into<Cow<'a, str>>>(
        mut self,
        message: Message,
        headers: impl IntoIterator<Item = (N, Cow<'a, [u8]>)>,
    ) -> Self {
        let text = |value: Cow<'a, [u8]>| match value {
            Cow::Borrowed(value) => String::from_utf8_lossy(value),
            Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
        };
        let headers = headers.into_iter().map(|(name, value)| (name.into(), text(value)));
        self.headers[side(message)] = headers.collect();
        self
    }

    /// Adds the parameters of a query, decoded.
    #[must_use]
    pub fn query(self, query: Option<&str>) -> Self {
        let mut params: Vec<(String, Vec<String>)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(value));
            match params.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => params.push((name, vec![value])),
            }
        }
        self.hold(Fact::Params, Some(Held::Lists(params)))
    }

    /// The same with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Known<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        let pairs = |pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>| {
            pairs.into_iter().map(|(name, text)| (own(name), own(text))).collect()
        };
        let held = |held| match held {
            Held::Text(text) => Held::Text(own(text)),
            Held::Int(number) => Held::Int(number),
            Held::Long(number) => Held::Long(number),
            Held::List(texts) => Held::List(texts.into_iter().map(own).collect()),
            Held::Map(entries) => {
                let own = |(name, item): (_, Item<'_>)| (own(name), item.into_owned());
                Held::Map(entries.into_iter().map(own).collect())
            }
            Held::Lists(entries) => Held::Lists(entries),
        };
        Known {
            facts: self.facts.into_iter().map(|(fact, value)| (fact, held(value))).collect(),
            headers: self.headers.map(pairs),
        }
    }

    fn hold(mut self, fact: Fact, held: Option<Held<'a>>) -> Self {
        self.facts.extend(held.map(|held| (fact, held)));
        self
    }
}

impl Context for Known<'_> {
    fn headers(&self, message: Message) -> Vec<(&str, &str)> {
        let headers = &self.headers[side(message)];
        headers.iter().map(|(name, value)| (&**name, &**value)).collect()
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        let (_, held) = self.facts.iter().find(|(known, _)| *known == fact)?;
        Some(match held {
            Held::Text(text) => Value::text(text),
            Held::Int(number) => Value::Int(*number),
            Held::Long(number) => Value::Long(*number),
            Held::List(texts) => Value::list(texts.iter().map(|text| Value::text(text)).collect()),
            Held::Map(entries) => Value::map(
                entries.iter().map(|(name, item)| (Text::Borrowed(name), item.value())).collect(),
            ),
            Held::Lists(entries) => {
                let list = |texts: &'_ Vec<String>| {
                    Value::list(texts.iter().map(|text| Value::owned(text.as_str())).collect())
                };
                let entry = |(name, texts): &'_ (String, Vec<String>)| {
                    (Text::from(name.clone()), list(texts))
                };
                Value::map(entries.iter().map(entry).collect())
            }
        })
    }
}

fn side(message: Message) -> usize {
    usize::from(message == Message::Response)
}

/// A part of a query as it was meant: `+` is a space, `%20` too. What is no escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |byte: u8| char::from(byte).to_digit(16);
        match (byte, after) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.extend(u8::try_from(value));
                rest = after;
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Expression;

    #[test]
    fn what_was_gathered_is_found_by_expressions() {
        let tags = ["a".to_owned(), "b".to_owned()];
        let known = Known::default()
            .status(201)
            .text(Fact::Path, Some("/v1/chat"))
            .text(Fact::Method, Some("POST".to_owned()))
            .text(Fact::ApiId, None::<&str>)
            .query(Some("a=1&b=x+y%20%C3%A9&a=2&c&=&%zz=%"))
            .map(Fact::Properties, [("limit", "7")])
            .map(
                Fact::Attributes,
                [("jwt", Item::Json(Cow::Owned(json!({ "claims": { "n": [1, 2] } }))))],
            )
            .list(Fact::NodeShardingTags, &tags)
            .timestamp(Some(UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_123)))
            .headers(Message::Request, [("X-A", Cow::Borrowed(&b"one"[..]))])
            .into_owned();
        for (expression, value) in [
            ("{#request.path} {#request.method} {#response.status}", "/v1/chat POST 201"),
            ("{#request.params['a'][1]}{#request.params.b[0]}", "2x y é"),
            ("{#request.params.c[0] == '' and #request.params['%zz'][0] == '%'}", "true"),
            ("{#properties['limit'] + 1}", "71"),
            ("{#node.shardingTags[1]}", "b"),
            ("{#context.attributes['jwt']['claims'].n[1] + 1}", "3"),
            ("{#request.timestamp}", "1700000000123"),
            ("{#request.headers['x-a'][0]}", "one"),
            ("{#api.id == null and #request.headers['x-b'] == null}", "true"),
        ] {
            let found = Expression::parse(expression).unwrap().eval_text(&known);
            assert_eq!(found.unwrap().as_deref(), Some(value), "{expression}");
        }
    }
}
