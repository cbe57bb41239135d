//! Base64 to bytes, whatever the cuts.

/// Decodes one text of the standard alphabet (RFC 4648, section 4).
///
/// Padding may be left out, as no length is lost by that. The bits of the last group that
/// are no part of a byte are not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Base64 {
    /// The digits of the group so far, six bits each.
    group: u32,
    digits: u8,
    padding: u8,
}

/// A byte that cannot stand in base64, or not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoBase64;

/// Bytes that are decoded at a time.
const OUT_BYTES: usize = 768;

impl Base64 {
    /// Decodes a piece; what it completes goes to `sink`, in pieces of at most 768 bytes.
    pub(crate) fn push(
        &mut self,
        piece: &[u8],
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), NoBase64> {
        // The cut of the piece before is mended digit by digit, and then all is whole groups.
        let lone = piece.len().min((4 - usize::from(self.digits)) % 4);
        let (lone, mut rest) = piece.split_at(lone);
        self.digits(lone, sink)?;
        if self.digits == 0 && self.padding == 0 {
            rest = groups(rest, sink);
        }
        self.digits(rest, sink)
    }

    /// The text ends.
    pub(crate) fn finish(&self) -> Result<(), NoBase64> {
        // A padded group is whole; without padding only a lone digit makes no byte.
        match (self.digits, self.padding) {
            (0 | 2 | 3, 0) | (2, 2) | (3, 1) => Ok(()),
            _ => Err(NoBase64),
        }
    }

    /// Decodes digit by digit. A byte goes out with the digit that completes it, so that
    /// nothing is left when the text ends.
    fn digits(&mut self, piece: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), NoBase64> {
        for &byte in piece {
            if byte == b'=' && self.digits >= 2 && self.digits + self.padding < 4 {
                self.padding += 1;
                continue;
            }
            let digit = DIGITS[usize::from(byte)];
            if digit == NO_DIGIT || self.padding > 0 {
                return Err(NoBase64);
            }
            self.group = self.group << 6 | u32::from(digit);
            self.digits += 1;
            let made = match self.digits {
                2 => self.group >> 4,
                3 => self.group >> 2,
                4 => self.group,
                _ => continue,
            };
            sink(&made.to_be_bytes()[3..]);
            if self.digits == 4 {
                *self = Self::default();
            }
        }
        Ok(())
    }
}

/// Decodes whole groups without padding, as many as there are; what is left.
fn groups<'p>(mut rest: &'p [u8], sink: &mut dyn FnMut(&[u8])) -> &'p [u8] {
    let mut out = [0; OUT_BYTES];
    loop {
        let mut count = 0;
        for (group, place) in rest.chunks_exact(4).zip(out.chunks_exact_mut(3)) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at| DIGITS[usize::from(group[at])]);
            if a | b | c | d == NO_DIGIT {
                break;
            }
            let bits = [a, b, c, d].into_iter();
            let bits = bits.fold(0u32, |bits, digit| bits << 6 | u32::from(digit));
            place.copy_from_slice(&bits.to_be_bytes()[1..]);
            count += 1;
        }
        if count == 0 {
            return rest;
        }
        sink(&out[..3 * count]);
        rest = &rest[4 * count..];
    }
}

/// All bits are set: no digits together make it.
const NO_DIGIT: u8 = 0xFF;

const DIGITS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 64 {
        table[alphabet[digit as usize] as usize] = digit;
        digit += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let mut decoder = Base64::default();
        let mut out = Vec::new();
        for piece in pieces {
            let pushed = decoder.push(piece, &mut |bytes| out.extend_from_slice(bytes));
            pushed.ok()?;
        }
        decoder.finish().ok()?;
        Some(out)
    }

    #[test]
    fn the_vectors_of_rfc_4648_at_every_cut() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
            ("Zm9vYmE", "fooba"),
            ("Zg", "f"),
        ] {
            for at in 0..=text.len() {
                let (a, b) = text.as_bytes().split_at(at);
                assert_eq!(decode(&[a, b]).as_deref(), Some(bytes.as_bytes()), "{text}");
            }
            let lone: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(decode(&lone).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "Z",
            "Z===",
            "=",
            "Zg=",
            "Zg===",
            "Zg==Zg==",
            "Zm8=Z",
            "Zm9v=",
            "Zm 9v",
            "Zm-_",
            "Zm9\n",
            "Zm9vZ",
            "\u{e9}abc",
            "abc\u{e9}",
        ] {
            assert_eq!(decode(&[text.as_bytes()]), None, "{text}");
            let lone: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(decode(&lone), None, "{text}");
        }
    }

    #[test]
    fn every_digit_in_every_place() {
        let bytes: Vec<u8> = (0..4096u32).map(|n| (n.wrapping_mul(40_503) >> 7) as u8).collect();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let text: Vec<u8> = bytes
            .chunks_exact(3)
            .flat_map(|b| {
                let bits = u32::from_be_bytes([0, b[0], b[1], b[2]]);
                [18, 12, 6, 0].map(|shift| alphabet[(bits >> shift & 63) as usize])
            })
            .collect();
        let whole = decode(&[&text]);
        assert_eq!(whole.as_deref(), Some(&bytes[..bytes.len() / 3 * 3]));
        for size in [1, 2, 3, 5, 7, 1000, 1023, 1025] {
            assert_eq!(decode(&text.chunks(size).collect::<Vec<_>>()), whole);
        }
    }
}
