//! `token-tracking schema`: the JSON Schema of a policy's configuration.

use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  token-tracking schema > schema-form.json";

/// Print the JSON Schema of a policy's configuration, as a form reads it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<(), Failure> {
    output::print(&token_tracking_policy::schema_text(&token_tracking_bundle::registry()))
}
