//! Plain readers of whole streams, to hold the push machines against. They say nothing
//! (`None`) of streams with anything broken in them, or where the crate does not do as the
//! standard says.

use serde_json::Value;

/// A name and a document.
pub(crate) type Named = (Option<String>, Value);

/// The events of a stream of server-sent events that begins with a comment.
pub(crate) fn sse(body: &[u8]) -> Option<Vec<Named>> {
    let mut events = Vec::new();
    let (mut name, mut data) = (Vec::new(), None::<Vec<u8>>);
    let (lines, last) = lines(body);
    for line in lines {
        if line.is_empty() {
            events.extend(event(&std::mem::take(&mut name), data.take())?);
        } else {
            field(line, &mut name, &mut data)?;
        }
    }
    if last.contains(&b':') {
        field(last, &mut name, &mut data)?;
    }
    events.extend(event(&name, data)?);
    Some(events)
}

/// The lines that end, and what is after them.
fn lines(body: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let (mut lines, mut rest) = (Vec::new(), body);
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        lines.push(&rest[..end]);
        let crlf = rest[end..].starts_with(b"\r\n");
        rest = &rest[end + 1 + usize::from(crlf)..];
    }
    (lines, rest)
}

fn field(line: &[u8], name: &mut Vec<u8>, data: &mut Option<Vec<u8>>) -> Option<()> {
    let colon = line.iter().position(|byte| *byte == b':');
    let (field, value) = line.split_at(colon.unwrap_or(line.len()));
    let value = value.strip_prefix(b":").unwrap_or_default();
    let value = value.strip_prefix(b" ").unwrap_or(value);
    match (field, data) {
        (b"event", _) => *name = value.to_vec(),
        (b"data", Some(data)) => {
            // Whole documents on lines of one event: the crate cuts there.
            if is_done(data) || serde_json::from_slice::<Value>(data).is_ok() {
                return None;
            }
            data.push(b'\n');
            data.extend_from_slice(value);
        }
        (b"data", none) => *none = Some(value.to_vec()),
        _ => {}
    }
    Some(())
}

fn event(name: &[u8], data: Option<Vec<u8>>) -> Option<Option<Named>> {
    let Some(data) = data.filter(|data| !trim(data).is_empty()) else {
        return Some(None);
    };
    if is_done(&data) {
        return Some(None);
    }
    let name = &name[..name.len().min(64)];
    let valid = name.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let name = (!valid.is_empty()).then(|| valid.to_owned());
    Some(Some((name, serde_json::from_slice(&data).ok()?)))
}

/// Without the whitespace of JSON around: a form feed is none.
fn trim(data: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let begin = data.iter().position(|byte| !blank(byte)).unwrap_or(data.len());
    let end = data.iter().rposition(|byte| !blank(byte)).map_or(begin, |at| at + 1);
    &data[begin..end]
}

fn is_done(data: &[u8]) -> bool {
    trim(data) == b"[DONE]"
}

/// The documents of an AWS event stream.
pub(crate) fn messages(mut body: &[u8]) -> Option<Vec<Named>> {
    let mut documents = Vec::new();
    while !body.is_empty() {
        let length = number(body, 0)?;
        let (message, rest) = body.split_at_checked(length)?;
        body = rest;
        let headers_end = 12usize.checked_add(number(message, 4)?)?;
        let payload_end = length.checked_sub(4)?;
        let right = number(message, 8)? == crc32fast::hash(&message[..8]) as usize
            && number(message, payload_end)? == crc32fast::hash(&message[..payload_end]) as usize;
        let payload = message.get(headers_end..payload_end).filter(|_| right)?;
        let headers = headers(message.get(12..headers_end)?)?;
        let last = |name: &str| headers.iter().rfind(|(have, _)| *have == name.as_bytes());
        // Exceptions, other types of payloads and values that are cut: not looked at here.
        let only = |name: &str, usual: &[u8]| last(name).is_none_or(|(_, value)| *value == usual);
        if !only(":message-type", b"event") || !only(":content-type", b"application/json") {
            return None;
        }
        let name = match last(":event-type") {
            Some((_, name)) if name.len() > 64 => return None,
            Some((_, name)) => std::str::from_utf8(name).ok()?,
            None => "",
        };
        if trim(payload).is_empty() {
            if name == "chunk" && !payload.is_empty() {
                return None;
            }
            continue;
        }
        let mut document: Value = serde_json::from_slice(payload).ok()?;
        if name == "chunk" {
            let inner = document.as_object()?.get("bytes").map(Value::as_str);
            let inner = base64(inner.flatten()?.as_bytes())?;
            let start = trim(&inner);
            if !start.starts_with(b"{") && !start.starts_with(b"[") {
                continue;
            }
            document = serde_json::from_slice(&inner).ok()?;
        }
        if !document.is_object() && !document.is_array() {
            return None;
        }
        documents.push(((!name.is_empty()).then(|| name.to_owned()), document));
    }
    Some(documents)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

/// The headers that are text.
fn headers(mut block: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut headers = Vec::new();
    while let Some((&length, rest)) = block.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(length))?;
        let (&kind, rest) = rest.split_first()?;
        let (length, rest) = match kind {
            6 | 7 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), &rest[2..]),
            _ => (*[0, 0, 1, 2, 4, 8, 0, 0, 8, 16].get(usize::from(kind))?, rest),
        };
        let value;
        (value, block) = rest.split_at_checked(length)?;
        if name.is_empty() {
            return None;
        }
        if kind == 7 {
            headers.push((name, value));
        }
    }
    Some(headers)
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 0 && (padding > 2 || !text.len().is_multiple_of(4)) || text.len() % 4 == 1 {
        return None;
    }
    let (mut out, mut bits, mut have) = (Vec::new(), 0u32, 0);
    for byte in &text[..text.len() - padding] {
        let digit = alphabet.iter().position(|have| have == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from(bits >> have & 0xFF).ok()?);
        }
    }
    Some(out)
}
