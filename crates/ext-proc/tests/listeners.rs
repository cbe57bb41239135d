//! Where the processor listens: ports, sockets, TLS with and without clients' certificates; its
//! health; and that it describes itself to nobody.

mod common;

use std::path::Path;
use std::time::Duration;

use common::{CHAT, Call, PATIENCE, serve};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use token_tracking_ext_proc::{Listen, Settings};
use token_tracking_host::TlsFiles;
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

const SERVICE: &str = "envoy.service.ext_proc.v3.ExternalProcessor";

fn on_a_port() -> Settings {
    Settings::listening_on(Listen::Tcp("127.0.0.1:0".to_owned()))
}

async fn works(channel: Channel) -> bool {
    Call::begin(channel).await.body(CHAT, true).await.is_some()
}

#[tokio::test]
async fn health_is_told_and_nothing_is_reflected() {
    let served = serve(on_a_port());
    let url = format!("http://{}", served.address.unwrap());
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let mut health = HealthClient::new(channel.clone());
    for service in ["", SERVICE] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    for version in ["v1", "v1alpha"] {
        let mut client = tonic::client::Grpc::new(channel.clone());
        client.ready().await.unwrap();
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let codec = tonic_prost::ProstCodec::<HealthCheckRequest, HealthCheckResponse>::default();
        let request = tonic::Request::new(HealthCheckRequest::default());
        let refused = client.unary(request, path.parse().unwrap(), codec).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{version}");
    }
    // A call in flight keeps the listener open, and watchers learn of the end.
    let mut watched = health
        .watch(HealthCheckRequest { service: SERVICE.to_owned() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    served.stop.send(()).unwrap();
    let told = watched.message().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::NotServing);
}

#[tokio::test]
async fn a_unix_socket_is_made_anew_and_removed_but_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.sock");
    // Left by a process that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let settings = Settings::listening_on(Listen::Unix(path.clone()));
    let served = serve(settings.clone());
    let channel = Endpoint::from_shared(format!("unix://{}", path.display())).unwrap();
    assert!(works(channel.connect().await.unwrap()).await);
    assert_eq!(served.memory.wait_for(1, PATIENCE).len(), 1);
    served.stop.send(()).unwrap();
    served.task.await.unwrap().unwrap();
    assert!(!path.exists(), "the socket is removed");
    std::fs::write(&path, "precious").unwrap();
    let policies = token_tracking_policy::Policy::quick("GPT", &token_tracking_bundle::registry());
    let policies = token_tracking_ext_proc::Policies::all("envoy", policies.unwrap());
    let memory = std::sync::Arc::new(token_tracking_report::Memory::new(1));
    let bound =
        token_tracking_ext_proc::ExtProc::bind(settings, std::sync::Arc::new(policies), memory);
    let said = bound.unwrap_err().to_string();
    assert!(
        said.contains("p.sock") && said.contains("a file that is no socket is there"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

/// An authority, with its certificate as PEM.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for localhost and its key, as PEM.
fn issued(by: &CertifiedIssuer<'static, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.signed_by(&key, by).unwrap().pem(), key.serialize_pem())
}

fn write(folder: &Path, (certificate, key): &(String, String)) {
    std::fs::write(folder.join("cert.pem"), certificate).unwrap();
    std::fs::write(folder.join("key.pem"), key).unwrap();
}

#[tokio::test]
async fn over_tls_only_clients_of_the_authority_are_taken_and_changed_files_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (ours, theirs) = (authority(), authority());
    write(folder.path(), &issued(&ours));
    std::fs::write(file("clients.pem"), ours.pem()).unwrap();
    let mut files = TlsFiles::new(file("cert.pem"), file("key.pem"))
        .with_client_authorities(file("clients.pem"));
    files.reload = Duration::from_millis(20);
    let mut settings = on_a_port();
    settings.tls = Some(files);
    let served = serve(settings);
    let port = served.address.unwrap().port();
    let channel = async |root: &str, identity: Option<&(String, String)>| {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(root));
        if let Some((certificate, key)) = identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        let endpoint = Endpoint::from_shared(format!("https://localhost:{port}")).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await
    };
    let healthy = async |channel: Channel| {
        HealthClient::new(channel).check(HealthCheckRequest::default()).await.is_ok()
    };
    let friend = issued(&ours);
    assert!(works(channel(&ours.pem(), Some(&friend)).await.unwrap()).await);
    // TLS 1.3 tells the client so only with the first answer.
    for stranger in [None, Some(issued(&theirs))] {
        let refused = match channel(&ours.pem(), stranger.as_ref()).await {
            Ok(channel) => !healthy(channel).await,
            Err(_) => true,
        };
        assert!(refused, "{stranger:?}");
    }
    write(folder.path(), &issued(&theirs));
    let patience = std::time::Instant::now() + PATIENCE;
    while channel(&theirs.pem(), Some(&friend)).await.is_err() {
        assert!(std::time::Instant::now() < patience, "the new certificate is not served");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(works(channel(&theirs.pem(), Some(&friend)).await.unwrap()).await);
    std::fs::write(file("key.pem"), "no key").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(works(channel(&theirs.pem(), Some(&friend)).await.unwrap()).await);
}
