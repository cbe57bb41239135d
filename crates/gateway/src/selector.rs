//! Which requests of an API a flow is for: by path and by method.

use http::Method;

/// One HTTP selector of a flow. Its path is relative to the API's context path.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    segments: Vec<String>,
    operator: Operator,
    /// Empty: all methods.
    methods: Vec<Method>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    StartsWith,
    Equals,
}

impl Selector {
    pub(crate) fn new(path: &str, operator: Operator, methods: Vec<Method>) -> Self {
        let segments = path.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        Self { segments, operator, methods }
    }

    /// Whether it is for this method and this path below the context path.
    pub(crate) fn matches(&self, method: &Method, path: &str) -> bool {
        let method = self.methods.is_empty() || self.methods.contains(method);
        method && self.matches_path(&plain(path))
    }

    /// As the original: its pattern is `/segment/…/segment/?`, anchored at the beginning,
    /// and for EQUALS at the end. So STARTS_WITH `/chat` is also for `/chatty`, a final
    /// slash never matters, and `:name` stands for one segment.
    fn matches_path(&self, path: &str) -> bool {
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        for (i, segment) in self.segments.iter().enumerate() {
            if i > 0 {
                let Some(after) = rest.strip_prefix('/') else {
                    return false;
                };
                rest = after;
            }
            let after = if segment.starts_with(':') {
                let end = rest.find('/').unwrap_or(rest.len());
                (end > 0).then(|| &rest[end..])
            } else {
                rest.strip_prefix(segment.as_str())
            };
            let Some(after) = after else { return false };
            rest = after;
        }
        self.operator == Operator::StartsWith || rest.is_empty() || rest == "/"
    }
}

/// The path with its needless escapes undone (RFC 3986 §6.2.2.2): `/%63hat` is `/chat`
/// to every server, so it must not pass a flow by.
fn plain(path: &str) -> std::borrow::Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let byte = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.map(char::from) {
            Some(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => {
                plain.push(c);
                rest = &rest[at + 3..];
            }
            _ => {
                plain.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain.into()
}

/// Whether a path has a segment `.` or `..`, escaped or not. A target could resolve it
/// to a place outside the path that its API serves.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    path.contains(['.', '%']) && plain(path).split('/').any(|s| s == "." || s == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, operator: Operator, path: &str) -> bool {
        Selector::new(selector, operator, Vec::new()).matches(&Method::POST, path)
    }

    #[test]
    fn starts_with_is_a_prefix_of_the_text_as_in_the_original() {
        let starts = |selector, path| matches(selector, Operator::StartsWith, path);
        assert!(starts("/", "") && starts("/", "/") && starts("", "/any/thing"));
        assert!(
            starts("/chat", "/chat") && starts("/chat", "/chat/") && starts("/chat", "/chat/x")
        );
        assert!(starts("/chat", "/chatty"));
        assert!(!starts("/chat", "/cha") && !starts("/chat", "/v1/chat"));
        assert!(starts("/v1/:what/x", "/v1/chat/xyz"));
        assert!(!starts("/v1/:what/x", "/v1//x") && !starts("/v1/:what", "/v1/"));
    }

    #[test]
    fn equals_forgives_a_final_slash_only() {
        let equals = |selector, path| matches(selector, Operator::Equals, path);
        assert!(equals("/", "") && equals("/", "/") && !equals("/", "/x"));
        assert!(equals("/chat", "/chat") && equals("/chat/", "/chat") && equals("/chat", "/chat/"));
        assert!(!equals("/chat", "/chatty") && !equals("/chat", "/chat/x"));
        assert!(equals("/:a/:b", "/1/2") && !equals("/:a/:b", "/1"));
    }

    #[test]
    fn needless_escapes_do_not_pass_a_flow_by() {
        assert!(matches("/chat", Operator::Equals, "/%63h%61t"));
        assert!(!matches("/a/b", Operator::Equals, "/a%2Fb"), "an escaped slash is no slash");
        assert!(!matches("/chat", Operator::Equals, "/%6"));
    }

    #[test]
    fn dot_segments_are_seen_through_escapes() {
        for path in ["/..", "/a/../b", "/a/%2e%2E/b", "/.%2e", "/."] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/", "/...", "/.well-known", "/v1.5/a..b", "/%2", "/é%"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }

    #[test]
    fn methods_are_a_list_and_none_is_all() {
        let post = Selector::new("/", Operator::StartsWith, vec![Method::POST]);
        assert!(post.matches(&Method::POST, "/x") && !post.matches(&Method::GET, "/x"));
    }
}
