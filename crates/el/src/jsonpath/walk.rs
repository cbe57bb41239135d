//! Following a path through a document.

use super::{Error, Path, Result, Token, invalid, permissive, unsupported};
use crate::value::{Map, MapKind, Seq, Value};

/// What the library does about missing leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// They are null.
    pub(super) leaf_to_null: bool,
    /// They, and all else that is missing, fail.
    require: bool,
}

impl Options {
    pub(super) const READ: Self = Self { leaf_to_null: true, require: false };
    pub(super) const EXISTS: Self = Self { leaf_to_null: false, require: true };
}

/// Reads documents, within a budget of steps.
pub(super) struct Reader {
    pub(super) steps: usize,
    budget: usize,
}

/// One walk along a path.
pub(super) struct Walk<'p, 'c> {
    pub(super) path: &'p Path,
    pub(super) root: Value<'c>,
    pub(super) options: Options,
    found: Vec<Value<'c>>,
    /// For each token, in which element of an array a scan last was when it led there.
    pub(super) upstream: Vec<Option<usize>>,
}

/// The most values that a path finds.
const MAX_FOUND: usize = 100_000;

impl Reader {
    pub(super) fn new(budget: usize) -> Self {
        Self { steps: 0, budget }
    }

    /// The document behind the first argument: a text is parsed, all else is as it is.
    pub(super) fn document<'c>(&mut self, json: &Value<'c>) -> Result<Value<'c>> {
        match json {
            Value::Null => invalid("the document is null"),
            Value::Text(text) if text.is_empty() => invalid("the document is empty"),
            Value::Text(text) => {
                self.charge(text.len() / 16)?;
                match permissive::parse(text) {
                    Ok(Value::Null) => invalid("the document is null"),
                    Ok(value) => Ok(value),
                    Err(permissive::Trouble::Failed) => invalid("the document is no JSON"),
                    Err(permissive::Trouble::Unsupported) => unsupported("this JSON document"),
                }
            }
            Value::Bean(_) | Value::Opaque(_) | Value::Class(_) | Value::Enum(_) => {
                unsupported("a document that is a Java object")
            }
            value => Ok(value.clone()),
        }
    }

    pub(super) fn charge(&mut self, steps: usize) -> Result<()> {
        self.steps += steps;
        if self.steps > self.budget { unsupported("so much work") } else { Ok(()) }
    }

    /// What the path finds: one value, or a list where it may find many.
    pub(super) fn value<'c>(
        &mut self,
        path: &Path,
        document: &Value<'c>,
        root: &Value<'c>,
        options: Options,
    ) -> Result<Value<'c>> {
        let mut walk = Walk {
            path,
            root: root.clone(),
            options,
            found: Vec::new(),
            upstream: vec![None; path.tokens.len()],
        };
        if path.tokens.is_empty() {
            return Ok(document.clone());
        }
        self.step(&mut walk, 0, document)?;
        if path.is_definite() {
            walk.found.pop().ok_or(Error::NotFound)
        } else {
            Ok(Value::json_list(walk.found))
        }
    }

    pub(super) fn found<'c>(&mut self, walk: &mut Walk<'_, 'c>, value: Value<'c>) -> Result<()> {
        self.charge(1)?;
        if walk.found.len() == MAX_FOUND {
            return unsupported("so many values");
        }
        walk.found.push(value);
        Ok(())
    }

    /// Applies the token at `at` to a value, and those after it to what it finds.
    pub(super) fn step<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        model: &Value<'c>,
    ) -> Result<()> {
        self.charge(1)?;
        let path = walk.path;
        match &path.tokens[at] {
            Token::Property(names) => self.property(walk, at, names, model),
            Token::Index(indexes) => {
                let Some(list) = walk.list(at, model)? else { return Ok(()) };
                for index in indexes {
                    self.element(walk, at, i64::from(*index), &list)?;
                }
                Ok(())
            }
            Token::Slice(from, to) => {
                let Some(list) = walk.list(at, model)? else { return Ok(()) };
                let length = i64::try_from(list.items.len()).unwrap_or(i64::MAX);
                let back = |place: i32| {
                    let place = i64::from(place);
                    if place < 0 { length + place } else { place }
                };
                let (from, to) = match (*from, *to) {
                    (Some(from), None) => (back(from).max(0), length),
                    (Some(from), Some(to)) => (i64::from(from), length.min(i64::from(to))),
                    (None, Some(to)) => (0, length.min(back(to))),
                    (None, None) => (0, 0),
                };
                if length == 0 {
                    return Ok(());
                }
                for index in from.max(-length - 1)..to {
                    self.element(walk, at, index, &list)?;
                }
                Ok(())
            }
            Token::Wildcard => self.wildcard(walk, at, model),
            Token::Scan if walk.is_leaf(at) => {
                Err(Error::Other("nothing follows `..` but a function".to_owned()))
            }
            Token::Scan => self.scan(walk, at + 1, model),
            Token::Filter(condition) => self.filter(walk, at, condition, model),
            Token::Function(name, params) => {
                let root = walk.root.clone();
                let result = self.function(name, params, model, &root)?;
                self.found(walk, result.clone())?;
                if walk.is_leaf(at) { Ok(()) } else { self.step(walk, at + 1, &result) }
            }
        }
    }

    fn property<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        names: &[String],
        model: &Value<'c>,
    ) -> Result<()> {
        let Value::Map(map) = model else {
            return if walk.is_upstream_definite(at) { Err(Error::NotFound) } else { Ok(()) };
        };
        if names.len() == 1 || !walk.is_leaf(at) {
            for name in names {
                self.member(walk, at, name, map)?;
            }
            return Ok(());
        }
        let mut entries = Vec::new();
        for name in names {
            let value = match map.get_text(name) {
                Some(value) => value.clone(),
                None if walk.options.leaf_to_null => Value::Null,
                None if walk.options.require => return Err(Error::NotFound),
                None => continue,
            };
            entries.push((Value::owned(name.as_str()), value));
        }
        let merged = Value::Map(std::rc::Rc::new(Map::new(MapKind::Linked, entries)));
        self.found(walk, merged)
    }

    fn member<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        name: &str,
        map: &Map<'c>,
    ) -> Result<()> {
        let leaf = walk.is_leaf(at);
        let value = match map.get_text(name) {
            Some(value) => value.clone(),
            None if leaf && walk.options.leaf_to_null => Value::Null,
            None if leaf && !walk.options.require => return Ok(()),
            None if leaf || walk.options.require => return Err(Error::NotFound),
            None if walk.is_upstream_definite(at) && walk.is_definite(at) => {
                return Err(Error::NotFound);
            }
            None => return Ok(()),
        };
        self.go_on(walk, at, value)
    }

    /// Adds a value of an object if this is the end of the path, or follows the rest.
    fn go_on<'c>(&mut self, walk: &mut Walk<'_, 'c>, at: usize, value: Value<'c>) -> Result<()> {
        if !walk.is_leaf(at) {
            return self.step(walk, at + 1, &value);
        }
        // After a scan into arrays only the element that the token before names counts.
        let named = match walk.upstream[at] {
            None => true,
            Some(index) => {
                let tail = walk.path.tokens.len() - usize::from(walk.path.widened);
                let before = tail.checked_sub(2).map(|at| &walk.path.tokens[at]);
                matches!(before, Some(Token::Index(indexes))
                    if indexes.len() == 1 && usize::try_from(indexes[0]) == Ok(index))
            }
        };
        if named { self.found(walk, value) } else { Ok(()) }
    }

    pub(super) fn element<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        index: i64,
        list: &Seq<'c>,
    ) -> Result<()> {
        let length = i64::try_from(list.items.len()).unwrap_or(i64::MAX);
        let place = if index < 0 { length + index } else { index };
        let Some(value) = usize::try_from(place).ok().and_then(|place| list.items.get(place))
        else {
            return Ok(());
        };
        if walk.is_leaf(at) {
            self.found(walk, value.clone())
        } else {
            self.step(walk, at + 1, value)
        }
    }

    fn wildcard<'c>(
        &mut self,
        walk: &mut Walk<'_, 'c>,
        at: usize,
        model: &Value<'c>,
    ) -> Result<()> {
        match model {
            Value::Map(map) => {
                for (_, value) in map.iter() {
                    self.go_on(walk, at, value.clone())?;
                }
            }
            Value::Seq(list) if list.is_list() => {
                for index in 0..list.items.len() {
                    let index = i64::try_from(index).unwrap_or(i64::MAX);
                    match self.element(walk, at, index, list) {
                        Err(Error::NotFound) if !walk.options.require => {}
                        result => result?,
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'c> Walk<'_, 'c> {
    pub(super) fn is_leaf(&self, at: usize) -> bool {
        at + 1 == self.path.tokens.len()
    }

    pub(super) fn is_definite(&self, at: usize) -> bool {
        self.path.tokens[at].is_definite(self.is_leaf(at))
    }

    pub(super) fn is_upstream_definite(&self, at: usize) -> bool {
        !self.path.after_scan && (0..at).all(|at| self.is_definite(at))
    }

    /// The list that an index or a slice is applied to.
    fn list(&self, at: usize, model: &Value<'c>) -> Result<Option<std::rc::Rc<Seq<'c>>>> {
        match model {
            Value::Seq(list) if list.is_list() => Ok(Some(std::rc::Rc::clone(list))),
            _ if self.is_upstream_definite(at) => Err(Error::NotFound),
            _ => Ok(None),
        }
    }
}
