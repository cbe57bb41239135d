//! Several endpoints, of which some cannot be reached, and what a definition says of them.

mod common;

use std::time::{Duration, Instant};

use common::{CHAT, client, definition, full, gpt_step, parse, post, serve, upstream};
use http::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use token_tracking_gateway::Api;
use tokio::net::TcpListener;

/// A definition with these endpoints, and this put over it.
fn api(endpoints: Value, more: &[(&str, Value)]) -> Api {
    let mut definition = definition(gpt_step());
    definition["endpointGroups"][0]["endpoints"] = endpoints;
    for (name, value) in more {
        definition[*name] = value.clone();
    }
    let definition = parse(&definition);
    assert!(definition.unsupported().is_empty(), "{:?}", definition.unsupported());
    definition.compile(&token_tracking_bundle::registry())
}

fn endpoint(port: u16) -> Value {
    json!({ "configuration": { "target": format!("http://127.0.0.1:{port}") } })
}

async fn named(name: &'static str) -> u16 {
    upstream(move |_| async move { Response::new(full(name)) }).await
}

/// A port where nobody listens.
async fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn ask(url: &str) -> (u16, String) {
    let answer = client().request(post(url)).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn where_no_connection_comes_about_another_endpoint_answers() {
    let (dead, one, spare) = (closed().await, named("one").await, named("spare").await);
    let mut secondary = endpoint(spare);
    secondary["secondary"] = json!(true);
    let served = serve(vec![api(json!([endpoint(dead), endpoint(one), secondary]), &[])]);
    for _ in 0..6 {
        assert_eq!(ask(&served.url("/my-api")).await, (200, "one".to_owned()));
    }
    // With no other left, the secondary one is asked.
    let mut secondary = endpoint(spare);
    secondary["secondary"] = json!(true);
    let served = serve(vec![api(json!([endpoint(dead), secondary]), &[])]);
    assert_eq!(ask(&served.url("/my-api")).await, (200, "spare".to_owned()));
    served.records(1).await;
}

#[tokio::test]
async fn a_definition_bounds_how_many_are_tried() {
    let (first, second, one) = (closed().await, closed().await, named("one").await);
    let three = json!([endpoint(first), endpoint(second), endpoint(one)]);
    let failover = |retries| [("failover", json!({ "enabled": true, "maxRetries": retries }))];
    let served = serve(vec![api(three.clone(), &failover(0))]);
    assert_eq!(ask(&served.url("/my-api")).await.0, 502);
    let served = serve(vec![api(three, &failover(2))]);
    assert_eq!(ask(&served.url("/my-api")).await, (200, "one".to_owned()));
}

#[tokio::test]
async fn what_was_sent_is_never_sent_again() {
    // It takes the request, and leaves.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let broken = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            common::read_head(&mut stream).await;
        }
    });
    let one = named("one").await;
    let served = serve(vec![api(json!([endpoint(broken), endpoint(one)]), &[])]);
    let mut statuses = [ask(&served.url("/my-api")).await.0, ask(&served.url("/my-api")).await.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 502]);
}

#[tokio::test]
async fn an_endpoint_has_its_own_timeouts() {
    let slow = upstream(|_| async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        Response::new(full(CHAT))
    })
    .await;
    let timeouts = |http: Value| {
        let mut endpoint = endpoint(slow);
        endpoint["sharedConfigurationOverride"] = json!({ "http": http });
        api(json!([endpoint]), &[])
    };
    let served = serve(vec![timeouts(json!({ "readTimeout": 60 }))]);
    let begun = Instant::now();
    let (status, body) = ask(&served.url("/my-api")).await;
    assert!(status == 504 && body.contains("60ms"), "{status} {body}");
    assert!(begun.elapsed() < Duration::from_secs(10));

    // A listener whose queue is full: the connection is never made.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..8 {
        waiting.spawn(async move { drop(tokio::net::TcpStream::connect(address).await) });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut never = endpoint(address.port());
    never["sharedConfigurationOverride"] = json!({ "http": { "connectTimeout": 50 } });
    let served = serve(vec![api(json!([never]), &[])]);
    let begun = Instant::now();
    let (status, body) = ask(&served.url("/my-api")).await;
    assert!(status == 502 && body.contains("not connected within 50ms"), "{status} {body}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_property_of_the_api_asks_for_the_usage_of_its_streams() {
    let port = upstream(|request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(full(body))
    })
    .await;
    let property = |value| {
        let key = "token-tracking.include-usage";
        [("properties", json!([{ "key": key, "value": value }, { "key": "k", "value": "v" }]))]
    };
    for (value, asked) in [("true", true), ("false", false)] {
        let served = serve(vec![api(json!([endpoint(port)]), &property(value))]);
        let request = http::Request::post(served.url("/my-api/chat/completions"))
            .header("content-type", "application/json")
            .body(http_body_util::Full::from(r#"{"stream":true}"#))
            .unwrap();
        let answer = client().request(request).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(body.contains("include_usage"), asked, "{body}");
    }
    let mut wrong = definition(gpt_step());
    wrong["properties"] = property("yes")[0].1.clone();
    let error = token_tracking_gateway::Definition::from_value(&wrong, "a.json").unwrap_err();
    assert!(error.to_string().contains("expected \"true\" or \"false\""), "{error}");
}
