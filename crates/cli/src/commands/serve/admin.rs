//! The admin listener of `serve`: which pages it has.

use std::sync::Arc;

use serde_json::{Value, json};
use token_tracking_cli::settings::{Admin as AdminSettings, Settings};
use token_tracking_gateway::{Admin, Control, GatewayError, Reply};
use token_tracking_report::{Prometheus, Recent};

use super::start_error;
use crate::failure::Failure;
use crate::reporting::Reporters;

/// Takes the admin listener's address and makes its pages; none where the settings want none,
/// or where nothing is said of its address and the usual one is taken.
pub(super) fn open(
    settings: &Settings,
    control: &Control,
    reporters: &Reporters,
    recent: Arc<Recent>,
) -> Result<Option<Admin>, Failure> {
    let AdminSettings { enabled, listen, .. } = &settings.admin;
    if !enabled {
        return Ok(None);
    }
    let bound = Admin::bind(listen.as_deref().unwrap_or(AdminSettings::LISTEN));
    let bound = bound.map_err(|error| match error {
        GatewayError::Listen { address, source, .. } => {
            let advice = "name another with --admin, or say --no-admin";
            GatewayError::Listen { address, source, advice }
        }
        other => other,
    });
    let admin = match (bound, listen) {
        (Ok(admin), _) => admin,
        (Err(error), Some(_)) => return Err(start_error(&error)),
        (Err(error), None) => {
            tracing::warn!("there are no admin pages: {error}");
            return Ok(None);
        }
    };
    let prometheus = Arc::clone(reporters.prometheus());
    count(&prometheus, control);
    let config = settings.to_value();
    let (ready, apis, health) = (control.clone(), control.clone(), reporters.health_of());
    let admin = admin
        .page("/healthz", "whether it runs, and how its reporters fare", move |_| {
            let health = health();
            // Traffic passes in any case: no reason to start the process anew.
            let well = health.iter().all(|reporter| reporter.healthy);
            let reporters: Vec<Value> = health.iter().map(reporter).collect();
            let status = if well { "ok" } else { "degraded" };
            Reply::json(&json!({ "status": status, "reporters": reporters }))
        })
        .page("/readyz", "whether it takes requests: 503 once its shutdown has begun", move |_| {
            let ready = ready.is_ready();
            Reply::text(ready, if ready { "ready\n" } else { "draining\n" })
        })
        .page("/metrics", "metrics for Prometheus", move |_| Reply {
            content_type: Prometheus::CONTENT_TYPE,
            ..Reply::text(true, prometheus.render())
        })
        .page("/apis", "what is served of each API definition", move |_| Reply::json(&apis.apis()))
        .page("/config", "the settings in effect, without secrets", move |_| Reply::json(&config))
        .page("/records", "the last records, a line each; ?last=N for fewer", move |query| Reply {
            content_type: "application/x-ndjson",
            ..Reply::text(true, recent.lines(last(query)))
        });
    Ok(Some(admin))
}

/// The gateway's own numbers, as metrics.
fn count(prometheus: &Prometheus, control: &Control) {
    let of = |control: &Control| control.clone();
    let in_flight = of(control);
    prometheus.gauge("requests_in_flight", "Requests that are being answered", move || {
        in_flight.in_flight() as f64
    });
    let served = of(control);
    prometheus.counter("reloads", "Changes of API definitions that are served", move || {
        served.reloads().0
    });
    let refused = of(control);
    prometheus.counter(
        "reload_failures",
        "Changes of API definitions that were refused",
        move || refused.reloads().1,
    );
}

fn reporter(health: &token_tracking_report::Health) -> Value {
    json!({
        "name": health.name,
        "healthy": health.healthy,
        "waiting": health.waiting,
        "written": health.totals.written,
        "dropped": health.totals.dropped,
        "failed": health.totals.failed,
        "last_error": health.last_error,
    })
}

/// The N of `last=N`; else all.
fn last(query: &str) -> usize {
    let number = query.split('&').find_map(|pair| pair.strip_prefix("last="));
    number.and_then(|number| number.parse().ok()).unwrap_or(usize::MAX)
}
