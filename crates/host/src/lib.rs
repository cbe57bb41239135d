//! What both hosts have: conditions and attribution, by expressions over an exchange; TLS towards
//! clients; durations in settings.

mod attribution;
mod condition;
pub mod duration;
mod tls;

pub use attribution::{Attribution, Attributor, Caller, HashKey};
pub use condition::Condition;
pub use tls::{Acceptor, Tls, TlsFiles};

use token_tracking_el::{Expression, Reads};

/// Compiles an expression, or says what is wrong with it. No body can be asked for: it has passed
/// when the answer is looked at, or is still to come.
fn bodiless(text: &str) -> Result<Expression, String> {
    let expression = Expression::parse(text.trim()).map_err(|error| error.to_string())?;
    let of_request = ["request.content", "request.jsonContent", "request.xmlContent"];
    if expression.reads() != Reads::Nothing || of_request.iter().any(|read| text.contains(read)) {
        return Err("a body cannot be read here: it passes without being kept".to_owned());
    }
    Ok(expression)
}
