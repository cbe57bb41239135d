//! What every ledger must do, whatever database keeps it.

use std::time::{Duration, SystemTime};

use rust_decimal::Decimal;
use token_tracking_core::{Provenance, Reason, Record, Usage};
use token_tracking_report::ledger::{Consumption, Dimension, Ledger, Query};
use token_tracking_report::{Reporter, Reporters};

use crate::common::{PATIENCE, at, priced};

/// 2026-11-24T00:00:00Z.
pub(crate) const DAY: u64 = 1_795_478_400;

pub(crate) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(DAY + seconds)
}

fn decimal(text: &str) -> Option<Decimal> {
    Some(text.parse().unwrap())
}

fn records() -> Vec<Record> {
    let mut first = priced(at(time(10), "gpt-5", Some(100)), "0.1", Some("USD"));
    first.application = Some("shop".to_owned());
    first.usage.cache_read = Some(60);
    let mut second = priced(at(time(3_700), "gpt-5", Some(50)), "0.2", Some("USD"));
    second.application = Some("shop".to_owned());
    // A price of which no double is exact, and a currency of its own.
    let third =
        priced(at(time(90_000), "claude", Some(7)), "0.0000000000000000000000001", Some("EUR"));
    let mut absent = at(time(95_000), "claude", None);
    absent.usage = Usage::default();
    absent.provenance = Provenance::Absent;
    absent.reasons.insert(Reason::NoUsage);
    // From outside, and none of these may break a row, a query or the batch that they are in.
    let mut odd = at(time(96_000), "o'dd\"\\\u{0}\u{1F600}", Some(u64::MAX));
    odd.application = Some("Robert'); DROP TABLE records;--".to_owned());
    odd.usage.output = Some(u64::MAX);
    let mut odder = odd.clone();
    odder.usage.input = Some(u64::MAX - 1);
    vec![first, second, third, absent, odd, odder]
}

/// Fills a ledger through a reporter, twice with the same records, and asks it.
pub(crate) fn check(ledger: &Ledger, open: impl Fn() -> Reporter) {
    let mut all = records();
    for (i, record) in all.iter_mut().enumerate() {
        record.id = Some(format!("record-{i}"));
    }
    for _ in 0..2 {
        let mut reporters = Reporters::default();
        reporters.add(open());
        use token_tracking_core::RecordSink;
        all.iter().for_each(|record| reporters.record(record.clone()));
        let totals = reporters.close(PATIENCE).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(totals.written, all.len() as u64);
    }
    let ask = |by: &[Dimension], only: &[(Dimension, &str)]| {
        let only = only.iter().map(|(dimension, value)| (*dimension, (*value).to_owned()));
        let query = Query { by: by.to_vec(), only: only.collect(), ..Query::default() };
        ledger.consumption(&query).unwrap_or_else(|error| panic!("{error}"))
    };
    sums(&ask);
    groups(ledger, &ask);
}

type Ask<'a> = &'a dyn Fn(&[Dimension], &[(Dimension, &str)]) -> Vec<Consumption>;

fn sums(ask: Ask<'_>) {
    let models = ask(&[Dimension::Model], &[]);
    let of = |name: &str| models.iter().find(|row| row.keys[0].as_deref() == Some(name)).unwrap();
    let gpt = of("gpt-5");
    assert_eq!((gpt.records, gpt.counted), (2, 2), "each record once: {models:?}");
    assert_eq!((gpt.input, gpt.output), (decimal("150"), decimal("14")));
    assert_eq!((gpt.cache_read, gpt.reasoning), (decimal("60"), None), "absent is not zero");
    let dollars = &gpt.costs[&Some("USD".to_owned())];
    assert_eq!(*dollars, (decimal("0.3"), decimal("1.0")), "0.1 + 0.2, exactly");
    let claude = of("claude");
    assert_eq!((claude.records, claude.counted, claude.input), (2, 1, decimal("7")));
    let euros = &claude.costs[&Some("EUR".to_owned())];
    assert_eq!(euros.0, decimal("0.0000000000000000000000001"));
    let odd = of("o'dd\"\\\u{FFFD}\u{1F600}");
    assert_eq!(odd.input, decimal("18446744073709551614"), "two of the most that a row counts");

    let total = ask(&[], &[]);
    assert_eq!(total.len(), 1);
    assert_eq!((total[0].records, total[0].costs.len()), (6, 2), "currencies stay apart");
}

fn groups(ledger: &Ledger, ask: Ask<'_>) {
    let keys = |rows: &[Consumption]| -> Vec<Vec<Option<String>>> {
        rows.iter().map(|row| row.keys.clone()).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(keys(&ask(&[Dimension::Day], &[])), [[some("2026-11-24")], [some("2026-11-25")]]);
    assert_eq!(
        keys(&ask(&[Dimension::Hour], &[(Dimension::Model, "gpt-5")])),
        [[some("2026-11-24T00:00Z")], [some("2026-11-24T01:00Z")]]
    );
    assert_eq!(keys(&ask(&[Dimension::Month], &[])), [[some("2026-11")]]);
    assert_eq!(
        keys(&ask(
            &[Dimension::Application, Dimension::Provider],
            &[(Dimension::Day, "2026-11-24")]
        )),
        [[some("shop"), some("openai")]]
    );
    assert_eq!(
        keys(&ask(&[Dimension::Provenance, Dimension::Status], &[(Dimension::Model, "claude")])),
        [[some("absent"), some("200")], [some("reported"), some("200")]]
    );
    let either = [(Dimension::Model, "gpt-5"), (Dimension::Model, "claude")];
    assert_eq!(ask(&[], &either)[0].records, 4);
    let injected = [(Dimension::Application, "Robert'); DROP TABLE records;--")];
    assert_eq!(ask(&[], &injected)[0].records, 2);
    assert!(ask(&[Dimension::Api], &[(Dimension::Api, "none")]).is_empty());
    let between = Query { since: Some(time(10)), until: Some(time(3_700)), ..Query::default() };
    assert_eq!(ledger.consumption(&between).unwrap()[0].records, 1, "from, and before");
}
