//! Headers that end at a proxy.

use http::header::{
    CONNECTION, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};

use crate::forwarding::{Forwarding, HostHeader, Peer};

/// About one connection only, whether or not `Connection` lists them (RFC 9110 §7.6.1).
static HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    TRANSFER_ENCODING,
    TE,
    UPGRADE,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Makes a client's headers into those for the target. Without a `Host`, the client for the
/// target writes its own. `named` says that TE must be named in `Connection`: over HTTP/1.1.
pub(crate) fn to_target(
    headers: &mut HeaderMap,
    peer: Peer,
    host: Option<HeaderValue>,
    options: &Forwarding,
    named: bool,
) {
    let trailers = lists(headers, &TE, "trailers");
    for name in HOP_BY_HOP.iter().chain(&listed(headers)) {
        headers.remove(name);
    }
    headers.remove(HOST);
    // The gateway itself says 100, once the target takes the body.
    headers.remove(EXPECT);
    if trailers {
        // The one word of TE that may go further: it says that trailers are welcome.
        headers.insert(TE, HeaderValue::from_static("trailers"));
        if named {
            headers.insert(CONNECTION, HeaderValue::from_static("te"));
        }
    }
    options.tell(headers, peer, host.as_ref());
    if let (HostHeader::Client, Some(host)) = (options.host, host) {
        headers.insert(HOST, host);
    }
}

/// Makes a target's headers into those for the client; the others keep their order.
pub(crate) fn to_client(headers: &mut HeaderMap) {
    let listed = listed(headers);
    let ends = |name: &HeaderName| HOP_BY_HOP.contains(name) || listed.contains(name);
    if !headers.keys().any(ends) {
        return;
    }
    // `HeaderMap::remove` moves the last header into the gap, so the rest is copied over.
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut current = None;
    for (name, value) in std::mem::take(headers) {
        // A name is given with its first value only.
        current = name.or(current);
        if let Some(name) = &current
            && !ends(name)
        {
            kept.append(name.clone(), value);
        }
    }
    *headers = kept;
}

/// The protocol that a request asks for instead of HTTP, in lower case. `h2c` does not
/// count: a server may ignore it, and clients offer it unasked.
pub(crate) fn upgrade(headers: &HeaderMap) -> Option<String> {
    if !lists(headers, &CONNECTION, "upgrade") {
        return None;
    }
    headers
        .get_all(UPGRADE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|protocol| protocol.trim().to_ascii_lowercase())
        .find(|protocol| !matches!(&**protocol, "" | "h2c"))
}

/// The headers that `Connection` names: they end here, too.
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut names = Vec::new();
    for value in headers.get_all(CONNECTION) {
        for word in value.to_str().unwrap_or_default().split(',') {
            names.extend(HeaderName::from_bytes(word.trim().as_bytes()).ok());
        }
    }
    names
}

/// Whether a header that is a list of words has this one.
pub(crate) fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|given| given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn what_is_for_one_connection_ends_here() {
        let mut headers = map(&[
            ("connection", "keep-alive, X-Secret"),
            ("connection", "te"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("transfer-encoding", "chunked"),
            ("te", "gzip;q=0.5, Trailers;q=1"),
            ("x-secret", "1"),
            ("host", "gateway"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-proto", "https"),
            ("accept-encoding", "gzip"),
            ("expect", "100-continue"),
            ("proxy-authorization", "Basic x"),
        ]);
        let peer = Peer { ip: "::ffff:10.0.0.1".parse().unwrap(), local: None, tls: false };
        to_target(&mut headers, peer, None, &Forwarding::default(), false);
        let expected = map(&[
            ("te", "trailers"),
            ("x-forwarded-for", "1.2.3.4, 10.0.0.1"),
            ("x-forwarded-proto", "https"),
            ("accept-encoding", "gzip"),
        ]);
        assert_eq!(headers, expected);
    }

    #[test]
    fn the_order_of_an_answers_headers_stays() {
        let mut headers = map(&[
            ("transfer-encoding", "chunked"),
            ("a", "1"),
            ("connection", "b"),
            ("set-cookie", "x"),
            ("b", "2"),
            ("set-cookie", "y"),
            ("c", "3"),
        ]);
        to_client(&mut headers);
        let left: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(left, [("a", "1"), ("set-cookie", "x"), ("set-cookie", "y"), ("c", "3")]);
    }

    #[test]
    fn only_a_real_upgrade_is_one() {
        let asks = |protocols: &str| {
            upgrade(&map(&[("connection", "Upgrade, x"), ("upgrade", protocols)]))
        };
        assert_eq!(asks("WebSocket").as_deref(), Some("websocket"));
        assert_eq!(asks("h2c, TLS/1.0").as_deref(), Some("tls/1.0"));
        assert!(asks("h2c").is_none() && asks("").is_none());
        assert!(upgrade(&map(&[("upgrade", "websocket")])).is_none());
    }
}
