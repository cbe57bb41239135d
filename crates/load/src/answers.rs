//! What the provider of this load answers: a short JSON document or a stream of events. Each call
//! has a number, which is its count of tokens sent, so that every answer and every record differs.

/// Events of a stream, the one with the counts and `[DONE]` included.
pub(crate) const EVENTS: usize = 200;

/// Added to a call's number, so that all have as many digits.
pub(crate) const FIRST: u64 = 1_000_000;

/// Which answer a call asks for; the first segment of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A chat completion of 1 KB.
    Json,
    /// The events one after the other, as fast as they are taken.
    Stream,
    /// The events with a pause before each.
    Paced,
    /// Two events at once, and the others when all are told to go on.
    Held,
}

impl Kind {
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Stream => "stream",
            Self::Paced => "paced",
            Self::Held => "held",
        }
    }

    pub(crate) fn of(segment: &str) -> Option<Self> {
        [Self::Json, Self::Stream, Self::Paced, Self::Held]
            .into_iter()
            .find(|kind| kind.segment() == segment)
    }

    pub(crate) fn is_stream(self) -> bool {
        self != Self::Json
    }
}

/// Bytes with a place for a call's number.
pub(crate) struct Text {
    bytes: Vec<u8>,
    hole: usize,
    /// Where each piece ends, which is sent at once.
    pub(crate) ends: Vec<usize>,
}

impl Text {
    fn new(pieces: &[String]) -> Self {
        let bytes = pieces.concat();
        let hole = bytes.find(&FIRST.to_string()).expect("a place for the number");
        let ends = pieces.iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        });
        let ends = ends.collect();
        Self { bytes: bytes.into_bytes(), hole, ends }
    }

    /// Puts the bytes for this call into a buffer.
    pub(crate) fn write(&self, number: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        let digits = (FIRST + number).to_string();
        into[self.hole..self.hole + digits.len()].copy_from_slice(digits.as_bytes());
    }
}

/// An answer: as a client must see it, and as the provider sends it.
pub(crate) struct Answer {
    pub(crate) body: Text,
    pub(crate) wire: Text,
}

/// Both answers.
pub(crate) struct Answers {
    json: Answer,
    stream: Answer,
}

impl Answers {
    pub(crate) fn new() -> Self {
        let document = document();
        let wire = [
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 x-request-id: req_0123456789\r\n\r\n",
                document.len()
            ),
            document.clone(),
        ];
        let json = Answer { body: Text::new(&[document]), wire: Text::new(&[wire.concat()]) };
        let events = events();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                    cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = |event: &String| format!("{:x}\r\n{event}\r\n", event.len());
        let mut wire = vec![head.to_owned()];
        wire.extend(events.iter().map(chunk));
        wire.push("0\r\n\r\n".to_owned());
        let stream = Answer { body: Text::new(&events), wire: Text::new(&wire) };
        Self { json, stream }
    }

    pub(crate) fn of(&self, kind: Kind) -> &Answer {
        if kind.is_stream() { &self.stream } else { &self.json }
    }
}

/// Without the total, which would be a second place for the number.
fn document() -> String {
    let text = "The proxy passes each byte as it comes and counts beside it. ".repeat(9);
    format!(
        "{{\"id\":\"chatcmpl-Bx1\",\"object\":\"chat.completion\",\"created\":1764000000,\
         \"model\":\"gpt-5-mini-2025-08-07\",\"choices\":[{{\"index\":0,\"message\":{{\"role\":\
         \"assistant\",\"content\":\"{text}\",\"refusal\":null,\"annotations\":[]}},\
         \"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":{FIRST},\
         \"completion_tokens\":200,\"prompt_tokens_details\":{{\
         \"cached_tokens\":0,\"audio_tokens\":0}},\"completion_tokens_details\":{{\
         \"reasoning_tokens\":64,\"audio_tokens\":0}}}},\"service_tier\":\"default\",\
         \"system_fingerprint\":null}}"
    )
}

fn events() -> Vec<String> {
    let event = |choices: &str, usage: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-Bx1\",\"object\":\"chat.completion.chunk\",\"created\":\
             1764000000,\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\
             \"system_fingerprint\":null,\"choices\":[{choices}],\"usage\":{usage}}}\n\n"
        )
    };
    let mut events: Vec<_> = (0..EVENTS - 2)
        .map(|number| {
            let delta = format!("{{\"content\":\" word{number}\"}}");
            let choice = format!("{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}");
            event(&choice, "null")
        })
        .collect();
    let usage = format!("{{\"prompt_tokens\":{FIRST},\"completion_tokens\":200}}");
    events.push(event("", &usage));
    events.push("data: [DONE]\n\n".to_owned());
    events
}
