//! `token-tracking plugins`: the extraction types that are linked into this program.

use serde::Serialize;

use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  token-tracking plugins
  token-tracking plugins --json | jq -r '.[].type'";

/// List the extraction types that are linked into this program
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    r#type: &'static str,
    title: &'static str,
    description: &'static str,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    let rows: Vec<_> = registry
        .iter()
        .map(|plugin| Row {
            r#type: plugin.type_name(),
            title: plugin.title(),
            description: plugin.description(),
        })
        .collect();
    if args.json {
        return output::print_json(&rows);
    }
    let mut table = vec![["type", "title", "description"].map(str::to_owned)];
    table
        .extend(rows.iter().map(|row| [row.r#type, row.title, row.description].map(str::to_owned)));
    output::print(&output::columns(&table))
}
