//! `cargo xtask schema`: the files in `schemas/`, from the plugins that the bundle names.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use similar::TextDiff;

/// Writes `schemas/policy.schema.json`, or checks it.
pub(crate) fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let fresh = token_tracking_policy::schema_text(&token_tracking_bundle::registry());
    let file = root.join("schemas/policy.schema.json");
    let stale = fs::read_to_string(&file).unwrap_or_default();
    if stale == fresh {
        println!("{} is up to date", file.display());
        return Ok(());
    }
    if check {
        let diff = TextDiff::from_lines(&stale, &fresh);
        let mut diff = diff.unified_diff();
        let diff = diff.header("schemas/policy.schema.json", "from the plugins");
        bail!("{diff}schemas/policy.schema.json is stale; run: cargo xtask schema");
    }
    fs::write(&file, fresh).with_context(|| format!("cannot write {}", file.display()))?;
    println!("wrote {}", file.display());
    Ok(())
}
