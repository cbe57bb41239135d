//! The flows of a definition and of its plans: which answers are tracked, and how.

use http::Method;
use serde_json::Value;
use token_tracking_core::nearest;
use token_tracking_host::Condition;

use super::node::{Node, Reader, canonical};
use super::{FlowPlan, StepPlan};
use crate::selector::{Operator, Selector};

/// The original's name of the policy that this gateway implements.
const POLICY: &str = "ai-prompt-token-tracking";

/// Phases whose steps are not run here: those of messages and of other protocols.
const OTHER_PHASES: [&str; 6] =
    ["request", "subscribe", "publish", "interact", "connect", "entrypointConnect"];

/// Methods that the original's definitions name.
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The flows of the plans. Of the plans themselves only a keyless one is served.
pub(super) fn read_plans(reader: &mut Reader, node: &Node<'_>) -> Vec<FlowPlan> {
    let mut flows = Vec::new();
    // The gateway keeps its plans by name, an export in an array.
    let plans = node.get("plans").map(|plans| plans.children()).unwrap_or_default();
    for plan in &plans {
        let status = reader.text(plan, "status").map(|status| canonical(&status));
        if matches!(status.as_deref(), Some("closed" | "staging")) {
            continue;
        }
        let name = reader.text(plan, "name").unwrap_or_default();
        let (place, security) = match plan.get("security") {
            Some(security) if security.value.is_object() => {
                (security.child("type"), reader.text(&security, "type"))
            }
            Some(security) => (security, reader.text(plan, "security")),
            None => (plan.child("security"), None),
        };
        if let Some(security) = security
            && !matches!(canonical(&security).as_str(), "keyless" | "")
        {
            let what = format!("the security \"{security}\" of the plan \"{name}\"");
            reader.unsupported(&place, what);
        }
        if reader.text(plan, "selectionRule").is_some_and(|rule| !rule.trim().is_empty()) {
            let what = format!("the selection rule of the plan \"{name}\"");
            reader.unsupported(&plan.child("selectionRule"), what);
        }
        flows.extend(read(reader, plan));
    }
    flows
}

/// The enabled flows that track, in their order.
pub(super) fn read(reader: &mut Reader, node: &Node<'_>) -> Vec<FlowPlan> {
    let flows = reader.list(node, "flows");
    flows.iter().filter_map(|flow| read_flow(reader, flow)).collect()
}

fn read_flow(reader: &mut Reader, flow: &Node<'_>) -> Option<FlowPlan> {
    if !reader.flag(flow, "enabled", true) {
        return None;
    }
    let mut selectors = Vec::new();
    let mut conditions = Vec::from_iter(condition(reader, flow));
    for node in reader.list(flow, "selectors") {
        let kind = reader.text(&node, "type").unwrap_or_else(|| "http".to_owned());
        match canonical(&kind).as_str() {
            "http" => selectors.extend(selector(reader, &node)),
            "condition" => conditions.extend(condition(reader, &node)),
            _ => reader.unsupported(&node, format!("a selector of the type \"{kind}\"")),
        }
    }
    for phase in OTHER_PHASES {
        for step in reader.list(flow, phase) {
            if reader.flag(&step, "enabled", true) {
                let policy = reader.text(&step, "policy").unwrap_or_default();
                let what = format!("the policy \"{policy}\" in the phase \"{phase}\"");
                reader.unsupported(&step, what);
            }
        }
    }
    let mut steps = Vec::new();
    for step in reader.list(flow, "response") {
        if !reader.flag(&step, "enabled", true) {
            continue;
        }
        let policy = reader.text(&step, "policy").unwrap_or_default();
        if policy != POLICY {
            let at = if step.get("policy").is_some() { step.child("policy") } else { step.clone() };
            reader.unsupported(&at, format!("the policy \"{policy}\""));
            if nearest(&policy, &[POLICY]).is_some()
                && let Some(finding) = reader.unsupported.last_mut()
            {
                finding.suggestion = Some(format!("did you mean \"{POLICY}\"?"));
            }
            continue;
        }
        let condition = condition(reader, &step);
        let config = step.get("configuration");
        let config = config.map_or(Value::Null, |config| config.config().into_owned());
        let pointer = step.child("configuration").pointer;
        steps.push(StepPlan { condition, pointer, config });
    }
    (!steps.is_empty()).then_some(FlowPlan { selectors, conditions, steps })
}

/// The condition of a flow, of a step or of a selector.
fn condition(reader: &mut Reader, node: &Node<'_>) -> Option<Condition> {
    let text = reader.text(node, "condition").filter(|text| !text.trim().is_empty())?;
    match Condition::parse(&text) {
        Ok(condition) => Some(condition),
        Err(why) => {
            let expected = "an expression such as \"{#request.headers['X-Tier'][0] == 'gold'}\"";
            reader.wrong(&node.child("condition"), why, expected);
            None
        }
    }
}

fn selector(reader: &mut Reader, node: &Node<'_>) -> Option<Selector> {
    let path = reader.text(node, "path").unwrap_or_else(|| "/".to_owned());
    let named = reader.text(node, "pathOperator").unwrap_or_else(|| "STARTS_WITH".to_owned());
    let operator = match canonical(&named).as_str() {
        "startswith" => Operator::StartsWith,
        "equals" => Operator::Equals,
        _ => {
            let place = node.child("pathOperator");
            let expected = "\"STARTS_WITH\" or \"EQUALS\"";
            reader.wrong(&place, format!("unknown path operator \"{named}\""), expected);
            return None;
        }
    };
    let mut methods = Vec::new();
    for place in reader.list(node, "methods") {
        let name = place.value.as_str().map(str::to_ascii_uppercase);
        let Some(method) = name.and_then(|name| Method::from_bytes(name.as_bytes()).ok()) else {
            reader.wrong(&place, "this is no method", "a name such as \"POST\"");
            continue;
        };
        if !METHODS.contains(&method.as_str()) {
            let why = format!("\"{method}\" is a method that hardly any request has");
            let mut finding = place.finding(reader, why);
            if let Some(near) = nearest(method.as_str(), &METHODS) {
                finding = finding.suggest(format!("did you mean \"{near}\"?"));
            }
            reader.warnings.push(finding);
        }
        methods.push(method);
    }
    Some(Selector::new(&path, operator, methods))
}
