//! `cargo xtask conformance`: a corpus of recorded answers, read by what we ship.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, ensure};
use token_tracking_testkit::corpus;

/// Prints the table; fails where an answer is read otherwise than expected.
pub(crate) fn run(dir: &Path) -> anyhow::Result<()> {
    let report = corpus::run(dir, &token_tracking_bundle::registry())
        .with_context(|| format!("cannot read the corpus in {}", dir.display()))?;
    // A reader such as `head` may leave early.
    write!(std::io::stdout(), "{report}")?;
    let wrong = report.mismatches.len();
    ensure!(wrong == 0, "{wrong} answers are read otherwise than expected");
    Ok(())
}
