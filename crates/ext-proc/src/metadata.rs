//! A record as dynamic metadata, for Envoy's access log and rate limits.

use std::collections::HashMap;

use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{Struct, Value};
use token_tracking_core::{Provenance, Record};

/// The namespace: `%DYNAMIC_METADATA(token-tracking:input)%` in an access log.
pub(crate) const NAMESPACE: &str = "token-tracking";

/// Keys are `input`, `output`, `total`, `cache_read`, `cache_write`, `reasoning`, `model`,
/// `provider`, `provenance`, `sent_cost`, `received_cost` and `reasons`; what is not known has
/// none.
pub(crate) fn of(record: &Record) -> Struct {
    let mut fields = HashMap::new();
    let mut put = |name: &str, kind: Kind| {
        fields.insert(name.to_owned(), Value { kind: Some(kind) });
    };
    let usage = &record.usage;
    for (name, count) in [
        ("input", usage.input),
        ("output", usage.output),
        ("total", usage.total),
        ("cache_read", usage.cache_read),
        ("cache_write", usage.cache_write),
        ("reasoning", usage.reasoning),
    ] {
        if let Some(count) = count {
            // Envoy's numbers are doubles: exact up to 2^53.
            #[allow(clippy::cast_precision_loss)]
            put(name, Kind::NumberValue(count as f64));
        }
    }
    for (name, text) in
        [("model", record.model.as_deref()), ("provider", record.provider.as_deref())]
    {
        if let Some(text) = text {
            put(name, Kind::StringValue(text.to_owned()));
        }
    }
    let provenance = match record.provenance {
        Provenance::Reported => "reported",
        Provenance::Partial => "partial",
        Provenance::Estimated => "estimated",
        Provenance::Absent => "absent",
    };
    put("provenance", Kind::StringValue(provenance.to_owned()));
    let reasons: Vec<&str> = record.reasons.iter().map(|reason| reason.code()).collect();
    if !reasons.is_empty() {
        put("reasons", Kind::StringValue(reasons.join(",")));
    }
    let metrics = record.additional_metrics();
    for (name, cost) in [("sent_cost", metrics.sent_cost), ("received_cost", metrics.received_cost)]
    {
        if let Some(cost) = cost {
            put(name, Kind::NumberValue(cost));
        }
    }
    let all = Value { kind: Some(Kind::StructValue(Struct { fields })) };
    Struct { fields: HashMap::from([(NAMESPACE.to_owned(), all)]) }
}
