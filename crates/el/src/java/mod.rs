//! What the language takes from Java's library: numbers as texts, regular expressions, formats.

mod digits;
pub(crate) mod format;
mod number;
pub(crate) mod regex;

pub(crate) use number::{
    double_to_string, float_to_string, is_whitespace, parse_digits, parse_long,
};
