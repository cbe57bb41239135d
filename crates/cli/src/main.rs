//! The command line `token-tracking`: counts what language models consumed.

mod admin;
mod commands;
mod failure;
mod operating;
mod output;
mod policies;
mod reporting;
mod shutdown;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use token_tracking_cli::settings::Log;

use commands::{demo, el, ext_proc, extract, plugins, schema, serve, usage, validate};

const EXIT_CODES: &str = "\
Exit codes:
  0  ok
  1  the input is bad: it cannot be read, is not valid, or does not give what was expected
  2  the command line is wrong
  3  could not start: a port, a file to write or the network";

/// Counts the tokens that language models consumed, from their responses.
#[derive(Parser)]
#[command(name = "token-tracking", version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    ExtProc(ext_proc::Args),
    Demo(demo::Args),
    Extract(extract::Args),
    El(el::Args),
    Validate(validate::Args),
    Schema(schema::Args),
    Plugins(plugins::Args),
    Usage(usage::Args),
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let least = match command {
        // What goes wrong there is staged.
        Command::Demo(_) => "error",
        _ => "warn",
    };
    // Those have their own settings of the log.
    if !matches!(command, Command::Serve(_) | Command::ExtProc(_))
        && let Err(why) = output::log(&Log::default(), least)
    {
        return failure::Failure::usage(format!("RUST_LOG: {why}")).report();
    }
    let result = match command {
        Command::Serve(args) => serve::run(args),
        Command::ExtProc(args) => ext_proc::run(&args),
        Command::Demo(args) => demo::run(args),
        Command::Extract(args) => extract::run(args),
        Command::El(args) => el::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Plugins(args) => plugins::run(&args),
        Command::Usage(args) => usage::run(&args),
    };
    result.map_or_else(failure::Failure::report, |()| ExitCode::SUCCESS)
}
