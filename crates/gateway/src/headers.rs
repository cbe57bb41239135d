//! Headers that end at a proxy, and those that it adds.

use std::net::IpAddr;

use http::header::{
    CONNECTION, Entry, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE,
};

/// About one connection only, whether or not `Connection` lists them (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    TRANSFER_ENCODING,
    TE,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Makes a client's headers into those for the target. `Host` goes: the client for the
/// target writes its own.
pub(crate) fn to_target(headers: &mut HeaderMap, peer: IpAddr, host: Option<HeaderValue>) {
    let trailers = lists(headers, &TE, "trailers");
    for name in hop_by_hop(headers) {
        headers.remove(name);
    }
    headers.remove(HOST);
    if trailers {
        // The one word of TE that may go further: it says that trailers are welcome.
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    append_forwarded_for(headers, peer);
    // What a proxy before this one said of the client's own request stays.
    if let Entry::Vacant(entry) = headers.entry(FORWARDED_PROTO) {
        entry.insert(HeaderValue::from_static("http"));
    }
    if let (Entry::Vacant(entry), Some(host)) = (headers.entry(FORWARDED_HOST), host) {
        entry.insert(host);
    }
}

/// Makes a target's headers into those for the client; the others keep their order.
pub(crate) fn to_client(headers: &mut HeaderMap) {
    let ending: Vec<_> =
        hop_by_hop(headers).into_iter().filter(|name| headers.contains_key(name)).collect();
    if ending.is_empty() {
        return;
    }
    // `HeaderMap::remove` moves the last header into the gap, so the rest is copied over.
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut current = None;
    for (name, value) in std::mem::take(headers) {
        // A name is given with its first value only.
        current = name.or(current);
        if let Some(name) = &current
            && !ending.contains(name)
        {
            kept.append(name.clone(), value);
        }
    }
    *headers = kept;
}

/// Whether a request asks for another protocol. `h2c` alone does not count: a server
/// may ignore it, and clients offer it unasked.
pub(crate) fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    let words = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lists(headers, &CONNECTION, "upgrade")
        && words(UPGRADE)
            .flat_map(|value| value.split(','))
            .any(|protocol| !matches!(protocol.trim().to_ascii_lowercase().as_str(), "" | "h2c"))
}

/// The headers that end here: the known ones, and those that `Connection` names.
fn hop_by_hop(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut names = HOP_BY_HOP.to_vec();
    for value in headers.get_all(CONNECTION) {
        for word in value.to_str().unwrap_or_default().split(',') {
            names.extend(HeaderName::from_bytes(word.trim().as_bytes()).ok());
        }
    }
    names
}

/// Whether a header that is a list of words has this one.
fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|given| given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(word))
}

fn append_forwarded_for(headers: &mut HeaderMap, peer: IpAddr) {
    let mut chain = Vec::new();
    for value in headers.get_all(FORWARDED_FOR) {
        chain.extend_from_slice(value.as_bytes());
        chain.extend_from_slice(b", ");
    }
    chain.extend_from_slice(peer.to_canonical().to_string().as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&chain) {
        headers.insert(FORWARDED_FOR, value);
    }
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
        ]);
        to_target(&mut headers, "::ffff:10.0.0.1".parse().unwrap(), None);
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
        let asks = |upgrade: &str| {
            asks_for_upgrade(&map(&[("connection", "Upgrade, x"), ("upgrade", upgrade)]))
        };
        assert!(asks("websocket") && asks("h2c, websocket") && !asks("h2c") && !asks(""));
        assert!(!asks_for_upgrade(&map(&[("upgrade", "websocket")])));
    }
}
