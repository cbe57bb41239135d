//! What an editor is told of endpoints.

use schemars::JsonSchema;

/// Endpoints of which each request takes one.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only the schema is used")]
pub(super) struct EndpointGroup {
    /// Its name.
    #[schemars(example = &"default")]
    name: Option<String>,
    /// Kind of its endpoints.
    #[schemars(extend("const" = "http-proxy"))]
    r#type: Option<String>,
    /// How one of them is chosen.
    load_balancer: Option<LoadBalancer>,
    /// How those of them are asked that inherit this; some exports hold it as JSON in a string.
    #[schemars(extend("type" = ["object", "string"]))]
    shared_configuration: Option<Shared>,
    /// The endpoints.
    #[schemars(length(min = 1))]
    endpoints: Vec<Endpoint>,
}

/// How one of several endpoints is chosen.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct LoadBalancer {
    /// In turn or at random; by weight or alike.
    #[schemars(extend("enum" = [
        "round-robin", "random", "weighted-round-robin", "weighted-random",
        "ROUND_ROBIN", "RANDOM", "WEIGHTED_ROUND_ROBIN", "WEIGHTED_RANDOM",
    ]))]
    r#type: Option<String>,
}

/// How endpoints are asked.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "only the schema is used")]
struct Shared {
    /// How HTTP is spoken.
    http: Option<Http>,
}

/// How HTTP is spoken.
#[derive(JsonSchema)]
#[schemars(inline, rename_all = "camelCase")]
#[expect(dead_code, reason = "only the schema is used")]
struct Http {
    /// The version.
    #[schemars(extend("enum" = ["HTTP_1_1", "HTTP_2"]))]
    version: Option<String>,
    /// Time for a connection, in milliseconds; 0 is as the settings say.
    #[schemars(example = 3_000)]
    connect_timeout: Option<u32>,
    /// Silence before the answer and within it, in milliseconds; 0 is as the settings say.
    #[schemars(example = 10_000)]
    read_timeout: Option<u32>,
}

/// Where requests go.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only the schema is used")]
struct Endpoint {
    /// Its name.
    #[schemars(example = &"default")]
    name: Option<String>,
    /// Kind of the endpoint.
    #[schemars(extend("const" = "http-proxy"))]
    r#type: Option<String>,
    /// Its share where endpoints are chosen by weight.
    #[schemars(example = 1)]
    weight: Option<u32>,
    /// Whether it is only for when no other one can be reached.
    #[schemars(example = true)]
    secondary: Option<bool>,
    /// Its target; some exports hold this as JSON in a string.
    #[schemars(extend("type" = ["object", "string"]))]
    configuration: Target,
    /// Whether the group's `sharedConfiguration` is for it, too.
    #[schemars(example = true)]
    inherit_configuration: Option<bool>,
    /// How it is asked; some exports hold this as JSON in a string.
    #[schemars(extend("type" = ["object", "string"]))]
    shared_configuration_override: Option<Shared>,
}

/// The target of an endpoint.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "only the schema is used")]
struct Target {
    /// The provider's URL; the path behind the context path is added to it.
    #[schemars(example = "https://api.example.com/v1", regex(pattern = "^https?://"))]
    target: String,
}

/// What happens when no connection to an endpoint comes about. A request that is on its way is
/// never sent again.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only the schema is used")]
pub(super) struct Failover {
    /// Whether the rest has an effect; others are tried in any case.
    #[schemars(example = true)]
    enabled: Option<bool>,
    /// How many other endpoints are tried; 2 if nothing is said.
    #[schemars(example = 2)]
    max_retries: Option<u32>,
    /// For how long the endpoint is then passed over, in milliseconds.
    #[schemars(example = 10_000)]
    open_state_duration: Option<u32>,
}
