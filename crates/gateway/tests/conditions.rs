//! Flows and steps with conditions, and what they and pointers can ask of a request.

mod common;

use common::{Served, client, definition, full, parse, serve_with, tracking_step, upstream};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use token_tracking_core::Record;
use token_tracking_gateway::Settings;

/// A step that counts what these expressions say.
fn step(model: &str, condition: Option<&str>) -> Value {
    let mut step = tracking_step(json!({ "extraction": {
        "type": "CUSTOM", "inputTokenPointer": "/n", "outputTokenPointer": "/n",
        "modelPointer": model,
    } }))[0]
        .take();
    if let Some(condition) = condition {
        step["condition"] = json!(condition);
    }
    step
}

async fn served(flows: Value, settings: Settings) -> Served {
    let port = upstream(|request| async move {
        let status = if request.uri().path().ends_with("/teapot") { 418 } else { 200 };
        let body = full(r#"{"n": 7, "model": "m"}"#);
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("x-kind", "chat")
            .body(body)
            .unwrap()
    })
    .await;
    let mut definition = definition(json!([]));
    definition["flows"] = flows;
    definition["properties"] = json!([{ "key": "team", "value": "blue" }]);
    let definition = parse(&definition).with_target_port(port);
    assert!(definition.unsupported().is_empty(), "{:?}", definition.unsupported());
    serve_with(settings, vec![definition.compile(&token_tracking_bundle::registry())])
}

fn settings() -> Settings {
    Settings::listening_on("127.0.0.1:0")
}

/// The record of a request with this header, if there is one.
async fn ask(served: &Served, path: &str, tier: &str) -> Option<Record> {
    let before = served.memory.records().len();
    let request = Request::post(served.url(path)).header("x-tier", tier);
    let answer = client().request(request.body(Full::from("{}")).unwrap()).await.unwrap();
    answer.into_body().collect().await.unwrap();
    for _ in 0..20 {
        if let Some(record) = served.memory.records().get(before) {
            return Some(record.clone());
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    None
}

fn model(record: Option<Record>) -> Option<String> {
    record.map(|record| record.model.unwrap_or_default())
}

#[tokio::test]
async fn flows_and_steps_track_what_their_conditions_are_met_by() {
    let flows = json!([
        {
            "selectors": [
                { "type": "http", "path": "/" },
                { "type": "condition", "condition": "{#request.headers['X-Tier'][0] == 'gold'}" },
            ],
            "response": [
                step("{(\"teapot\")}", Some("{#response.status == 418}")),
                step("{(\"gold\")}", Some("{#response.headers['X-Kind'][0] == 'chat'}")),
            ],
        },
        {
            "condition": "{#request.params['beta'] != null}",
            "response": [step("{(\"beta\")}", None)],
        },
        { "condition": "{#no.such.thing}", "response": [step("{(\"never\")}", None)] },
        {
            "selectors": [{ "type": "http", "path": "/tin" }],
            "response": [step("{(\"tin\")}", None)],
        },
    ]);
    let served = served(flows, settings()).await;
    for (path, tier, expected) in [
        ("/my-api/chat", "gold", Some("gold")),
        ("/my-api/teapot", "gold", Some("teapot")),
        ("/my-api/chat?beta=1", "tin", Some("beta")),
        ("/my-api/chat?beta=1", "gold", Some("gold")),
        ("/my-api/tin", "tin", Some("tin")),
        ("/my-api/chat", "tin", None),
    ] {
        let found = model(ask(&served, path, tier).await);
        assert_eq!(found.as_deref(), expected, "{path} {tier}");
    }
}

#[tokio::test]
async fn pointers_read_the_request_the_api_and_the_node() {
    for (pointer, expected) in [
        ("{#request.headers['X-Tier'][0]}", "gold"),
        ("{#request.method} {#request.path} {#request.pathInfo}", "POST /my-api/chat /chat"),
        ("{#request.contextPath} {#request.params['a'][0]}", "/my-api 1"),
        (
            "{#request.scheme} {#request.version} {#request.remoteAddress}",
            "http HTTP_1_1 127.0.0.1",
        ),
        ("{#api.id} {#api.name} {#api.version} {#properties['team']}", "my-api my-api 1.0 blue"),
        ("{#context.attributes['api']} {#api.properties['team']}", "my-api blue"),
        ("{#node.zone} {#node.id}", "eu-west n-1"),
        ("{#request.id == #request.transactionId} {#request.host != null}", "true true"),
    ] {
        let mut settings = settings();
        settings.node.zone = Some("eu-west".to_owned());
        settings.node.id = Some("n-1".to_owned());
        let served = served(json!([{ "response": [step(pointer, None)] }]), settings).await;
        let found = model(ask(&served, "/my-api/chat?a=1", "gold").await);
        assert_eq!(found.as_deref(), Some(expected), "{pointer}");
    }
}

#[tokio::test]
async fn a_request_has_one_identity_for_its_record_its_target_and_its_client() {
    let seen = upstream(|request| async move {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        let both = [header("x-gravitee-request-id"), header("x-trace")];
        let body = json!({ "n": 1, "ids": both }).to_string();
        Response::builder().header("content-type", "application/json").body(full(body)).unwrap()
    })
    .await;
    let mut definition = definition(json!([]));
    definition["flows"] = json!([{ "response": [step("{#request.transactionId}", None)] }]);
    let api = || {
        let definition = parse(&definition).with_target_port(seen);
        definition.compile(&token_tracking_bundle::registry())
    };
    let mut settings = settings();
    settings.ids.transaction_header = Some(http::HeaderName::from_static("x-trace"));
    for to_client in [false, true] {
        settings.ids.to_client = to_client;
        let served = serve_with(settings.clone(), vec![api()]);
        let request = Request::post(served.url("/my-api")).header("x-trace", "t-7");
        let request = request.header("x-gravitee-request-id", "forged");
        let answer = client().request(request.body(Full::from("{}")).unwrap()).await.unwrap();
        let told = answer.headers().get("x-gravitee-request-id").cloned();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let record = &served.records(1).await[0];
        assert_eq!(body["ids"], json!([record.id.as_ref().unwrap(), "t-7"]));
        assert_eq!(record.model.as_deref(), Some("t-7"));
        let id = record.id.as_deref().unwrap();
        assert_eq!(told.is_some(), to_client);
        assert!(told.is_none_or(|told| told == id && told != "forged"));
        // An answer of the gateway's own says it in any case.
        let answer = client().request(common::get(&served.url("/none"))).await.unwrap();
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["x-gravitee-request-id"].len(), id.len());
    }
}

#[tokio::test]
async fn a_call_that_fails_is_recorded_where_its_condition_is_met() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    for (condition, count) in
        [("{#response.status == 200}", 0), ("{#response.status == 502}", 1), ("", 1)]
    {
        let mut definition = definition(json!([]));
        definition["flows"] = json!([{ "response": [step("/model", Some(condition))] }]);
        let definition = parse(&definition).with_target_port(port);
        let api = definition.compile(&token_tracking_bundle::registry());
        let served = serve_with(settings(), vec![api]);
        let answer = client().request(common::post(&served.url("/my-api"))).await.unwrap();
        assert_eq!(answer.status(), 502);
        served.records(count).await;
    }
}
