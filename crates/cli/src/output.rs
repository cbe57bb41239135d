//! Standard output and error: what is written how.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use token_tracking_cli::settings::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Sends log events to standard error as the settings say. Where they say nothing of the
/// level, `RUST_LOG` does; else it is `least`. Gives what is wrong with a level.
pub(crate) fn log(settings: &Log, least: &str) -> Result<(), String> {
    let level = settings.level.clone().or_else(|| std::env::var("RUST_LOG").ok());
    let level = level.filter(|level| !level.trim().is_empty()).unwrap_or_else(|| least.to_owned());
    let filter = EnvFilter::try_new(&level).map_err(|error| format!("\"{level}\": {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Fails only where a subscriber is set already, and then that one logs.
    let _ = match settings.format {
        LogFormat::Pretty => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_ansi(false).try_init(),
    };
    Ok(())
}

/// Whether a person reads the standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// How many columns the standard output has; 100 where it is no terminal.
pub(crate) fn terminal_width() -> usize {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map_or(100, |(width, _)| width.0.into())
}

/// Writes text to standard output; styles are removed where it is no terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a value as indented JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::input(format!("cannot write this as JSON: {error}")))?;
    text.push('\n');
    // Without a detour over style removal: it is data.
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Rows as aligned columns, two spaces apart; the last column is not padded.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line += cell;
            line += &" ".repeat(width - cell.chars().count() + 2);
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A count with its digits in groups of three.
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
