//! TLS towards clients: both protocols, files that change, and files that cannot be used.

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::tls::{client_of, trusting, write_certificate};
use common::{CHAT, api, full, post, serve_with, upstream};
use http::{Response, Version};
use http_body_util::BodyExt;
use rustls::pki_types::{CertificateDer, ServerName};
use token_tracking_gateway::{Gateway, GatewayError, Settings, TlsFiles};
use token_tracking_report::Memory;
use tokio::net::TcpStream;

fn settings(folder: &Path) -> Settings {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    let mut files = TlsFiles::new(folder.join("cert.pem"), folder.join("key.pem"));
    files.reload = Duration::from_millis(5);
    settings.tls = Some(files);
    settings
}

/// Whether a handshake with the gateway comes about.
async fn greets(address: SocketAddr, trusted: &CertificateDer<'static>) -> bool {
    let connector = tokio_rustls::TlsConnector::from(Arc::new(trusting(trusted)));
    let stream = TcpStream::connect(address).await.unwrap();
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.is_ok()
}

#[tokio::test]
async fn both_protocols_are_served_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = write_certificate(folder.path());
    let port = upstream(|request| async move {
        let proto = request.headers()["x-forwarded-proto"].clone();
        let answer = Response::builder().header("content-type", "application/json");
        answer.header("x-proto", proto).body(full(CHAT)).unwrap()
    })
    .await;
    let served = serve_with(settings(folder.path()), vec![api(port)]);
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = client_of(&certificate, version == Version::HTTP_2);
        let url = format!("https://localhost:{}/gpt", served.address.port());
        let answer = client.request(post(&url)).await.unwrap();
        assert_eq!(
            (answer.version(), answer.headers()["x-proto"].as_bytes()),
            (version, &b"https"[..])
        );
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
    }
    served.records(2).await;
    // Who does not speak TLS is left, and no other client minds.
    let answer = served.raw("GET /gpt HTTP/1.1\r\nhost: g\r\n\r\n").await;
    assert!(!answer.contains("HTTP/1.1"), "{answer}");
    assert!(greets(served.address, &certificate).await);
}

#[tokio::test]
async fn files_that_change_are_read_again_and_bad_ones_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_certificate(folder.path());
    let served = serve_with(settings(folder.path()), vec![api(1)]);
    assert!(greets(served.address, &first).await);

    // A key that is not the certificate's, no PEM, and no file at all: time for many looks.
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for bad in [&key, "nonsense", ""] {
        std::fs::write(folder.path().join("key.pem"), bad).unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(greets(served.address, &first).await, "the one before stays");
    }
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(greets(served.address, &first).await, "the one before stays");

    let second = write_certificate(folder.path());
    let changed = async {
        while !greets(served.address, &second).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), changed).await.expect("the new one is served");
    assert!(!greets(served.address, &first).await, "and the old one is not");
}

#[test]
fn files_that_cannot_be_used_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let bind = || {
        let sink = Arc::new(Memory::new(1));
        Gateway::bind(settings(folder.path()), vec![api(1)], sink).unwrap_err()
    };
    assert!(bind().to_string().contains("cert.pem"), "{}", bind());
    write_certificate(folder.path());
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (file, text, why) in [
        ("key.pem", &*other, "key"),
        ("key.pem", "", "no private key"),
        ("cert.pem", "", "no certificate"),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
        let error = bind();
        assert!(matches!(error, GatewayError::ListenTls(_)));
        assert!(error.to_string().to_lowercase().contains(why), "{error}");
    }
}
