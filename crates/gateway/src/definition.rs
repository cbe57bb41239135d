//! An API definition in the original's V4 form: what of it is served, and what is not.

mod check;
mod endpoints;
mod flows;
mod form;
mod listeners;
mod node;
mod properties;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use token_tracking_core::{ApiFacts, Registry};
use token_tracking_host::Condition;
use token_tracking_policy::{Document, Problem};

pub use form::definition_schema;

use crate::api::{Api, Flow, Route, Step};
use crate::endpoints::{Balancing, Endpoint, Endpoints, Failover};
use crate::error::{Finding, Findings, GatewayError};
use crate::selector::Selector;
use crate::tracking::Tracking;
use node::{Node, Reader, canonical};

/// A definition that was read: well-formed, but its tracking is not compiled yet.
///
/// Both forms are read, the gateway's flat one and the exported `{"api": {…}}` with its
/// plans beside it, as JSON or YAML. What the definition asks for and this gateway does
/// not do is kept as a finding, and [`Gateway::bind`](crate::Gateway::bind) refuses it.
#[derive(Clone, Debug)]
pub struct Definition {
    source: String,
    name: String,
    routes: Vec<Route>,
    endpoints: Vec<Endpoint>,
    balancing: Balancing,
    failover: Failover,
    flows: Vec<FlowPlan>,
    include_usage: Option<bool>,
    facts: ApiFacts,
    warnings: Vec<Finding>,
    unsupported: Vec<Finding>,
    /// Its text, where findings are to be shown in one.
    document: Option<Arc<Document>>,
}

/// A flow with a tracking step that is not compiled yet.
#[derive(Clone, Debug)]
struct FlowPlan {
    selectors: Vec<Selector>,
    conditions: Vec<Condition>,
    steps: Vec<StepPlan>,
}

/// A tracking step of a flow.
#[derive(Clone, Debug)]
struct StepPlan {
    condition: Option<Condition>,
    /// Where its configuration is.
    pointer: String,
    config: Value,
}

impl Definition {
    /// Reads a definition from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a definition.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, GatewayError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &name),
            Err(source) => Err(GatewayError::Read { path: name, source }),
        }
    }

    /// Reads a definition from its text, JSON or YAML; `source` is what errors call it.
    ///
    /// # Errors
    /// When the text is not a definition: all findings at once.
    pub fn parse(text: &str, source: &str) -> Result<Self, GatewayError> {
        let (document, _) = Document::read_leniently(text, source).map_err(|unreadable| {
            let finding = |problem: Problem| {
                let mut finding = Finding::new(source, &problem.pointer, problem.message);
                finding.place = problem.line.zip(problem.column);
                finding.suggestion = problem.suggestion;
                finding
            };
            invalid(unreadable.0.into_iter().map(finding).collect())
        })?;
        let located = |findings: Vec<Finding>| -> Vec<Finding> {
            findings.into_iter().map(|finding| finding.located(&document)).collect()
        };
        match Self::from_value(document.value(), source) {
            Ok(mut definition) => {
                definition.unsupported = located(definition.unsupported);
                definition.warnings = located(definition.warnings);
                definition.document = Some(Arc::new(document));
                Ok(definition)
            }
            Err(GatewayError::Invalid(Findings(findings))) => Err(invalid(located(findings))),
            Err(other) => Err(other),
        }
    }

    /// Reads a definition from a value; `source` is what errors call it.
    ///
    /// # Errors
    /// When the value is not a definition: all findings at once.
    pub fn from_value(value: &Value, source: &str) -> Result<Self, GatewayError> {
        let mut reader = Reader::new(source);
        let definition = read(&mut reader, &Node::root(value));
        match definition {
            Some(mut definition) if reader.errors.is_empty() => {
                definition.unsupported = reader.unsupported;
                definition.warnings = reader.warnings;
                Ok(definition)
            }
            _ => Err(invalid(reader.errors)),
        }
    }

    /// The API's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it asks for that this gateway does not do.
    #[must_use]
    pub fn unsupported(&self) -> &[Finding] {
        &self.unsupported
    }

    /// Sends all requests to another port of the same hosts, for tests and for trying a
    /// definition out against a local stand-in.
    #[must_use]
    pub fn with_target_port(mut self, port: u16) -> Self {
        for endpoint in &mut self.endpoints {
            endpoint.target = endpoint.target.clone().with_port(port);
        }
        self
    }

    /// Compiles the tracking, and gives the API that a gateway can serve. A configuration
    /// that does not compile stops nothing here: the API is then served untracked, unless
    /// the gateway's settings are strict.
    #[must_use]
    pub fn compile(&self, registry: &Registry) -> Api {
        let endpoints = Endpoints::new(self.endpoints.clone(), self.balancing, self.failover);
        let mut api = Api::new(&self.name, self.routes.clone(), endpoints);
        api.include_usage = self.include_usage;
        api.unsupported.clone_from(&self.unsupported);
        api.warnings.clone_from(&self.warnings);
        api.facts = self.facts.clone();
        let located = |finding: Finding| match &self.document {
            Some(document) => finding.located(document),
            None => finding,
        };
        for FlowPlan { selectors, conditions, steps } in &self.flows {
            let mut flow = Flow {
                selectors: selectors.clone(),
                conditions: conditions.clone(),
                steps: vec![],
            };
            for StepPlan { condition, pointer, config } in steps {
                let compiled = Tracking::compile(config, registry, &self.source, pointer);
                api.broken.extend(compiled.broken.into_iter().map(located));
                api.warnings.extend(compiled.warnings.into_iter().map(located));
                let (condition, tracking) = (condition.clone(), compiled.tracking);
                flow.steps.push(Step { condition, tracking });
            }
            api.flows.push(flow);
        }
        api
    }
}

fn invalid(findings: Vec<Finding>) -> GatewayError {
    GatewayError::Invalid(Findings(findings))
}

fn read(reader: &mut Reader, root: &Node<'_>) -> Option<Definition> {
    if !root.value.is_object() {
        reader.wrong(root, "this is not an API definition", "an object");
        return None;
    }
    let exported = root.get("api").filter(|api| api.value.is_object());
    let api = exported.as_ref().unwrap_or(root);
    if api.get("listeners").is_none() && root.get("extraction").is_some() {
        reader.errors.push(
            Finding::new(&reader.source, "", "this is a policy's configuration, not an API")
                .expected("an API definition with listeners, endpointGroups and flows")
                .suggest("put it into a step of a flow, or serve it with a target (--policy)"),
        );
        return None;
    }
    check_kind(reader, api);
    let name = reader.text(api, "name").or_else(|| reader.text(api, "id"));
    let routes = listeners::read(reader, api);
    let (balancing, endpoints) = endpoints::read(reader, api);
    let failover = endpoints::failover(reader, api);
    let properties = properties::read(reader, api);
    let include_usage = properties::include_usage(reader, api, &properties);
    // Where an export has plans or flows beside the API, they count as well. Plans'
    // flows come before the API's own, as in the original.
    let nodes: Vec<&Node<'_>> =
        std::iter::once(api).chain(exported.is_some().then_some(root)).collect();
    let mut flows = Vec::new();
    for node in &nodes {
        flows.extend(flows::read_plans(reader, node));
    }
    for node in &nodes {
        flows.extend(flows::read(reader, node));
    }
    Some(Definition {
        source: reader.source.clone(),
        name: name.unwrap_or_else(|| reader.source.clone()),
        routes,
        endpoints,
        balancing,
        failover,
        flows,
        include_usage,
        facts: ApiFacts {
            id: reader.text(api, "id"),
            version: reader.text(api, "apiVersion"),
            properties,
        },
        unsupported: Vec::new(),
        warnings: Vec::new(),
        document: None,
    })
}

/// Version and type of the API, and what is set for all of it.
fn check_kind(reader: &mut Reader, api: &Node<'_>) {
    if let Some(version) = reader.text(api, "definitionVersion")
        && !matches!(canonical(&version).as_str(), "v4" | "4" | "400")
    {
        let finding = api
            .child("definitionVersion")
            .finding(reader, format!("definition version \"{version}\" is not read"))
            .expected("\"4.0.0\" or \"V4\"")
            .suggest("migrate the API to V4 and export it again");
        reader.errors.push(finding);
    }
    if let Some(kind) = reader.text(api, "type")
        && canonical(&kind) != "proxy"
    {
        reader.unsupported(&api.child("type"), format!("an API of the type \"{kind}\""));
    }
    reader.enabled_services(api);
    if let Some(execution) = api.get("flowExecution") {
        if reader.flag(&execution, "matchRequired", false) {
            reader.unsupported(
                &execution.child("matchRequired"),
                "refusing requests that no flow matches (matchRequired)",
            );
        }
        if reader.text(&execution, "mode").is_some_and(|mode| canonical(&mode) == "bestmatch") {
            reader.unsupported(&execution.child("mode"), "flow execution by best match");
        }
    }
}
