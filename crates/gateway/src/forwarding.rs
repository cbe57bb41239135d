//! What targets are told of the client: `Host`, `X-Forwarded-*` and `Forwarded`.

use std::net::IpAddr;

use http::header::{Entry, FORWARDED, HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What targets are told of the client's request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Forwarding {
    /// What `Host` says to a target.
    pub host: HostHeader,
    /// What becomes of `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
    pub x_forwarded: ForwardedHeader,
    /// What becomes of `Forwarded` (RFC 7239).
    pub forwarded: ForwardedHeader,
}

impl Default for Forwarding {
    fn default() -> Self {
        Self {
            host: HostHeader::default(),
            x_forwarded: ForwardedHeader::default(),
            forwarded: ForwardedHeader::Pass,
        }
    }
}

/// What `Host` says to a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HostHeader {
    /// The target's own name.
    #[default]
    Target,
    /// What the client said. Such requests go over HTTP/1.1, except to targets that are
    /// reached over HTTP/2 alone: those are told their own name.
    Client,
}

/// What becomes of a header that tells targets of the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForwardedHeader {
    /// The client is added after what proxies before this one said.
    #[default]
    Append,
    /// What the client sent of it is dropped, and the client is told: for a gateway that no
    /// trusted proxy is before.
    Replace,
    /// It passes as the client sent it.
    Pass,
    /// It is dropped.
    Remove,
}

/// Who sent a request, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) ip: IpAddr,
    /// This end of the connection.
    pub(crate) local: Option<IpAddr>,
    pub(crate) tls: bool,
}

impl Peer {
    pub(crate) fn scheme(self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

impl Forwarding {
    /// Tells a target of the client, in the headers for it.
    pub(crate) fn tell(&self, headers: &mut HeaderMap, peer: Peer, host: Option<&HeaderValue>) {
        if matches!(self.x_forwarded, ForwardedHeader::Replace | ForwardedHeader::Remove) {
            for name in [&FORWARDED_FOR, &FORWARDED_PROTO, &FORWARDED_HOST] {
                headers.remove(name);
            }
        }
        if matches!(self.x_forwarded, ForwardedHeader::Append | ForwardedHeader::Replace) {
            append(headers, &FORWARDED_FOR, &peer.ip.to_canonical().to_string());
            // What a proxy before this one said of the client's own request stays.
            if let Entry::Vacant(entry) = headers.entry(FORWARDED_PROTO) {
                entry.insert(HeaderValue::from_static(peer.scheme()));
            }
            if let (Entry::Vacant(entry), Some(host)) = (headers.entry(FORWARDED_HOST), host) {
                entry.insert(host.clone());
            }
        }
        if matches!(self.forwarded, ForwardedHeader::Replace | ForwardedHeader::Remove) {
            headers.remove(FORWARDED);
        }
        if matches!(self.forwarded, ForwardedHeader::Append | ForwardedHeader::Replace) {
            append(headers, &FORWARDED, &element(peer, host));
        }
    }
}

/// An element of `Forwarded` (RFC 7239 §4).
fn element(peer: Peer, host: Option<&HeaderValue>) -> String {
    let ip = peer.ip.to_canonical();
    let mut element = if ip.is_ipv6() { format!("for=\"[{ip}]\"") } else { format!("for={ip}") };
    // A name with a quote in it is no name.
    let host = host.and_then(|host| host.to_str().ok());
    if let Some(host) = host.filter(|host| !host.contains(['"', '\\'])) {
        element.push_str(&format!(";host=\"{host}\""));
    }
    element.push_str(";proto=");
    element.push_str(peer.scheme());
    element
}

/// Adds an element to a header that is a list, and makes it one line.
fn append(headers: &mut HeaderMap, name: &HeaderName, element: &str) {
    let mut chain = Vec::new();
    for value in headers.get_all(name) {
        chain.extend_from_slice(value.as_bytes());
        chain.extend_from_slice(b", ");
    }
    let value = if chain.is_empty() {
        HeaderValue::from_str(element)
    } else {
        chain.extend_from_slice(element.as_bytes());
        HeaderValue::from_bytes(&chain)
    };
    if let Ok(value) = value {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::to_target;

    fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text| HeaderValue::from_str(text).unwrap();
        pairs.iter().map(|(name, text)| (HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn what_targets_are_told_is_a_choice() {
        let told = |x_forwarded, forwarded, host| {
            let mut headers = map(&[
                ("te", "trailers"),
                ("x-forwarded-for", "1.2.3.4"),
                ("x-forwarded-host", "evil"),
                ("forwarded", "for=1.2.3.4"),
            ]);
            let options = Forwarding { host, x_forwarded, forwarded };
            let peer = Peer { ip: "2001:db8::1".parse().unwrap(), local: None, tls: true };
            to_target(&mut headers, peer, HeaderValue::from_str("g:1").ok(), &options, true);
            headers
        };
        use ForwardedHeader::{Append, Pass, Remove, Replace};
        let te = [("te", "trailers"), ("connection", "te")];
        let with = |more: &[(&'static str, &str)]| map(&[&te[..], more].concat());
        assert_eq!(told(Remove, Remove, HostHeader::Client), with(&[("host", "g:1")]));
        assert_eq!(
            told(Replace, Replace, HostHeader::Target),
            with(&[
                ("x-forwarded-for", "2001:db8::1"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "g:1"),
                ("forwarded", "for=\"[2001:db8::1]\";host=\"g:1\";proto=https"),
            ])
        );
        let headers = told(Pass, Append, HostHeader::Target);
        assert_eq!(headers["x-forwarded-for"], "1.2.3.4");
        assert_eq!(
            headers["forwarded"],
            "for=1.2.3.4, for=\"[2001:db8::1]\";host=\"g:1\";proto=https"
        );
    }
}
