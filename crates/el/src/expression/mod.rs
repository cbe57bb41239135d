//! Expressions in a template: `{#response.jsonContent.usage.prompt_tokens}`.

mod lexer;
mod members;
mod mistakes;
mod navigation;
mod template;

use crate::error::{ElError, ErrorKind};
use crate::path::Path;

pub(crate) use template::opens_somewhere;

use template::{Part, Template};

/// The longest expression, in UTF-16 units, as in the engine.
const MAX_UNITS: usize = 10_000;

/// Compiles a template that is one plain path into the response document.
pub(crate) fn parse(text: &str) -> Result<Path, ElError> {
    let template = Template::rewrite(text);
    let parts = template.split()?;
    // The engine parses every part before it evaluates any.
    let mut paths = Vec::new();
    for part in &parts {
        if let Part::Expression { range, hash_lost } = part {
            paths.push(one(&template, range.clone(), *hash_lost));
        }
    }
    if let Some(broken) = paths.iter().position(|p| is_syntax_error(p.as_ref())) {
        return paths.swap_remove(broken);
    }
    match (&parts[..], paths.pop()) {
        ([_], Some(path)) => path,
        (_, None) => Err(never_an_expression(text)),
        (_, Some(_)) => Err(several_parts(text, &template, &parts)),
    }
}

fn one(
    template: &Template<'_>,
    range: std::ops::Range<usize>,
    hash_lost: bool,
) -> Result<Path, ElError> {
    let source = &template.rewritten[range.clone()];
    let result = if source.encode_utf16().count() > MAX_UNITS {
        let message = format!("an expression may have at most {MAX_UNITS} characters");
        Err(ElError::syntax(0..source.len(), message, "a shorter expression"))
    } else if hash_lost {
        lexer::lex(source).and_then(|_| {
            Err(ElError::unsupported(
                0..source.len(),
                "the gateway cannot pair the braces in this expression, \
                 and evaluates it without its `#`: that always fails",
                "no `{` in a quoted key, and braces nested at most one deep",
            ))
        })
    } else {
        navigation::parse(source)
    };
    result.map_err(|mut error| {
        error.span =
            template.original(range.start + error.span.start..range.start + error.span.end);
        error
    })
}

fn is_syntax_error(result: Result<&Path, &ElError>) -> bool {
    result.is_err_and(|error| error.kind == ErrorKind::Syntax)
}

/// `{(1)` and `{({1,{2}})}`: they open like an expression, and are plain text.
fn never_an_expression(text: &str) -> ElError {
    let start = template::opening(text).map_or(0, |(open, _)| open);
    ElError::literal(
        start..text.len(),
        "the gateway cannot pair these braces and takes the text as it stands",
        "`{#response.jsonContent.…}`, with its closing brace",
    )
}

/// What may surround an expression by mistake, and never on purpose.
const NOISE: [char; 7] = [' ', '\t', '\n', '{', '}', '\'', '"'];

fn several_parts(text: &str, template: &Template<'_>, parts: &[Part]) -> ElError {
    let mut expressions = parts.iter().filter(|p| matches!(p, Part::Expression { .. }));
    let plain = parts.iter().filter_map(|p| match p {
        Part::Text(range) => Some(range.clone()),
        Part::Expression { .. } => None,
    });
    let (first, second) = (expressions.next(), expressions.next());
    let span = plain.clone().next().map_or(0..text.len(), |range| template.original(range));
    let noise = plain.into_iter().all(|r| template.rewritten[r].trim_matches(NOISE).is_empty());
    let error = ElError::unsupported(
        span,
        "text around an expression, or a second expression, makes the whole a text",
        "a single `{#…}` and nothing around it",
    );
    match (first, second) {
        (Some(Part::Expression { range, .. }), None) if noise => {
            error.suggest(format!("{{{}}}", &template.rewritten[range.clone()]))
        }
        _ => error,
    }
}
