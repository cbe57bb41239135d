//! What the tests of the commands share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Output, Stdio};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

/// The program, with these arguments and without the environment's opinion on logs.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("token-tracking"));
    command.env_remove("RUST_LOG").args(args);
    command
}

/// Runs it, and gives its exit code, standard output and standard error.
pub(crate) fn run(args: &[&str]) -> (i32, String, String) {
    outcome(program(args).output().unwrap())
}

/// As [`run`], with this standard input.
pub(crate) fn run_with(args: &[&str], input: &str) -> (i32, String, String) {
    outcome(program(args).write_stdin(input.to_owned()).output().unwrap())
}

fn outcome(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The lines of a text as JSON.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// A body of the demo.
pub(crate) fn body(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/bodies").join(name)
}

/// A running `serve` or `ext-proc`, stopped when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) out: BufReader<ChildStdout>,
    /// Its base URL.
    pub(crate) url: String,
}

impl Served {
    /// Starts it on a free port, and waits until it says its URL.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_logging(args, Stdio::inherit())
    }

    /// As [`Served::start`], with its standard error here.
    pub(crate) fn start_logging(args: &[&str], log: impl Into<Stdio>) -> Self {
        let mut served = Self::spawn("serve", args, log);
        let mut line = String::new();
        served.url = loop {
            line.clear();
            let read = served.out.read_line(&mut line).unwrap();
            assert!(read > 0, "serve ended before it said its URL");
            if let Some(at) = line.find("://127.0.0.1:") {
                let scheme = if line[..at].ends_with("https") { "https" } else { "http" };
                let rest = &line[at + "://".len()..];
                let end = rest.find(['/', ' ', '\n']).unwrap_or(rest.len());
                break format!("{scheme}://{}", &rest[..end]);
            }
        };
        served
    }

    /// Starts `ext-proc` on a free port; its URL is where it processes.
    pub(crate) fn processor(args: &[&str]) -> Self {
        let mut served = Self::spawn("ext-proc", args, Stdio::inherit());
        served.url = format!("http://{}", served.url_after("Processing for Envoy at "));
        served
    }

    fn spawn(command: &str, args: &[&str], log: impl Into<Stdio>) -> Self {
        let mut child = std::process::Command::new(cargo_bin("token-tracking"))
            .env_remove("RUST_LOG")
            // Its usual address is one for all that run at once.
            .env("TOKEN_TRACKING_ADMIN_ENABLED", "false")
            .args([command, "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out, url: String::new() }
    }

    /// The URL in the next line that begins so.
    pub(crate) fn url_after(&mut self, begin: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.out.read_line(&mut line).unwrap() > 0, "it ended before it said that");
            if let Some(url) = line.strip_prefix(begin) {
                return url.trim().trim_end_matches('/').to_owned();
            }
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to terminate, and gives what it still wrote and its exit code.
    pub(crate) fn stop(mut self) -> (String, i32) {
        self.signal("TERM");
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code().unwrap_or(-1))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
