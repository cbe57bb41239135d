//! Writes AWS event streams: messages, their headers and checksums, and base64.

/// A header's value, one of each type that there is.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Byte(i8),
    Short(i16),
    Int(i32),
    Long(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Timestamp(i64),
    Uuid([u8; 16]),
}

impl Value<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let mut long = |kind: u8, bytes: &[u8]| {
            out.push(kind);
            out.extend_from_slice(&u16::try_from(bytes.len()).unwrap().to_be_bytes());
            out.extend_from_slice(bytes);
        };
        match self {
            Self::Bytes(bytes) => return long(6, bytes),
            Self::Text(text) => return long(7, text.as_bytes()),
            Self::Bool(value) => out.push(u8::from(!value)),
            Self::Byte(_) => out.push(2),
            Self::Short(_) => out.push(3),
            Self::Int(_) => out.push(4),
            Self::Long(_) => out.push(5),
            Self::Timestamp(_) => out.push(8),
            Self::Uuid(_) => out.push(9),
        }
        match self {
            Self::Byte(n) => out.extend_from_slice(&n.to_be_bytes()),
            Self::Short(n) => out.extend_from_slice(&n.to_be_bytes()),
            Self::Int(n) => out.extend_from_slice(&n.to_be_bytes()),
            Self::Long(n) | Self::Timestamp(n) => out.extend_from_slice(&n.to_be_bytes()),
            Self::Uuid(bytes) => out.extend_from_slice(bytes),
            Self::Bool(_) | Self::Bytes(_) | Self::Text(_) => {}
        }
    }
}

/// A message with these headers.
pub(crate) fn message(headers: &[(&str, Value<'_>)], payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(u8::try_from(name.len()).unwrap());
        block.extend_from_slice(name.as_bytes());
        value.write(&mut block);
    }
    raw_message(&block, payload)
}

/// A message with this block of headers, right or wrong.
pub(crate) fn raw_message(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + headers.len() + payload.len()).unwrap();
    let mut out = length.to_be_bytes().to_vec();
    out.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out
}

/// An event as Bedrock sends it.
pub(crate) fn event(name: &str, payload: &str) -> Vec<u8> {
    let headers = [
        (":event-type", Value::Text(name)),
        (":content-type", Value::Text("application/json")),
        (":message-type", Value::Text("event")),
    ];
    message(&headers, payload.as_bytes())
}

/// An event of a model's own stream.
pub(crate) fn chunk(document: &str) -> Vec<u8> {
    let bytes = base64(document.as_bytes());
    event("chunk", &format!("{{\"bytes\":\"{bytes}\",\"p\":\"abcd\"}}"))
}

/// With padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = char::from(alphabet[(bits >> shift & 63) as usize]);
            out.push(if place <= group.len() { digit } else { '=' });
        }
    }
    out
}
