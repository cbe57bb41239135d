//! `cargo xtask bench`: one run over all bodies, ours beside the rivals, as a table of times,
//! speeds and ratios, with the budgets that hold.
//!
//! Its own timer instead of a bench harness: the ratios within a row are what counts, so
//! each round runs every contender once before the next round begins, and the best round of
//! each is kept. A harness runs one contender after the other, and a neighbour on the
//! machine then slows one of them and not the others.

mod budgets;
mod contenders;
mod table;
mod timer;

use std::io::Write as _;

use clap::Parser;
use token_tracking_bench::bodies;

use crate::contenders::Row;
use crate::timer::Timer;

/// Times the tracking step beside other ways to read the same bodies.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Print one JSON object instead of the tables
    #[arg(long)]
    json: bool,
    /// Fewer and shorter rounds: under a minute, less precise
    #[arg(long)]
    quick: bool,
    /// Only the bodies with this in their name
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let timer = if arguments.quick { Timer::QUICK } else { Timer::FULL };
    let bodies = bodies::all().into_iter().filter(|body| body.name.contains(&arguments.only));
    let rows: Vec<Row> = bodies.map(|body| contenders::run(&body, timer)).collect();
    let budgets = budgets::judge(&rows);
    if arguments.json {
        let report = serde_json::json!({ "rows": rows, "budgets": budgets });
        return writeln!(std::io::stdout(), "{report:#}");
    }
    anstream::stdout().write_all(table::render(&rows, &budgets).as_bytes())
}
