//! What follows a backslash in a Java pattern.

use super::classes::{named_class, push_literal};
use super::regex::{Refused, unsupported};
use super::translate::Translator;

impl Translator<'_> {
    /// After `\`.
    pub(super) fn escape(&mut self, in_class: bool) -> Result<String, Refused> {
        let c = self.chars.next().ok_or(Refused::Invalid)?;
        let class = |inner: &str, negated: bool| match (in_class, negated) {
            (true, false) => Ok(inner.to_owned()),
            (true, true) => unsupported("negated escapes within a class"),
            (false, false) => Ok(format!("[{inner}]")),
            (false, true) => Ok(format!("[^{inner}]")),
        };
        match c {
            'd' | 'D' => class("0-9", c == 'D'),
            'w' | 'W' => class("a-zA-Z0-9_", c == 'W'),
            's' | 'S' => class(r"\t\n\x0B\x0C\r ", c == 'S'),
            'h' | 'H' => {
                class(r"\t \xA0\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}", c == 'H')
            }
            't' => Ok(r"\t".to_owned()),
            'n' => Ok(r"\n".to_owned()),
            'r' => Ok(r"\r".to_owned()),
            'f' => Ok(r"\x0C".to_owned()),
            'a' => Ok(r"\x07".to_owned()),
            'e' => Ok(r"\x1B".to_owned()),
            'x' | 'u' => self.code(if c == 'x' { 2 } else { 4 }),
            'p' | 'P' => self.property(c == 'P', class),
            'b' | 'B' if !in_class => {
                self.ascii_only = true;
                Ok(format!(r"\{c}"))
            }
            'A' if !in_class => Ok(r"\A".to_owned()),
            'z' if !in_class => Ok(r"\z".to_owned()),
            'Q' if !in_class => Ok(self.quoted()),
            '1'..='9' | 'k' if !in_class => unsupported("back-references"),
            c if c.is_ascii_alphanumeric() => unsupported(format!("the escape `\\{c}`")),
            c => {
                let mut out = String::new();
                push_literal(&mut out, c);
                Ok(out)
            }
        }
    }

    fn code(&mut self, digits: usize) -> Result<String, Refused> {
        let text: String = self.chars.by_ref().take(digits).collect();
        if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return unsupported("an escape with braces or without its digits");
        }
        let code = u32::from_str_radix(&text, 16).unwrap_or_default();
        match char::from_u32(code) {
            Some(c) => {
                let mut out = String::new();
                push_literal(&mut out, c);
                Ok(out)
            }
            None => unsupported("half of a surrogate pair"),
        }
    }

    fn property(
        &mut self,
        negated: bool,
        class: impl Fn(&str, bool) -> Result<String, Refused>,
    ) -> Result<String, Refused> {
        let mut name = String::new();
        match self.chars.next() {
            Some('{') => loop {
                match self.chars.next() {
                    Some('}') => break,
                    Some(c) => name.push(c),
                    None => return Err(Refused::Invalid),
                }
            },
            Some(c) => name.push(c),
            None => return Err(Refused::Invalid),
        }
        let Some(inner) = named_class(&name) else {
            return unsupported(format!("the class `\\p{{{name}}}`"));
        };
        class(inner, negated)
    }

    /// After `\Q`.
    fn quoted(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.chars.next() {
            if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                break;
            }
            push_literal(&mut out, c);
        }
        out
    }
}
