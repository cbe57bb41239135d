//! Documents in base64, inside the `chunk` events of an AWS event stream.

use crate::event_stream::{AWS, brief};
use crate::messages::{base64, event};
use crate::support::Reading;

#[test]
fn chunks_in_every_spelling() {
    let reading = Reading::new(AWS, &["/n"]);
    let inner = base64(b"{\"n\":1,\"x\":\"aa\xC3\xBF\xC3\xBE>>>???\"}");
    assert!(inner.contains(['/', '+']) && inner.ends_with('='));
    let escaped: String =
        inner
            .chars()
            .map(|c| {
                if c.is_ascii_alphabetic() { c.to_string() } else { format!("\\u{:04x}", c as u32) }
            })
            .collect();
    let (slashed, unpadded) = (inner.replace('/', "\\/"), inner.trim_end_matches('='));
    for (payload, values, malformed) in [
        (format!("{{\"bytes\":\"{inner}\"}}"), vec!["1"], 0),
        (format!(" {{ \"p\" : \"\\\"\" , \"bytes\" : \"{inner}\" }} "), vec!["1"], 0),
        (
            format!("{{\"q\":[{{}},\"]\"],\"r\":-1.5e3,\"s\":null,\"b\\u0079tes\":\"{inner}\"}}"),
            vec!["1"],
            0,
        ),
        (format!("{{\"bytes\":\"{slashed}\"}}"), vec!["1"], 0),
        (format!("{{\"bytes\":\"{escaped}\"}}"), vec!["1"], 0),
        (format!("{{\"bytes\":\"{unpadded}\"}}"), vec!["1"], 0),
        (format!("{{\"bytes\":\"AAAA\",\"bytes\":\"{inner}\"}}"), vec!["1"], 0),
        (format!("{{\"bytes\":\"{}\"}}", base64(b"plain text of an agent")), vec![], 0),
        (format!("{{\"bytes\":\"{}\"}}", base64(b"42")), vec![], 0),
        ("{\"bytes\":\"\"}".to_owned(), vec![], 0),
        ("{\"bytes\":null}".to_owned(), vec![], 0),
        ("{}".to_owned(), vec![], 0),
        // broken
        (format!("{{\"bytes\":\"{inner}=\"}}"), vec![], 1),
        (format!("{{\"bytes\":\"{inner}\\n\"}}"), vec![], 1),
        (format!("{{\"bytes\":\"\\u00g0{inner}\"}}"), vec![], 1),
        (format!("{{\"bytes\":\"\\u01{inner}\"}}"), vec![], 1),
        (format!("{{\"bytes\":\"{}\"}}", base64(b"{\"n\":1} 2")), vec![], 1),
        (format!("{{\"bytes\":\"{}\"}}", base64(b"{\"n\":1")), vec![], 1),
        (format!("{{\"bytes\":\"{}\"}}", base64(b"{\"n\":x}")), vec![], 1),
        (format!("{{\"bytes\":\"{inner}\""), vec![], 1),
        (format!("{{\"bytes\":\"{inner}\"}}}}"), vec![], 1),
        (format!("{{\"bytes\":\"{inner}\",}}"), vec![], 1),
        (format!("[\"{inner}\"]"), vec![], 1),
        (format!("\"{inner}\""), vec![], 1),
    ] {
        let body = [event("chunk", &payload), event("end", "{\"n\":9}")].concat();
        let outcome = reading.whole(&body);
        let values = [values, vec!["9"]].concat();
        assert_eq!(brief(&outcome), (values, malformed, false), "{payload}");
        for at in 0..=body.len() {
            let (a, b) = body.split_at(at);
            assert_eq!(reading.chunks([a, b]), outcome, "cut at {at}: {payload}");
        }
        assert_eq!(reading.bytes(&body), outcome, "{payload}");
    }
}
