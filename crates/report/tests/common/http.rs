//! A small HTTP server of the test's own, which answers as the test says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a client sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Method and path.
    pub(crate) line: String,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A status line's number and words, headers with their line ends, and a body.
pub(crate) type Answer = (&'static str, &'static str, Vec<u8>);

type Answers = Arc<Mutex<VecDeque<Answer>>>;

/// Listens until the process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    answers: Answers,
}

impl Server {
    /// Answers with what [`Server::answer`] queued, else with what `usual` makes of the request.
    pub(crate) fn start(usual: impl Fn(&Sent) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sent, answers) = (Arc::new(Mutex::new(Vec::new())), Answers::default());
        let (keep, planned) = (Arc::clone(&sent), Arc::clone(&answers));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else { continue };
                let answer = planned.lock().unwrap().pop_front();
                let (status, headers, body) = answer.unwrap_or_else(|| usual(&request));
                keep.lock().unwrap().push(request);
                let head = format!(
                    "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = (&stream).write_all(&[head.as_bytes(), &body].concat());
            }
        });
        Self { url, sent, answers }
    }

    /// Answers the next request so.
    pub(crate) fn answer(&self, status: &'static str, headers: &'static str, body: &str) {
        self.answers.lock().unwrap().push_back((status, headers, body.as_bytes().to_vec()));
    }

    /// All that was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Sent> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let line = line.rsplit_once(" HTTP/")?.0.to_owned();
    let mut sent = Sent { line, headers, body: Vec::new() };
    let length = sent.header("content-length").map_or(0, |length| length.parse().unwrap());
    sent.body.resize(length, 0);
    reader.read_exact(&mut sent.body).ok()?;
    Some(sent)
}
