//! What the language takes from Java's library: numbers as texts, regular expressions, formats.

mod classes;
mod digits;
mod escapes;
pub(crate) mod format;
mod number;
pub(crate) mod regex;
mod translate;

pub(crate) use number::{
    double_to_string, float_to_string, is_whitespace, parse_digits, parse_long,
};
