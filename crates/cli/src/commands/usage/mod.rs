//! `token-tracking usage`: what was consumed, from a ledger.

mod chart;
mod data;

use std::time::{Duration, SystemTime};

use clap::{Args as ClapArgs, ValueEnum};
use token_tracking_report::ledger::{Consumption, Dimension, Ledger, Query};

use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  token-tracking serve --report ledger:usage.db           # a gateway that keeps a ledger
  token-tracking usage usage.db                           # by model
  token-tracking usage usage.db --by day,model --since 30d
  token-tracking usage usage.db --by application --sort cost --top 10
  token-tracking usage usage.db --only model=gpt-5 --only api=chat --by hour --since today
  token-tracking usage postgres://me@db/usage --by month --csv > usage.csv

Times are UTC. Sums are exact; \"–\" and null mean that nobody reported it, which is not 0. Currencies are never added.";

/// Show what was consumed, from a ledger
///
/// By time, API, application, provider, model, status or provenance: as a bar chart, JSON or CSV.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The ledger: a SQLite file, or postgres://…
    #[arg(value_name = "LEDGER", env = "TOKEN_TRACKING_LEDGER", hide_env_values = true)]
    ledger: String,
    /// One row for each combination of these
    #[arg(long, value_name = "DIMENSION,…", value_delimiter = ',', default_value = "model")]
    by: Vec<Dimension>,
    /// Only from then on: 2026-11-24, 2026-11-24T08:00:00Z, today, or 7d (ago)
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<SystemTime>,
    /// Only before then
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<SystemTime>,
    /// Only where this is so; may be repeated: the same dimension twice means either
    #[arg(long, value_name = "DIMENSION=VALUE", value_parser = only)]
    only: Vec<(Dimension, String)>,
    /// What the bars show and the rows are sorted by; stretches of time stay in their order
    #[arg(long, value_enum, default_value_t = Measure::Tokens)]
    sort: Measure,
    /// Show only so many rows; the total is of all
    #[arg(long, value_name = "ROWS")]
    top: Option<usize>,
    /// Write JSON: an object with the rows and their total
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV, one line per row and currency, without the total
    #[arg(long)]
    csv: bool,
}

/// What bars show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Tokens sent and received
    Tokens,
    /// Tokens sent
    Sent,
    /// Tokens received
    Received,
    /// Money; the bars are of the currency that most rows have
    Cost,
    /// Responses
    Responses,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let ledger = Ledger::parse(&args.ledger).map_err(Failure::usage)?;
    let mut query = Query {
        since: args.since,
        until: args.until,
        by: args.by.clone(),
        only: args.only.clone(),
    };
    let mut rows = ledger.consumption(&query).map_err(Failure::input)?;
    // Not by adding the rows: absent parts of a sum stay absent only when the database adds.
    query.by.clear();
    let total = ledger.consumption(&query).map_err(Failure::input)?;
    let total = total.into_iter().next().unwrap_or_default();
    let currency = chart::main_currency(&rows);
    sort(&mut rows, &args.by, args.sort, currency.as_ref());
    let shown = args.top.unwrap_or(rows.len()).min(rows.len());
    let hidden = rows.split_off(shown).len();
    if args.json {
        return output::print_json(&data::json(&args.by, &rows, &total));
    }
    if args.csv {
        return data::csv(&args.by, &rows);
    }
    if total.records == 0 {
        return output::print("Nothing was recorded there in that time.\n");
    }
    let bars = chart::Bars { measure: args.sort, currency };
    output::print(&bars.draw(&args.by, &rows, hidden, &total))
}

/// Time goes on; whatever else there is, the most of it comes first.
fn sort(
    rows: &mut [Consumption],
    by: &[Dimension],
    measure: Measure,
    currency: Option<&Option<String>>,
) {
    let times: Vec<_> = (0..by.len()).filter(|i| by[*i].is_time()).collect();
    rows.sort_by(|a, b| {
        let time =
            |row: &Consumption| times.iter().map(|i| row.keys[*i].clone()).collect::<Vec<_>>();
        let most = chart::value(b, measure, currency).cmp(&chart::value(a, measure, currency));
        time(a).cmp(&time(b)).then(most).then_with(|| a.keys.cmp(&b.keys))
    });
}

fn only(text: &str) -> Result<(Dimension, String), String> {
    let (dimension, value) = text.split_once('=').ok_or("expected DIMENSION=VALUE")?;
    Ok((dimension.parse()?, value.to_owned()))
}

fn time(text: &str) -> Result<SystemTime, String> {
    let now = SystemTime::now();
    if text == "today" {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        return Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(since - since % 86_400));
    }
    let whole_day = format!("{text}T00:00:00Z");
    if let Ok(time) =
        humantime::parse_rfc3339(text).or_else(|_| humantime::parse_rfc3339(&whole_day))
    {
        return Ok(time);
    }
    let ago = humantime::parse_duration(text).ok().and_then(|ago| now.checked_sub(ago));
    ago.ok_or_else(|| "expected a day, a time, today, or how long ago, such as 7d".to_owned())
}
