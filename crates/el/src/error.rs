//! Why a pointer was refused: the kind, the place, and what to type instead.

use std::ops::Range;

use thiserror::Error;

/// The most characters of a text that [`ElError::underlined`] shows.
const SHOWN: usize = 100;

/// What sort of mistake an [`ElError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text breaks the rules of its notation. An expression of this kind is
    /// refused by the original engine as well.
    Syntax,
    /// The text may be valid, but this version cannot evaluate it.
    Unsupported,
    /// The text names no place in a response: it could only ever stand for itself.
    Literal,
    /// The evaluation failed, as the original engine's does.
    Evaluation,
    /// The evaluation was too large for this version's bounds.
    Limit,
    /// The host does not have what the expression asks for.
    Unavailable,
}

/// A refused pointer. `Display` prints the message alone; see
/// [`underlined`](Self::underlined) for the text with the place marked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ElError {
    /// The sort of mistake.
    pub kind: ErrorKind,
    /// What is wrong.
    pub message: String,
    /// Where, as a range of bytes of the refused text; empty at its end when
    /// something is missing there.
    pub span: Range<usize>,
    /// What would have been right in that place.
    pub expected: String,
    /// A whole text to type instead. It always parses.
    pub suggestion: Option<String>,
    text: String,
}

impl ElError {
    pub(crate) fn new(
        kind: ErrorKind,
        span: Range<usize>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            span,
            expected: expected.into(),
            suggestion: None,
            text: String::new(),
        }
    }

    pub(crate) fn syntax(
        span: Range<usize>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::new(ErrorKind::Syntax, span, message, expected)
    }

    pub(crate) fn unsupported(
        span: Range<usize>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::new(ErrorKind::Unsupported, span, message, expected)
    }

    pub(crate) fn evaluation(span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Evaluation, span, message, "a value")
    }

    pub(crate) fn limit(span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, span, message, "less work")
    }

    pub(crate) fn unavailable(span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, span, message, "what the host has")
    }

    pub(crate) fn literal(
        span: Range<usize>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::new(ErrorKind::Literal, span, message, expected)
    }

    /// Proposes a text; whoever hands the error out drops it if it does not parse.
    pub(crate) fn suggest(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(text.into());
        self
    }

    /// Says it in other words.
    pub(crate) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn in_text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// The refused text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The refused text on one line and carets under the span on the next.
    ///
    /// A long text is cut to the surroundings of the span; control characters
    /// are shown as spaces.
    ///
    /// ```
    /// let error = token_tracking_el::Pointer::parse("{#response.jsonContent.a|b}").unwrap_err();
    /// assert_eq!(
    ///     error.underlined(),
    ///     "{#response.jsonContent.a|b}\n\
    ///      \x20                       ^"
    /// );
    /// ```
    #[must_use]
    pub fn underlined(&self) -> String {
        let count =
            |range: Range<usize>| self.text.get(range).map_or(0, |text| text.chars().count());
        let before = count(0..self.span.start);
        let marked = count(self.span.clone()).max(1);
        let total = self.text.chars().count();
        let from = if total <= SHOWN { 0 } else { before.saturating_sub(SHOWN / 3) };
        let to = total.min(from + SHOWN);

        let mut line = String::new();
        let mut pad = before - from;
        if from > 0 {
            line.push('…');
            pad += 1;
        }
        let shown = self.text.chars().skip(from).take(to - from);
        line.extend(shown.map(|c| if c.is_control() { ' ' } else { c }));
        if to < total {
            line.push('…');
        }
        let carets = marked.min((to - before).max(1));
        format!("{line}\n{}{}", " ".repeat(pad), "^".repeat(carets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Range<usize>) -> String {
        ElError::syntax(span, "m", "e").in_text(text).underlined()
    }

    #[test]
    fn carets_count_characters_not_bytes() {
        assert_eq!(at("é中|x", 5..6), "é中|x\n  ^");
        assert_eq!(at("ab", 2..2), "ab\n  ^", "a missing end is marked after it");
        assert_eq!(at("a\nbc", 2..4), "a bc\n  ^^");
        assert_eq!(at("", 0..0), "\n^");
    }

    #[test]
    fn long_texts_are_cut_around_the_span() {
        let text = format!("{}|{}", "a".repeat(500), "b".repeat(500));
        let drawn = at(&text, 500..501);
        let (line, carets) = drawn.split_once('\n').unwrap();
        assert!(line.starts_with('…') && line.ends_with('…'));
        assert_eq!(line.chars().position(|c| c == '|'), carets.find('^'));
        assert_eq!(at(&text, 0..1001).lines().last().unwrap().len(), SHOWN);
    }
}
