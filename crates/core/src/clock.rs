//! The clock: the standard one, and JavaScript's on `wasm32-unknown-unknown`, where the
//! standard one panics.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub use std::time::{Instant, SystemTime};
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub use web_time::{Instant, SystemTime};

/// A time as those take it that know only the standard clock.
#[cfg(feature = "expressions")]
pub(crate) fn standard(time: SystemTime) -> Option<std::time::SystemTime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(std::time::SystemTime::UNIX_EPOCH + since)
}
