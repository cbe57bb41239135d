//! What an editor is told of API definitions: the part of the V4 form that is read here.
//!
//! These types are never filled; [`Reader`](super::node::Reader) is more lenient than a
//! derived decoder could be. Names that are not listed are the original's own and have no
//! effect, so they are allowed.

mod endpoints;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Value, json};
use token_tracking_core::Registry;

use endpoints::{EndpointGroup, Failover};

/// JSON Schema (draft 2019-09) of an API definition, with the policies of these plugins.
#[must_use]
pub fn definition_schema(registry: &Registry) -> Value {
    let mut schema = token_tracking_policy::schema_of::<Definition>();
    let mut policy = token_tracking_policy::schema(registry);
    if let (Some(ours), Some(theirs)) = (definitions(&mut schema), definitions(&mut policy)) {
        ours.append(theirs);
        if let Some(policy) = policy.as_object_mut() {
            policy.remove("$defs");
            policy.remove("$schema");
        }
        ours.insert("TrackingPolicy".to_owned(), policy);
    }
    if let Some(schema) = schema.as_object_mut() {
        // Which of the two it is meant to be can be told, and then mistakes have a place.
        schema.remove("anyOf");
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("if".to_owned(), json!({ "required": ["api"] }));
        schema.insert("then".to_owned(), json!({ "$ref": "#/$defs/Export" }));
        schema.insert("else".to_owned(), json!({ "$ref": "#/$defs/Api" }));
    }
    schema
}

fn definitions(schema: &mut Value) -> Option<&mut serde_json::Map<String, Value>> {
    schema.get_mut("$defs")?.as_object_mut()
}

/// An API in the V4 form: as the gateway keeps it, or as it is exported.
#[derive(JsonSchema)]
#[schemars(title = "API definition", untagged)]
#[expect(dead_code, reason = "only the schema is used")]
enum Definition {
    Api(Box<Api>),
    Export(Box<Export>),
}

/// An exported API, with its plans beside it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Export {
    /// The API itself.
    api: Api,
    /// Who may call it. Of plans that are open, only one without security is served.
    plans: Option<Vec<Plan>>,
}

/// An API as the gateway keeps it.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only the schema is used")]
struct Api {
    /// Its id; it stands in for a missing name.
    #[schemars(example = "my-api")]
    id: Option<String>,
    /// Its name, by which records call it.
    #[schemars(example = "My API")]
    name: Option<String>,
    /// Version of the form.
    #[schemars(extend("enum" = ["4.0.0", "V4"]))]
    definition_version: Option<String>,
    /// Kind of the API.
    #[schemars(extend("enum" = ["proxy", "PROXY"]))]
    r#type: Option<String>,
    /// Where it is served.
    #[schemars(length(min = 1))]
    listeners: Vec<Listener>,
    /// Where its requests go: the first group.
    #[schemars(length(min = 1))]
    endpoint_groups: Vec<EndpointGroup>,
    /// What happens to its answers: the first flow that matches and tracks.
    flows: Option<Vec<Flow>>,
    /// What happens when an endpoint cannot be reached.
    failover: Option<Failover>,
    /// Names with texts, for expressions: `{#api.properties['name']}`. The one called
    /// `token-tracking.include-usage` says whether streams are asked for their usage.
    properties: Option<Vec<Property>>,
    /// Who may call it: a list, or plans by name. Only plans without security are served.
    plans: Option<Plans>,
}

/// A name with a text.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Property {
    /// The name.
    #[schemars(example = "token-tracking.include-usage")]
    key: String,
    /// The text.
    #[schemars(example = "true")]
    value: Option<String>,
}

/// Where an API is served.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Listener {
    /// Kind of the listener.
    #[schemars(extend("enum" = ["http", "HTTP"]))]
    r#type: Option<String>,
    /// Context paths.
    #[schemars(length(min = 1))]
    paths: Vec<Path>,
    /// How the API is entered.
    entrypoints: Option<Vec<Entrypoint>>,
}

/// A context path.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Path {
    /// The path that all of the API's paths begin with.
    #[schemars(example = "/my-api")]
    path: String,
    /// The host it is served on; `*.` at its beginning is any subdomain.
    #[schemars(example = "api.example.com")]
    host: Option<String>,
}

/// How an API is entered.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Entrypoint {
    /// Kind of the entrypoint.
    #[schemars(extend("const" = "http-proxy"))]
    r#type: String,
}

/// Plans: a list as exports have it, or by name as the gateway keeps them.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema is used")]
enum Plans {
    List(Vec<Plan>),
    Named(BTreeMap<String, Plan>),
}

/// Who may call an API.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Plan {
    /// Its name.
    #[schemars(example = &"Open")]
    name: Option<String>,
    /// Plans that are closed or staging have no effect.
    #[schemars(example = &"published")]
    status: Option<String>,
    /// How callers show who they are; only none is implemented.
    #[schemars(extend("type" = ["object", "string"]), example = json!({ "type": "key-less" }))]
    security: Option<Security>,
    /// What happens to answers under this plan, before the API's own flows.
    flows: Option<Vec<Flow>>,
}

/// How callers show who they are.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "only the schema is used")]
struct Security {
    /// The way.
    #[schemars(extend("examples" = ["key-less", "KEY_LESS"]))]
    r#type: Option<String>,
}

/// What happens to the answers of some requests.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Flow {
    /// Its name.
    #[schemars(example = "Count tokens")]
    name: Option<String>,
    /// Whether it has an effect; true where it is left out.
    #[schemars(example = true)]
    enabled: Option<bool>,
    /// Which requests it is for: all must match.
    selectors: Option<Vec<Selector>>,
    /// An expression over the request that must be true; one that fails is not.
    #[schemars(example = "{#request.headers['X-Tier'][0] == 'gold'}")]
    condition: Option<String>,
    /// What is done with the answer.
    response: Option<Vec<Step>>,
}

/// Which requests a flow is for.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only the schema is used")]
struct Selector {
    /// Kind of the selector.
    #[schemars(extend("enum" = ["http", "HTTP", "condition", "CONDITION"]))]
    r#type: Option<String>,
    /// Of the kind `condition`: an expression over the request that must be true.
    #[schemars(example = "{#request.params['model'] != null}")]
    condition: Option<String>,
    /// The path below the context path; `:name` stands for one segment.
    #[schemars(example = "/v1/chat")]
    path: Option<String>,
    /// Whether the path is a beginning or the whole.
    #[schemars(extend("enum" = ["STARTS_WITH", "EQUALS"]))]
    path_operator: Option<String>,
    /// Methods; none is all.
    #[schemars(example = ["POST"])]
    methods: Option<Vec<String>>,
}

/// A policy that is applied.
#[derive(JsonSchema)]
#[schemars(extend(
    "if" = {
        "properties": {
            "policy": { "const": "ai-prompt-token-tracking" },
            "configuration": { "type": "object" },
        },
        "required": ["policy", "configuration"],
    },
    "then" = { "properties": { "configuration": { "$ref": "#/$defs/TrackingPolicy" } } },
))]
#[expect(dead_code, reason = "only the schema is used")]
struct Step {
    /// Its name.
    #[schemars(example = "Token tracking")]
    name: Option<String>,
    /// Whether it has an effect; true where it is left out.
    #[schemars(example = true)]
    enabled: Option<bool>,
    /// An expression over the request and the answer's head that must be true.
    #[schemars(example = "{#response.status == 200}")]
    condition: Option<String>,
    /// The policy; the only one that is implemented is `ai-prompt-token-tracking`.
    #[schemars(example = "ai-prompt-token-tracking")]
    policy: String,
    /// Its configuration; some exports hold it as JSON in a string.
    #[schemars(extend("type" = ["object", "string"]))]
    configuration: Option<Value>,
}
