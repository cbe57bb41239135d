//! The profile over the shared dialects that fits any vendor.

use token_tracking_dialects::{Dialect, Gap, Profile};

/// Everything is native, and whoever owns the format is the provider.
pub(crate) const PROFILE: Profile =
    Profile { provider: None, native: Dialect::ALL, gap: Gap::Unattributed };
