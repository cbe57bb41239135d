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

use super::translate::Translator;

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

pub(super) fn unsupported<T>(what: impl Into<String>) -> Result<T, Refused> {
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

    /// The first matches, at most so many, as Java finds them one after the other: other
    /// than in Rust, a match of nothing may follow right upon a match of something.
    pub(crate) fn find_all<'t>(
        &self,
        input: &'t str,
        most: usize,
    ) -> Result<Vec<regex::Captures<'t>>, Refused> {
        self.check(input)?;
        let has_pairs = input.chars().any(|c| c.len_utf16() > 1);
        let mut found = Vec::new();
        let mut from = Some(0);
        while found.len() < most
            && let Some(at) = from
            && let Some(captures) = self.regex.captures_at(input, at)
        {
            let whole = captures.get_match();
            if whole.is_empty() && has_pairs {
                return unsupported("a match of nothing within a surrogate pair");
            }
            from = match input[whole.end()..].chars().next() {
                _ if !whole.is_empty() => Some(whole.end()),
                Some(c) => Some(whole.end() + c.len_utf8()),
                None => None,
            };
            found.push(captures);
        }
        Ok(found)
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
        for pattern in ["[a-z]+{2}", "{2}", "(l){0}", "[.---]"] {
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
