//! Java's regular expressions by a linear-time engine.
//!
//! The pattern is translated where Java and the `regex` crate differ (`.`, `\d`, `\w`, `\s`,
//! `\Q…\E`, POSIX classes) and refused where they cannot agree: look-around,
//! back-references, possessive and atomic groups, class intersections, `\b`-like anchors
//! other than `\b` itself, flags other than `(?i)` and `(?s)`. What agrees only for plain
//! input (`\b`, `(?i)` and `$` beside other scripts and line ends) is refused when the
//! input is not plain. The original engine gives up on a match after a million steps;
//! where it might, the answer is refused as well.

use regex::Regex;

/// The longest pattern, in UTF-16 units, of the operator `matches`.
pub(crate) const MAX_PATTERN: usize = 1_000;
/// How many steps the original engine takes before it gives up.
const MAX_STEPS: f64 = 1_000_000.0;
/// The most memory of a compiled pattern.
const MAX_COMPILED: usize = 1 << 20;

/// A pattern that both engines understand.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The same, anchored at both ends.
    whole: Regex,
    /// Java and Rust agree on ASCII input only.
    ascii_only: bool,
    /// Java and Rust agree on input without line ends only.
    one_line: bool,
    /// How many unbounded repetitions follow one another.
    loops: u32,
    /// A repetition within a repetition.
    nested: bool,
}

/// Why there is no pattern, or no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Java refuses it as well.
    Invalid,
    /// Java may give an answer that this engine cannot.
    Unsupported(String),
}

fn unsupported<T>(what: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Unsupported(what.into()))
}

impl Pattern {
    /// Compiles a Java pattern.
    pub(crate) fn compile(java: &str) -> Result<Self, Refused> {
        let mut translator = Translator::new(java);
        translator.run()?;
        let build = |text: &str| {
            regex::RegexBuilder::new(text).size_limit(MAX_COMPILED).build().or_else(|error| {
                unsupported(format!("the pattern does not compile: {}", last_line(&error)))
            })
        };
        Ok(Self {
            regex: build(&translator.out)?,
            whole: build(&format!(r"\A(?:{})\z", translator.out))?,
            ascii_only: translator.ascii_only,
            one_line: translator.one_line,
            loops: translator.loops,
            nested: translator.nested,
        })
    }

    /// Whether the whole of `input` matches.
    pub(crate) fn matches(&self, input: &str) -> Result<bool, Refused> {
        self.check(input)?;
        let found = self.whole.is_match(input);
        if (!found || self.nested) && self.steps(input.len()) > MAX_STEPS {
            return unsupported("the original engine may give up on this pattern and input");
        }
        Ok(found)
    }

    /// The pattern for searching in this input.
    pub(crate) fn on(&self, input: &str) -> Result<&Regex, Refused> {
        self.check(input)?;
        Ok(&self.regex)
    }

    fn check(&self, input: &str) -> Result<(), Refused> {
        let line_end = |c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if self.ascii_only && !input.is_ascii() {
            return unsupported("a pattern with `\\b` or `(?i)` and input beyond ASCII");
        }
        if self.one_line && input.contains(line_end) {
            return unsupported("a pattern with `$` and input of several lines");
        }
        Ok(())
    }

    /// An upper bound of how often a backtracking engine looks at the input.
    fn steps(&self, length: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let length = length as f64;
        if self.nested {
            return length.min(64.0).exp2();
        }
        (0..self.loops)
            .fold(1.0, |steps, loops| steps * (length + f64::from(loops)) / f64::from(loops + 1))
    }
}

fn last_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().to_owned()
}

struct Translator<'p> {
    chars: std::iter::Peekable<std::str::Chars<'p>>,
    out: String,
    ascii_only: bool,
    one_line: bool,
    loops: u32,
    nested: bool,
    dot_all: bool,
    /// For each open group: whether it holds a repetition or a choice, and `dot_all` outside.
    groups: Vec<(bool, bool)>,
}

/// `.` without `(?s)`.
const DOT: &str = r"[^\n\r\u{85}\u{2028}\u{2029}]";

impl<'p> Translator<'p> {
    fn new(java: &'p str) -> Self {
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

    fn run(&mut self) -> Result<(), Refused> {
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
            return Err(Refused::Invalid);
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
        if matches!(self.chars.peek(), Some('*' | '+' | '?' | '{')) {
            return Err(Refused::Invalid);
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
                '-' if !first && self.chars.peek() != Some(&']') => self.out.push('-'),
                c => push_literal(&mut self.out, c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// After `\`.
    fn escape(&mut self, in_class: bool) -> Result<String, Refused> {
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
        let inner = match name.as_str() {
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
            _ => return unsupported(format!("the class `\\p{{{name}}}`")),
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

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translated() {
        for (pattern, input, expected) in [
            (".*b.*", "abc", true),
            ("a", "abc", false),
            (r"\d+", "12", true),
            (r"\d+", "١٢", false),
            (r"\w", "é", false),
            ("a.b", "a\u{85}b", false),
            ("(?s)a.b", "a\nb", true),
            ("(?i)abc", "ABC", true),
            (r"^\d{4}-\d\d$", "2024-01", true),
            (r"\Qa.b\E.", "a.bc", true),
            (r"[a-c\-x&]+", "a-x&", true),
            ("gpt-.*|claude-.*", "gpt-4o", true),
            (r"\p{Alpha}+\p{L}", "abé", true),
            ("(?<year>[0-9]+)", "7", true),
            ("[^,]+", "a#~ -", true),
        ] {
            assert_eq!(
                Pattern::compile(pattern).unwrap().matches(input),
                Ok(expected),
                "{pattern}"
            );
        }
    }

    #[test]
    fn refused() {
        for pattern in [r"(a)\1", "a(?=b)", "a++", "(?>a)", "[a&&b]", "[a[b]]", "(?m)a", r"\G"] {
            assert!(matches!(Pattern::compile(pattern), Err(Refused::Unsupported(_))), "{pattern}");
        }
        for pattern in ["(", ")", "*a", "a**", "[", "a{x}", "(?z)"] {
            assert_eq!(Pattern::compile(pattern).unwrap_err(), Refused::Invalid, "{pattern}");
        }
        let unsure = |pattern: &str, input: &str| Pattern::compile(pattern).unwrap().matches(input);
        assert!(unsure("(a+)+b", &"a".repeat(30)).is_err());
        assert!(unsure(".*x.*", &"a".repeat(2_000)).is_err());
        assert_eq!(unsure(".*x.*", &"ax".repeat(2_000)), Ok(true));
        assert!(unsure(r"\bé", "é").is_err());
        assert!(unsure("a$", "a\n").is_err());
    }
}
