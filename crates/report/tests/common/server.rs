//! A real PostgreSQL server of the test's own, on a free port.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A server; dropping it ends it.
pub(crate) struct Server {
    folder: TempDir,
    bin: PathBuf,
    pub(crate) port: u16,
}

impl Server {
    /// Makes a database and starts it. `None`, with a line that says so, where PostgreSQL is not
    /// installed.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let Some(bin) = binaries() else {
            println!("no initdb and postgres on this machine: {test} is skipped");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        // The server refuses to run as root, and wants a folder of its user's own.
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, bin, port };
        let data = server.data();
        run(server
            .tool("initdb")
            .args(["-A", "scram-sha-256", "-U", "me", "-E", "UTF8", "--no-sync"])
            .arg("--pwfile")
            .arg(server.password_file())
            .arg("-D")
            .arg(&data));
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(server.certificate(), certificate.cert.pem()).unwrap();
        let key = server.folder.path().join("server.key");
        fs::write(&key, certificate.signing_key.serialize_pem()).unwrap();
        run(Command::new("chmod").arg("600").arg(&key));
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&key));
        }
        server.up();
        Some(server)
    }

    /// Starts it, also again.
    pub(crate) fn up(&self) {
        let place = self.folder.path().display();
        let options = format!(
            "-p {} -k {place} -h 127.0.0.1,localhost -c ssl=on \
             -c ssl_cert_file={place}/server.crt -c ssl_key_file={place}/server.key",
            self.port
        );
        let log = self.folder.path().join("log");
        run(self
            .tool("pg_ctl")
            .args(["start", "-w", "-s", "-D"])
            .arg(self.data())
            .arg("-l")
            .arg(log)
            .args(["-o", &options]));
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn down(&self) {
        run(self.tool("pg_ctl").args(["stop", "-m", "immediate", "-s", "-D"]).arg(self.data()));
    }

    /// Its address, with the password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://me:pass-word@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.crt")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn password_file(&self) -> PathBuf {
        let file = self.folder.path().join("password");
        fs::write(&file, "pass-word").unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&file));
        }
        file
    }

    fn tool(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be down already: nothing to say about that.
        let mut stop = self.tool("pg_ctl");
        stop.args(["stop", "-m", "immediate", "-s", "-D"]).arg(self.data());
        let _ = stop.stderr(Stdio::null()).status();
    }
}

fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            // A link there may lead to where its neighbours are.
            .filter_map(|folder| {
                Some(fs::canonicalize(folder.join("initdb")).ok()?.parent()?.into())
            })
            .collect();
    // Debian keeps the server's programs out of the path.
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        folders.push(entry.path().join("bin"));
    }
    let all = ["initdb", "postgres", "pg_ctl"];
    folders.into_iter().find(|folder| all.iter().all(|name| folder.join(name).exists()))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) {
    let status = command
        .stdout(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
