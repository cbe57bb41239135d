//! Where the events of a recorded body end.

/// The lengths of what has arrived after each event of this body, none and all of it included.
///
/// An AWS event stream is told by its first message's length; of any other body each line's
/// end is taken for an event's, so that a line of a longer document is one too. At most
/// `most` of them, evenly spread.
#[must_use]
pub fn ends(body: &[u8], most: usize) -> Vec<usize> {
    let mut ends = messages(body).unwrap_or_else(|| {
        let lines = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        lines.map(|(at, _)| at + 1).collect()
    });
    ends.insert(0, 0);
    if ends.last() != Some(&body.len()) {
        ends.push(body.len());
    }
    let every = ends.len().div_ceil(most).max(1);
    ends.into_iter().step_by(every).collect()
}

/// The ends of the messages of an AWS event stream, each of which begins with its length.
fn messages(body: &[u8]) -> Option<Vec<usize>> {
    if body.first() != Some(&0) {
        return None;
    }
    let (mut at, mut ends) = (0, Vec::new());
    while let Some(length) = body.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().ok()?);
        at = at.checked_add(usize::try_from(length).ok()?)?;
        if length < 16 || at > body.len() {
            break;
        }
        ends.push(at);
    }
    Some(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_ends_with_its_line_or_its_message() {
        assert_eq!(ends(b"data: 1\n\ndata: 2", 99), [0, 8, 9, 16]);
        assert_eq!(ends(b"{}\n", 99), [0, 3]);
        assert_eq!(ends(b"", 99), [0]);
        let mut message = 16_u32.to_be_bytes().to_vec();
        message.resize(16, b'\n');
        message.extend_from_slice(&message.clone());
        assert_eq!(ends(&message, 99), [0, 16, 32]);
        assert_eq!(ends(&[b'\n'; 100], 11).len(), 11);
    }
}
