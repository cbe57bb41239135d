//! What a gateway refuses to start with, and what it serves although it is not whole.

mod common;

use std::sync::Arc;

use common::{CHAT, client, definition, full, parse, post, serve_with, tracking_step, upstream};
use http::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use token_tracking_core::{Provenance, Reason};
use token_tracking_gateway::{Api, Gateway, GatewayError, Settings};
use token_tracking_report::Memory;

fn bind(settings: Settings, apis: Vec<Api>) -> Result<Gateway, GatewayError> {
    Gateway::bind(settings, apis, Arc::new(Memory::new(1)))
}

fn settings() -> Settings {
    Settings::listening_on("127.0.0.1:0")
}

fn compile(definition: &Value, port: u16) -> Api {
    parse(definition).with_target_port(port).compile(&token_tracking_bundle::registry())
}

async fn chat() -> u16 {
    upstream(|request| async move {
        let path = request.uri().to_string();
        Response::builder()
            .header("content-type", "application/json")
            .header("x-path", path)
            .body(full(CHAT))
            .unwrap()
    })
    .await
}

#[tokio::test]
async fn a_definition_is_served_end_to_end() {
    let step = tracking_step(json!({ "extraction": { "type": "GPT" } }));
    let mut definition = definition(step);
    definition["flows"][0]["selectors"][0] =
        json!({ "type": "http", "path": "/chat", "pathOperator": "EQUALS", "methods": ["POST"] });
    let served = serve_with(settings(), vec![compile(&definition, chat().await)]);
    for (path, upstream_path) in
        [("/my-api", "/llm"), ("/my-api/chat?y", "/llm/chat?y"), ("/my-api/chat/x", "/llm/chat/x")]
    {
        let answer = client().request(post(&served.url(path))).await.unwrap();
        assert_eq!(answer.headers()["x-path"], upstream_path);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
    }
    let record = &served.records(1).await[0];
    assert_eq!(record.request.as_ref().unwrap().path, "/my-api/chat");
    assert_eq!((record.api.as_deref(), record.usage.output), (Some("my-api"), Some(34)));
}

#[tokio::test]
async fn of_several_matching_flows_the_first_one_tracks() {
    let mut definition = definition(json!([]));
    let flow = |kind: &str, price: u32| {
        json!({ "selectors": [], "response": tracking_step(json!({
            "extraction": { "type": kind },
            "pricing": { "inputPriceValue": price, "inputPriceUnit": 1,
                         "outputPriceValue": price, "outputPriceUnit": 1 }
        })) })
    };
    definition["flows"] =
        json!([{ "selectors": [], "response": [] }, flow("GPT", 1), flow("GPT", 2)]);
    let served = serve_with(settings(), vec![compile(&definition, chat().await)]);
    client()
        .request(post(&served.url("/my-api")))
        .await
        .unwrap()
        .into_body()
        .collect()
        .await
        .unwrap();
    let record = &served.records(1).await[0];
    assert_eq!(record.cost.as_ref().unwrap().sent.unwrap().to_string(), "12");
}

#[tokio::test]
async fn tracking_that_does_not_compile_stops_nothing_unless_strict() {
    let definition = definition(tracking_step(json!({ "extraction": { "type": "GTP" } })));
    let mut strict = settings();
    strict.strict = true;
    let error = bind(strict, vec![compile(&definition, 1)]).unwrap_err();
    assert!(matches!(error, GatewayError::Misconfigured(_)));
    let text = error.to_string();
    assert!(text.contains("api.json#/flows/0/response/0/configuration"), "{text}");
    assert!(text.contains("GTP") && text.contains("GPT"), "{text}");

    let served = serve_with(settings(), vec![compile(&definition, chat().await)]);
    let answer = client().request(post(&served.url("/my-api"))).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
    let record = &served.records(1).await[0];
    assert!(record.reasons.contains(Reason::Misconfigured));
    assert!(record.details[0].contains("GTP"), "{:?}", record.details);
    assert_eq!((record.provenance, record.usage.output), (Provenance::Absent, None));
}

#[tokio::test]
async fn what_is_not_implemented_is_refused_by_name_unless_ignored() {
    let mut definition = definition(tracking_step(json!({ "extraction": { "type": "GPT" } })));
    definition["flows"][0]["request"] = json!([{ "policy": "rate-limit", "enabled": true }]);
    definition["plans"] = json!([{ "name": "Gold", "security": { "type": "api-key" } }]);
    let error = bind(settings(), vec![compile(&definition, 1)]).unwrap_err();
    assert!(matches!(error, GatewayError::Unsupported(_)));
    let text = error.to_string();
    for word in ["rate-limit", "api-key", "Gold", "--ignore-unsupported", "#/flows/0/request/0"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let mut ignoring = settings();
    ignoring.ignore_unsupported = true;
    assert!(bind(ignoring, vec![compile(&definition, 1)]).is_ok());
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_what_to_do() {
    let first = bind(settings(), vec![common::api(1)]).unwrap();
    let address = first.local_addr().to_string();
    let error = bind(Settings::listening_on(&address), vec![common::api(1)]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&address) && text.contains("--listen 127.0.0.1:0"), "{text}");
    for wrong in ["", "nonsense", "127.0.0.1", "127.0.0.1:99999", "203.0.113.7:0"] {
        let error = bind(Settings::listening_on(wrong), vec![common::api(1)]).unwrap_err();
        assert!(matches!(error, GatewayError::Listen { .. }), "{wrong}: {error}");
    }
}

#[test]
fn nothing_to_serve_and_conflicts_are_refused() {
    assert!(matches!(bind(settings(), Vec::new()), Err(GatewayError::NoApis)));
    let error = bind(settings(), vec![common::api(1), common::api(2)]).unwrap_err().to_string();
    assert!(error.contains("/gpt") && error.contains("change the path"), "{error}");
    for (path, target) in [("gpt", "http://h"), ("/gpt", "h"), ("/gpt", "ftp://h")] {
        let error = Api::quick("chat", path, target, common::gpt()).unwrap_err();
        assert!(matches!(error, GatewayError::Invalid(_)), "{error}");
    }
}
