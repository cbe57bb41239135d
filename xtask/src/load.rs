//! `cargo xtask load`: builds the gateway as it is shipped and the load, and runs that. The load
//! has servers and clients of its own, so it is a program of its own and not a part of this one.

use std::ffi::OsString;
use std::path::Path;

use crate::bench::cargo;

/// Runs the load; fails where it does.
pub(crate) fn run(root: &Path, arguments: &[OsString]) -> anyhow::Result<()> {
    // By itself, with the features that it is shipped with.
    cargo(root, &["build", "--release", "--quiet", "--package", "token-tracking-cli"], &[])?;
    let run = ["run", "--release", "--quiet", "--package", "token-tracking-load", "--"];
    cargo(root, &run, arguments)
}
