//! A host that takes the bundle and this plugin: in its form, in its diagnostics, in its traffic.

use std::sync::Arc;
use std::time::Duration;

use orchard_plugin as _;
use serde_json::{Value, json};
use token_tracking_core::Registry;
use token_tracking_gateway::{Definition, Gateway, Settings};
use token_tracking_policy::{form, validate_text};
use token_tracking_report::Memory;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is linked: named above, or in the bundle.
fn registry() -> Registry {
    // The bundle is named, so that its crates are linked too.
    assert!(!token_tracking_bundle::PLUGINS.is_empty());
    Registry::discovered().unwrap()
}

#[test]
fn it_is_found_beside_those_of_the_bundle() {
    let types: Vec<_> = registry().iter().map(|plugin| plugin.type_name()).collect();
    assert!(types.contains(&"ORCHARD") && types.contains(&"GPT"), "{types:?}");
    assert_eq!(types.len(), token_tracking_bundle::PLUGINS.len() + 1);
}

#[test]
fn the_form_has_its_branch_with_its_fields() {
    let schema = form(&registry());
    let branches = schema["properties"]["extraction"]["oneOf"].as_array().unwrap();
    let branch = branches.iter().find(|b| b["properties"]["type"]["const"] == "ORCHARD").unwrap();
    assert_eq!(branch["title"], "Orchard");
    assert_eq!(branch["required"], json!(["type", "sentPointer", "receivedPointer"]));
    for field in ["sentPointer", "receivedPointer"] {
        assert_eq!(branch["properties"][field]["gioConfig"]["el"], true, "{field}");
    }
    assert_eq!(branch["properties"]["sent"]["default"], "with-cached");
    assert_eq!(branch["properties"]["defaultModel"]["type"], "string");
}

#[test]
fn its_mistakes_are_told_with_place_and_cure() {
    let text = r#"{ "extraction": { "type": "ORCHARD", "sentPointer": "{response.jsonContent.meter.in}",
        "sent": "with", "defaultModle": "pippin" } }"#;
    let problems = validate_text(text, "policy.json", &registry());
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let said = said.join("\n");
    for expected in [
        "missing \"receivedPointer\"; expected where the answer has the tokens received; \
         add \"receivedPointer\": \"{#response.jsonContent.meter.out}\"",
        "policy.json:1:54: error: /extraction/sentPointer",
        "did you mean \"{#response.jsonContent.meter.in}\"?",
        "policy.json:2:17: error: /extraction/sent: unknown variant `with`",
        "unknown property \"defaultModle\" has no effect; did you mean \"defaultModel\"?",
    ] {
        assert!(said.contains(expected), "{expected}\nis not in\n{said}");
    }
}

/// A provider that answers its first request with this body.
async fn provider(body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await.unwrap();
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    port
}

fn definition(port: u16) -> Value {
    json!({
        "name": "orchard", "definitionVersion": "4.0.0", "type": "proxy",
        "listeners": [{
            "type": "http", "paths": [{ "path": "/orchard" }],
            "entrypoints": [{ "type": "http-proxy" }]
        }],
        "endpointGroups": [{ "type": "http-proxy", "endpoints": [{
            "type": "http-proxy", "configuration": { "target": format!("http://127.0.0.1:{port}") }
        }]}],
        "flows": [{ "response": [{ "policy": "ai-prompt-token-tracking", "configuration": {
            "extraction": {
                "type": "ORCHARD", "sent": "without-cached", "defaultModel": "pippin-1",
                "sentPointer": "/meter/in", "receivedPointer": "{#response.jsonContent.meter.out}"
            },
            "pricing": {
                "inputPriceValue": 2, "inputPriceUnit": 1000,
                "outputPriceValue": 4, "outputPriceUnit": 1000, "currency": "EUR"
            }
        }}]}]
    })
}

#[tokio::test]
async fn the_gateway_counts_with_it() {
    const BODY: &str = include_str!("../fixtures/beside.json");
    let definition = Definition::from_value(&definition(provider(BODY).await), "orchard.json");
    let api = definition.unwrap().compile(&registry());
    assert!(api.broken().is_empty() && api.unsupported().is_empty(), "{:?}", api.broken());
    let memory = Arc::new(Memory::new(10));
    let settings = Settings::listening_on("127.0.0.1:0");
    let gateway = Gateway::bind(settings, vec![api], Arc::clone(&memory) as _).unwrap();
    let address = gateway.local_addr();
    let serving = tokio::spawn(gateway.serve(std::future::pending()));

    let mut client = TcpStream::connect(address).await.unwrap();
    let request = "GET /orchard/ask HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with(BODY), "the body passes as it came: {answer}");

    for _ in 0..500 {
        if !memory.records().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let [record] = &*memory.records() else { panic!("one record for one answer") };
    let record = record.to_json();
    assert_eq!(record["usage"], json!({ "input": 12, "output": 3, "cache_read": 5 }), "{record}");
    assert_eq!((&record["model"], &record["provider"]), (&json!("pippin-1"), &json!("orchard")));
    assert_eq!(record["cost"]["sent"], "0.024", "{record}");
    assert_eq!(record["cost"]["received"], "0.012", "{record}");
    serving.abort();
}
