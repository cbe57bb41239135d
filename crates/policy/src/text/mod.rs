//! A configuration's text: read as JSON or YAML, and every value found again by its pointer.

mod json;
#[cfg(feature = "yaml")]
mod yaml;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::Problem;

/// The text of a configuration, with the place of each of its values.
#[derive(Debug)]
pub(crate) struct Text {
    source: String,
    text: String,
    places: Places,
}

/// Where values are in a text, in bytes, by JSON Pointer.
#[derive(Debug, Default)]
pub(crate) struct Places {
    values: BTreeMap<String, Range<usize>>,
    /// Where the names of values in objects are.
    names: BTreeMap<String, Range<usize>>,
    /// Names that an object has twice: the last value counts.
    duplicates: Vec<String>,
}

impl Text {
    /// Reads JSON or YAML. The source's extension decides; without one, the first
    /// character does.
    pub(crate) fn read(text: &str, source: &str) -> Result<(Self, Value), Box<Problem>> {
        // A byte-order mark is no part of either language.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lower = source.to_ascii_lowercase();
        let is_yaml = if lower.ends_with(".json") {
            false
        } else if lower.ends_with(".yaml") || lower.ends_with(".yml") {
            true
        } else {
            !text.trim_start().starts_with(['{', '[', '"'])
        };
        let read = if is_yaml { yaml::read(text) } else { json::read(text) };
        let mut this =
            Self { source: source.to_owned(), text: text.to_owned(), places: Places::default() };
        match read {
            Ok((value, places)) => {
                this.places = places;
                Ok((this, value))
            }
            Err(Syntax { message, at, cure }) => {
                let mut problem = Problem::error("", message);
                problem.suggestion = cure.map(str::to_owned);
                this.mark(&mut problem, at);
                Err(Box::new(problem))
            }
        }
    }

    /// The text of the value at this pointer, as it was written.
    pub(crate) fn raw(&self, pointer: &str) -> Option<&str> {
        self.text.get(self.places.values.get(pointer)?.clone())
    }

    /// Warns of names that an object has twice.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = Problem> + use<'_> {
        self.places.duplicates.iter().map(|pointer| {
            Problem::warning(pointer, "this name stands here twice")
                .suggest("the last one counts; take the other out")
                .at_name()
        })
    }

    /// Adds to a problem where it is in the text.
    pub(crate) fn locate(&self, problem: &mut Problem) {
        // What is missing has no place: then the object that should have it is shown.
        let mut pointer = problem.pointer.as_str();
        loop {
            let exact = pointer.len() == problem.pointer.len();
            // An object is called by its name, which shows more than its brace does.
            if let Some(range) = self.places.names.get(pointer)
                && (problem.at_name || !self.is_leaf(pointer))
            {
                return self.mark(problem, range.clone());
            }
            if let Some(range) = self.places.values.get(pointer) {
                let end = if exact && self.is_leaf(pointer) { range.end } else { range.start + 1 };
                let range = range.start..end;
                let within = self.within(range.clone(), problem);
                if within.is_some() {
                    problem.excerpt = None;
                }
                return self.mark(problem, within.unwrap_or(range));
            }
            match pointer.rfind('/') {
                Some(slash) => pointer = &pointer[..slash],
                None => break,
            }
        }
        problem.source = Some(self.source.clone());
    }

    /// Whether the value at this pointer has none inside it.
    fn is_leaf(&self, pointer: &str) -> bool {
        let inside = format!("{pointer}/");
        let next = self.places.values.range(inside.clone()..).next();
        let starts = |range: &Range<usize>| self.text[range.start..].starts_with(['{', '[']);
        !next.is_some_and(|(name, _)| name.starts_with(&inside))
            && !self.places.values.get(pointer).is_some_and(starts)
    }

    /// What an excerpt underlines of an expression, where that stands here as it is.
    fn within(&self, range: Range<usize>, problem: &Problem) -> Option<Range<usize>> {
        let (expression, marks) = problem.excerpt.as_deref()?.split_once('\n')?;
        let at = range.start + self.text.get(range)?.find(expression)?;
        let skipped = marks.chars().take_while(|mark| *mark == ' ').count();
        let width = marks.chars().filter(|mark| *mark == '^').count();
        let byte = |count: usize| {
            expression.char_indices().nth(count).map_or(expression.len(), |(byte, _)| byte)
        };
        Some(at + byte(skipped)..at + byte(skipped + width))
    }

    fn mark(&self, problem: &mut Problem, range: Range<usize>) {
        let start = self.text.floor_char_boundary(range.start.min(self.text.len()));
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        problem.source = Some(self.source.clone());
        problem.line = Some(number(self.text[..start].matches('\n').count() + 1));
        problem.column = Some(number(self.text[line_start..start].chars().count() + 1));
        // A plugin's excerpt of an expression says more than the line it is in.
        if problem.excerpt.is_none() {
            problem.excerpt = self.excerpt(line_start, start, range.end);
        }
    }

    /// The line with the part underlined; of a long line, what is around that part.
    fn excerpt(&self, line_start: usize, start: usize, end: usize) -> Option<String> {
        const BEFORE: usize = 40;
        const WIDTH: usize = 100;
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        if line.trim().is_empty() {
            return None;
        }
        let column = self.text[line_start..start].chars().count();
        let underlined = self
            .text
            .get(start..end)
            .map_or(1, |part| part.lines().next().map_or(1, |first| first.chars().count()));
        let skipped = if line.chars().count() > WIDTH { column.saturating_sub(BEFORE) } else { 0 };
        let shown: String = line
            .chars()
            .skip(skipped)
            .take(WIDTH)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        let indent = shown.chars().take_while(|character| *character == ' ').count();
        let indent = indent.min(column - skipped);
        let gap = column - skipped - indent;
        let width = underlined.clamp(1, WIDTH.saturating_sub(column - skipped).max(1));
        let shown: String = shown.chars().skip(indent).collect();
        Some(format!("{}\n{}{}", shown.trim_end(), " ".repeat(gap), "^".repeat(width)))
    }
}

/// Why a text is not JSON or YAML at all.
pub(crate) struct Syntax {
    message: String,
    at: Range<usize>,
    /// What to type instead, where that can be told.
    cure: Option<&'static str>,
}

/// What takes the place of YAML where its feature is off.
#[cfg(not(feature = "yaml"))]
mod yaml {
    use super::{Places, Syntax, Value};

    pub(super) fn read(_text: &str) -> Result<(Value, Places), Syntax> {
        let message = "this is YAML, and this program reads JSON only".to_owned();
        let cure = "write it in JSON, or build token-tracking-policy with its feature \"yaml\"";
        Err(Syntax { message, at: 0..0, cure: Some(cure) })
    }
}

/// One segment of a JSON Pointer, escaped.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
