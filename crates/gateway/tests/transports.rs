//! Every way in and every way out: the bytes are the same, and so is the record.

mod common;

use std::io::Write;

use bytes::Bytes;
use common::tls::{client_of, tls_upstream, write_certificate};
use common::{Body, CHAT, EVENTS, serve_with, upstream};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use hyper::body::Incoming;
use rustls::pki_types::CertificateDer;
use token_tracking_core::{End, Provenance};
use token_tracking_gateway::{Api, Settings, TlsFiles};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Bodies as an upstream sends them: path, content type, content coding, bytes.
fn bodies() -> [(&'static str, &'static str, Option<&'static str>, Vec<u8>); 4] {
    let events = EVENTS.concat();
    [
        ("/json", "application/json", None, CHAT.into()),
        ("/sse", "text/event-stream", None, events.clone().into()),
        ("/json-gzip", "application/json", Some("gzip"), gzipped(CHAT)),
        ("/sse-gzip", "text/event-stream", Some("gzip"), gzipped(&events)),
    ]
}

/// The body of the request's path, in chunks of as many bytes as its query says.
async fn answer(request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let size: usize = request.uri().query().unwrap().parse().unwrap();
    let version = format!("{:?}", request.version());
    // A server that answers before it has read the request may reset the connection after.
    request.into_body().collect().await.unwrap();
    let (_, kind, coding, bytes) = bodies().into_iter().find(|body| body.0 == path).unwrap();
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        for chunk in bytes.chunks(size) {
            let _ = sender.send_data(Bytes::copy_from_slice(chunk)).await;
        }
    });
    let mut response = Response::new(body.boxed());
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(kind));
    if let Some(coding) = coding {
        headers.insert("content-encoding", HeaderValue::from_static(coding));
    }
    headers.insert("x-version", version.parse().unwrap());
    response
}

#[tokio::test]
async fn bytes_and_records_are_the_same_over_all_of_them() {
    let plain = upstream(answer).await;
    let (old, old_certificate) = tls_upstream(&["http/1.1"], answer).await;
    let (new, new_certificate) = tls_upstream(&["h2"], answer).await;
    let targets = [
        (format!("http://localhost:{plain}"), "HTTP/1.1"),
        (format!("h2c://localhost:{plain}"), "HTTP/2.0"),
        (format!("https://localhost:{old}"), "HTTP/1.1"),
        (format!("https://localhost:{new}"), "HTTP/2.0"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let certificate: CertificateDer<'static> = write_certificate(folder.path());
    for tls in [false, true] {
        let mut settings = Settings::listening_on("127.0.0.1:0");
        settings.extra_roots = vec![old_certificate.clone(), new_certificate.clone()];
        let files = TlsFiles::new(folder.path().join("cert.pem"), folder.path().join("key.pem"));
        settings.tls = tls.then_some(files);
        let api = |(i, (target, _)): (usize, &(String, _))| {
            Api::quick(&format!("{i}"), &format!("/{i}"), target, common::gpt()).unwrap()
        };
        let served = serve_with(settings, targets.iter().enumerate().map(api).collect());
        let base =
            format!("{}://localhost:{}", if tls { "https" } else { "http" }, served.address.port());
        let mut count = 0;
        for http2 in [false, true] {
            let client = client_of(&certificate, http2);
            for (i, (_, version)) in targets.iter().enumerate() {
                for (n, (path, _, _, bytes)) in bodies().into_iter().enumerate() {
                    let size = [1, 3, 64, 100_000][(i + n) % 4];
                    let url = format!("{base}/{i}{path}?{size}");
                    let answer = client.request(common::post(&url)).await.unwrap();
                    assert_eq!(answer.headers()["x-version"], *version, "{url}");
                    let got = answer.into_body().collect().await;
                    let got = got.unwrap_or_else(|error| panic!("{url}: {error}")).to_bytes();
                    assert_eq!(got, bytes, "{url}");
                    count += 1;
                }
            }
        }
        for record in served.records(count).await {
            let counts = (record.usage.input, record.usage.output);
            assert_eq!(counts, (Some(12), Some(34)), "{record:?}");
            assert_eq!((record.provenance, record.end), (Provenance::Reported, End::Complete));
            let path = &record.request.as_ref().unwrap().path;
            assert_eq!(record.streaming, path.contains("sse"), "{record:?}");
        }
    }
}

/// Trailers of a request, which reach the target.
#[tokio::test]
async fn trailers_pass_the_other_way_too() {
    let port = upstream(|request| async move {
        let sum = request.into_body().collect().await.unwrap().trailers().cloned();
        Response::new(common::full(format!("{:?}", sum.map(|sum| sum["x-sum"].clone()))))
    })
    .await;
    for scheme in ["http", "h2c"] {
        let target = format!("{scheme}://localhost:{port}");
        let api = Api::quick("chat", "/gpt", &target, common::gpt()).unwrap();
        let served = serve_with(Settings::listening_on("127.0.0.1:0"), vec![api]);

        let mut stream = tokio::net::TcpStream::connect(served.address).await.unwrap();
        let request = "POST /gpt HTTP/1.1\r\nhost: g\r\nconnection: close\r\ntrailer: x-sum\r\n\
                       transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("Some(\"42\")"), "{scheme}: {answer}");

        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("42"));
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(2);
        sender.send_data(Bytes::from_static(b"hi")).await.unwrap();
        sender.send_trailers(trailers).await.unwrap();
        drop(sender);
        let request = Request::post(served.url("/gpt")).header("trailer", "x-sum").body(body);
        let client =
            hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
                .http2_only(true)
                .build_http();
        let answer = client.request(request.unwrap()).await.unwrap();
        let answer = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(answer, "Some(\"42\")", "{scheme}");
    }
}
