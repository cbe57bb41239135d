//! `cargo xtask bench`: builds the bench with optimisations and runs it. It has the rivals as
//! dependencies, so it is a program of its own and not a part of this one.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Runs the bench; fails where it does.
pub(crate) fn run(root: &Path, arguments: &[OsString]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--release", "--quiet", "--package", "token-tracking-bench", "--"])
        .args(arguments)
        .current_dir(root)
        .status()
        .context("cargo does not start")?;
    ensure!(status.success(), "the bench did not end well: {status}");
    Ok(())
}
