//! The flows of a definition and of its plans: which answers are tracked, and how.

use http::Method;
use serde_json::Value;
use token_tracking_core::nearest;

use super::FlowPlan;
use super::node::{Node, Reader, canonical};
use crate::selector::{Operator, Selector};

/// The original's name of the policy that this gateway implements.
const POLICY: &str = "ai-prompt-token-tracking";

/// Phases whose steps are not run here: those of messages and of other protocols.
const OTHER_PHASES: [&str; 6] =
    ["request", "subscribe", "publish", "interact", "connect", "entrypointConnect"];

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
    let selectors = reader.list(flow, "selectors");
    let selectors = selectors.iter().filter_map(|node| selector(reader, node)).collect();
    condition(reader, flow);
    for phase in OTHER_PHASES {
        for step in reader.list(flow, phase) {
            if reader.flag(&step, "enabled", true) {
                let policy = reader.text(&step, "policy").unwrap_or_default();
                let what = format!("the policy \"{policy}\" in the phase \"{phase}\"");
                reader.unsupported(&step, what);
            }
        }
    }
    let mut tracking = None;
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
        condition(reader, &step);
        if tracking.is_some() {
            reader.unsupported(&step, "a second tracking step in one flow");
            continue;
        }
        let config = step.get("configuration");
        let config = config.map_or(Value::Null, |config| config.config().into_owned());
        tracking = Some((step.child("configuration").pointer, config));
    }
    tracking.map(|step| FlowPlan { selectors, step })
}

/// Notes a condition, of a flow or of a step.
fn condition(reader: &mut Reader, node: &Node<'_>) {
    if reader.text(node, "condition").is_some_and(|condition| !condition.trim().is_empty()) {
        reader.unsupported(&node.child("condition"), "a condition");
    }
}

fn selector(reader: &mut Reader, node: &Node<'_>) -> Option<Selector> {
    let kind = reader.text(node, "type").unwrap_or_else(|| "http".to_owned());
    if canonical(&kind) != "http" {
        reader.unsupported(node, format!("a selector of the type \"{kind}\""));
        return None;
    }
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
    for method in reader.list(node, "methods") {
        let name = method.value.as_str().map(str::to_ascii_uppercase);
        match name.and_then(|name| Method::from_bytes(name.as_bytes()).ok()) {
            Some(method) => methods.push(method),
            None => reader.wrong(&method, "this is no method", "a name such as \"POST\""),
        }
    }
    Some(Selector::new(&path, operator, methods))
}
