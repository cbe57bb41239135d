//! The promises that a run can check.

use crate::report::{Budget, Measured, Report};
use crate::rounds::WORKLOADS;

/// Tracking may cost so much of what the gateway costs without it.
const TRACKING: f64 = 1.05;
/// The gateway, tracking, beside a bare proxy of the same library.
const BARE: f64 = 1.15;

/// Judges what was measured; what was not is not judged.
pub(crate) fn judge(report: &Report) -> Vec<Budget> {
    let mut budgets = Vec::new();
    for pair in &report.pairs {
        budgets.push(Budget {
            what: format!("{}: CPU, tracking on ÷ off", pair.workload),
            limit: format!("{TRACKING:.2}"),
            measured: format!("{:.3}", pair.ratio),
            holds: pair.ratio <= TRACKING,
        });
    }
    for (workload, _) in WORKLOADS {
        let of = |name: &str| {
            let found = |m: &&Measured| m.workload == workload && m.contender == name;
            report.calls.iter().find(found).map(|measured| measured.cpu_us)
        };
        let Some(ours) = of("gateway, tracking on") else { continue };
        for (rival, limit) in [("bare hyper proxy", BARE), ("Envoy alone", 1.0)] {
            if let Some(rival_us) = of(rival) {
                budgets.push(Budget {
                    what: format!("{workload}: CPU, tracking on ÷ {rival}"),
                    limit: format!("{limit:.2}"),
                    measured: format!("{:.3}", ours / rival_us),
                    holds: ours / rival_us <= limit,
                });
            }
        }
    }
    for open in report.open.iter().filter(|open| open.lost.is_some()) {
        let lost = open.lost.unwrap_or_default();
        budgets.push(Budget {
            what: format!("{} streams at once through the gateway: records lost", open.streams),
            limit: "0".to_owned(),
            measured: lost.to_string(),
            holds: lost == 0,
        });
    }
    for through in report.envoy.iter().filter(|through| through.waits) {
        let Some(lost) = through.lost.checked_add(through.wrong) else { continue };
        let calls = through.calls + through.streams;
        budgets.push(Budget {
            what: format!("{calls} calls through Envoy, {}: records lost", through.mode),
            limit: "0".to_owned(),
            measured: lost.to_string(),
            holds: lost == 0,
        });
    }
    budgets
}
