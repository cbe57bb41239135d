//! What a gateway knows of a request beyond its head.

use std::net::IpAddr;

use http::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What only some hosts know of a request; expressions can ask for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details<'a> {
    /// The request's identity, which the host made: it becomes the record's
    /// [id](crate::Record::id). Never what a client sent.
    pub id: Option<&'a str>,
    /// The identity of what the request is a part of, which the client may have said.
    pub transaction_id: Option<&'a str>,
    /// What follows the path's `?`, without it.
    pub query: Option<&'a str>,
    /// Where the API is: what the path begins with, without a final slash.
    pub context_path: Option<&'a str>,
    /// `http` or `https`, as the client spoke to the host.
    pub scheme: Option<&'a str>,
    /// The name that the client asked for, with its port where it said one.
    pub host: Option<&'a str>,
    /// The HTTP version that the client spoke.
    pub version: Option<Version>,
    /// Who sent it: the other end of the connection.
    pub remote: Option<IpAddr>,
    /// Where it came in: this end of the connection.
    pub local: Option<IpAddr>,
    /// What the proxy before the host told of the request, by name: expressions find it in
    /// `#context.attributes`.
    pub told: &'a [Told],
    /// The API, beside its name.
    pub api: Option<&'a ApiFacts>,
    /// The process that serves it.
    pub node: Option<&'a NodeFacts>,
}

/// Something that a proxy told of a request: its name, and a value, which may have parts.
pub type Told = (String, serde_json::Value);

/// What is known of an API beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiFacts {
    /// Its id.
    pub id: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its properties.
    pub properties: Vec<(String, String)>,
}

/// What a process that serves is called, for expressions: `{#node.zone}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NodeFacts {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"gateway-1")]
    pub id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"1.4.0")]
    pub version: Option<String>,
    /// The tenant that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"acme")]
    pub tenant: Option<String>,
    /// The zone that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"eu-west")]
    pub zone: Option<String>,
    /// Its sharding tags.
    #[schemars(extend("examples" = [["internal"]]))]
    pub sharding_tags: Vec<String>,
}
