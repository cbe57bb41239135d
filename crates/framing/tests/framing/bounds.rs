//! The bounds of paths and of captured values.

use token_tracking_framing::{PathError, Paths, ValueKind};

use crate::support::Reading;

#[test]
fn values_over_their_limit_are_dropped() {
    let mut paths = Paths::new();
    let ids = vec![
        paths.add_with_limit("/a", 3).unwrap(),
        paths.add_with_limit("/b", 0).unwrap(),
        paths.add_with_limit("/c/*", 3).unwrap(),
        paths.add("").unwrap(),
    ];
    let reading = Reading::of("application/json", paths, ids);
    let body = "{\"a\":1234,\"b\":[1,2,3],\"c\":[1,\"long\",222]}";
    for outcome in [reading.whole(body), reading.bytes(body)] {
        let [a, b, c, all] = outcome.documents[0].values.as_slice() else { panic!() };
        assert_eq!((a.kind, &a.raw, a.over), (Some(ValueKind::Number), &None, true));
        assert_eq!((b.kind, &b.raw, b.over), (Some(ValueKind::Array), &None, false));
        assert_eq!((c.all.join(" ").as_str(), c.over), ("1 222", true));
        assert_eq!((all.raw.as_deref(), all.over), (Some(body), false));
        assert!(outcome.over_limit);
    }
    let outcome = reading.whole("{\"a\":12345,\"a\":123}");
    assert_eq!(outcome.documents[0].values[0].raw.as_deref(), Some("123"));
    assert!(!outcome.over_limit, "only the last of equal keys counts");
}

#[test]
fn values_of_one_path_are_bounded() {
    let many = format!("{{\"c\":[{}1]}}", "1,".repeat(Paths::MAX_VALUES));
    let outcome = Reading::new("application/json", &["/c/*"]).whole(&many);
    assert_eq!(outcome.documents[0].values[0].all.len(), Paths::MAX_VALUES);
    assert!(outcome.over_limit);

    let element = format!("\"{}\",", "x".repeat(16_000));
    let large = format!("{{\"c\":[{}1]}}", element.repeat(100));
    let outcome = Reading::new("application/json", &["/c/*"]).whole(&large);
    let kept: usize = outcome.documents[0].values[0].all.iter().map(String::len).sum();
    assert!(kept <= 16 * 16 * 1024 && kept > 15 * 16_000, "{kept}");
    assert!(outcome.over_limit);
}

#[test]
fn paths_are_checked() {
    let mut paths = Paths::new();
    assert_eq!(paths.add("a"), Err(PathError::NoLeadingSlash("a".into())));
    assert_eq!(paths.add("/~2"), Err(PathError::BadEscape("/~2".into())));
    assert_eq!(paths.add(&"/a".repeat(33)), Err(PathError::TooDeep));
    for n in 0..Paths::MAX_PATHS {
        paths.add(&format!("/{}{n}", "a/".repeat(31))).unwrap();
    }
    assert_eq!(paths.add("/more"), Err(PathError::TooMany));
}
