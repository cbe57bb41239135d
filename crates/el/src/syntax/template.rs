//! Template mode: the engine's rewrite of `{ #`, `{T` and `{(`, then the split
//! into plain text and expressions.

use std::ops::Range;

use crate::error::ElError;

/// Whether anywhere a brace, then spaces only, is followed by `#`, `T` or `(`.
pub(crate) fn opens_somewhere(text: &str) -> bool {
    opening(text).is_some()
}

/// The first such place: the offsets of its brace and of what follows the spaces.
pub(crate) fn opening(text: &str) -> Option<(usize, usize)> {
    text.match_indices('{').find_map(|(open, _)| Some((open, opened(text, open)?)))
}

/// The offset of the `#`, `T` or `(` that makes the brace at `open` an opening.
fn opened(text: &str, open: usize) -> Option<usize> {
    let rest = text[open + 1..].trim_start_matches(' ');
    rest.starts_with(['#', 'T', '(']).then(|| text.len() - rest.len())
}

/// A part of a template; ranges are of the rewritten text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(Range<usize>),
    Expression {
        /// The trimmed expression, with its leading `#` unless that was lost.
        range: Range<usize>,
        /// The rewrite did not match here, so that the `#` of the text became
        /// part of the prefix `{#`.
        hash_lost: bool,
    },
}

/// A text after the rewrite, which still knows where each byte came from.
pub(crate) struct Template<'t> {
    text: &'t str,
    pub(crate) rewritten: String,
    /// For each byte of `rewritten`, and its end, the offset in `text`.
    origin: Vec<usize>,
    /// The offsets in `rewritten` of the braces that the rewrite matched.
    matched: Vec<usize>,
}

impl<'t> Template<'t> {
    /// `\{ *([#T(])((?>[^{}]+|\{(?>[^{}]+)*\})*\})` becomes `{#$1$2`.
    pub(crate) fn rewrite(text: &'t str) -> Self {
        let mut this = Self {
            text,
            rewritten: String::with_capacity(text.len() + 8),
            origin: Vec::with_capacity(text.len() + 8),
            matched: Vec::new(),
        };
        let mut at = 0;
        while let Some(open) = text[at..].find('{').map(|i| at + i) {
            this.copy(at..open);
            let Some((start, end)) = opened(text, open).and_then(|s| Some((s, close(text, s)?)))
            else {
                this.copy(open..open + 1);
                at = open + 1;
                continue;
            };
            this.matched.push(this.rewritten.len());
            this.copy(open..open + 1);
            this.rewritten.push('#');
            this.origin.push(start);
            this.copy(start..end);
            at = end;
        }
        this.copy(at..text.len());
        this.origin.push(text.len());
        this
    }

    fn copy(&mut self, range: Range<usize>) {
        self.rewritten.push_str(&self.text[range.clone()]);
        self.origin.extend(range);
    }

    /// The place in the original of a place in the rewritten text.
    pub(crate) fn origin(&self, at: usize) -> usize {
        self.origin[at]
    }

    /// A range of the rewritten text as one of the original.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        self.origin[range.start]..self.origin[range.end]
    }

    /// Splits at `{#` and the `}` that closes it.
    pub(crate) fn split(&self) -> Result<Vec<Part>, ElError> {
        let text = self.rewritten.as_str();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find("{#").map(|i| at + i) {
            if open > at {
                parts.push(Part::Text(at..open));
            }
            let start = open + 2;
            let end = suffix(text, start).map_err(|mut error| {
                if error.expected == "`}`" {
                    error = error.suggest(format!("{}}}", self.text.trim_end()));
                }
                error.span = self.original(error.span);
                error
            })?;
            let inner = &text[start..end];
            // Java's trim: everything up to and including the space.
            let trimmed = inner.trim_matches(|c: char| c <= ' ');
            if trimmed.is_empty() {
                return Err(ElError::syntax(
                    self.original(open..end + 1),
                    "nothing between the braces",
                    "an expression such as `#response.jsonContent.model`",
                ));
            }
            let first = start + (trimmed.as_ptr() as usize - inner.as_ptr() as usize);
            parts.push(Part::Expression {
                range: first..first + trimmed.len(),
                hash_lost: self.matched.binary_search(&open).is_err(),
            });
            at = end + 1;
        }
        if at < text.len() {
            parts.push(Part::Text(at..text.len()));
        }
        Ok(parts)
    }
}

/// The end of the rewrite's match whose content starts at `start`: over groups
/// `{…}` without a brace inside, to the `}` that belongs to no group.
fn close(text: &str, start: usize) -> Option<usize> {
    let mut in_group = false;
    for (at, c) in text[start..].char_indices() {
        match c {
            '{' if in_group => return None,
            '{' => in_group = true,
            '}' if in_group => in_group = false,
            '}' => return Some(start + at + 1),
            _ => {}
        }
    }
    None
}

/// The offset of the `}` that ends the expression at `start`: brackets nest, and
/// quoted texts are skipped.
fn suffix(text: &str, start: usize) -> Result<usize, ElError> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut chars = text[start..].char_indices().map(|(i, c)| (start + i, c));
    while let Some((at, c)) = chars.next() {
        match c {
            '}' if open.is_empty() => return Ok(at),
            '{' | '[' | '(' => open.push((at, c)),
            ')' | ']' | '}' => match open.pop() {
                Some((_, o)) if closing(o) == c => {}
                Some((_, o)) => {
                    let message = format!("`{c}` cannot close `{o}`");
                    return Err(ElError::syntax(at..at + 1, message, format!("`{}`", closing(o))));
                }
                None => {
                    let message = format!("`{c}` closes nothing");
                    return Err(ElError::syntax(at..at + 1, message, "a bracket that was opened"));
                }
            },
            '\'' | '"' if !chars.any(|(_, other)| other == c) => {
                let message = "the quote is not closed";
                return Err(ElError::syntax(at..text.len(), message, format!("`{c}`")));
            }
            _ => {}
        }
    }
    Err(match open.last() {
        Some(&(at, o)) => {
            let message = format!("`{o}` is not closed");
            ElError::syntax(at..at + 1, message, format!("`{}`", closing(o)))
        }
        None => ElError::syntax(text.len()..text.len(), "the expression is not closed", "`}`"),
    })
}

fn closing(open: char) -> char {
    match open {
        '{' => '}',
        '[' => ']',
        _ => ')',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let template = Template::rewrite(text);
        let split = template.split().unwrap();
        let shown = split.into_iter().map(|part| match part {
            Part::Text(range) => template.rewritten[range].to_owned(),
            Part::Expression { range, hash_lost } => {
                format!("{}<{}>", if hash_lost { "lost" } else { "" }, &template.rewritten[range])
            }
        });
        shown.collect()
    }

    #[test]
    fn splits_as_the_engine_does() {
        for (text, expected) in [
            ("{#x}", &["<#x>"][..]),
            ("{  # x }", &["<# x>"]),
            ("{(1)}", &["<(1)>"]),
            ("{T(A).b}", &["<T(A).b>"]),
            ("{True}", &["<True>"]),
            ("a{#x}b{#y}", &["a", "<#x>", "b", "<#y>"]),
            ("{{#x}}", &["{", "<#x>", "}"]),
            ("{#a.![{x:1}]}", &["<#a.![{x:1}]>"]),
            ("{1+1}", &["{1+1}"]),
            ("{\t#x}", &["{\t#x}"]),
            ("{(1)", &["{(1)"]),
            ("{({1,{2}})}", &["{({1,{2}})}"]),
            ("{#a == '{'}", &["lost<a == '{'>"]),
            ("{#a == '}'}", &["<#a == '}'>"]),
            ("{#s + '} {#y}'}", &["<#s + '} {##y}'>"]),
            ("", &[]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_lead_back_to_the_original() {
        let text = "é{   #x} {  (1)}";
        let template = Template::rewrite(text);
        let split = template.split().unwrap();
        let back: Vec<_> = split
            .into_iter()
            .filter_map(|part| match part {
                Part::Expression { range, .. } => Some(&text[template.original(range)]),
                Part::Text(_) => None,
            })
            .collect();
        assert_eq!(back, ["#x", "(1)"]);
    }
}
