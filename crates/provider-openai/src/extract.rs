//! The vendor's profile over the shared dialects.

use token_tracking_dialects::{Dialect, Gap, Profile};

/// What the vendor's endpoints speak.
pub(crate) const PROFILE: Profile = Profile {
    provider: Some("openai"),
    native: &[Dialect::OpenAiChat, Dialect::OpenAiResponses],
    gap: Gap::Unattributed,
};
