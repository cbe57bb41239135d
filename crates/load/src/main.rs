//! `cargo xtask load`: what a request costs through the gateway, beside the same gateway without
//! tracking, a bare proxy of the same library, nginx and Envoy; whether many streams at once keep
//! their records. All on this machine, in one run that ends by itself.
//!
//! The proxies run on one core, the load and the provider on the others. Every byte of every
//! answer is compared, and every call has its own number of tokens.

mod answers;
mod bare;
mod budgets;
mod client;
mod contenders;
mod cores;
mod drive;
mod envoy;
mod instructions;
mod noop;
mod open;
mod process;
mod progress;
mod records;
mod report;
mod rounds;
mod run;
mod tables;
mod through;
mod upstream;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Measures the gateway and the processor for Envoy under load, beside other proxies.
#[derive(Parser)]
#[command(name = "cargo xtask load", bin_name = "cargo xtask load")]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    serve: Option<Serve>,
}

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object instead of the tables
    #[arg(long)]
    json: bool,
    /// Fewer and shorter rounds: about a minute, less precise
    #[arg(long)]
    quick: bool,
    /// Next to nothing of each: it only shows that all of it works
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,
    /// Only contenders with this in their name; may be repeated
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Only these parts; may be repeated
    #[arg(long, value_enum, value_name = "PART")]
    part: Vec<Part>,
    /// The gateway's binary; the one beside this program if nothing is said
    #[arg(long, value_name = "FILE")]
    gateway: Option<PathBuf>,
}

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// All contenders, round by round
    Rounds,
    /// The gateway with tracking on and off, turn by turn
    Pairs,
    /// Instructions, counted by callgrind
    Instructions,
    /// Thousands of streams open at once through the gateway
    Open,
    /// Thousands of calls and streams through Envoy, and their records
    Envoy,
}

/// The contenders that live in this program.
#[derive(Subcommand)]
enum Serve {
    /// Serve the bare proxy
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        target: SocketAddr,
    },
    /// Serve the processor that does nothing
    #[command(hide = true)]
    NoOp {
        #[arg(long)]
        listen: SocketAddr,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // As the gateway has it: a worker for each core that it may use.
    let workers = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match arguments.serve {
        Some(Serve::Bare { listen, target }) => workers()?.block_on(bare::serve(listen, target)),
        Some(Serve::NoOp { listen }) => workers()?.block_on(noop::serve(listen)),
        None => {
            let report = run::run(&arguments.options)?;
            if arguments.options.json {
                writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
            } else {
                anstream::stdout().write_all(tables::render(&report).as_bytes())?;
            }
            Ok(())
        }
    }
}
