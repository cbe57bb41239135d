//! From a template's text to its parts.

use std::sync::Arc;

use super::{Code, Expression, Part};
use crate::error::ElError;
use crate::plan::Plan;
use crate::support;
use crate::syntax::ast::Ast;
use crate::syntax::template::{Part as Piece, Template};

/// The longest expression, in UTF-16 units, as in the engine.
const MAX_UNITS: usize = 10_000;
/// The longest template, in bytes.
const MAX_TEMPLATE: usize = 1024 * 1024;

pub(super) fn compile(text: &str) -> Result<Expression, ElError> {
    if text.len() > MAX_TEMPLATE {
        let message = format!("a template may have at most {MAX_TEMPLATE} bytes");
        return Err(ElError::unsupported(0..text.len(), message, "a shorter template"));
    }
    let template = Template::rewrite(text);
    let mut parts = Vec::new();
    for piece in template.split()? {
        parts.push(match piece {
            Piece::Text(range) => Part::Text(template.rewritten[range].to_owned()),
            Piece::Expression { range, .. } => {
                let source = template.rewritten[range.clone()].to_owned();
                let origin =
                    range.clone().chain([range.end]).map(|at| template.origin(at)).collect();
                let mut code =
                    Code { ast: Ast::default(), source, plan: Arc::default(), part: 0, origin };
                code.ast = one(&code.source).map_err(|mut error| {
                    error.span = code.original(error.span);
                    error
                })?;
                Part::Code(code)
            }
        });
    }
    let codes =
        || parts.iter().filter_map(|part| if let Part::Code(c) = part { Some(c) } else { None });
    for code in codes() {
        support::check(&code.ast).map_err(|mut error| {
            error.span = code.original(error.span);
            error
        })?;
    }
    let asts: Vec<&Ast> = codes().map(|code| &code.ast).collect();
    let plan = Arc::new(Plan::new(&asts));
    let mut number = 0;
    for part in &mut parts {
        if let Part::Code(code) = part {
            code.plan = Arc::clone(&plan);
            code.part = number;
            number += 1;
        }
    }
    Ok(Expression { text: text.to_owned(), parts })
}

fn one(source: &str) -> Result<Ast, ElError> {
    if source.encode_utf16().count() > MAX_UNITS {
        let message = format!("an expression may have at most {MAX_UNITS} characters");
        return Err(ElError::syntax(0..source.len(), message, "a shorter expression"));
    }
    crate::syntax::parse(source)
}
