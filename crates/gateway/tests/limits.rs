//! Limits, expectations, and requests that are refused before they go anywhere.

mod common;

use std::sync::Arc;

use bytes::Bytes;
use common::{CHAT, api, client, full, get, post, serve, serve_with, upstream};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use token_tracking_gateway::{ForwardedHeader, HostHeader, Limits, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

fn settings(set: impl FnOnce(&mut Limits)) -> Settings {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    set(&mut settings.limits);
    settings
}

/// An upstream that answers once it may; it says when a request is there.
async fn held() -> (u16, Arc<Notify>, Arc<Notify>) {
    let (asked, may) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asking, wait) = (Arc::clone(&asked), Arc::clone(&may));
    let port = upstream(move |_| {
        let (asking, wait) = (Arc::clone(&asking), Arc::clone(&wait));
        async move {
            asking.notify_one();
            wait.notified().await;
            Response::new(full(CHAT))
        }
    })
    .await;
    (port, asked, may)
}

#[tokio::test]
async fn more_requests_than_there_are_places_are_told_to_come_again() {
    let (port, asked, may) = held().await;
    let served = serve_with(settings(|limits| limits.in_flight = 1), vec![api(port)]);
    let first = tokio::spawn(client().request(get(&served.url("/gpt"))));
    asked.notified().await;
    let refused = client().request(get(&served.url("/gpt"))).await.unwrap();
    assert_eq!(
        (refused.status(), refused.headers()["retry-after"].as_bytes()),
        (StatusCode::SERVICE_UNAVAILABLE, &b"1"[..])
    );
    may.notify_one();
    let answer = first.await.unwrap().unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
    // The place is free again once the answer has passed.
    may.notify_one();
    served.records(1).await;
    assert_eq!(client().request(get(&served.url("/gpt"))).await.unwrap().status(), 200);
}

#[tokio::test]
async fn more_connections_than_there_are_places_wait() {
    let port = upstream(|_| async { Response::new(full(CHAT)) }).await;
    let served = serve_with(settings(|limits| limits.connections = 1), vec![api(port)]);
    let ask = b"GET /gpt HTTP/1.1\r\nhost: g\r\n\r\n";
    let mut first = TcpStream::connect(served.address).await.unwrap();
    first.write_all(ask).await.unwrap();
    assert_eq!(first.read_u8().await.unwrap(), b'H');
    let mut second = TcpStream::connect(served.address).await.unwrap();
    second.write_all(ask).await.unwrap();
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), second.read_u8());
    assert!(waiting.await.is_err(), "it waits");
    drop(first);
    assert_eq!(second.read_u8().await.unwrap(), b'H');
}

#[tokio::test]
async fn heads_and_request_lines_have_a_size() {
    let port = upstream(|_| async { Response::new(full(CHAT)) }).await;
    let small = settings(|limits| {
        limits.head_bytes = 8_192;
        limits.headers = 10;
        limits.uri_bytes = 100;
    });
    let served = serve_with(small, vec![api(port)]);
    let ask = async |uri: &str, headers: &str| {
        let head = format!("GET /gpt{uri} HTTP/1.1\r\nhost: g\r\nconnection: close\r\n");
        served.raw(&format!("{head}{headers}\r\n")).await
    };
    let path = "/".repeat(90);
    assert!(ask("", "").await.starts_with("HTTP/1.1 200 "));
    assert!(ask(&path, "").await.starts_with("HTTP/1.1 200 "));
    let answer = ask(&"/".repeat(200), "").await;
    assert!(answer.starts_with("HTTP/1.1 414 "), "{answer}");
    let answer = ask("", &format!("a: {}\r\n", "x".repeat(9_000))).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let answer = ask("", &"a: b\r\n".repeat(11)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");

    let mut large = get(&served.url("/gpt"));
    large.headers_mut().insert("a", "x".repeat(9_000).parse().unwrap());
    let answer = common::h2c_client().request(large).await.unwrap();
    assert_eq!(answer.status(), 431);
    served.records(2).await;
}

#[tokio::test]
async fn the_body_is_asked_for_only_once_the_target_takes_it() {
    let port = upstream(|request| async move {
        assert!(!request.headers().contains_key("expect"), "the gateway has met it");
        Response::new(full(request.into_body().collect().await.unwrap().to_bytes()))
    })
    .await;
    let served = serve(vec![api(port)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /gpt HTTP/1.1\r\nhost: g\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\
                connection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"), "{answer}");

    // Where nobody takes it, it is not asked for.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let served = serve(vec![api(nobody)]);
    let answer = served.raw(head).await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    let answer = served.raw(&head.replace("100-continue", "a-miracle")).await;
    assert!(answer.starts_with("HTTP/1.1 417 "), "{answer}");
}

#[tokio::test]
async fn targets_are_told_of_the_client_as_the_settings_say() {
    let port = upstream(|request| async move {
        let said = ["host", "x-forwarded-for", "forwarded"].map(|name| {
            request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        });
        Response::new(full(format!("{said:?}")))
    })
    .await;
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.forwarding.host = HostHeader::Client;
    settings.forwarding.x_forwarded = ForwardedHeader::Remove;
    settings.forwarding.forwarded = ForwardedHeader::Replace;
    let served = serve_with(settings, vec![api(port)]);
    let request = Request::get(served.url("/gpt"))
        .header("host", "name.example")
        .header("x-forwarded-for", "6.6.6.6")
        .header("forwarded", "for=6.6.6.6");
    let answer = client().request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let said = answer.into_body().collect().await.unwrap().to_bytes();
    let expected =
        [Some("name.example"), None, Some("for=127.0.0.1;host=\"name.example\";proto=http")];
    assert_eq!(said, format!("{expected:?}"));
}

#[tokio::test]
async fn a_target_may_be_asked_in_http2_without_tls() {
    let port = upstream(|request| async move {
        let version = format!("{:?}", request.version());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::builder().header("x-version", version).body(full(body)).unwrap()
    })
    .await;
    let target = format!("h2c://127.0.0.1:{port}");
    let api = token_tracking_gateway::Api::quick("chat", "/gpt", &target, common::gpt()).unwrap();
    let served = serve(vec![api]);
    let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.headers()["x-version"], "HTTP/2.0");
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "{}");
    served.records(1).await;
}

#[tokio::test]
async fn a_definition_says_in_which_http_an_endpoint_is_asked() {
    let port =
        upstream(|request| async move { Response::new(full(format!("{:?}", request.version()))) })
            .await;
    let http = |version, upgrade| serde_json::json!({ "http": { "version": version, "clearTextUpgrade": upgrade } });
    for (shared, expected) in [
        (http("HTTP_1_1", true), "HTTP/1.1"),
        (http("HTTP_2", false), "HTTP/2.0"),
        // An upgrade may be offered, and it may be left.
        (http("HTTP_2", true), "HTTP/1.1"),
    ] {
        let place = "/endpointGroups/0/endpoints/0/sharedConfigurationOverride";
        let definition = common::parse(&common::with(place, shared)).with_target_port(port);
        let served = serve(vec![definition.compile(&token_tracking_bundle::registry())]);
        let answer = client().request(post(&served.url("/my-api"))).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), expected);
    }
}
