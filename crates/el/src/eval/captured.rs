//! The steps from `#response.jsonContent` over captured values instead of a document.

use super::{Evaluated, Evaluator};
use crate::context::{Captured, Kind};
use crate::error::ElError;
use crate::plan::{Chain, How};
use crate::syntax::ast::NodeId;
use crate::value::{Value, parse_json_value, text};

/// What is at a place of the document.
fn kind(captured: Captured<'_>) -> Kind {
    match captured {
        Captured::Absent => Kind::Null,
        Captured::Kind(kind) => kind,
        Captured::TooLong => Kind::Object,
        Captured::Value(raw) => match raw.first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::List,
            Some(b'"') => Kind::Text,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        },
    }
}

impl<'c> Evaluator<'c, '_> {
    /// The value of `#response.jsonContent` and the constant steps after it.
    pub(super) fn captured(&mut self, id: NodeId, chain: &'c Chain) -> Evaluated<Value<'c>> {
        let session = self.session;
        let root = kind(session.capture(0));
        let mut at = session.capture(0);
        // What is no object is an empty one to the engine.
        let mut here = if root == Kind::Object { Kind::Object } else { Kind::Null };
        let mut missing = root != Kind::Object;
        for (depth, step) in chain.steps.iter().enumerate() {
            self.charge(step.node, 1)?;
            if depth == 0 && missing {
                // A key of the empty map.
                missing = false;
                at = Captured::Absent;
                continue;
            }
            match (here, &step.how) {
                (Kind::Null, _) if step.safe => {
                    at = Captured::Absent;
                    continue;
                }
                (Kind::Null, How::Name) => {
                    return Err(self.fail(step.node, "a name is looked for in null"));
                }
                (Kind::Null, _) => {
                    return Err(self.fail(step.node, "null has no elements and no keys"));
                }
                // An Integer is no key of a map of texts, except of the outermost.
                (Kind::Object, How::Index) if depth > 0 => {
                    at = Captured::Absent;
                    here = Kind::Null;
                    continue;
                }
                (Kind::Object, _) => {}
                (Kind::List, How::Index | How::NumericKey) => {
                    if session.capture(step.place) == Captured::Absent {
                        return Err(self.fail(step.node, "there is no such element"));
                    }
                }
                (Kind::Text, How::Index | How::NumericKey) => {
                    if depth + 1 < chain.steps.len() {
                        return Err(self.unsupported(step.node, "steps from a character"));
                    }
                    return self.captured_character(step.node, at, step.index);
                }
                _ => return Err(self.fail(step.node, "there is no such property or element")),
            }
            at = session.capture(step.place);
            here = kind(at);
        }
        match at {
            Captured::Absent | Captured::Kind(Kind::Null) => Ok(Value::Null),
            Captured::Value(raw) => {
                let value = std::str::from_utf8(raw).ok().and_then(parse_json_value);
                value.ok_or_else(|| self.fail(id, "the captured value is no JSON"))
            }
            Captured::TooLong => {
                let message = "the value is too long to be kept";
                Err(Box::new(ElError::limit(self.ast.span(id), message)))
            }
            Captured::Kind(_) => Err(Box::new(ElError::unavailable(
                self.ast.span(id),
                "the host did not keep the value",
            ))),
        }
    }

    /// A character of a captured text.
    fn captured_character(
        &mut self,
        id: NodeId,
        captured: Captured<'c>,
        index: Option<u32>,
    ) -> Evaluated<Value<'c>> {
        let Captured::Value(raw) = captured else {
            let message = "the text is too long to be kept";
            return Err(Box::new(ElError::limit(self.ast.span(id), message)));
        };
        let value = std::str::from_utf8(raw).ok().and_then(parse_json_value);
        let unit = match (&value, index) {
            (Some(Value::Text(content)), Some(index)) => text::unit(content, index as usize),
            _ => None,
        };
        match unit.map(|unit| String::from_utf16(&[unit])) {
            Some(Ok(text)) => Ok(Value::owned(text)),
            Some(Err(_)) => Err(self.unsupported(id, "half of a surrogate pair")),
            None => Err(self.fail(id, "the text has no such character")),
        }
    }
}
