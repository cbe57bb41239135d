//! From text to trees: template, tokens, grammar, and back to text.

pub(crate) mod ast;
mod lexer;
mod parser;
mod primary;
pub(crate) mod printer;
mod stream;
pub(crate) mod template;

pub(crate) use parser::parse;
