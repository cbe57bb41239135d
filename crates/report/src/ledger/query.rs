//! Questions to a ledger: what was consumed, by whom, when.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use rust_decimal::Decimal;

use super::row::millis;

/// What consumption is grouped by or narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The hour, UTC: `2026-11-24T07:00Z`.
    Hour,
    /// The day, UTC: `2026-11-24`.
    Day,
    /// The month, UTC: `2026-11`.
    Month,
    /// The API.
    Api,
    /// The calling application.
    Application,
    /// The provider.
    Provider,
    /// The model that answered, else the one that was asked for.
    Model,
    /// The response's status.
    Status,
    /// Where the counts come from.
    Provenance,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Api,
        Self::Application,
        Self::Provider,
        Self::Model,
        Self::Status,
        Self::Provenance,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Api => "api",
            Self::Application => "application",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Status => "status",
            Self::Provenance => "provenance",
        }
    }

    /// Whether it is a stretch of time.
    #[must_use]
    pub fn is_time(self) -> bool {
        matches!(self, Self::Hour | Self::Day | Self::Month)
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dimension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("`{text}` is none of {names}")
        })
    }
}

/// A question.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// From this time on.
    pub since: Option<SystemTime>,
    /// Before this time.
    pub until: Option<SystemTime>,
    /// One answer for each combination of these.
    pub by: Vec<Dimension>,
    /// Only where these are so. The same dimension twice means either.
    pub only: Vec<(Dimension, String)>,
}

/// An answer: what was consumed under one combination of keys. Sums are exact; one is absent
/// where no record has the count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consumption {
    /// The values of [`Query::by`]; absent where the records have none.
    pub keys: Vec<Option<String>>,
    /// How many responses.
    pub records: u64,
    /// How many of them have a count of what was sent or received.
    pub counted: u64,
    /// Tokens sent.
    pub input: Option<Decimal>,
    /// Tokens received.
    pub output: Option<Decimal>,
    /// Part of the input.
    pub cache_read: Option<Decimal>,
    /// Part of the input.
    pub cache_write: Option<Decimal>,
    /// Part of the output.
    pub reasoning: Option<Decimal>,
    /// Money by currency, what was sent and what was received; currencies are never added.
    pub costs: BTreeMap<Option<String>, (Option<Decimal>, Option<Decimal>)>,
}

/// How a database says what another says differently.
pub(super) struct Dialect {
    /// The sum of a column, exact and of any size.
    pub(super) sum: fn(&str) -> String,
    /// A stretch of time as text, by the dimension.
    pub(super) time: fn(Dimension) -> &'static str,
    /// The n-th parameter, from 1.
    pub(super) parameter: fn(usize) -> String,
}

pub(super) enum Parameter {
    Number(i64),
    Text(String),
}

const SUMS: [&str; 7] =
    ["input", "output", "cache_read", "cache_write", "reasoning", "cost_sent", "cost_received"];

impl Query {
    /// The question in SQL, with its parameters. All columns of the answer are texts, in the order
    /// that [`gather`] takes them. No value from outside is in the text itself.
    pub(super) fn sql(&self, dialect: &Dialect) -> (String, Vec<Parameter>) {
        let column = |dimension: Dimension| match dimension {
            time if time.is_time() => (dialect.time)(time).to_owned(),
            other => format!("CAST({other} AS TEXT)"),
        };
        let keys: Vec<_> = self.by.iter().map(|dimension| column(*dimension)).collect();
        let mut columns = keys.clone();
        columns.push("currency".to_owned());
        columns.push("CAST(COUNT(*) AS TEXT)".to_owned());
        columns.push("CAST(COUNT(COALESCE(input, output)) AS TEXT)".to_owned());
        columns.extend(SUMS.map(|name| format!("CAST({} AS TEXT)", (dialect.sum)(name))));
        let mut parameters = Vec::new();
        let mut conditions = Vec::new();
        for (time, sign) in [(self.since, ">="), (self.until, "<")] {
            if let Some(time) = time {
                parameters.push(Parameter::Number(millis(time)));
                conditions.push(format!("at {sign} {}", (dialect.parameter)(parameters.len())));
            }
        }
        for dimension in Dimension::ALL {
            let wanted: Vec<_> = self.only.iter().filter(|(only, _)| *only == dimension).collect();
            if wanted.is_empty() {
                continue;
            }
            let mut names = Vec::new();
            for (_, value) in wanted {
                parameters.push(Parameter::Text(value.clone()));
                names.push((dialect.parameter)(parameters.len()));
            }
            conditions.push(format!("{} IN ({})", column(dimension), names.join(", ")));
        }
        let mut sql = format!("SELECT {} FROM records", columns.join(", "));
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", conditions.join(" AND "));
        }
        let groups: Vec<_> = keys.into_iter().chain(["currency".to_owned()]).collect();
        sql += &format!(" GROUP BY {}", groups.join(", "));
        (sql, parameters)
    }

    /// How many columns an answer has.
    pub(super) fn width(&self) -> usize {
        self.by.len() + 3 + SUMS.len()
    }
}

/// Answers of a database as consumption: the currencies of one combination come together.
pub(super) fn gather(query: &Query, rows: Vec<Vec<Option<String>>>) -> Vec<Consumption> {
    let mut all: BTreeMap<Vec<Option<String>>, Consumption> = BTreeMap::new();
    for mut row in rows {
        let mut rest = row.split_off(query.by.len()).into_iter();
        let mut next = || rest.next().flatten();
        let consumption = all.entry(row.clone()).or_default();
        consumption.keys = row;
        let currency = next();
        let mut number = || next().and_then(|text| text.parse::<Decimal>().ok());
        let count = |number: Option<Decimal>| number.and_then(|n| u64::try_from(n).ok());
        consumption.records += count(number()).unwrap_or(0);
        consumption.counted += count(number()).unwrap_or(0);
        for sum in [
            &mut consumption.input,
            &mut consumption.output,
            &mut consumption.cache_read,
            &mut consumption.cache_write,
            &mut consumption.reasoning,
        ] {
            *sum = match (*sum, number()) {
                (Some(a), Some(b)) => a.checked_add(b),
                (one, other) => one.or(other),
            };
        }
        let money = (number(), number());
        if money != (None, None) {
            consumption.costs.insert(currency, money);
        }
    }
    all.into_values().collect()
}
