//! Definitions that change while they are served.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{CHAT, client, definition, full, gpt_step, post, sse, upstream};
use http::Response;
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, combinators::BoxBody};
use serde_json::json;
use token_tracking_gateway::{
    Control, Gateway, GatewayError, Library, Reload, ServedAs, Settings, definition_files,
};
use token_tracking_report::Memory;
use tokio::sync::oneshot;

/// An API of this name at its path, that goes to this port.
fn text(name: &str, path: &str, port: u16) -> String {
    let mut definition = definition(gpt_step());
    definition["name"] = json!(name);
    definition["listeners"][0]["paths"][0]["path"] = json!(path);
    let target = format!("http://127.0.0.1:{port}");
    definition["endpointGroups"][0]["endpoints"][0]["configuration"]["target"] = json!(target);
    definition.to_string()
}

fn settings() -> Settings {
    Settings::listening_on("127.0.0.1:0")
}

/// A folder of definitions, and a gateway that serves it.
struct Served {
    folder: tempfile::TempDir,
    address: String,
    control: Control,
    memory: Arc<Memory>,
    stop: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    fn start(files: &[(&str, String)], watch: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let registry = token_tracking_bundle::registry();
        let places = vec![folder.path().to_path_buf()];
        let library = Library::open(places, &registry, &settings()).unwrap();
        let memory = Arc::new(Memory::new(10_000));
        let mut reload = Reload::default();
        (reload.watch, reload.interval) = (watch, Duration::from_millis(15));
        let gateway =
            Gateway::bind_with(settings(), Vec::new(), Some((library, reload)), memory.clone());
        let gateway = gateway.unwrap();
        let (address, control) = (gateway.local_addr().to_string(), gateway.control());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            gateway.serve(async { drop(stopped.await) }).await.unwrap();
        });
        Self { folder, address, control, memory, stop: Some(stop), task }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        // As tools do: beside, then in place.
        let beside = self.path(".beside");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.path(file)).unwrap();
    }

    /// The answer's status and text.
    async fn ask(&self, path: &str) -> (u16, String) {
        let answer = client().request(post(&format!("http://{}{path}", self.address))).await;
        let answer = answer.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn until(&self, what: &str, reached: impl Fn(&Control) -> bool) {
        let begun = Instant::now();
        while !reached(&self.control) {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "{what}: {:#?}",
                self.control.apis()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn named(name: &'static str) -> u16 {
    upstream(move |_| async move { Response::new(full(name)) }).await
}

#[tokio::test]
async fn files_that_change_come_and_go_are_served_so() {
    let (one, two) = (named("one").await, named("two").await);
    let served = Served::start(&[("a.json", text("a", "/a", one))], true);
    assert_eq!(served.ask("/a").await, (200, "one".to_owned()));
    served.write("a.json", &text("a", "/a", two));
    served.until("changed", |control| control.reloads().0 == 1).await;
    assert_eq!(served.ask("/a").await, (200, "two".to_owned()));

    served.write("b.json", &text("b", "/b", one));
    served.until("added", |control| control.apis().len() == 2).await;
    assert_eq!(served.ask("/b").await, (200, "one".to_owned()));

    // Both change their paths into each other's: neither fits without the other.
    served.write("a.json", &text("a", "/b", two));
    served.write("b.json", &text("b", "/a", one));
    served.until("exchanged", |control| control.apis()[0].paths == ["/b"]).await;
    served.until("exchanged", |control| control.apis()[1].paths == ["/a"]).await;
    assert_eq!(served.ask("/b").await, (200, "two".to_owned()));

    std::fs::remove_file(served.path("a.json")).unwrap();
    served.until("removed", |control| control.apis().len() == 1).await;
    assert_eq!(served.ask("/b").await.0, 404);
    // An empty folder is an accident.
    std::fs::remove_file(served.path("b.json")).unwrap();
    served.until("noticed", |control| control.apis()[0].error.is_some()).await;
    assert!(served.control.apis()[0].error.as_ref().unwrap().contains("holds no API definition"));
    assert_eq!(served.ask("/a").await, (200, "one".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_changes_nothing_and_says_so() {
    let (one, two) = (named("one").await, named("two").await);
    let files = [("a.json", text("a", "/a", one)), ("b.json", text("b", "/b", one))];
    let served = Served::start(&files, true);
    let state = |control: &Control, index: usize| control.apis()[index].clone();
    for (broken, said) in [
        ("{".to_owned(), "not JSON"),
        ("{}".to_owned(), "no path to be served on"),
        (text("a", "/b", two), "serves /b, which"),
        (
            text("a", "/a", two).replace("\"request\":[]", "\"request\":[{\"policy\":\"jwt\"}]"),
            "jwt",
        ),
    ] {
        let failures = served.control.reloads().1;
        served.write("a.json", &broken);
        let wanted =
            |control: &Control| state(control, 0).error.is_some_and(|error| error.contains(said));
        served.until(said, wanted).await;
        assert_eq!(state(&served.control, 0).served, ServedAs::OldVersion);
        assert_eq!(served.control.reloads(), (0, failures + 1), "counted once");
        assert_eq!(served.ask("/a").await, (200, "one".to_owned()));
        assert_eq!(served.ask("/b").await, (200, "one".to_owned()));
    }
    // It is looked at again when something else makes room for it.
    served.write("a.json", &text("a", "/b", two));
    served.until("refused", |control| state(control, 0).error.is_some()).await;
    served.write("b.json", &text("b", "/c", one));
    served.until("served", |control| state(control, 0).served == ServedAs::Current).await;
    assert_eq!(served.ask("/b").await, (200, "two".to_owned()));
    // A new file that is wrong from the beginning is served as soon as it is right.
    served.write("c.json", "{");
    served.until("seen", |control| control.apis().len() == 3).await;
    assert_eq!(state(&served.control, 2).served, ServedAs::Refused);
    served.write("c.json", &text("c", "/d", one));
    served.until("right", |control| state(control, 2).served == ServedAs::Current).await;
}

#[tokio::test]
async fn without_watching_files_are_read_when_somebody_says_so() {
    let (one, two) = (named("one").await, named("two").await);
    let served = Served::start(&[("a.json", text("a", "/a", one))], false);
    served.write("a.json", &text("a", "/a", two));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(served.ask("/a").await, (200, "one".to_owned()));
    served.control.reload();
    served.until("asked", |control| control.reloads().0 == 1).await;
    assert_eq!(served.ask("/a").await, (200, "two".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_under_load_drop_no_request_and_no_record() {
    let port = upstream(|_| async {
        Response::builder().header("content-type", "application/json").body(full(CHAT)).unwrap()
    })
    .await;
    let mut served = Served::start(&[("a.json", text("v0", "/a", port))], true);
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (done, url) = (Arc::clone(&done), format!("http://{}/a", served.address));
        clients.spawn(async move {
            let (client, mut count) = (client(), 0);
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let answer = client.request(post(&url)).await.unwrap();
                assert_eq!(answer.status(), 200);
                assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
                count += 1;
            }
            count
        });
    }
    for version in 1..=8 {
        served.write("a.json", &text(&format!("v{version}"), "/a", port));
        served.until("changed", |control| control.reloads().0 == version).await;
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    let count: usize = clients.join_all().await.into_iter().sum();
    drop(served.stop.take());
    (&mut served.task).await.unwrap();
    let records = served.memory.records();
    assert_eq!(records.len(), count);
    assert!(records.iter().all(|record| record.usage.output == Some(34)));
    let of = |name: &str| records.iter().filter(|r| r.api.as_deref() == Some(name)).count();
    assert!(
        of("v0") > 0
            && of("v7") > 0
            && (0..=8).map(|v| of(&format!("v{v}"))).sum::<usize>() == count
    );
}

#[tokio::test]
async fn a_stream_in_flight_ends_as_it_began() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let (one, two) = (
        upstream(move |_| {
            let (sending, body) = Channel::<bytes::Bytes, std::io::Error>::new(8);
            sender.send(sending).unwrap();
            async { sse(BoxBody::new(body)) }
        })
        .await,
        named("two").await,
    );
    let served = Served::start(&[("a.json", text("old", "/a", one))], true);
    let url = format!("http://{}/a", served.address);
    let mut body = client().request(post(&url)).await.unwrap().into_body();
    let mut sending = receiver.recv().unwrap();
    sending.send_data(common::EVENTS[0].into()).await.unwrap();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), common::EVENTS[0]);
    served.write("a.json", &text("new", "/a", two));
    served.until("changed", |control| control.reloads().0 == 1).await;
    assert_eq!(served.ask("/a").await, (200, "two".to_owned()));
    for event in &common::EVENTS[1..] {
        sending.send_data((*event).into()).await.unwrap();
    }
    drop(sending);
    let rest = body.collect().await.unwrap().to_bytes();
    assert_eq!(rest, common::EVENTS[1..].concat());
    let records = served.memory.wait_for(2, Duration::from_secs(5));
    let old = records.iter().find(|record| record.api.as_deref() == Some("old")).unwrap();
    assert_eq!((old.usage.input, old.usage.output), (Some(12), Some(34)));
}

#[test]
fn places_that_cannot_be_read_stop_the_start() {
    let registry = token_tracking_bundle::registry();
    let open = |place: &Path| Library::open(vec![place.to_path_buf()], &registry, &settings());
    let folder = tempfile::tempdir().unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, GatewayError::EmptyFolder { .. }), "{error}");
    assert!(matches!(open(Path::new("/nowhere.json")), Err(GatewayError::Read { .. })));
    for name in ["b.yml", "a.json", ".hidden.json", "readme.md", "c.yaml"] {
        std::fs::write(folder.path().join(name), "{").unwrap();
    }
    assert!(matches!(open(folder.path()), Err(GatewayError::Invalid(_))));
    let files = definition_files(&[folder.path()]).unwrap();
    let names: Vec<_> = files.iter().map(|f| f.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a.json", "b.yml", "c.yaml"]);
}
