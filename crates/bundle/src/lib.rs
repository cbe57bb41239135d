//! The list of providers we ship.
//!
//! The list is this crate's manifest: `build.rs` reads it. Each provider's `PLUGIN` is
//! named here, so that no linker can drop one.
//!
//! ```
//! let registry = token_tracking_bundle::registry();
//! assert_eq!(registry.get("GPT").unwrap().title(), "ChatGPT by OpenAI");
//! ```

use token_tracking_core::{Descriptor, Error, Registry};

/// Every provider of this crate's manifest, by its `PLUGIN`.
pub static PLUGINS: &[&Descriptor] = include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

/// Our providers, and whatever else is linked into this program.
///
/// # Panics
/// When a plugin of somebody else claims the type of one of ours; [`try_registry`] says so
/// instead.
#[must_use]
pub fn registry() -> Registry {
    try_registry().unwrap_or_else(|error| panic!("{error}"))
}

/// As [`registry`], for programs that link plugins they did not write.
///
/// # Errors
/// When two plugins claim one type.
pub fn try_registry() -> Result<Registry, Error> {
    PLUGINS.iter().try_fold(Registry::discovered()?, |registry, plugin| registry.add(plugin))
}
