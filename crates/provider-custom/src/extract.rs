//! Each pointer over each document; the last value found wins.

use token_tracking_core::{
    Captured, Completeness, End, Exchange, Extraction, Extractor, Notes, PathId, Reason, Usage,
    Wanted,
};
use token_tracking_el::Pointer;

/// Reads the answers.
#[derive(Clone, Debug)]
pub struct CustomExtractor {
    wanted: Wanted,
    input: (Pointer, PathId),
    output: (Pointer, PathId),
    model: Option<(Pointer, PathId)>,
}

/// What the pointers found so far.
#[derive(Debug, Default)]
pub struct CustomState {
    /// It is announced as a stream, or more than one document was seen.
    stream: bool,
    input: Found,
    output: Found,
    model: Option<String>,
    /// The raw text of the model, so that a stream that repeats it costs no allocation.
    model_raw: Vec<u8>,
}

/// What a count's pointer found so far.
#[derive(Debug, Default)]
struct Found {
    count: Option<u64>,
    /// Why the last value that was not a count was none.
    trouble: Option<String>,
}

impl CustomExtractor {
    pub(crate) fn new(
        wanted: Wanted,
        input: (Pointer, PathId),
        output: (Pointer, PathId),
        model: Option<(Pointer, PathId)>,
    ) -> Self {
        Self { wanted, input, output, model }
    }
}

impl Found {
    fn look(&mut self, (pointer, path): &(Pointer, PathId), captured: &Captured<'_>) {
        let Some(raw) = captured.raw(*path) else {
            return;
        };
        match pointer.to_count(raw) {
            Ok(None) => {}
            Ok(Some(count)) => match u64::try_from(count) {
                Ok(count) => self.count = Some(count),
                Err(_) => self.trouble = Some(format!("{count} is negative")),
            },
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// The count; or a note that names the pointer.
    fn count(self, field: &str, pointer: &Pointer, notes: &mut Notes) -> Option<u64> {
        if self.count.is_none() {
            let text: String = pointer.text().chars().take(200).collect();
            let why = match self.trouble {
                Some(trouble) => {
                    notes.reason(Reason::NotACount);
                    format!("found no count: {trouble}")
                }
                None => "found no value".to_owned(),
            };
            notes.explain(Reason::PointerFailed, format!("{field} \"{text}\" {why}"));
        }
        self.count
    }
}

impl Extractor for CustomExtractor {
    type State = CustomState;

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn start(&self, exchange: &Exchange<'_>) -> CustomState {
        let stream = exchange.content_type().is_some_and(|content_type| {
            content_type.contains("event-stream") || content_type.contains("ndjson")
        });
        CustomState { stream, ..CustomState::default() }
    }

    fn observe(&self, state: &mut CustomState, captured: &Captured<'_>) {
        state.stream |= captured.index() > 0;
        state.input.look(&self.input, captured);
        state.output.look(&self.output, captured);
        if let Some((pointer, path)) = &self.model
            && let Some(raw) = captured.raw(*path)
            && raw != state.model_raw
            && let Ok(Some(model)) = pointer.to_text(raw)
            && !model.trim().is_empty()
        {
            state.model_raw = raw.to_vec();
            state.model = Some(model);
        }
    }

    fn finish(&self, state: CustomState, end: End) -> Extraction {
        let mut notes = Notes::default();
        let input = state.input.count("inputTokenPointer", &self.input.0, &mut notes);
        let output = state.output.count("outputTokenPointer", &self.output.0, &mut notes);
        let usage = match (input, output) {
            (Some(_), Some(_)) => Usage { input, output, ..Usage::default() },
            _ => Usage::default(),
        };
        // Nothing says which event is the last word, so a stream that broke off has none.
        let broken_off = end != End::Complete && state.stream;
        Extraction {
            usage,
            completeness: if broken_off { Completeness::Interim } else { Completeness::Final },
            model: state.model,
            notes,
            ..Extraction::default()
        }
    }
}
