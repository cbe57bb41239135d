//! What a proxy must do with heads, methods, statuses and targets.

mod common;

use std::time::Duration;

use common::{CHAT, api, client, full, get, raw_upstream, serve, upstream};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use token_tracking_core::{End, Reason};
use token_tracking_gateway::{Api, Settings};

async fn json(answer: Response<hyper::body::Incoming>) -> Value {
    serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn headers_of_one_connection_end_here_and_the_others_pass_in_order() {
    let (port, head) = raw_upstream(
        "HTTP/1.1 299 Quite Fine\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\nset-cookie: a=1\r\n\
         keep-alive: timeout=5\r\nx-one: 1\r\nset-cookie: b=2\r\nconnection: close, x-private\r\n\
         x-private: 1\r\nx-two: 2\r\ncontent-length: 2\r\n\r\n{}",
    )
    .await;
    let served = serve(vec![api(port)]);
    let answer = served
        .raw(
            "POST /gpt/a%2Fb?q=%20 HTTP/1.1\r\nHost: gateway.example:99\r\n\
             Connection: close, X-Drop\r\nX-Drop: 1\r\nKeep-Alive: 1\r\nProxy-Connection: x\r\n\
             Authorization: Bearer key\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n\
             Upgrade: h2c\r\nContent-Length: 2\r\n\r\nhi",
        )
        .await;
    assert_eq!(
        answer,
        "HTTP/1.1 299 Quite Fine\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\nset-cookie: a=1\r\n\
         set-cookie: b=2\r\nx-one: 1\r\nx-two: 2\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
        "status, reason, values and their order"
    );
    let head = head.await.unwrap().to_ascii_lowercase();
    assert!(head.starts_with("post /a%2fb?q=%20 http/1.1\r\n"), "{head}");
    for line in [
        &*format!("host: 127.0.0.1:{port}"),
        "authorization: bearer key",
        "x-forwarded-for: 1.2.3.4, 5.6.7.8, 127.0.0.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: gateway.example:99",
        "content-length: 2",
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line} is missing: {head}");
    }
    for name in ["x-drop", "keep-alive", "proxy-connection", "upgrade", "connection"] {
        assert!(!head.contains(&format!("\r\n{name}:")), "{name} is there: {head}");
    }
}

#[tokio::test]
async fn answers_without_a_body_give_no_record() {
    let port = upstream(|request: Request<_>| async move {
        let status = match request.uri().path() {
            "/204" => 204,
            "/304" => 304,
            _ => 200,
        };
        let body = if status == 200 { full(CHAT) } else { full("") };
        Response::builder().status(status).header("etag", "\"x\"").body(body).unwrap()
    })
    .await;
    let served = serve(vec![api(port)]);
    for (method, path, status) in [
        (Method::HEAD, "/gpt", 200),
        (Method::GET, "/gpt/204", 204),
        (Method::GET, "/gpt/304", 304),
    ] {
        let mut request = get(&served.url(path));
        *request.method_mut() = method.clone();
        let answer = client().request(request).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["etag"]),
            (status, &"\"x\"".parse().unwrap())
        );
        if method == Method::HEAD {
            assert_eq!(answer.headers()["content-length"], CHAT.len().to_string());
        }
        assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
    served.records(0).await;
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_is_a_502_with_a_record() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = format!("http://127.0.0.1:{port}/secret-path");
    let served = serve(vec![
        Api::quick("chat", "/gpt", &target, common::gpt()).unwrap(),
        Api::quick("plain", "/plain", &target, None).unwrap(),
    ]);
    let answer = client().request(get(&served.url("/gpt/x"))).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["content-type"]),
        (http::StatusCode::BAD_GATEWAY, &"application/json".parse().unwrap())
    );
    let error = json(answer).await;
    assert_eq!(error["error"]["type"], "upstream_unreachable");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("\"chat\"") && message.contains("refused"), "{message}");
    assert!(!message.contains("secret-path"), "{message}");
    let answer = client().request(get(&served.url("/plain"))).await.unwrap();
    assert_eq!(answer.status(), 502);
    let record = &served.records(1).await[0];
    assert_eq!((record.status, record.end), (502, End::Failed));
    assert!(record.reasons.contains(Reason::UpstreamFailed));
}

/// Two endpoints, of which nobody listens at one: the request, body and all, goes to the other.
#[tokio::test]
async fn a_request_of_which_nothing_was_sent_goes_to_another_target() {
    let port = upstream(|request| async move {
        Response::new(full(request.into_body().collect().await.unwrap().to_bytes()))
    })
    .await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut definition = common::definition(common::gpt_step());
    let endpoint = |port| serde_json::json!({ "configuration": { "target": format!("http://127.0.0.1:{port}") } });
    definition["endpointGroups"][0]["endpoints"] =
        serde_json::json!([endpoint(nobody), endpoint(port)]);
    let api = common::parse(&definition).compile(&token_tracking_bundle::registry());
    let served = serve(vec![api]);
    for i in 0..4 {
        let sent = format!("hello {i}");
        let request = Request::post(served.url("/my-api")).body(Full::from(sent.clone())).unwrap();
        let answer = client().request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), sent);
    }
    served.records(4).await;
}

#[tokio::test]
async fn a_connection_that_is_closed_without_an_answer_is_a_502() {
    let (port, _) = raw_upstream("").await;
    let served = serve(vec![api(port)]);
    let answer = client().request(get(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(json(answer).await["error"]["type"], "upstream_failed");
    assert!(served.records(1).await[0].reasons.contains(Reason::UpstreamFailed));
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_in_time_is_a_502() {
    // It accepts, but never answers the TLS greeting.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("https://{}", listener.local_addr().unwrap());
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.timeouts.connect = Duration::from_millis(50);
    let api = Api::quick("chat", "/gpt", &target, common::gpt()).unwrap();
    let served = common::serve_with(settings, vec![api]);
    let answer = client().request(get(&served.url("/gpt"))).await.unwrap();
    let error = json(answer).await;
    assert_eq!(error["error"]["type"], "upstream_unreachable");
    assert!(error["error"]["message"].as_str().unwrap().contains("within 50ms"), "{error}");
}

#[tokio::test]
async fn an_unknown_path_lists_what_is_served() {
    let served = serve(vec![api(1)]);
    for path in ["/", "/other", "/gptx"] {
        let answer = client().request(get(&served.url(path))).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let error = json(answer).await;
        assert!(
            error["error"]["message"].as_str().unwrap().ends_with("served are: /gpt"),
            "{error}"
        );
    }
    served.records(0).await;
}

#[tokio::test]
async fn upgrades_and_paths_that_leave_the_api_are_refused() {
    let served = serve(vec![api(1)]);
    let answer = served
        .raw("GET /gpt HTTP/1.1\r\nhost: g\r\nconnection: upgrade, close\r\nupgrade: tls/1.0\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 501 ") && answer.contains("WebSocket"), "{answer}");
    let answer = served.raw("CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 501 "), "{answer}");
    for path in ["/gpt/../admin", "/gpt/%2e%2E/admin"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n");
        let answer = served.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.limits.head_bytes = 0;
    let served = common::serve_with(settings, vec![api(1)]);
    let answer = served.raw(&format!("GET /gpt?{} HTTP/1.1\r\n", "x".repeat(20_000))).await;
    assert!(answer.starts_with("HTTP/1.1 431 ") || answer.starts_with("HTTP/1.1 414 "), "{answer}");
}

#[tokio::test]
async fn interim_answers_end_here_and_the_answer_after_them_passes() {
    let length = CHAT.len();
    let answer = format!(
        "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
         HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{CHAT}"
    );
    let (port, _) = raw_upstream(answer).await;
    let served = serve(vec![api(port)]);
    let answer = served.raw("POST /gpt HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(CHAT), "{answer}");
    assert!(!answer.contains("link"), "{answer}");
    let record = &served.records(1).await[0];
    assert_eq!((record.status, record.usage.output), (200, Some(34)));
}

#[tokio::test]
async fn connections_to_the_target_are_kept() {
    let port = upstream(|_| async { Response::new(full(CHAT)) }).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = listener.local_addr().unwrap().port();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            tokio::spawn(async move {
                let mut far = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    let served = serve(vec![api(relay)]);
    let client = client();
    for _ in 0..5 {
        let request = Request::post(served.url("/gpt")).body(Full::from("{}")).unwrap();
        let answer = client.request(request).await.unwrap();
        answer.into_body().collect().await.unwrap();
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
    served.records(5).await;
}
