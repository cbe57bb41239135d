//! Requests that are none, smuggling attempts included: refused or closed, never passed on,
//! and what follows them on the connection is never taken for a request.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{CHAT, Served, api, client, full, get, serve_with, upstream};
use http::Response;
use http_body_util::BodyExt;
use token_tracking_gateway::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What hides behind each malformed request.
const HIDDEN: &[u8] = b"GET /gpt/smuggled HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n";

/// A generator of numbers that look random and are the same in each run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % below as u64).unwrap()
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.roll(choices.len())]
    }
}

/// A POST with these header lines, which end in CRLF each, and this body.
fn with(headers: &str, body: &str) -> String {
    format!("POST /gpt/x HTTP/1.1\r\nhost: g\r\n{headers}\r\n{body}")
}

/// A malformed request. There are as many kinds as there are arms.
const KINDS: usize = 14;

fn malformed(kind: usize, dice: &mut Dice) -> Vec<u8> {
    let (a, b) = (dice.roll(50), dice.roll(50));
    let filler = format!("x-{a}: {b}\r\n").repeat(dice.roll(4));
    let text = match kind {
        0 => with(&format!("content-length: {a}\r\n{filler}content-length: {}\r\n", a + 1 + b), ""),
        1 => {
            let length = dice.of(&[
                "+5",
                "5 5",
                "0x5",
                "5, 6",
                "",
                "-1",
                "1_0",
                "18446744073709551616",
                "5a",
                "٥",
            ]);
            with(&format!("{filler}Content-Length: {length}\r\n"), "hello")
        }
        2 => {
            let coding = dice.of(&[
                "chunked, gzip",
                "xchunked",
                "identity",
                "chunked;q=1",
                "\"chunked\"",
                "gzip",
                "chunked, chunked",
                "gzip, chunked",
            ]);
            with(&format!("{filler}transfer-encoding: {coding}\r\n"), "0\r\n\r\n")
        }
        3 => with(
            &format!("transfer-encoding: chunked\r\n{filler}transfer-encoding: chunked\r\n"),
            "0\r\n\r\n",
        ),
        4 => with(&format!("{filler}x-a: {a}\r\n{}folded: {b}\r\n", dice.of(&[" ", "\t"])), ""),
        5 => {
            let line = dice.of(&[
                "content-length : 5",
                ": empty",
                "x y: z",
                "x",
                "x\u{1}: y",
                "(x): y",
                "transfer-encoding\t: chunked",
                "x\0y: z",
                "x: a\0b",
                "x: a\u{1}b",
                "x: a\rb",
                "\u{e9}: y",
            ]);
            with(&format!("{filler}{line}\r\n"), "")
        }
        6 => {
            let size = dice.of(&[
                "zz",
                "-1",
                "0x5",
                "5 5",
                "ffffffffffffffff1",
                "",
                "+5",
                "5;a\nb",
                "\u{0}5",
            ]);
            with(
                &format!("{filler}transfer-encoding: chunked\r\n"),
                &format!("3\r\nabc\r\n{size}\r\nhello\r\n0\r\n\r\n"),
            )
        }
        7 => {
            let end = dice.of(&["xx", "\n\n", "\rX"]);
            with(
                &format!("{filler}transfer-encoding: chunked\r\n"),
                &format!("3\r\nabc{end}0\r\n\r\n"),
            )
        }
        8 => match dice.roll(3) {
            0 => with(&format!("x: {}\r\n", "y".repeat(70_000 + a)), ""),
            1 => with(&"x: y\r\n".repeat(101 + a), ""),
            _ => format!("GET /gpt?{} HTTP/1.1\r\nhost: g\r\n\r\n", "y".repeat(17_000 + 1_000 * a)),
        },
        9 => {
            let hosts = dice.of(&[
                "",
                "host: g\r\nhost: g\r\n",
                "host: a b\r\n",
                "host: a@b\r\n",
                "host: a/b\r\n",
                "host: g\r\nHost: other\r\n",
                "host: a,b c\r\n",
            ]);
            format!("GET /gpt/x HTTP/1.1\r\n{hosts}{filler}\r\n")
        }
        10 => {
            let version = dice.of(&[
                "HTTP/1.2",
                "HTTP/2.0",
                "HTTP/3",
                "http/1.1",
                "HTTP/1.1.1",
                "HTTP/1",
                "HTP/1.1",
                "HTTP 1.1",
                "",
            ]);
            format!("GET /gpt/x {version}\r\nhost: g\r\n{filler}\r\n")
        }
        11 => {
            let method = dice.of(&[
                "GE(T",
                "G\0T",
                "",
                "GET\t",
                "@",
                "G\u{e9}T",
                "{\"a\":1}",
                "\u{16}\u{3}\u{1}\u{2}\0",
            ]);
            format!("{method} /gpt/x HTTP/1.1\r\nhost: g\r\n{filler}\r\n")
        }
        12 => {
            let path = dice.of(&[
                "gpt",
                "/gpt x",
                "/gpt\0",
                "",
                "*",
                "http://",
                "/gpt\u{1}",
                "/gpt/../x",
                "/gpt/%2e%2e/x",
                "@",
                "?x",
            ]);
            format!("GET {path} HTTP/1.1\r\nhost: g\r\nconnection: close\r\n{filler}\r\n")
        }
        _ => {
            let rest: String =
                (0..9 + a).map(|_| char::from(u8::try_from(dice.roll(128)).unwrap())).collect();
            // A frame of more than the 16 KiB that one may have. (One that only never ends is
            // closed by the unanswered ping, in time.)
            format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{7f}{rest}")
        }
    };
    text.into_bytes()
}

/// All that a gateway answers to these bytes until it closes the connection.
async fn answer(served: &Served, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    // It may close before it has all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer));
    let closed = reading.await.is_ok();
    assert!(closed, "{:?} gave {answer:?} and no end", String::from_utf8_lossy(bytes));
    String::from_utf8_lossy(&answer).into_owned()
}

/// A gateway, and the heads of the requests that reach the upstream behind it, which waits
/// for each body.
async fn watched() -> (Arc<Served>, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let seeing = Arc::clone(&seen);
    let port = upstream(move |request| {
        seeing.lock().unwrap().push(format!("{} {:?}", request.uri(), request.headers()));
        async move {
            let body = request.into_body().collect().await;
            Response::new(full(if body.is_ok() { CHAT } else { "" }))
        }
    })
    .await;
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.timeouts.head = Duration::from_millis(300);
    (Arc::new(serve_with(settings, vec![api(port)])), seen)
}

#[tokio::test]
async fn a_thousand_malformed_requests_are_refused_or_closed_and_the_next_good_one_is_answered() {
    let (served, seen) = watched().await;
    let mut dice = Dice(7);
    let mut asking = Vec::new();
    for i in 0..1_000 {
        let mut bytes = malformed(i % KINDS, &mut dice);
        bytes.extend_from_slice(HIDDEN);
        let served = Arc::clone(&served);
        asking.push(tokio::spawn(async move {
            let got = answer(&served, &bytes).await;
            (String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned(), got)
        }));
    }
    let mut refused = 0;
    for asked in asking {
        let (bytes, got) = asked.await.unwrap();
        for status in got.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]) {
            refused += 1;
            let good = status.starts_with('4') || ["501", "505"].contains(&status);
            assert!(good, "{bytes:?} gave {got:?}");
        }
    }
    assert!(refused > 700, "most are told why: {refused}");
    let smuggled: Vec<_> =
        seen.lock().unwrap().iter().filter(|head| head.contains("smuggled")).cloned().collect();
    assert!(smuggled.is_empty(), "{smuggled:?}");
    let good = client().request(get(&served.url("/gpt/good"))).await.unwrap();
    assert_eq!(good.into_body().collect().await.unwrap().to_bytes(), CHAT);
}

/// What the standard lets a server bear, hyper bears. The target sees a clean request of it,
/// and nothing that hides in it.
#[tokio::test]
async fn what_is_borne_is_framed_anew() {
    let (served, seen) = watched().await;
    let chunked = "transfer-encoding: chunked\r\n";
    for (headers, body) in [
        // RFC 9112 §6.3: the coding wins, and the connection is closed.
        (format!("content-length: 6\r\n{chunked}"), "0\r\n\r\n"),
        (format!("{chunked}content-length: 6\r\n"), "0\r\n\r\n"),
        (format!("{chunked}connection: close\r\ncontent-length: 6\r\n"), "3\r\nabc\r\n0\r\n\r\n"),
    ] {
        let bytes = [with(&headers, body).as_bytes(), HIDDEN].concat();
        let got = answer(&served, &bytes).await;
        assert_eq!(got.matches("HTTP/1.1 ").count(), 1, "{headers}: {got}");
    }
    // §2.2: a line may end with LF alone; §6.3: the same length twice is one.
    for text in [
        "POST /gpt/x HTTP/1.1\nhost: g\ncontent-length: 2\nconnection: close\n\nhi",
        "POST /gpt/x HTTP/1.1\r\nhost: g\r\ncontent-length: 2\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi",
    ] {
        let got = answer(&served, text.as_bytes()).await;
        assert!(got.starts_with("HTTP/1.1 200 "), "{got}");
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 5, "{seen:?}");
    for head in &*seen {
        assert!(head.starts_with("/x "), "{head}");
        let lengths = head.matches("content-length").count();
        let codings = head.matches("transfer-encoding").count();
        assert!(lengths + codings <= 1, "{head}");
    }
}
