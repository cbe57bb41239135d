//! Quoted texts of permissive JSON.

use super::permissive::{END, Parsed, Parser, Trouble};

impl Parser {
    /// A text from its opening quote.
    pub(super) fn string(&mut self, quote: char) -> Parsed<String> {
        let start = self.at + 1;
        let Some(end) = (start..self.chars.len()).find(|&at| self.chars[at] == quote) else {
            return Err(Trouble::Failed);
        };
        if !self.chars[start..end].contains(&'\\') {
            self.at = end + 1;
            return Ok(self.chars[start..end].iter().collect());
        }
        let mut units: Vec<u16> = Vec::new();
        self.at = start;
        loop {
            let c = self.current();
            self.at += 1;
            match c {
                END => return Err(Trouble::Failed),
                c if c == quote => break,
                '\\' => {
                    let escaped = self.current();
                    self.at += 1;
                    match escaped {
                        't' => push(&mut units, '\t'),
                        'n' => push(&mut units, '\n'),
                        'r' => push(&mut units, '\r'),
                        'f' => push(&mut units, '\u{c}'),
                        'b' => push(&mut units, '\u{8}'),
                        '\\' | '/' | '\'' | '"' => push(&mut units, escaped),
                        'u' | 'x' => {
                            let length = if escaped == 'u' { 4 } else { 2 };
                            let digits: String =
                                self.chars.iter().skip(self.at).take(length).collect();
                            let hexadecimal = digits.len() == length
                                && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                            if !hexadecimal {
                                return Err(Trouble::Failed);
                            }
                            self.at += length;
                            units.push(u16::from_str_radix(&digits, 16).unwrap_or_default());
                        }
                        _ => {}
                    }
                }
                '\0'..='\u{1f}' | '\u{7f}' => {}
                c => push(&mut units, c),
            }
        }
        String::from_utf16(&units).map_err(|_| Trouble::Unsupported)
    }
}

fn push(units: &mut Vec<u16>, c: char) {
    units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
}
