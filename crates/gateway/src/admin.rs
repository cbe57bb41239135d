//! A listener for who runs the gateway: pages that are made when they are asked for.
//!
//! It is apart from the traffic, so that neither holds up the other, and has no access
//! control: it belongs on loopback, or on a network that only operators reach. On loopback it
//! answers only requests for an address or for `localhost`, since a page in a browser may ask
//! for a name of its own that leads to this machine (DNS rebinding).

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::error::GatewayError;
use crate::limits::Places;
use crate::routes::host_of;
use crate::server::listen;

/// How many connections there are at once; further ones wait.
const CONNECTIONS: usize = 64;
/// How long a connection may take to ask, and then to take its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener that has its address, and its pages.
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    pages: Vec<Page>,
}

struct Page {
    path: &'static str,
    about: &'static str,
    make: Box<dyn Fn(&str) -> Reply + Send + Sync>,
}

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Whether all is well: 200, else 503.
    pub well: bool,
    /// What the body is.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    /// Text for people, as 200 or, where something is not well, as 503.
    #[must_use]
    pub fn text(well: bool, body: impl Into<String>) -> Self {
        Self { well, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    /// A value as JSON.
    #[must_use]
    pub fn json(value: &impl Serialize) -> Self {
        let body = serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
        Self { well: true, content_type: "application/json", body }
    }
}

impl Admin {
    /// Takes the address.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn bind(address: &str) -> Result<Self, GatewayError> {
        let (listener, address) = listen(address)?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "the admin listener is open to more than this machine");
        }
        Ok(Self { listener, address, pages: Vec::new() })
    }

    /// The address that was taken, with the port that the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Adds a page, which is made from the request's query.
    #[must_use]
    pub fn page(
        mut self,
        path: &'static str,
        about: &'static str,
        make: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.pages.push(Page { path, about, make: Box::new(make) });
        self
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub async fn serve(self) -> Result<Infallible, GatewayError> {
        let Self { listener, address, pages } = self;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(GatewayError::Serve)?;
        let pages = Arc::new(Pages { pages, local: address.ip().is_loopback() });
        let places = Places::new(CONNECTIONS);
        let mut connections = JoinSet::new();
        loop {
            let place = places.wait().await;
            match listener.accept().await {
                Ok((stream, _)) => {
                    while connections.try_join_next().is_some() {}
                    let pages = Arc::clone(&pages);
                    connections.spawn(async move {
                        pages.serve(stream).await;
                        drop(place);
                    });
                }
                // Of one connection, or of files: both pass.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pages: Vec<_> = self.pages.iter().map(|page| page.path).collect();
        f.debug_struct("Admin").field("address", &self.address).field("pages", &pages).finish()
    }
}

struct Pages {
    pages: Vec<Page>,
    /// Whether only this machine is meant.
    local: bool,
}

impl Pages {
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(move |request| {
            let answer = self.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
        // One answer a connection: whoever asks does so seldom.
        server.keep_alive(false);
        let serving = server.serve_connection(TokioIo::new(stream), service);
        let _ = tokio::time::timeout(2 * PATIENCE, serving).await;
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let refused = |status, why: &str| (status, Reply::text(false, format!("{why}\n")));
        let (status, reply) = if self.local && !is_local(host_of(request)) {
            refused(StatusCode::FORBIDDEN, "ask for localhost, or for this machine's address")
        } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
            refused(StatusCode::METHOD_NOT_ALLOWED, "these pages are to be read: GET")
        } else {
            self.made(request.uri().path(), request.uri().query().unwrap_or_default())
        };
        let mut response = Response::new(Full::from(reply.body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }

    fn made(&self, path: &str, query: &str) -> (StatusCode, Reply) {
        let Some(page) = self.pages.iter().find(|page| page.path == path) else {
            let status = if path == "/" { StatusCode::OK } else { StatusCode::NOT_FOUND };
            return (status, Reply::text(true, self.listed()));
        };
        let reply = (page.make)(query);
        let status = if reply.well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, reply)
    }

    fn listed(&self) -> String {
        self.pages.iter().map(|page| format!("{:<10} {}\n", page.path, page.about)).collect()
    }
}

/// Whether a request names an address or this machine, and no name that somebody made up.
fn is_local(host: Option<&str>) -> bool {
    let Some(host) = host else { return true };
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(request: http::request::Builder) -> (u16, String, String) {
        let page = |query: &str| Reply::text(query != "ill", format!("said {query}"));
        let pages = vec![Page { path: "/a", about: "says", make: Box::new(page) }];
        let response = Pages { pages, local: true }.answer(&request.body(()).unwrap());
        let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        (response.status().as_u16(), kind, format!("{:?}", response.body()))
    }

    #[test]
    fn pages_are_made_from_the_query_and_listed() {
        let (status, kind, body) = ask(Request::get("/a?x"));
        assert_eq!((status, &*kind), (200, "text/plain; charset=utf-8"));
        assert!(body.contains("said x"), "{body}");
        assert_eq!(ask(Request::get("/a?ill")).0, 503);
        assert!(ask(Request::get("/")).2.contains("/a"));
        assert_eq!((ask(Request::get("/")).0, ask(Request::get("/b")).0), (200, 404));
        assert_eq!(ask(Request::post("/a")).0, 405);
    }

    #[test]
    fn a_name_that_leads_here_by_rebinding_is_refused() {
        for (host, status) in [
            ("127.0.0.1:9180", 200),
            ("localhost:1", 200),
            ("[::1]:9180", 200),
            ("evil.example:9180", 403),
            ("127.0.0.1.evil.example", 403),
        ] {
            assert_eq!(ask(Request::get("/a").header("host", host)).0, status, "{host}");
        }
    }
}
