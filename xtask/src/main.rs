//! Chores of this repository: `cargo xtask schema`, `new-provider`, `conformance`, `bench`,
//! `load`.

mod bench;
mod conformance;
mod load;
mod new_provider;
mod schema;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

/// Chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write `schemas/` from the registered plugins
    Schema {
        /// Write nothing; fail with a diff where a file is stale
        #[arg(long)]
        check: bool,
    },
    /// Make the crate of a new provider, add it to the bundle, and write `schemas/`
    NewProvider {
        /// The vendor's name in lower case: `acme` makes `crates/provider-acme` with the type ACME
        name: String,
        /// It speaks formats that `crates/dialects` reads: a profile, and no parsing of its own
        #[arg(long)]
        dialect: bool,
    },
    /// Read a corpus of recorded answers and print how many are read right
    Conformance {
        /// The corpus: a folder with a `manifest.jsonl`
        #[arg(long, value_name = "DIR")]
        corpus: PathBuf,
    },
    /// Time the scanner and the meter beside other ways to read the same bodies; `--help` lists
    /// what it takes
    #[command(disable_help_flag = true)]
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Measure the gateway and the processor for Envoy under load, beside other proxies; `--help`
    /// lists what it takes
    #[command(disable_help_flag = true)]
    Load {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().chore {
        Chore::Schema { check } => schema::run(&root(), check),
        Chore::NewProvider { name, dialect } => new_provider::run(&root(), &name, dialect),
        Chore::Conformance { corpus } => conformance::run(&corpus),
        Chore::Bench { arguments } => bench::run(&root(), &arguments),
        Chore::Load { arguments } => load::run(&root(), &arguments),
    }
}

/// The repository.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}
