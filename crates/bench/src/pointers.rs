//! Three pointers of a CUSTOM policy over a body: captured by the scanner, then evaluated.

use std::sync::Arc;

use token_tracking_el::{Captured, Context, Keep, Kind, Pointer, Reads};
use token_tracking_framing::{BodyHead, BodyReader, Event, Limits, PathId, Paths, ValueKind};

use crate::answer::Answer;
use crate::bodies::Body;

/// Three compiled pointers: to the model, the tokens sent and the tokens received.
#[derive(Clone, Debug)]
pub struct Pointers {
    paths: Arc<Paths>,
    three: [(Pointer, Vec<PathId>); 3],
}

impl Pointers {
    /// Pointers that are a path each: what is captured there is the value.
    ///
    /// # Panics
    /// Never: the pointers are constants.
    #[must_use]
    pub fn plain(body: &Body) -> Self {
        Self::of(body, "")
    }

    /// Pointers that compute: the engine evaluates over what was captured.
    ///
    /// # Panics
    /// Never: the pointers are constants.
    #[must_use]
    pub fn computed(body: &Body) -> Self {
        Self::of(body, " + ''")
    }

    fn of(body: &Body, and: &str) -> Self {
        let mut paths = Paths::new();
        let three = body.shape.pointers().map(|path| {
            let members = path.replace('/', ".");
            let text = format!("{{#response.jsonContent{members}{and}}}");
            let pointer = Pointer::parse(&text).expect("an expression");
            let Reads::Paths(places) = pointer.reads() else { panic!("{text} reads places") };
            // A pointer that is a path needs no kinds of the objects around its value.
            let needed = places
                .iter()
                .filter(|place| pointer.path().is_none_or(|path| place.pointer == path));
            let ids = needed.map(|place| match place.keep {
                Keep::Value => paths.add(&place.pointer).expect("a path"),
                _ => paths.add_with_limit(&place.pointer, 0).expect("a path"),
            });
            let ids = ids.collect();
            (pointer, ids)
        });
        Self { paths: Arc::new(paths), three }
    }

    /// Reads a body in chunks of this size and evaluates the pointers over it.
    ///
    /// # Panics
    /// When the body is a stream: its pointers are evaluated for each event.
    #[must_use]
    pub fn evaluate(&self, body: &Body, chunk: usize) -> Answer {
        assert!(!body.stream, "one document");
        let head = BodyHead { content_type: Some(body.content_type()), ..BodyHead::default() };
        let mut reader = BodyReader::new(head, Arc::clone(&self.paths), Limits::default());
        let mut answer = Answer::default();
        let mut on_event = |event: Event<'_>| answer = self.answer(&event);
        for chunk in body.text.as_bytes().chunks(chunk) {
            reader.push(chunk, &mut on_event);
        }
        reader.finish(&mut on_event);
        answer
    }

    fn answer(&self, event: &Event<'_>) -> Answer {
        let [model, sent, received] = &self.three;
        Answer {
            model: text(model, event).map_or(0, |model| model.len()),
            ..Answer::of(None, count(sent, event), count(received, event))
        }
    }
}

fn count((pointer, places): &(Pointer, Vec<PathId>), event: &Event<'_>) -> Option<u64> {
    let count = match (pointer.path(), places.first()) {
        (Some(_), Some(path)) => pointer.to_count(event.raw(*path)?).ok()?,
        _ => pointer.eval_count(&Document { event, places }).ok()?,
    };
    u64::try_from(count?).ok()
}

fn text((pointer, places): &(Pointer, Vec<PathId>), event: &Event<'_>) -> Option<String> {
    match (pointer.path(), places.first()) {
        (Some(_), Some(path)) => pointer.to_text(event.raw(*path)?).ok()?,
        _ => pointer.eval_text(&Document { event, places }).ok()?,
    }
}

/// What was captured of a document, as the language asks for it.
struct Document<'a> {
    event: &'a Event<'a>,
    places: &'a [PathId],
}

impl Context for Document<'_> {
    fn captured(&self, place: usize) -> Option<Captured<'_>> {
        let path = *self.places.get(place)?;
        if let Some(raw) = self.event.raw(path) {
            return Some(Captured::Value(raw));
        }
        Some(self.event.kind(path).map_or(Captured::Absent, |kind| {
            Captured::Kind(match kind {
                ValueKind::Object => Kind::Object,
                ValueKind::Array => Kind::List,
                ValueKind::String => Kind::Text,
                ValueKind::Number => Kind::Number,
                ValueKind::Bool => Kind::Bool,
                ValueKind::Null => Kind::Null,
            })
        }))
    }
}
