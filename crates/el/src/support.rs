//! What is refused when an expression is read: this version does not have it, and the
//! original engine might give it a value.

use crate::error::ElError;
use crate::eval::{Exists, is_never_built, type_exists};
use crate::java::regex::{Pattern, Refused};
use crate::jsonpath;
use crate::syntax::ast::{Ast, Binary, Node, NodeId};

/// Packages and classes whose constructors the white list has and this version has not.
const NOT_CONSTRUCTED: [&str; 4] =
    ["java.util.Date", "java.text.", "java.math.BigDecimal", "java.util.Calendar"];

/// Refuses what cannot be evaluated.
pub(crate) fn check(ast: &Ast) -> Result<(), ElError> {
    let mut open = vec![(ast.root, false)];
    while let Some((id, scoped)) = open.pop() {
        node(ast, id, scoped)?;
        let scoped = scoped || matches!(ast.node(id), Node::Project { .. } | Node::Select { .. });
        open.extend(ast.children(id).into_iter().map(|child| (child, scoped)));
    }
    Ok(())
}

fn node(ast: &Ast, id: NodeId, scoped: bool) -> Result<(), ElError> {
    let refuse = |message: String, expected: &str| {
        Err(ElError::unsupported(ast.span(id), message, expected))
    };
    match ast.node(id) {
        Node::Method { name, args, .. } => {
            if is_never_built(name) {
                let expected = "methods of texts, lists, maps, numbers and headers";
                return refuse(format!("the method `{name}(…)` is not supported"), expected);
            }
            if ["matches", "split", "replaceAll", "replaceFirst"].contains(&&**name)
                && let Some(&first) = args.first()
            {
                return pattern(ast, first);
            }
            Ok(())
        }
        Node::Function(name, _) if &**name == "xpath" => {
            refuse("`#xpath` is not supported".to_owned(), "`#jsonPath` over JSON")
        }
        Node::Function(name, args) if &**name == "jsonPath" => match args.get(1) {
            Some(&path) => match ast.node(path) {
                Node::Text(text) => match jsonpath::check(text) {
                    Err(jsonpath::Trouble::Unsupported(message)) => {
                        Err(ElError::unsupported(ast.span(path), message, "another JSONPath"))
                    }
                    _ => Ok(()),
                },
                _ => Ok(()),
            },
            None => Ok(()),
        },
        Node::Binary(Binary::Matches, _, right) => pattern(ast, *right),
        Node::Type { name, .. } if type_exists(name).0 == Exists::Unknown => refuse(
            format!("the type `{name}` is not supported"),
            "`T(Math)`, `T(Integer)`, `T(Long)`, `T(Double)` or `T(String)`",
        ),
        Node::New { name, .. }
            if NOT_CONSTRUCTED[..2]
                .iter()
                .chain(&NOT_CONSTRUCTED[3..])
                .any(|known| name.starts_with(known)) =>
        {
            refuse(format!("`new {name}(…)` is not supported"), "a value")
        }
        Node::Assign(target, value) => {
            let names = matches!(ast.node(*target), Node::Variable(name) if !is_given(name));
            let writes =
                !names && may_write(ast, *target) && (scoped || !always_fails(ast, *value));
            if writes {
                return refuse("an expression cannot write".to_owned(), "`==` to compare");
            }
            Ok(())
        }
        Node::Step { operand, .. } => {
            let this = matches!(ast.node(*operand), Node::Variable(name) if &**name == "this");
            let variable = matches!(ast.node(*operand), Node::Variable(_));
            if this || (!variable && may_write(ast, *operand)) {
                return refuse("an expression cannot write".to_owned(), "`+ 1` or `- 1`");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A pattern that is a constant is compiled now.
fn pattern(ast: &Ast, id: NodeId) -> Result<(), ElError> {
    let Node::Text(text) = ast.node(id) else {
        return Ok(());
    };
    match Pattern::compile(text) {
        Err(Refused::Unsupported(message)) => Err(ElError::unsupported(
            ast.span(id),
            message,
            "a pattern without look-around, back-references and possessive repetitions",
        )),
        _ => Ok(()),
    }
}

/// Whether the engine writes to what this names: to variables, and by way of brackets.
fn may_write(ast: &Ast, target: NodeId) -> bool {
    match ast.node(target) {
        Node::Variable(_) | Node::Index { .. } => true,
        Node::Compound(nodes) => nodes
            .last()
            .is_some_and(|last| matches!(ast.node(*last), Node::Index { .. } | Node::Variable(_))),
        _ => false,
    }
}

/// Whether the host gives a variable of this name.
pub(crate) fn is_given(name: &str) -> bool {
    let given = [
        "request",
        "response",
        "context",
        "api",
        "node",
        "subscription",
        "properties",
        "dictionaries",
        "this",
        "root",
        "jsonPath",
        "xpath",
        "jsonEscape",
        "xmlEscape",
    ];
    given.contains(&name)
}

/// Whether evaluating this always fails: it begins with a name, which outside of selections
/// and projections means nothing.
pub(crate) fn always_fails(ast: &Ast, id: NodeId) -> bool {
    let mut at = id;
    loop {
        at = match ast.node(at) {
            Node::Property { .. } | Node::Method { .. } | Node::Bean(_) => return true,
            Node::Compound(nodes) => nodes[0],
            Node::Series(first, _)
            | Node::Binary(_, first, _)
            | Node::Unary(_, first)
            | Node::Ternary(first, ..)
            | Node::Elvis(first, _) => *first,
            _ => return false,
        };
    }
}
