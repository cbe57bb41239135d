//! A template: plain text and expressions, parsed, checked and evaluated.

mod compile;

use std::ops::Range;
use std::sync::Arc;

use crate::context::Context;
use crate::error::ElError;
use crate::eval::{self, Evaluated, Session, to_boolean, to_count, to_text};
use crate::lint::{self, Lint};
use crate::plan::{Plan, Reads};
use crate::syntax::ast::{Ast, Node};
use crate::syntax::printer;
use crate::value::{Text, Value};

/// A compiled template of the gateway's expression language: `{#response.status}`, also
/// among plain text. It can be evaluated any number of times, and from any thread.
///
/// ```
/// use token_tracking_el::{ErrorKind, Expression};
///
/// let total = Expression::parse("{#response.jsonContent.usage.total-5}")?;
/// assert_eq!(total.print(), "{#response.jsonContent.usage.total - 5}");
/// assert_eq!(total.eval_count(&Body(r#"{"usage": {"total": 47}}"#))?, Some(42));
///
/// let error = Expression::parse("{#xpath(#response.content, '//a')}").unwrap_err();
/// assert_eq!(error.kind, ErrorKind::Unsupported); // never given another value
/// # struct Body(&'static str);
/// # impl token_tracking_el::Context for Body {
/// #     fn body(&self, _: token_tracking_el::Message) -> Option<&[u8]> {
/// #         Some(self.0.as_bytes())
/// #     }
/// # }
/// # Ok::<(), token_tracking_el::ElError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Code(Code),
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) ast: Ast,
    pub(crate) source: String,
    /// The plan of the whole template, and which of its expressions this is.
    pub(crate) plan: Arc<Plan>,
    part: usize,
    /// For each byte of the source, and its end, the place in the template.
    origin: Vec<usize>,
}

/// One step of an evaluation; see [`Expression::explain`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explained<'c> {
    /// The bytes of the template that were evaluated.
    pub span: Range<usize>,
    /// The value, or why there is none.
    pub result: Result<Value<'c>, String>,
}

impl Code {
    /// A place in the expression as one in the template.
    pub(crate) fn original(&self, span: Range<usize>) -> Range<usize> {
        let last = self.origin.len() - 1;
        self.origin[span.start.min(last)]..self.origin[span.end.min(last)]
    }
}

impl Expression {
    /// Compiles a template. A text without any expression in it stands for itself.
    ///
    /// # Errors
    /// When the text breaks the rules of the language, and when it uses what this
    /// version does not have: that is refused here and never given another value.
    pub fn parse(text: &str) -> Result<Self, ElError> {
        compile::compile(text).map_err(|error| error.in_text(text))
    }

    /// The text that was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The template with each expression written as it was understood. Parsed again it is the
    /// same tree, unless the template's rewrite takes a brace inside for its own: in a quoted
    /// text, or nested two deep.
    #[must_use]
    pub fn print(&self) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Code(code) => {
                    let inner = printer::print(&code.ast);
                    let starts = inner.starts_with(['#', 'T', '(']);
                    let (open, close) = if starts { ("{", "}") } else { ("{(", ")}") };
                    out.extend([open, &inner, close]);
                }
            }
        }
        out
    }

    /// Whether there is no expression in the text: it can only stand for itself.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.codes().next().is_none()
    }

    /// What of the response's body the template reads.
    #[must_use]
    pub fn reads(&self) -> Reads<'_> {
        self.codes().next().map_or(Reads::Nothing, |code| code.plan.reads())
    }

    /// What is likely a mistake, though it is valid.
    #[must_use]
    pub fn lints(&self) -> Vec<Lint> {
        self.codes().flat_map(|code| lint::lint(code, &self.text)).collect()
    }

    /// Whether it asks for this variable, such as `request`.
    #[must_use]
    pub fn uses_variable(&self, name: &str) -> bool {
        let is = |node: &Node| matches!(node, Node::Variable(variable) if &**variable == name);
        self.codes().any(|code| code.ast.ids().any(|id| is(code.ast.node(id))))
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &Code> {
        self.parts.iter().filter_map(|part| match part {
            Part::Code(code) => Some(code),
            Part::Text(_) => None,
        })
    }

    /// The one expression that the template is.
    pub(crate) fn only(&self) -> Option<&Code> {
        match self.parts.as_slice() {
            [Part::Code(code)] => Some(code),
            _ => None,
        }
    }

    /// Evaluates the template.
    ///
    /// # Errors
    /// When the original engine fails as well, when a bound is reached, and when the
    /// context does not have what is asked for.
    pub fn eval<'c>(&'c self, context: &'c dyn Context) -> Result<Value<'c>, ElError> {
        self.evaluate(context, None).map_err(|error| error.in_text(&self.text))
    }

    /// Evaluates the template as a count: Java's `Long`.
    ///
    /// # Errors
    /// As [`Expression::eval`], and when the value is no count.
    pub fn eval_count(&self, context: &dyn Context) -> Result<Option<i64>, ElError> {
        let value = self.eval(context)?;
        to_count(&value).map_err(|refused| self.not_a(refused, &value, "a count"))
    }

    /// Evaluates the template as a text: Java's `String`.
    ///
    /// # Errors
    /// As [`Expression::eval`], and when the value has no text.
    pub fn eval_text(&self, context: &dyn Context) -> Result<Option<String>, ElError> {
        let value = self.eval(context)?;
        match to_text(&value) {
            Ok(text) => Ok(text.map(std::borrow::Cow::into_owned)),
            Err(refused) => Err(self.not_a(refused, &value, "a text")),
        }
    }

    /// Evaluates the template as a condition: Java's `Boolean`.
    ///
    /// # Errors
    /// As [`Expression::eval`], and when the value is no condition.
    pub fn eval_condition(&self, context: &dyn Context) -> Result<Option<bool>, ElError> {
        let value = self.eval(context)?;
        to_boolean(&value).map_err(|refused| self.not_a(refused, &value, "true or false"))
    }

    /// Evaluates the template and tells each step: what every part of it came to, in the
    /// order of evaluation. At most 1,000 steps of an expression are told.
    pub fn explain<'c>(
        &'c self,
        context: &'c dyn Context,
    ) -> (Result<Value<'c>, ElError>, Vec<Explained<'c>>) {
        let mut steps = Vec::new();
        let result = self.evaluate(context, Some(&mut steps));
        (result.map_err(|error| error.in_text(&self.text)), steps)
    }

    fn evaluate<'c>(
        &'c self,
        context: &'c dyn Context,
        mut steps: Option<&mut Vec<Explained<'c>>>,
    ) -> Result<Value<'c>, ElError> {
        let Some(code) = self.codes().next() else {
            return Ok(self.parts.first().map_or(Value::text(""), |part| match part {
                Part::Text(text) => Value::text(text),
                Part::Code(_) => Value::Null,
            }));
        };
        // Values that borrow from the session must live as long as the context: what they
        // borrow is the context's own, so that the session itself need not.
        let session = Session::new(context, &code.plan).map_err(|error| *error)?;
        let mut run = |code: &'c Code| match &mut steps {
            None => run(code, &session, None),
            Some(steps) => {
                let mut trace = Vec::new();
                let result = run(code, &session, Some(&mut trace));
                steps.extend(trace.into_iter().map(|(id, result)| Explained {
                    span: code.original(code.ast.span(id)),
                    result,
                }));
                result
            }
        };
        if let Some(code) = self.only() {
            return run(code);
        }
        let mut joined = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => joined.push_str(text),
                Part::Code(code) => {
                    let value = run(code)?;
                    let text =
                        to_text(&value).map_err(|refused| self.not_a(refused, &value, "a text"))?;
                    joined.push_str(text.as_deref().unwrap_or_default());
                }
            }
            if joined.len() > eval::MAX_TEXT {
                let message = format!("a text of more than {} bytes", eval::MAX_TEXT);
                return Err(ElError::limit(0..self.text.len(), message));
            }
        }
        Ok(Value::Text(Text::from(joined)))
    }

    fn not_a(&self, refused: eval::Refused, value: &Value<'_>, what: &str) -> ElError {
        let message = format!("{} is not {what}", eval::describe(value));
        let span = 0..self.text.len();
        match refused {
            eval::Refused::Failed => ElError::evaluation(span, message),
            eval::Refused::Unsupported => ElError::unsupported(span, message, what),
        }
        .in_text(&self.text)
    }
}

fn run<'c>(
    code: &'c Code,
    session: &Session<'c>,
    trace: Option<&mut eval::Trace<'c>>,
) -> Result<Value<'c>, ElError> {
    let result: Evaluated<Value<'c>> =
        eval::evaluate(&code.ast, (&code.plan, code.part), session, trace);
    result.map_err(|mut error| {
        error.span = code.original(error.span);
        *error
    })
}
