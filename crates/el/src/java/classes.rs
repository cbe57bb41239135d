//! Named classes of characters: POSIX names mean ASCII, as in Java.

/// What is between the brackets of a class.
pub(super) fn named_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => r"!-/:-@\[-`\{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => r" \t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => r" \t\n\x0B\x0C\r",
        "L" => r"\p{L}",
        "Lu" => r"\p{Lu}",
        "Ll" => r"\p{Ll}",
        "N" => r"\p{N}",
        "Nd" => r"\p{Nd}",
        "P" => r"\p{P}",
        _ => return None,
    })
}

/// Appends a character that stands for itself.
pub(super) fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}
