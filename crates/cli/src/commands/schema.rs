//! `token-tracking schema`: the JSON Schemas of what is configured and of what is written.

use clap::ValueEnum;
use token_tracking_cli::settings::{Configuration, ExtProcSettings, Settings};
use token_tracking_core::RecordLine;
use token_tracking_policy::{form, schema, schema_of_written, schema_text};

use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  token-tracking schema > schema-form.json
  token-tracking schema record > record.schema.json";

/// Print a JSON Schema; that of a policy's configuration, as a form reads it, where none is named
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Which one
    #[arg(value_enum, default_value = "form")]
    of: Which,
}

/// The schemas that there are; the files of the same names are in `schemas/`.
#[derive(Clone, Copy, ValueEnum)]
enum Which {
    /// A policy, references inlined: what a form is drawn from
    Form,
    /// A policy, for editors
    Policy,
    /// A record: a line of `--records`
    Record,
    /// An API definition
    ApiDefinition,
    /// The settings of `serve`
    Gateway,
    /// The settings of `ext-proc`
    ExtProc,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    output::print(&schema_text(&match args.of {
        Which::Form => form(&registry),
        Which::Policy => schema(&registry),
        Which::Record => schema_of_written::<RecordLine<'_>>(),
        Which::ApiDefinition => token_tracking_gateway::definition_schema(&registry),
        Which::Gateway => Settings::schema(),
        Which::ExtProc => ExtProcSettings::schema(),
    }))
}
