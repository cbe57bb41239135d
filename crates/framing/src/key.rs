//! An object key that a chunk cuts or that has escapes: unescaped into a small buffer.

use crate::skip::string_special;

/// Collects one key. Holds no more bytes than the longest wanted key has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Key {
    text: Vec<u8>,
    /// Longer than any wanted key, or not Unicode: it matches nothing.
    lost: bool,
    escape: Escape,
    /// A `\uD8xx` that waits for its second half.
    high: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Backslash,
    /// `\u`, with this many digits read and this value.
    Unicode(u8, u16),
}

/// What [`Key::read`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRead {
    /// The chunk ended first.
    More,
    /// The key ended; its closing quote is before this position.
    End(usize),
    /// An escape that JSON does not have, before this position.
    Malformed(usize),
}

impl Key {
    /// Begins after the opening quote.
    pub(crate) fn start(&mut self) {
        self.text.clear();
        self.lost = false;
        self.escape = Escape::None;
        self.high = None;
    }

    /// Reads on from `at`; keys over `longest` bytes are read but not kept.
    pub(crate) fn read(&mut self, chunk: &[u8], mut at: usize, longest: usize) -> KeyRead {
        while let Some(&byte) = chunk.get(at) {
            match self.escape {
                Escape::None => {
                    let run = string_special(&chunk[at..]).unwrap_or(chunk.len() - at);
                    self.plain(&chunk[at..at + run], longest);
                    at += run;
                    match chunk.get(at) {
                        None => return KeyRead::More,
                        Some(b'"') => {
                            // A first half without its second.
                            self.lost |= self.high.is_some();
                            return KeyRead::End(at + 1);
                        }
                        Some(_) => self.escape = Escape::Backslash,
                    }
                }
                Escape::Backslash => match unescape(byte) {
                    Some(plain) => {
                        self.escape = Escape::None;
                        self.plain(&[plain], longest);
                    }
                    None if byte == b'u' => self.escape = Escape::Unicode(0, 0),
                    None => return KeyRead::Malformed(at),
                },
                Escape::Unicode(digits, value) => {
                    let Some(digit) = char::from(byte).to_digit(16) else {
                        return KeyRead::Malformed(at);
                    };
                    let value = value << 4 | digit as u16;
                    self.escape = if digits == 3 {
                        self.unit(value, longest);
                        Escape::None
                    } else {
                        Escape::Unicode(digits + 1, value)
                    };
                }
            }
            at += 1;
        }
        KeyRead::More
    }

    /// The unescaped key; `None` when it cannot be a wanted one.
    pub(crate) fn text(&self) -> Option<&[u8]> {
        (!self.lost).then_some(self.text.as_slice())
    }

    fn plain(&mut self, bytes: &[u8], longest: usize) {
        if bytes.is_empty() {
            return;
        }
        // Half a surrogate pair is no character, so no wanted key has it.
        self.lost |= self.high.take().is_some() || self.text.len() + bytes.len() > longest;
        if !self.lost {
            self.text.extend_from_slice(bytes);
        }
    }

    /// One UTF-16 unit of a `\u` escape.
    fn unit(&mut self, unit: u16, longest: usize) {
        let decoded = match (self.high.take(), unit) {
            (None, 0xD800..=0xDBFF) => {
                self.high = Some(unit);
                return;
            }
            (None, _) => char::from_u32(u32::from(unit)),
            (Some(high), _) => char::decode_utf16([high, unit]).next().and_then(Result::ok),
        };
        match decoded {
            Some(c) => self.plain(c.encode_utf8(&mut [0; 4]).as_bytes(), longest),
            None => self.lost = true,
        }
    }
}

fn unescape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}
