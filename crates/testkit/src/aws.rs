//! AWS event streams from readable lines, so that a fixture of one can be reviewed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    /// The `:event-type` of an event.
    event: Option<&'a str>,
    /// The `:exception-type` of an exception.
    exception: Option<&'a str>,
    /// The payload as it is.
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    /// What the payload has in base64, as the `chunk` events of Bedrock's models do.
    #[serde(borrow)]
    bytes: Option<&'a RawValue>,
}

/// The messages of these lines, with their checksums.
pub(crate) fn encode(lines: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(lines).map_err(|error| error.to_string())?;
    let mut body = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |why: String| format!("line {}: {why}", number + 1);
        let line: Line<'_> =
            serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let kind = match (line.event, line.exception) {
            (Some(event), None) => [(":event-type", event), (":message-type", "event")],
            (None, Some(name)) => [(":exception-type", name), (":message-type", "exception")],
            _ => return Err(wrong("it is an `event` or an `exception`".to_owned())),
        };
        let payload = match (line.payload, line.bytes) {
            (Some(payload), None) => payload.get().to_owned(),
            (None, Some(bytes)) => {
                format!("{{\"bytes\":\"{}\",\"p\":\"abcd\"}}", STANDARD.encode(bytes.get()))
            }
            (None, None) => String::new(),
            _ => return Err(wrong("it has a `payload` or `bytes`".to_owned())),
        };
        let [first, second] = kind;
        let headers = [first, (":content-type", "application/json"), second];
        message(&mut body, &headers, payload.as_bytes()).ok_or_else(|| wrong("too long".into()))?;
    }
    Ok(body)
}

/// Appends a message; `None` where a length does not fit its field.
fn message(body: &mut Vec<u8>, headers: &[(&str, &str)], payload: &[u8]) -> Option<()> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(u8::try_from(name.len()).ok()?);
        block.extend_from_slice(name.as_bytes());
        // 7: a string, with its length in two bytes.
        block.push(7);
        block.extend_from_slice(&u16::try_from(value.len()).ok()?.to_be_bytes());
        block.extend_from_slice(value.as_bytes());
    }
    let start = body.len();
    // A prelude of 8 bytes and its checksum, and the checksum of the whole.
    let length = u32::try_from(12 + block.len() + payload.len() + 4).ok()?;
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(&u32::try_from(block.len()).ok()?.to_be_bytes());
    body.extend_from_slice(&crc32fast::hash(&body[start..]).to_be_bytes());
    body.extend_from_slice(&block);
    body.extend_from_slice(payload);
    body.extend_from_slice(&crc32fast::hash(&body[start..]).to_be_bytes());
    Some(())
}
