//! `cargo xtask bench`: builds the bench with optimisations and runs it. It has the rivals as
//! dependencies, so it is a program of its own and not a part of this one.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Runs the bench; fails where it does.
pub(crate) fn run(root: &Path, arguments: &[OsString]) -> anyhow::Result<()> {
    let run = ["run", "--release", "--quiet", "--package", "token-tracking-bench", "--"];
    cargo(root, &run, arguments)
}

/// Runs cargo in the repository; fails where it does.
pub(crate) fn cargo(root: &Path, command: &[&str], arguments: &[OsString]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.args(command).args(arguments).current_dir(root);
    let status = cargo.status().context("cargo does not start")?;
    ensure!(status.success(), "cargo {} did not end well: {status}", command.join(" "));
    Ok(())
}
