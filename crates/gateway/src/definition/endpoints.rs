//! The endpoints of a definition: where its requests go.

use serde_json::Value;

use super::node::{Node, Reader, canonical};
use crate::client::Protocol;
use crate::endpoints::{Balancing, Endpoint, Failover, OwnTimeouts};
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
        check_type(reader, node);
        reader.enabled_services(node);
        let shared = if reader.flag(node, "inheritConfiguration", false) {
            group.get("sharedConfiguration")
        } else {
            node.get("sharedConfigurationOverride")
        };
        let secondary = reader.flag(node, "secondary", false);
        let Some(mut endpoint) = endpoint(reader, node) else { continue };
        endpoint.secondary = secondary;
        if let Some(shared) = shared {
            check_shared(reader, &shared);
            let protocol = protocol(&shared, endpoint.target.is_https());
            endpoint.target = endpoint.target.with_protocol(protocol);
            endpoint.timeouts = timeouts(reader, &shared);
        }
        endpoints.push(endpoint);
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
    let weight = node.get("weight").and_then(|weight| {
        let number = weight.value.as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            let found = format!("{} is no weight", weight.value);
            reader.wrong(&weight, found, "a whole number from 0");
        }
        number
    });
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
            let completed = with_scheme(target);
            reader.errors.push(if !target.contains("://") && Target::parse(&completed).is_ok() {
                finding.suggest(format!("did you mean \"{completed}\"?"))
            } else {
                finding.suggest("for example \"https://api.example.com/v1\"")
            });
            return None;
        }
    };
    let mut endpoint = Endpoint::new(target);
    endpoint.weight = weight.unwrap_or(endpoint.weight);
    Some(endpoint)
}

/// A target that lacks its scheme, or a part of it, as it was most likely meant.
fn with_scheme(target: &str) -> String {
    let marks = |c| matches!(c, ':' | '/');
    for scheme in ["https", "http"] {
        if let Some(rest) = target.strip_prefix(scheme)
            && rest.starts_with(marks)
        {
            return format!("{scheme}://{}", rest.trim_start_matches(marks));
        }
    }
    format!("https://{}", target.trim_start_matches(marks))
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

/// The timeouts that a shared configuration has, in the original's names. `readTimeout` is of
/// its silence, as it is there.
fn timeouts(reader: &mut Reader, shared: &Node<'_>) -> OwnTimeouts {
    let config = shared.config();
    let Some(http) = config.get("http").filter(|http| http.is_object()) else {
        return OwnTimeouts::default();
    };
    let http = Node { value: http, pointer: shared.child("http").pointer };
    OwnTimeouts {
        connect: reader.millis(&http, "connectTimeout"),
        read: reader.millis(&http, "readTimeout"),
    }
}

/// What the definition says of endpoints that cannot be reached. That others are tried then
/// needs no permission here; it says how many.
pub(super) fn failover(reader: &mut Reader, api: &Node<'_>) -> Failover {
    let mut failover = Failover::default();
    let Some(node) = api.get("failover").filter(|node| node.value.is_object()) else {
        return failover;
    };
    if !reader.flag(&node, "enabled", false) {
        return failover;
    }
    // The original's default.
    let retries = reader.whole(&node, "maxRetries").unwrap_or(2);
    failover.retries = Some(usize::try_from(retries).unwrap_or(usize::MAX));
    if let Some(rest) = reader.millis(&node, "openStateDuration") {
        failover.rest = rest;
    }
    if node.get("slowCallDuration").is_some() {
        let why = "a slow call is not sent again: it costs tokens twice, and only where no \
                   connection came about another endpoint is tried";
        reader.warn(&node.child("slowCallDuration"), why);
    }
    failover
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
