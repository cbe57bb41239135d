//! Lists, arrays, sets and maps.

use std::collections::HashMap;

use super::{Text, Value, grouped_order, hash_code, hash_order};

/// A list, an array, or another collection.
#[derive(Clone, Debug)]
pub struct Seq<'a> {
    pub(crate) kind: SeqKind,
    pub(crate) items: Vec<Value<'a>>,
}

/// What sort of collection a [`Seq`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeqKind {
    /// A `List`.
    List,
    /// A `List` of the JSONPath library, whose text is JSON.
    JsonList,
    /// An array, with the name of its component type: `int`, `String`.
    Array(&'static str),
    /// A `Set`.
    Set,
    /// A `Set` whose type says that it has entries, which nothing else can be made of.
    Entries,
    /// The values of a map.
    Collection,
}

impl SeqKind {
    pub(crate) fn java_type(&self) -> String {
        match self {
            Self::List | Self::JsonList => "List".to_owned(),
            Self::Array(component) => format!("{component}[]"),
            Self::Set | Self::Entries => "Set".to_owned(),
            Self::Collection => "Collection".to_owned(),
        }
    }
}

impl<'a> Seq<'a> {
    /// The sort of collection.
    #[must_use]
    pub fn kind(&self) -> &SeqKind {
        &self.kind
    }

    /// The elements.
    #[must_use]
    pub fn items(&self) -> &[Value<'a>] {
        &self.items
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.kind, SeqKind::List | SeqKind::JsonList)
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self.kind, SeqKind::Array(_))
    }
}

/// A map from values to values.
#[derive(Clone, Debug)]
pub struct Map<'a> {
    kind: MapKind,
    /// In the order that they were put in.
    entries: Vec<(Value<'a>, Value<'a>)>,
}

/// How a map looks up keys, and in which order it gives its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapKind {
    /// In the order of insertion; keys are what they are.
    Linked,
    /// In the order of Java's hash table; keys are what they are.
    Hash,
    /// In the order of Java's hash table; keys are turned into texts.
    HashOfText,
    /// In the order of insertion; keys are turned into texts.
    LinkedOfText,
    /// Texts in any case; each value is a list.
    Headers,
    /// As [`MapKind::HashOfText`]; `{{name}}` in a value stands for another value.
    Properties,
    /// As [`MapKind::HashOfText`], and a missing key is looked up with the gateway's prefix.
    Attributes,
}

/// The prefix of the gateway's own attributes, which may be left out.
const ATTRIBUTE_PREFIX: &str = "gravitee.attribute.";

impl<'a> Map<'a> {
    /// Of entries with equal keys the first gives the place and the last the value.
    pub(crate) fn new(kind: MapKind, entries: Vec<(Value<'a>, Value<'a>)>) -> Self {
        let mut map = Self { kind, entries: Vec::with_capacity(entries.len()) };
        let texts = entries.iter().all(|(key, _)| matches!(key, Value::Text(_)));
        if entries.len() > 16 && texts && kind != MapKind::Headers {
            let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
            for (key, value) in entries {
                let Value::Text(text) = &key else { continue };
                match places.get(&**text) {
                    Some(&at) => map.entries[at].1 = value,
                    None => {
                        places.insert(text.to_string(), map.entries.len());
                        map.entries.push((key, value));
                    }
                }
            }
        } else {
            for (key, value) in entries {
                match map.position(&key) {
                    Some(at) => map.entries[at].1 = value,
                    None => map.entries.push((key, value)),
                }
            }
        }
        map
    }

    /// A map of entries whose keys are known to differ.
    pub(super) fn of_distinct(kind: MapKind, entries: Vec<(Value<'a>, Value<'a>)>) -> Self {
        Self { kind, entries }
    }

    pub(super) fn entries(&self) -> &[(Value<'a>, Value<'a>)] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Vec<(Value<'a>, Value<'a>)> {
        self.entries
    }

    /// Headers: the values of each name, whatever its case, are one list.
    pub(crate) fn headers<T: Into<Text<'a>>>(pairs: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut lists: Vec<(Text<'a>, Vec<Value<'a>>)> = Vec::new();
        for (name, value) in pairs {
            let (name, value) = (name.into(), Value::Text(value.into()));
            match lists.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(&name)) {
                Some((_, values)) => values.push(value),
                None => lists.push((name, vec![value])),
            }
        }
        let entry = |(name, values)| (Value::Text(name), Value::list(values));
        Self { kind: MapKind::Headers, entries: lists.into_iter().map(entry).collect() }
    }

    pub(crate) fn kind(&self) -> MapKind {
        self.kind
    }

    pub(crate) fn is_headers(&self) -> bool {
        self.kind == MapKind::Headers
    }

    /// Whether keys are declared to be texts, so that an index is turned into one.
    pub(crate) fn has_text_keys(&self) -> bool {
        !matches!(self.kind, MapKind::Linked | MapKind::Hash)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn position(&self, key: &Value<'_>) -> Option<usize> {
        if let Value::Text(key) = key {
            let same = |text: &Text<'_>| match self.kind {
                MapKind::Headers => text.eq_ignore_ascii_case(key),
                _ => **text == **key,
            };
            let found = self
                .entries
                .iter()
                .position(|(other, _)| matches!(other, Value::Text(text) if same(text)));
            if found.is_some() || self.kind != MapKind::Attributes {
                return found;
            }
            let key = format!("{ATTRIBUTE_PREFIX}{}", &**key);
            return self
                .entries
                .iter()
                .position(|(other, _)| matches!(other, Value::Text(text) if **text == *key));
        }
        self.entries.iter().position(|(other, _)| super::equals(other, key))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    pub(crate) fn get_text(&self, key: &str) -> Option<&Value<'a>> {
        self.get(&Value::text(key))
    }

    /// The entry with exactly this key: without what attributes add to a lookup.
    pub(crate) fn get_plain(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        let same = |other: &Value<'a>| match (self.kind, other, key) {
            (MapKind::Headers, Value::Text(a), Value::Text(b)) => a.eq_ignore_ascii_case(b),
            _ => super::equals(other, key),
        };
        self.entries.iter().find(|(other, _)| same(other)).map(|(_, value)| value)
    }

    /// The entries in the order that Java gives them.
    pub fn iter(&self) -> impl Iterator<Item = (&Value<'a>, &Value<'a>)> {
        let order = match self.kind {
            MapKind::Linked | MapKind::LinkedOfText => None,
            MapKind::Headers => Some(self.header_order()),
            _ => Some(self.key_order()),
        };
        self.ordered(order)
    }

    /// The keys in the order of their set, which for headers is not that of the entries.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Value<'a>> {
        let order = match self.kind {
            MapKind::Linked | MapKind::LinkedOfText => None,
            _ => Some(self.key_order()),
        };
        self.ordered(order).map(|(key, _)| key)
    }

    /// The values in an order that for headers is once more another.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        let order = match self.kind {
            MapKind::Linked | MapKind::LinkedOfText => None,
            MapKind::Headers => Some(grouped_order(self.entries.iter().map(|(key, _)| key))),
            _ => Some(self.key_order()),
        };
        self.ordered(order).map(|(_, value)| value)
    }

    /// The entries as they were put in.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&Value<'a>, &Value<'a>)> {
        self.ordered(None)
    }

    fn ordered(&self, order: Option<Vec<usize>>) -> impl Iterator<Item = (&Value<'a>, &Value<'a>)> {
        (0..self.entries.len()).map(move |at| {
            let (key, value) = &self.entries[order.as_ref().map_or(at, |order| order[at])];
            (key, value)
        })
    }

    fn key_order(&self) -> Vec<usize> {
        hash_order(self.entries.iter().map(|(key, _)| hash_code(key).unwrap_or_default()))
    }

    /// The gateway groups headers by name in one hash table, and puts the groups in a second.
    fn header_order(&self) -> Vec<usize> {
        let grouped = grouped_order(self.entries.iter().map(|(key, _)| key));
        let hash = |value: &Value<'_>| hash_code(value).unwrap_or_default();
        let hashes = grouped.iter().map(|&at| {
            let (key, value) = &self.entries[at];
            hash(key) ^ hash(value)
        });
        hash_order(hashes).into_iter().map(|at| grouped[at]).collect()
    }
}
