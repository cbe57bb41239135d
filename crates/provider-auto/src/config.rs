//! What the form adds beside `type`: nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Needs no settings: the answers say all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct AutoConfig {}
