//! The grammar of a JSON number, one byte at a time.

/// Where in a number the scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// After `-`.
    Sign,
    /// After a leading `0`: no digit may follow.
    Zero,
    /// In the integer part.
    Integer,
    /// After `.`.
    Point,
    /// In the fraction.
    Fraction,
    /// After `e` or `E`.
    E,
    /// After the exponent's sign.
    ESign,
    /// In the exponent.
    Exponent,
}

impl Number {
    /// The state after the first byte; `None` when no number begins so.
    pub(crate) fn start(byte: u8) -> Option<Self> {
        match byte {
            b'-' => Some(Self::Sign),
            b'0' => Some(Self::Zero),
            b'1'..=b'9' => Some(Self::Integer),
            _ => None,
        }
    }

    /// The state after one more byte; `None` when it cannot follow.
    pub(crate) fn step(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Sign, b'0') => Some(Self::Zero),
            (Self::Sign, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Some(Self::Integer),
            (Self::Zero | Self::Integer, b'.') => Some(Self::Point),
            (Self::Point | Self::Fraction, b'0'..=b'9') => Some(Self::Fraction),
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Some(Self::E),
            (Self::E, b'+' | b'-') => Some(Self::ESign),
            (Self::E | Self::ESign | Self::Exponent, b'0'..=b'9') => Some(Self::Exponent),
            _ => None,
        }
    }

    /// Whether the number may end here.
    pub(crate) fn complete(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::Exponent)
    }

    /// Whether the byte could stand in some number, so that it does not end this one.
    pub(crate) fn has(byte: u8) -> bool {
        matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_number(text: &str) -> bool {
        let (first, rest) = text.as_bytes().split_first().expect("not empty");
        let start = Number::start(*first);
        let end = rest.iter().try_fold(start, |number, byte| Some(number?.step(*byte)));
        end.flatten().is_some_and(Number::complete)
    }

    #[test]
    fn numbers_as_rfc_8259_has_them() {
        for text in ["0", "-0", "10", "0.0", "1e5", "1E+05", "-12.50e-3", "0e0"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["-", "+1", ".5", "1.", "01", "-01", "1e", "1e+", "1.e1", "1e1.5", "--1", "x"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
