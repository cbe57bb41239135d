//! The opt-in help: streams are asked for their usage, and clients do not see it.

mod common;

use bytes::Bytes;
use common::{CHAT, EVENTS, api, client, full, serve_with, sse, upstream};
use http::{Request, Response};
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Full};
use token_tracking_core::{Provenance, Reason};
use token_tracking_gateway::Settings;

const STREAM: &str = r#"{"model":"gpt-x","stream":true}"#;
const PATH: &str = "/gpt/v1/chat/completions";

/// As OpenAI: the usage comes in an event of its own, to who asks for it. Chunks are cut
/// anywhere. The headers say what was asked, and how.
async fn provider() -> u16 {
    upstream(|request| async move {
        let (head, body) = request.into_parts();
        let asked = body.collect().await.unwrap().to_bytes();
        let length = head.headers.get("content-length").cloned();
        let encoding = head.headers.get("accept-encoding").cloned();
        let text = String::from_utf8(asked.to_vec()).unwrap();
        let mut response = if text.contains("\"stream\":true") {
            let asks = text.contains("\"include_usage\":true");
            let events = if asks { EVENTS.concat() } else { [EVENTS[0], EVENTS[2]].concat() };
            let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            tokio::spawn(async move {
                for chunk in events.as_bytes().chunks(7) {
                    let _ = sender.send_data(Bytes::copy_from_slice(chunk)).await;
                }
            });
            sse(body.boxed())
        } else {
            Response::builder().header("content-type", "application/json").body(full(CHAT)).unwrap()
        };
        response.headers_mut().insert("x-asked", text.parse().unwrap());
        for (name, value) in [("x-length", length), ("x-encoding", encoding)] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
        response
    })
    .await
}

fn settings(enabled: bool) -> Settings {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.include_usage.enabled = enabled;
    settings.include_usage.max_request_bytes = 200;
    settings
}

fn ask(url: &str, body: &str) -> Request<Full<Bytes>> {
    Request::post(url)
        .header("content-type", "application/json; charset=utf-8")
        .header("accept-encoding", "gzip")
        .body(Full::from(body.to_owned()))
        .unwrap()
}

#[tokio::test]
async fn a_stream_is_asked_for_its_usage_and_the_client_does_not_see_it() {
    let port = provider().await;
    for served in [
        serve_with(settings(true), vec![api(port)]),
        serve_with(settings(false), vec![api(port).with_include_usage(true)]),
    ] {
        let answer = client().request(ask(&served.url(PATH), STREAM)).await.unwrap();
        let asked = r#"{"model":"gpt-x","stream":true,"stream_options":{"include_usage":true}}"#;
        assert_eq!(answer.headers()["x-asked"], asked);
        assert_eq!(answer.headers()["x-length"], asked.len().to_string());
        assert_eq!(answer.headers()["x-encoding"], "identity");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, [EVENTS[0], EVENTS[2]].concat());
        let record = &served.records(1).await[0];
        assert_eq!(record.provenance, Provenance::Reported);
        assert_eq!((record.usage.input, record.usage.output), (Some(12), Some(34)));
    }
}

#[tokio::test]
async fn it_is_off_unless_it_is_wanted() {
    let port = provider().await;
    for served in [
        serve_with(settings(false), vec![api(port)]),
        serve_with(settings(true), vec![api(port).with_include_usage(false)]),
    ] {
        let answer = client().request(ask(&served.url(PATH), STREAM)).await.unwrap();
        assert_eq!(answer.headers()["x-asked"], STREAM);
        assert_eq!(answer.headers()["x-encoding"], "gzip");
        answer.into_body().collect().await.unwrap();
        let record = &served.records(1).await[0];
        assert!(record.reasons.contains(Reason::NoUsage), "{record:?}");
    }
}

#[tokio::test]
async fn whoever_needs_no_help_gets_the_bytes_as_they_are() {
    let served = serve_with(settings(true), vec![api(provider().await)]);
    let asks = r#"{"stream":true,"stream_options":{"include_usage":true}}"#;
    let declines = r#"{"stream":true,"stream_options":{"include_usage":false}}"#;
    let long = format!(r#"{{"stream":true,"x":"{}"}}"#, "x".repeat(300));
    let without = [EVENTS[0], EVENTS[2]].concat();
    for (path, body, expected) in [
        (PATH, asks, EVENTS.concat()),
        (PATH, declines, without.clone()),
        (PATH, &long, without.clone()),
        (PATH, r#"{"stream":false}"#, CHAT.to_owned()),
        ("/gpt/v1/responses", STREAM, without),
    ] {
        let answer = client().request(ask(&served.url(path), body)).await.unwrap();
        assert_eq!(answer.headers()["x-asked"], body);
        assert_eq!(answer.headers()["x-encoding"], "gzip");
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), expected);
    }
    served.records(5).await;
}

/// Of a body whose length nobody said, what was read before it was too long still comes first.
#[tokio::test]
async fn a_body_of_unknown_length_that_turns_out_long_passes_as_it_is() {
    let served = serve_with(settings(true), vec![api(provider().await)]);
    let sent = format!(r#"{{"stream":true,"x":"{}"}}"#, "y".repeat(1_000));
    let head = "POST /gpt/v1/chat/completions HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\
                content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunks: String = sent.as_bytes().chunks(90).fold(String::new(), |text, chunk| {
        format!("{text}{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk))
    });
    let answer = served.raw(&format!("{head}{chunks}0\r\n\r\n")).await;
    assert!(answer.contains(&format!("x-asked: {sent}\r\n")), "{answer}");
    let short = format!("{head}{:x}\r\n{STREAM}\r\n0\r\n\r\n", STREAM.len());
    let answer = served.raw(&short).await;
    assert!(
        answer.contains("\"include_usage\":true") && answer.contains("x-length: 71"),
        "{answer}"
    );
    assert!(!answer.contains("prompt_tokens"), "{answer}");
    served.records(2).await;
}
