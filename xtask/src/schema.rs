//! `cargo xtask schema`: the files in `schemas/`, from the plugins that the bundle names.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use similar::TextDiff;
use token_tracking_cli::settings::{Configuration, ExtProcSettings, Settings};
use token_tracking_policy::{form, schema, schema_of_written, schema_text};

/// Writes every file, or checks it.
pub(crate) fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let registry = token_tracking_bundle::registry();
    let files = [
        ("policy.schema.json", schema(&registry)),
        ("policy.form.json", form(&registry)),
        ("record.schema.json", schema_of_written::<token_tracking_core::RecordLine<'_>>()),
        ("api-definition.schema.json", token_tracking_gateway::definition_schema(&registry)),
        ("gateway.schema.json", Settings::schema()),
        ("ext-proc.schema.json", ExtProcSettings::schema()),
    ];
    let mut stale = Vec::new();
    for (name, schema) in files {
        let fresh = schema_text(&schema);
        let file = root.join("schemas").join(name);
        // A checkout may have other line ends.
        let written = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        if written == fresh {
            println!("schemas/{name} is up to date");
        } else if check {
            let diff = TextDiff::from_lines(&written, &fresh);
            let name = format!("schemas/{name}");
            print!("{}", diff.unified_diff().header(&name, "from the plugins and types"));
            stale.push(name);
        } else {
            fs::write(&file, fresh).with_context(|| format!("cannot write {}", file.display()))?;
            println!("wrote schemas/{name}");
        }
    }
    ensure!(stale.is_empty(), "{} stale; run: cargo xtask schema", stale.join(", "));
    Ok(())
}
