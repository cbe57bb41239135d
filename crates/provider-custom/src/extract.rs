//! Each pointer over each document; the last value found wins.

use token_tracking_core::{
    Captured, Completeness, Credentials, End, Exchange, Extraction, Extractor, Notes, Reason,
    Usage, Wanted,
};
use token_tracking_el::Pointer;

use crate::known::Known;
use crate::reading::{Reading, Trouble};

/// Reads the answers.
#[derive(Clone, Debug)]
pub struct CustomExtractor {
    wanted: Wanted,
    input: Reading,
    output: Reading,
    model: Option<Reading>,
    /// Some pointer asks for more than values of the documents.
    needs_facts: bool,
}

/// What the pointers found so far.
#[derive(Debug, Default)]
pub struct CustomState {
    /// It is announced as a stream, or more than one document was seen.
    stream: bool,
    known: Known,
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
    /// Why the last document without a count had none, and whether that was a bound.
    trouble: Option<(String, Why)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NotACount,
    Limit,
}

impl CustomExtractor {
    pub(crate) fn new(
        wanted: Wanted,
        input: Reading,
        output: Reading,
        model: Option<Reading>,
    ) -> Self {
        let needs_facts = [Some(&input), Some(&output), model.as_ref()]
            .into_iter()
            .flatten()
            .any(Reading::needs_facts);
        Self { wanted, input, output, model, needs_facts }
    }
}

impl Found {
    fn look(&mut self, reading: &Reading, known: &Known, captured: &Captured<'_>) {
        match reading.count(known, captured) {
            Ok(None) => {}
            Ok(Some(count)) => match u64::try_from(count) {
                Ok(count) => self.count = Some(count),
                Err(_) => self.trouble = Some((format!("{count} is negative"), Why::NotACount)),
            },
            Err(Trouble { limit, message }) => {
                self.trouble = Some((message, if limit { Why::Limit } else { Why::NotACount }));
            }
        }
    }

    /// The count; or a note that names the pointer.
    fn count(self, field: &str, pointer: &Pointer, notes: &mut Notes) -> Option<u64> {
        if self.count.is_none() {
            let text: String = pointer.text().chars().take(200).collect();
            let why = match self.trouble {
                Some((trouble, why)) => {
                    notes.reason(match why {
                        Why::NotACount => Reason::NotACount,
                        Why::Limit => Reason::LimitExceeded,
                    });
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

    fn reads_request_headers(&self) -> bool {
        self.needs_facts
    }

    fn start(&self, exchange: &Exchange<'_>) -> CustomState {
        let stream = exchange.content_type().is_some_and(|content_type| {
            content_type.contains("event-stream") || content_type.contains("ndjson")
        });
        // What a pointer finds is recorded.
        let known = self.needs_facts.then(|| exchange.known(Credentials::Hidden).into_owned());
        CustomState { stream, known: known.unwrap_or_default(), ..CustomState::default() }
    }

    fn observe(&self, state: &mut CustomState, captured: &Captured<'_>) {
        state.stream |= captured.index() > 0;
        state.input.look(&self.input, &state.known, captured);
        state.output.look(&self.output, &state.known, captured);
        let Some(reading) = &self.model else {
            return;
        };
        let raw = reading.raw(captured);
        if raw.is_some_and(|raw| raw == state.model_raw) {
            return;
        }
        if let Ok(Some(model)) = reading.text(&state.known, captured)
            && !model.trim().is_empty()
        {
            state.model_raw = raw.map(<[u8]>::to_vec).unwrap_or_default();
            state.model = Some(model);
        }
    }

    fn finish(&self, state: CustomState, end: End) -> Extraction {
        let mut notes = Notes::default();
        let input = state.input.count("inputTokenPointer", &self.input.pointer, &mut notes);
        let output = state.output.count("outputTokenPointer", &self.output.pointer, &mut notes);
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
