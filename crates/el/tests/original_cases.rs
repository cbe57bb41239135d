//! The cases that the original engine was asked, with its answers, where they are at hand:
//! `TOKEN_TRACKING_SHARED=… cargo test -p token-tracking-el --test original_cases -- --nocapture`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use token_tracking_el::{Context, ErrorKind, Expression, Fact, Message, Value};

/// An exchange as the cases describe one.
struct Fixture(Json);

impl Fixture {
    fn get(&self, pointer: &str) -> Option<Value<'_>> {
        self.0.pointer(pointer).filter(|json| !json.is_null()).map(Value::from)
    }

    fn side(message: Message) -> &'static str {
        if message == Message::Request { "request" } else { "response" }
    }
}

impl Context for Fixture {
    fn body(&self, message: Message) -> Option<&[u8]> {
        let body = self.0[Self::side(message)]["body"].as_str();
        Some(body.unwrap_or_default().as_bytes())
    }

    fn headers(&self, message: Message) -> Vec<(&str, &str)> {
        let pairs = self.0[Self::side(message)]["headers"].as_array();
        let text = |json: &'static str| json;
        let _ = text;
        pairs
            .into_iter()
            .flatten()
            .map(|pair| (pair[0].as_str().unwrap_or(""), pair[1].as_str().unwrap_or("")))
            .collect()
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        let pointer = match fact {
            Fact::Status => "/response/status",
            Fact::RequestId => "/request/id",
            Fact::TransactionId => "/request/transactionId",
            Fact::Uri => "/request/uri",
            Fact::Path => "/request/path",
            Fact::PathInfo => "/request/pathInfo",
            Fact::ContextPath => "/request/contextPath",
            Fact::Method => "/request/method",
            Fact::Scheme => "/request/scheme",
            Fact::Host => "/request/host",
            Fact::Version => "/request/version",
            Fact::Timestamp => "/request/timestamp",
            Fact::RemoteAddress => "/request/remoteAddress",
            Fact::LocalAddress => "/request/localAddress",
            Fact::Params => "/request/params",
            Fact::PathParams => "/request/pathParams",
            Fact::Attributes => "/attributes",
            Fact::Properties => "/properties",
            Fact::Dictionaries => "/dictionaries",
            Fact::ApiId => "/api/id",
            Fact::ApiName => "/api/name",
            Fact::ApiVersion => "/api/version",
            Fact::NodeId => "/node/id",
            Fact::NodeVersion => "/node/version",
            Fact::NodeTenant => "/node/tenant",
            Fact::NodeZone => "/node/zone",
            Fact::NodeShardingTags => "/node/shardingTags",
            Fact::SubscriptionId => "/subscription/id",
            Fact::SubscriptionType => "/subscription/type",
            Fact::SubscriptionClientId => "/subscription/clientId",
            Fact::SubscriptionApplicationName => "/subscription/applicationName",
            Fact::SubscriptionMetadata => "/subscription/metadata",
            _ => return None,
        };
        self.get(pointer)
    }
}

/// How an answer compares with the engine's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Same,
    Refused,
    Different,
}

#[derive(Default)]
struct Tally {
    same: usize,
    refused: usize,
    different: usize,
}

fn same_value(expected: &Json, found: &Json, unordered: bool, close: bool) -> bool {
    match (expected, found) {
        (Json::Array(a), Json::Array(b)) if unordered => {
            a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| same_value(x, y, true, close)))
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same_value(x, y, false, close))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| same_value(x, y, false, close)))
        }
        (Json::Number(a), Json::Number(b)) => {
            if a.is_f64() || b.is_f64() {
                let (x, y) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
                let ulps = if close { 1 } else { 0 };
                (x == y && x.is_sign_negative() == y.is_sign_negative())
                    || x.to_bits().abs_diff(y.to_bits()) <= ulps
            } else {
                a.to_string() == b.to_string()
            }
        }
        _ => expected == found,
    }
}

fn ask<'c>(
    expression: &'c Expression,
    wanted: &str,
    fixture: &'c Fixture,
) -> Result<Value<'c>, token_tracking_el::ElError> {
    Ok(match wanted {
        "Long" => expression.eval_count(fixture)?.map_or(Value::Null, Value::Long),
        "String" => expression.eval_text(fixture)?.map_or(Value::Null, Value::from),
        "Boolean" => expression.eval_condition(fixture)?.map_or(Value::Null, Value::Bool),
        _ => expression.eval(fixture)?,
    })
}

fn judge(case: &Json, fixture: &Fixture) -> (Verdict, String) {
    let text = case["expression"].as_str().unwrap_or_default();
    let tagged = |tag: &str| {
        case["tags"].as_array().is_some_and(|tags| tags.iter().any(|other| other == tag))
    };
    let expected = &case["expected"];
    let expression = Expression::parse(text);
    let result = match &expression {
        Ok(expression) => ask(expression, case["type"].as_str().unwrap_or_default(), fixture),
        Err(error) => Err(error.clone()),
    };
    match result {
        Err(error) => {
            let shown = format!("{:?}: {error}", error.kind);
            if error.kind == ErrorKind::Unsupported {
                (
                    if expected.get("error").is_some() { Verdict::Same } else { Verdict::Refused },
                    shown,
                )
            } else if expected.get("error").is_some() {
                (Verdict::Same, shown)
            } else {
                (Verdict::Different, shown)
            }
        }
        Ok(Value::Null) => {
            let same = expected.get("null").is_some();
            (if same { Verdict::Same } else { Verdict::Different }, "null".to_owned())
        }
        Ok(value) => {
            let json = serde_json::from_str(&value.to_json()).expect("JSON");
            let java = value.java_type();
            let opaque = tagged("opaque") || expected["value"].get("$opaque").is_some();
            let same = expected.get("value").is_some()
                && (opaque
                    || (expected["java"] == java.as_str()
                        && same_value(
                            &expected["value"],
                            &json,
                            tagged("unordered"),
                            tagged("pow"),
                        )));
            (if same { Verdict::Same } else { Verdict::Different }, format!("{json} {java}"))
        }
    }
}

fn fixtures(folder: &Path) -> BTreeMap<String, Fixture> {
    let read = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        let json = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
        Some((name, Fixture(json)))
    };
    let entries = std::fs::read_dir(folder).expect("the folder of contexts");
    entries.filter_map(|entry| read(entry.ok()?.path())).collect()
}

#[test]
fn the_original_engine_agrees() {
    let Some(shared) = std::env::var_os("TOKEN_TRACKING_SHARED") else {
        return;
    };
    let folder = Path::new(&shared).join("el");
    let cases = std::fs::read_to_string(folder.join("cases.jsonl")).expect("the cases");
    let fixtures = fixtures(&folder.join("contexts"));
    let mut table: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let mut tiers: BTreeMap<String, Tally> = BTreeMap::new();
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).expect("a case");
        let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let fixture = &fixtures[&text("context")];
        let (verdict, found) = judge(&case, fixture);
        if verdict != Verdict::Same {
            let short: String = text("expression").chars().take(150).collect();
            let mark = if verdict == Verdict::Refused { "refused" } else { "DIFFERS" };
            println!(
                "{mark} {} {} {} [{}] {short:?}\n    expected {} found {:.300}",
                text("tier"),
                text("id"),
                text("context"),
                text("type"),
                case["expected"],
                found
            );
        }
        for tally in [
            table.entry((text("group"), text("tier"))).or_default(),
            tiers.entry(text("tier")).or_default(),
        ] {
            match verdict {
                Verdict::Same => tally.same += 1,
                Verdict::Refused => tally.refused += 1,
                Verdict::Different => tally.different += 1,
            }
        }
    }
    println!("{:<28} {:<7} {:>5} {:>8} {:>9}", "group", "tier", "same", "refused", "different");
    for ((group, tier), tally) in &table {
        let Tally { same, refused, different } = tally;
        println!("{group:<28} {tier:<7} {same:>5} {refused:>8} {different:>9}");
    }
    for (tier, Tally { same, refused, different }) in &tiers {
        println!("{:<28} {tier:<7} {same:>5} {refused:>8} {different:>9}", "all");
    }
    let of = |tier: &str| tiers.get(tier).map_or((0, 0, 0), |t| (t.same, t.refused, t.different));
    let (_, refused, different) = of("core");
    assert_eq!((refused, different), (0, 0), "core: everything is the same");
    let (same, refused, different) = of("common");
    assert!(100 * (refused + different) <= same, "common: 99 of 100 are the same");
    assert_eq!(of("exotic").2, 0, "exotic: nothing is different");
}
