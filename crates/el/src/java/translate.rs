//! A Java pattern in the syntax of the `regex` crate.

use super::classes::push_literal;
use super::regex::{Refused, unsupported};

/// A pattern on its way from one engine to the other.
pub(super) struct Translator<'p> {
    pub(super) chars: std::iter::Peekable<std::str::Chars<'p>>,
    pub(super) out: String,
    pub(super) ascii_only: bool,
    pub(super) one_line: bool,
    pub(super) loops: u32,
    pub(super) nested: bool,
    dot_all: bool,
    /// For each open group: whether it holds a repetition or a choice, and `dot_all` outside.
    groups: Vec<(bool, bool)>,
}

/// `.` without `(?s)`.
const DOT: &str = r"[^\n\r\u{85}\u{2028}\u{2029}]";

impl<'p> Translator<'p> {
    pub(super) fn new(java: &'p str) -> Self {
        Self {
            chars: java.chars().peekable(),
            out: String::new(),
            ascii_only: false,
            one_line: false,
            loops: 0,
            nested: false,
            dot_all: false,
            groups: Vec::new(),
        }
    }

    pub(super) fn run(&mut self) -> Result<(), Refused> {
        // Whether the last group was worth repeating at a price.
        let mut heavy = false;
        while let Some(c) = self.chars.next() {
            let mut atom_is_heavy = false;
            match c {
                '.' => self.out.push_str(if self.dot_all { r"(?s:.)" } else { DOT }),
                '^' => self.out.push_str(r"\A"),
                '$' => {
                    self.one_line = true;
                    self.out.push_str(r"\z");
                }
                '|' => {
                    if let Some(group) = self.groups.last_mut() {
                        group.0 = true;
                    }
                    self.out.push('|');
                }
                '(' => self.group()?,
                ')' => {
                    let (inside, dot_all) = self.groups.pop().ok_or(Refused::Invalid)?;
                    self.dot_all = dot_all;
                    atom_is_heavy = inside;
                    if inside && let Some(outer) = self.groups.last_mut() {
                        outer.0 = true;
                    }
                    self.out.push(')');
                }
                '[' => self.class()?,
                '*' | '+' | '?' | '{' => {
                    self.repetition(c, heavy)?;
                    continue;
                }
                '\\' => {
                    let escaped = self.escape(false)?;
                    self.out.push_str(&escaped);
                }
                c => push_literal(&mut self.out, c),
            }
            heavy = atom_is_heavy;
        }
        if self.groups.is_empty() { Ok(()) } else { Err(Refused::Invalid) }
    }

    /// After `(`.
    fn group(&mut self) -> Result<(), Refused> {
        let outer = self.dot_all;
        self.out.push('(');
        if self.chars.next_if_eq(&'?').is_none() {
            self.groups.push((false, outer));
            return Ok(());
        }
        match self.chars.next() {
            Some(':') => self.out.push_str("?:"),
            Some('<') if self.chars.peek().is_some_and(char::is_ascii_alphabetic) => {
                self.out.push_str("?P<");
                loop {
                    match self.chars.next() {
                        Some(c) if c.is_ascii_alphanumeric() => self.out.push(c),
                        Some('>') => break,
                        _ => return Err(Refused::Invalid),
                    }
                }
                self.out.push('>');
            }
            Some('=' | '!' | '<') => return unsupported("look-ahead and look-behind"),
            Some('>') => return unsupported("atomic groups"),
            Some(mut flag) => {
                self.out.push('?');
                loop {
                    match flag {
                        'i' => {
                            self.ascii_only = true;
                            self.out.push('i');
                        }
                        's' => self.dot_all = true,
                        ')' if self.out.ends_with('?') => {
                            // Only flags that are translated: no group is left.
                            self.out.truncate(self.out.len() - 2);
                            return Ok(());
                        }
                        ')' => {
                            self.out.push(')');
                            return Ok(());
                        }
                        ':' => {
                            self.out.push(':');
                            break;
                        }
                        'd' | 'm' | 'u' | 'x' | 'U' | '-' => {
                            return unsupported("flags other than `(?i)` and `(?s)`");
                        }
                        _ => return Err(Refused::Invalid),
                    }
                    flag = self.chars.next().ok_or(Refused::Invalid)?;
                }
            }
            None => return Err(Refused::Invalid),
        }
        self.groups.push((false, outer));
        Ok(())
    }

    fn repetition(&mut self, sign: char, heavy: bool) -> Result<(), Refused> {
        if self.out.is_empty() || self.out.ends_with(['(', '|']) {
            return no_repetition(sign);
        }
        let mut unbounded = sign != '?';
        self.out.push(sign);
        if sign == '{' {
            let mut bounds = String::new();
            loop {
                match self.chars.next() {
                    Some('}') => break,
                    Some(c) if c.is_ascii_digit() || c == ',' => bounds.push(c),
                    _ => return Err(Refused::Invalid),
                }
            }
            if !bounds.starts_with(|c: char| c.is_ascii_digit()) || bounds.matches(',').count() > 1
            {
                return Err(Refused::Invalid);
            }
            // Rust forgets the groups of what is repeated no times.
            if !bounds.contains(|c: char| matches!(c, '1'..='9')) {
                return unsupported("a repetition of no times");
            }
            unbounded = bounds.contains(',');
            self.out.push_str(&bounds);
            self.out.push('}');
        }
        match self.chars.peek() {
            Some('+') => return unsupported("possessive repetitions such as `a++`"),
            Some('?') => {
                self.chars.next();
                self.out.push('?');
            }
            _ => {}
        }
        if let Some(sign) = self.chars.peek().filter(|sign| "*+?{".contains(**sign)) {
            return no_repetition(*sign);
        }
        self.loops += u32::from(unbounded);
        self.nested |= heavy && unbounded;
        if let Some(group) = self.groups.last_mut() {
            group.0 = true;
        }
        Ok(())
    }

    /// After `[`.
    fn class(&mut self) -> Result<(), Refused> {
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.chars.next().ok_or(Refused::Invalid)? {
                ']' if !first => break,
                '[' => return unsupported("classes within classes"),
                '&' if self.chars.peek() == Some(&'&') => {
                    return unsupported("intersections of classes");
                }
                '\\' => {
                    let escaped = self.escape(true)?;
                    self.out.push_str(&escaped);
                }
                '-' if self.chars.peek() == Some(&'-') => return unsupported("`--` in a class"),
                '-' if !first && self.chars.peek() != Some(&']') => self.out.push('-'),
                c => push_literal(&mut self.out, c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }
}

/// A repetition of nothing, of which Java takes some.
fn no_repetition(sign: char) -> Result<(), Refused> {
    if sign == '{' { unsupported("a repetition of a repetition") } else { Err(Refused::Invalid) }
}
