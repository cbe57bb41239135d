//! The snippets for Istio and Envoy Gateway come to the filter of `observe.yaml`, which the tests
//! with the real Envoy run; and their names are those of the resources' definitions.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

fn read(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("envoy").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The filter that the tests run, without the cluster, which each has its own name for.
fn tested() -> Value {
    let example = read("observe.yaml");
    let filters =
        "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
    let filter = example.pointer(filters).unwrap()[0].clone();
    without_cluster(filter)
}

fn without_cluster(mut filter: Value) -> Value {
    let service = &mut filter["typed_config"]["grpc_service"]["envoy_grpc"];
    assert!(service["cluster_name"].take().is_string(), "{filter}");
    filter
}

/// Fails on a name that the resource does not have there.
fn only(value: &Value, names: &[&str]) {
    let has: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let unknown: Vec<_> = has.iter().filter(|name| !names.contains(*name)).collect();
    assert!(unknown.is_empty(), "{unknown:?} in {value}");
}

#[test]
fn istio_puts_the_tested_filter_before_the_router() {
    let resource = read("istio.yaml");
    only(&resource, &["apiVersion", "kind", "metadata", "spec"]);
    assert_eq!(resource["apiVersion"], "networking.istio.io/v1alpha3");
    assert_eq!(resource["kind"], "EnvoyFilter");
    only(&resource["spec"], &["workloadSelector", "targetRefs", "configPatches", "priority"]);
    let patch = &resource["spec"]["configPatches"][0];
    only(patch, &["applyTo", "match", "patch"]);
    assert_eq!(patch["applyTo"], "HTTP_FILTER");
    let place = json!({
        "context": "GATEWAY",
        "listener": { "filterChain": { "filter": {
            "name": "envoy.filters.network.http_connection_manager",
            "subFilter": { "name": "envoy.filters.http.router" },
        } } },
    });
    assert_eq!(patch["match"], place);
    only(&patch["patch"], &["operation", "value", "filterClass"]);
    assert_eq!(patch["patch"]["operation"], "INSERT_BEFORE");
    assert_eq!(without_cluster(patch["patch"]["value"].clone()), tested());
}

#[test]
fn envoy_gateway_makes_the_tested_filter() {
    let resource = read("envoy-gateway.yaml");
    only(&resource, &["apiVersion", "kind", "metadata", "spec"]);
    assert_eq!(resource["apiVersion"], "gateway.envoyproxy.io/v1alpha1");
    assert_eq!(resource["kind"], "EnvoyExtensionPolicy");
    only(&resource["spec"], &["targetRefs", "targetSelectors", "extProc", "wasm", "lua"]);
    let ours = &resource["spec"]["extProc"][0];
    only(
        ours,
        &[
            "backendRefs",
            "backendSettings",
            "messageTimeout",
            "failOpen",
            "processingMode",
            "shadowMode",
            "metadata",
            "statusOnError",
        ],
    );
    only(&ours["processingMode"], &["request", "response", "allowModeOverride"]);
    only(&ours["processingMode"]["request"], &["body", "attributes"]);
    only(&ours["processingMode"]["response"], &["body", "attributes"]);
    only(&ours["metadata"], &["accessibleNamespaces", "writableNamespaces"]);
    // As Envoy Gateway translates it.
    let (tested, mode) = (&tested()["typed_config"], &ours["processingMode"]);
    assert_eq!(tested["observability_mode"], ours["shadowMode"]);
    assert_eq!(tested["failure_mode_allow"], ours["failOpen"]);
    assert_eq!(tested["processing_mode"]["request_header_mode"], "SEND");
    assert_eq!(tested["processing_mode"]["response_header_mode"], "SEND");
    assert!(mode["request"].is_object() && mode["request"]["body"].is_null());
    let body = mode["response"]["body"].as_str().unwrap();
    assert_eq!(tested["processing_mode"]["response_body_mode"], body.to_uppercase());
    let sent = tested["request_attributes"].as_array().unwrap();
    for attribute in mode["request"]["attributes"].as_array().unwrap() {
        assert!(sent.contains(attribute), "{attribute} is not tested");
        // The only ones of xds that Envoy Gateway lets through.
        let name = attribute.as_str().unwrap();
        assert!(!name.starts_with("xds.") || name.starts_with("xds.route_"), "{name}");
    }
}
