//! `#jsonPath`: the paths of the Jayway library, which are not those of RFC 9535.
//!
//! No crate has its rules: leaves that are missing are null, parents that are missing fail,
//! `..x` has a null for each object without `x`, functions such as `sum()` come last. See
//! <https://github.com/json-path/JsonPath>, version 2.9.0, with the option
//! `DEFAULT_PATH_LEAF_TO_NULL` and the parser json-smart in its permissive mode.

mod accept;
mod bracket;
mod compile;
mod cursor;
mod filter;
mod function;
mod node;
mod params;
mod permissive;
mod quoted;
mod scan;
mod walk;

use crate::value::Value;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The engine fails as well.
    Failed(String),
    /// The engine may know a result.
    Unsupported(String),
}

/// The troubles of the library, which it tells apart within filters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Error {
    /// A parent is missing, or nothing was found.
    NotFound,
    /// The path, or a part of a filter, makes no sense.
    Invalid(String),
    /// Anything else that the library throws.
    Other(String),
    Unsupported(String),
}

type Result<T> = std::result::Result<T, Error>;

fn invalid<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Invalid(what.into()))
}

fn unsupported<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Unsupported(what.into()))
}

/// A compiled path.
#[derive(Clone, Debug)]
struct Path {
    /// It begins with `$`, not with `@`.
    from_root: bool,
    tokens: Vec<Token>,
    /// It was `$..path.function()`: what follows the function still comes after a scan.
    after_scan: bool,
    /// `length()` has put a `.*` at its end, which the library does not count as its tail.
    widened: bool,
}

/// A step of a path.
#[derive(Clone, Debug)]
enum Token {
    /// `.a`, `['a']`, `['a','b']`
    Property(Vec<String>),
    /// `[0]`, `[0,1]`
    Index(Vec<i32>),
    /// `[1:]`, `[1:2]`, `[:2]`
    Slice(Option<i32>, Option<i32>),
    /// `*`
    Wildcard,
    /// `..`
    Scan,
    /// `[?(…)]`
    Filter(filter::Condition),
    /// `.sum()`
    Function(String, Vec<Param>),
}

/// An argument of a function.
#[derive(Clone, Debug)]
enum Param {
    Path(Path),
    Json(String),
}

impl Token {
    fn is_definite(&self, leaf: bool) -> bool {
        match self {
            Self::Property(names) => names.len() == 1 || leaf,
            Self::Index(indexes) => indexes.len() == 1,
            Self::Function(..) => true,
            _ => false,
        }
    }
}

impl Path {
    fn is_definite(&self) -> bool {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.iter().enumerate().all(|(at, token)| token.is_definite(at == last))
    }

    fn is_function(&self) -> bool {
        matches!(self.tokens.last(), Some(Token::Function(..)))
    }
}

/// Whether a constant path is refused when the expression is read.
pub(crate) fn check(path: &str) -> std::result::Result<(), Trouble> {
    match compile::compile(path, 0) {
        Err(Error::Unsupported(message)) => Err(Trouble::Unsupported(message)),
        _ => Ok(()),
    }
}

/// What `path` finds in `json`, a text or a value; and how many steps it took.
pub(crate) fn read<'c>(
    json: &Value<'c>,
    path: &str,
    budget: usize,
) -> (std::result::Result<Value<'c>, Trouble>, usize) {
    let mut reader = walk::Reader::new(budget);
    let result = reader.document(json).and_then(|document| {
        if path.is_empty() {
            return invalid("the path is empty");
        }
        let path = compile::compile(path, 0)?;
        reader.value(&path, &document, &document, walk::Options::READ)
    });
    let result = result.map_err(|error| match error {
        Error::NotFound => Trouble::Failed("the path leads nowhere".to_owned()),
        Error::Invalid(message) | Error::Other(message) => Trouble::Failed(message),
        Error::Unsupported(message) => Trouble::Unsupported(message),
    });
    (result, reader.steps)
}
