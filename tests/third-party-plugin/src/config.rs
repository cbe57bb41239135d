//! What the form adds beside `type`: doc comments are its texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where Orchard was told to put its counts, and what they mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrchardConfig {
    /// Where the answer has the tokens sent.
    #[schemars(
        title = "Sent token count",
        extend("gioConfig" = {"el": true}),
        example = "{#response.jsonContent.meter.in}",
        example = "/meter/in"
    )]
    pub sent_pointer: String,
    /// Where the answer has the tokens received.
    #[schemars(
        title = "Received token count",
        extend("gioConfig" = {"el": true}),
        example = "{#response.jsonContent.meter.out}",
        example = "/meter/out"
    )]
    pub received_pointer: String,
    /// Whether the tokens read from the cache are inside the tokens sent or beside them.
    #[serde(default)]
    #[schemars(title = "Sent tokens", example = Sent::WithoutCached)]
    pub sent: Sent,
    /// The model to record where an answer names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(title = "Default model", example = "pippin-2")]
    pub default_model: Option<String>,
}

/// What Orchard counts as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sent {
    /// With what was read from the cache.
    #[default]
    WithCached,
    /// Without it: it is added.
    WithoutCached,
}
