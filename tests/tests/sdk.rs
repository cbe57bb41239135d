//! The vendors' own Python SDKs, with the gateway in front of the provider and without:
//! they get the same objects, and each record has what the SDK's usage object states.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use token_tracking_bundle::registry;
use token_tracking_gateway::{Api, Gateway, Settings};
use token_tracking_policy::Policy;
use token_tracking_report::Memory;
use token_tracking_tests::answers;
use token_tracking_tests::envoy::{PATIENCE, provider};

/// A Python that has `sdk/requirements.txt`: `SDK_PYTHON`. Says so where there is none.
fn python() -> Option<String> {
    let python = std::env::var("SDK_PYTHON").ok();
    if python.is_none() {
        eprintln!(
            "skipped: SDK_PYTHON names no Python with the packages of tests/sdk/requirements.txt"
        );
    }
    python
}

/// A line for each call, by the call's number.
async fn calls(python: &str, address: SocketAddr) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/calls.py");
    let mut command = Command::new(python);
    command.arg(script).arg(format!("http://{address}"));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_see_no_difference_and_agree_with_the_records() {
    let Some(python) = python() else { return };
    let answers = Arc::new(answers::all());
    let provider = provider(Arc::clone(&answers)).await;
    let memory = Arc::new(Memory::new(2 * answers.len()));
    let apis =
        [("openai", "GPT"), ("anthropic", "CLAUDE"), ("gemini", "GEMINI"), ("mistral", "MISTRAL")];
    let apis = apis.map(|(name, type_name)| {
        let policy = Policy::quick(type_name, &registry()).unwrap();
        Api::quick(name, &format!("/{name}"), &format!("http://{provider}"), policy).unwrap()
    });
    let gateway =
        Gateway::bind(Settings::listening_on("127.0.0.1:0"), apis.into(), memory.clone()).unwrap();
    let address = gateway.local_addr();
    tokio::spawn(gateway.serve(std::future::pending()));

    let direct = calls(&python, provider).await;
    let through = calls(&python, address).await;
    assert_eq!(direct.len(), answers.len());
    for (call, answer) in direct.iter().zip(&through) {
        assert_eq!(call, answer, "{}", call["call"]);
    }

    let records = memory.wait_for(answers.len(), PATIENCE);
    assert_eq!(records.len(), answers.len(), "one record per call");
    for (number, call) in through.iter().enumerate() {
        let name = &answers[number].name;
        assert_eq!(call["call"], number, "{name}");
        let said = |key: &str| call[key].as_u64();
        let segment = format!("/{number}/");
        let of_call = |record: &&_| path(record).contains(&segment);
        let record = records.iter().find(of_call).unwrap_or_else(|| panic!("{name}: no record"));
        assert_eq!(record.usage.input, said("sent"), "{name}: sent");
        assert_eq!(record.usage.output, said("received"), "{name}: received");
        assert_eq!(record.model.as_deref(), call["model"].as_str(), "{name}: model");
        assert!(record.reasons.is_empty(), "{name}: {:?}", record.reasons);
    }
}

fn path(record: &token_tracking_core::Record) -> &str {
    record.request.as_ref().map_or("", |request| &request.path)
}
