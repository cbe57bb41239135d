//! The endpoints of a definition: where its requests go.

use serde_json::Value;

use super::node::{Node, Reader, canonical};
use crate::api::{Balancing, Endpoint};
use crate::client::Protocol;
use crate::target::Target;

/// The endpoints of the first group. In the original the others are reached only by a
/// policy that chooses the endpoint, and such a policy is refused anyway.
pub(super) fn read(reader: &mut Reader, api: &Node<'_>) -> (Balancing, Vec<Endpoint>) {
    let groups = reader.list(api, "endpointGroups");
    let Some(group) = groups.first() else {
        reader.wrong(
            &api.child("endpointGroups"),
            "the API has no endpoint",
            "a group with at least one endpoint that has a target",
        );
        return (Balancing::default(), Vec::new());
    };
    check_type(reader, group);
    reader.enabled_services(group);
    let balancing = balancing(reader, group);
    let listed = reader.list(group, "endpoints");
    let mut endpoints = Vec::new();
    for node in &listed {
        // A secondary endpoint is only for when health checks say that the others are
        // down, and enabled health checks are refused.
        if reader.flag(node, "secondary", false) {
            continue;
        }
        check_type(reader, node);
        reader.enabled_services(node);
        let shared = if reader.flag(node, "inheritConfiguration", false) {
            group.get("sharedConfiguration")
        } else {
            node.get("sharedConfigurationOverride")
        };
        let endpoint = endpoint(reader, node);
        let Some(shared) = shared else {
            endpoints.extend(endpoint);
            continue;
        };
        check_shared(reader, &shared);
        endpoints.extend(endpoint.map(|Endpoint { target, weight }| {
            let protocol = protocol(&shared, target.is_https());
            Endpoint { target: target.with_protocol(protocol), weight }
        }));
    }
    if endpoints.is_empty() && reader.errors.is_empty() {
        let at = group.child("endpoints");
        reader.wrong(&at, "the group has no endpoint", "at least one endpoint that has a target");
    }
    (balancing, endpoints)
}

fn check_type(reader: &mut Reader, node: &Node<'_>) {
    if let Some(kind) = reader.text(node, "type")
        && canonical(&kind) != "httpproxy"
    {
        reader.unsupported(&node.child("type"), format!("an endpoint of the type \"{kind}\""));
    }
}

fn balancing(reader: &mut Reader, group: &Node<'_>) -> Balancing {
    let balancer = group.get("loadBalancer");
    let kind = balancer.as_ref().and_then(|node| reader.text(node, "type"));
    let Some((balancer, kind)) = balancer.zip(kind) else {
        return Balancing::default();
    };
    match canonical(&kind).as_str() {
        "roundrobin" => Balancing::RoundRobin,
        "random" => Balancing::Random,
        "weightedroundrobin" => Balancing::WeightedRoundRobin,
        "weightedrandom" => Balancing::WeightedRandom,
        _ => {
            let what = format!("load balancing of the type \"{kind}\"");
            reader.unsupported(&balancer.child("type"), what);
            Balancing::default()
        }
    }
}

fn endpoint(reader: &mut Reader, node: &Node<'_>) -> Option<Endpoint> {
    let place = node.child("configuration").child("target");
    let config = node.get("configuration").map(|config| config.config());
    let target = config.as_ref().and_then(|config| config.get("target")).and_then(Value::as_str);
    let Some(target) = target else {
        let finding = place
            .finding(reader, "the endpoint has no target")
            .expected("a URL")
            .suggest("for example \"https://api.example.com/v1\"");
        reader.errors.push(finding);
        return None;
    };
    let target = match Target::parse(target) {
        Ok(target) => target,
        Err(why) => {
            let finding = place.finding(reader, why).expected("an http or https URL");
            let completed = format!("https://{target}");
            reader.errors.push(if !target.contains("://") && Target::parse(&completed).is_ok() {
                finding.suggest(format!("did you mean \"{completed}\"?"))
            } else {
                finding.suggest("for example \"https://api.example.com/v1\"")
            });
            return None;
        }
    };
    let weight = match node.get("weight") {
        None => 1,
        Some(weight) => match weight.value.as_u64().and_then(|weight| u32::try_from(weight).ok()) {
            Some(value) => value,
            None => {
                reader.wrong(&weight, "the weight is not a weight", "a whole number from 0");
                return None;
            }
        },
    };
    Some(Endpoint { target, weight })
}

/// The HTTP version that a shared configuration asks for. HTTP/2 without TLS is either known
/// to the endpoint beforehand, or offered by an upgrade (`clearTextUpgrade`, the original's
/// default), which is not made: such an endpoint is asked in HTTP/1.1, as it may insist.
fn protocol(shared: &Node<'_>, tls: bool) -> Protocol {
    let config = shared.config();
    let version = config.pointer("/http/version").and_then(Value::as_str);
    let upgrade = config.pointer("/http/clearTextUpgrade").and_then(Value::as_bool);
    match version.map(canonical).as_deref() {
        Some("http11") => Protocol::Http1,
        Some("http2") if !tls && upgrade == Some(false) => Protocol::Http2,
        _ => Protocol::Auto,
    }
}

/// What an endpoint's shared configuration may ask for beyond tuning.
fn check_shared(reader: &mut Reader, shared: &Node<'_>) {
    let config = shared.config();
    let set = |pointer: &str| config.pointer(pointer).filter(|value| !value.is_null());
    let on = |pointer: &str| set(pointer).and_then(Value::as_bool) == Some(true);
    if set("/headers").and_then(Value::as_array).is_some_and(|headers| !headers.is_empty()) {
        reader.unsupported(&shared.child("headers"), "headers added by the endpoint");
    }
    if on("/proxy/enabled") {
        reader.unsupported(&shared.child("proxy"), "a proxy before the endpoint");
    }
    if on("/ssl/trustAll") {
        let what = "trusting any certificate of the endpoint (trustAll)";
        reader.unsupported(&shared.child("ssl").child("trustAll"), what);
    }
    for (store, what) in [("trustStore", "a trust store"), ("keyStore", "a key store")] {
        let kind = set(&format!("/ssl/{store}/type")).and_then(Value::as_str);
        if kind.is_some_and(|kind| !matches!(canonical(kind).as_str(), "" | "none")) {
            let what = format!("{what} of the endpoint");
            reader.unsupported(&shared.child("ssl").child(store), what);
        }
    }
}
