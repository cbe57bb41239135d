//! The admin listener of a host: which pages it has.

use std::sync::Arc;

use serde_json::{Value, json};
use token_tracking_cli::settings::Admin as AdminSettings;
use token_tracking_gateway::{Admin, ApiState, Control, GatewayError, Reply};
use token_tracking_report::{Prometheus, Recent};

use crate::commands::serve::start_error;
use crate::failure::Failure;
use crate::reporting::Reporters;

/// What the pages tell of a host while it serves.
pub(crate) trait Watched: Clone + Send + Sync + 'static {
    /// Whether it takes requests.
    fn is_ready(&self) -> bool;
    /// How many requests are being answered.
    fn in_flight(&self) -> usize;
    /// What is served of each API.
    fn apis(&self) -> Vec<ApiState>;
    /// How many changes of definitions were served, and how many were refused.
    fn reloads(&self) -> (u64, u64);
}

impl Watched for Control {
    fn is_ready(&self) -> bool {
        Control::is_ready(self)
    }

    fn in_flight(&self) -> usize {
        Control::in_flight(self)
    }

    fn apis(&self) -> Vec<ApiState> {
        Control::apis(self)
    }

    fn reloads(&self) -> (u64, u64) {
        Control::reloads(self)
    }
}

/// Takes the admin listener's address and makes its pages; none where the settings want none,
/// or where nothing is said of its address and the usual one is taken.
pub(crate) fn open(
    AdminSettings { enabled, listen, .. }: &AdminSettings,
    config: Value,
    host: &impl Watched,
    reporters: &Reporters,
    recent: Arc<Recent>,
) -> Result<Option<Admin>, Failure> {
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
    count(&prometheus, host);
    let (ready, apis, health) = (host.clone(), host.clone(), reporters.health_of());
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

/// The host's own numbers, as metrics.
fn count(prometheus: &Prometheus, host: &impl Watched) {
    let in_flight = host.clone();
    prometheus.gauge("requests_in_flight", "Requests that are being answered", move || {
        in_flight.in_flight() as f64
    });
    let served = host.clone();
    prometheus.counter("reloads", "Changes of API definitions that are served", move || {
        served.reloads().0
    });
    let refused = host.clone();
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
