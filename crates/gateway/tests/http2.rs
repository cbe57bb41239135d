//! HTTP/2 on both sides: with prior knowledge to the gateway, over TLS to the target.

mod common;

use std::convert::Infallible;

use bytes::Bytes;
use common::tls::tls_upstream;
use common::{CHAT, EVENTS, api, client, full, h2c_client, post, serve_with, upstream};
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use token_tracking_core::{End, Provenance};
use token_tracking_gateway::{Api, Settings};

/// An upstream behind TLS that says which protocol it was asked in, and sends trailers.
async fn telling_upstream(alpn: &[&str]) -> (u16, CertificateDer<'static>) {
    tls_upstream(alpn, answer).await
}

async fn answer(request: Request<Incoming>) -> Response<common::Body> {
    let seen = format!("{:?} {}", request.version(), request.uri());
    let forwarded_host = request.headers().get("x-forwarded-host").cloned();
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        for event in EVENTS {
            let _ = sender.send_data(Bytes::from_static(event.as_bytes())).await;
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("42"));
        let _ = sender.send_trailers(trailers).await;
    });
    let mut response = Response::new(body.boxed());
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("text/event-stream"));
    headers.insert("x-seen", seen.parse().unwrap());
    headers.insert("x-seen-host", forwarded_host.unwrap());
    response
}

fn trusting(certificate: CertificateDer<'static>) -> Settings {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.extra_roots.push(certificate);
    settings
}

fn tls_api(port: u16) -> Api {
    let target = format!("https://localhost:{port}/base");
    Api::quick("chat", "/gpt", &target, common::gpt()).unwrap()
}

#[tokio::test]
async fn http2_on_both_sides_with_trailers() {
    let (port, certificate) = telling_upstream(&["h2", "http/1.1"]).await;
    let served = serve_with(trusting(certificate), vec![tls_api(port)]);
    let answer = h2c_client().request(post(&served.url("/gpt/v1?q=1"))).await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    let seen = format!("HTTP/2.0 https://localhost:{port}/base/v1?q=1");
    assert_eq!(answer.headers()["x-seen"], seen);
    assert_eq!(answer.headers()["x-seen-host"], served.address.to_string());
    let collected = answer.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "42");
    assert_eq!(collected.to_bytes(), EVENTS.concat());
    let record = &served.records(1).await[0];
    assert_eq!((record.end, record.provenance), (End::Complete, Provenance::Reported));
    assert_eq!(record.usage.input, Some(12));
}

#[tokio::test]
async fn http1_on_one_side_only() {
    let (port, certificate) = telling_upstream(&["http/1.1"]).await;
    let settings = trusting(certificate);
    let served = serve_with(settings.clone(), vec![tls_api(port)]);
    let answer = h2c_client().request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.headers()["x-seen"], "HTTP/1.1 /base");
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), EVENTS.concat());

    let (port, certificate) = telling_upstream(&["h2"]).await;
    let served = serve_with(trusting(certificate), vec![tls_api(port)]);
    let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_11);
    assert!(answer.headers()["x-seen"].to_str().unwrap().starts_with("HTTP/2.0 "));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), EVENTS.concat());
    served.records(1).await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (port, _) = telling_upstream(&["h2"]).await;
    let served = serve_with(Settings::listening_on("127.0.0.1:0"), vec![tls_api(port)]);
    let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.status(), 502);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("certificate"), "{text}");
    served.records(1).await;
}

#[tokio::test]
async fn many_streams_of_one_connection_at_once() {
    let port = upstream(|_| async {
        Response::builder().header("content-type", "application/json").body(full(CHAT)).unwrap()
    })
    .await;
    let served = common::serve(vec![api(port)]);
    let client = h2c_client();
    let asking: Vec<_> = (0..50)
        .map(|i| tokio::spawn(client.request(post(&served.url(&format!("/gpt/{i}"))))))
        .collect();
    for asked in asking {
        let answer = asked.await.unwrap().unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
    }
    served.records(50).await;
}

#[tokio::test]
async fn a_reset_stream_gives_one_cancelled_record() {
    let port = upstream(|_| async {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        tokio::spawn(async move {
            let _ = sender.send_data(Bytes::from_static(EVENTS[0].as_bytes())).await;
            std::future::pending::<()>().await;
        });
        Response::builder().header("content-type", "text/event-stream").body(body.boxed()).unwrap()
    })
    .await;
    let served = common::serve(vec![api(port)]);
    let client = h2c_client();
    let mut body = client.request(post(&served.url("/gpt"))).await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), EVENTS[0]);
    drop(body);
    assert_eq!(served.records(1).await[0].end, End::Cancelled);
}

/// A server takes so many streams on a connection, and a long stream keeps its place.
#[tokio::test]
async fn more_streams_than_fit_on_one_connection_take_another() {
    const STREAMS: u32 = 3;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, mut asking) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let asked = asked.clone();
            let service = service_fn(move |_: Request<Incoming>| {
                asked.send(connection).unwrap();
                std::future::pending::<Result<Response<common::Body>, Infallible>>()
            });
            tokio::spawn(async move {
                let mut server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                server.max_concurrent_streams(STREAMS);
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.pool.streams = STREAMS as usize;
    let target = format!("h2c://127.0.0.1:{port}");
    let served =
        serve_with(settings, vec![Api::quick("chat", "/gpt", &target, common::gpt()).unwrap()]);
    let client = h2c_client();
    let mut seen = Vec::new();
    let mut open = tokio::task::JoinSet::new();
    for _ in 0..7 {
        open.spawn(client.request(post(&served.url("/gpt"))));
        seen.push(asking.recv().await.unwrap());
    }
    assert_eq!(seen, [0, 0, 0, 1, 1, 1, 2]);
    open.shutdown().await;
    served.records(7).await;
}

/// The tokens of a stream come in small frames. Those that a client does not take must not use
/// up what its neighbours on the connection need.
#[tokio::test]
async fn a_client_that_stalls_does_not_break_the_streams_beside_it() {
    const TOKENS: usize = 5_000;
    let (finished, mut finishing) = tokio::sync::mpsc::unbounded_channel();
    let port = upstream(move |_| {
        let finished = finished.clone();
        async move {
            let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            tokio::spawn(async move {
                for _ in 0..TOKENS {
                    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
                }
                finished.send(()).unwrap();
            });
            Response::new(body.boxed())
        }
    })
    .await;
    let target = format!("h2c://127.0.0.1:{port}");
    let served = common::serve(vec![Api::quick("chat", "/gpt", &target, common::gpt()).unwrap()]);
    let mut stalled = Vec::new();
    for _ in 0..5 {
        stalled.push(h2c_client().request(post(&served.url("/gpt"))).await.unwrap());
        finishing.recv().await.unwrap();
    }
    let lively = client().request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(lively.into_body().collect().await.unwrap().to_bytes().len(), TOKENS);
    for stalled in stalled {
        assert_eq!(stalled.into_body().collect().await.unwrap().to_bytes().len(), TOKENS);
    }
    served.records(6).await;
}
