//! The verdict on a response: where its counts come from, and why not from the provider.

use token_tracking_framing::{BodyEnd, Trouble};

use crate::facts::clip;
use crate::{
    Anomaly, Completeness, Cost, End, Extraction, Notes, Pricer, Provenance, Reason, Usage,
};

/// Says where the counts come from, and notes why it is not the provider's final word.
pub(crate) fn provenance(extraction: &mut Extraction, body: &BodyEnd, end: End) -> Provenance {
    let notes = &mut extraction.notes;
    note_body(notes, body);
    let truncated = body.truncated && end == End::Complete;
    let failed = notes.reasons.contains(Reason::ErrorResponse);
    // A stream that said `[DONE]` has nothing more to say, whatever it led one to expect.
    let done = body.done && !failed;
    let awaited = extraction.completeness == Completeness::Interim && !done;
    if !extraction.usage.is_empty() {
        note_anomalies(&extraction.usage, notes);
        if !awaited {
            return Provenance::Reported;
        }
        if truncated || end == End::Complete && !failed {
            notes.reason(Reason::Truncated);
        }
        return Provenance::Partial;
    }
    if truncated || awaited && end == End::Complete && !failed {
        notes.reason(Reason::Truncated);
    }
    note_end(notes, end);
    if notes.reasons.is_empty() {
        notes.reason(Reason::NoUsage);
    }
    Provenance::Absent
}

pub(crate) fn note_end(notes: &mut Notes, end: End) {
    match end {
        End::Complete => {}
        End::Cancelled => notes.reason(Reason::ClientCancelled),
        End::Failed => notes.reason(Reason::UpstreamFailed),
    }
}

fn note_body(notes: &mut Notes, body: &BodyEnd) {
    match &body.trouble {
        None => {}
        Some(Trouble::UnsupportedEncoding(coding)) => notes.explain(
            Reason::UnsupportedEncoding,
            format!("content-encoding \"{}\" is not known", clip(coding, 64)),
        ),
        Some(Trouble::DecodeFailed) => notes.reason(Reason::DecodeFailed),
        Some(Trouble::ExpansionLimit) => {
            notes.explain(Reason::LimitExceeded, "the body expands beyond the limit");
        }
        Some(Trouble::UnsupportedContent) => notes.reason(Reason::UnsupportedContent),
    }
    if body.malformed > 0 {
        notes.reason(Reason::Malformed);
    }
    if body.over_limit {
        notes.explain(Reason::LimitExceeded, "a wanted value is longer than its limit");
    }
}

fn note_anomalies(usage: &Usage, notes: &mut Notes) {
    if let (Some(input), Some(output), Some(total)) = (usage.input, usage.output, usage.total)
        && input.checked_add(output) != Some(total)
    {
        notes.anomaly(Anomaly::TotalMismatch);
    }
    let exceeds = |parts: &[(&str, Option<u64>)], whole: Option<u64>| {
        whole.is_some_and(|whole| parts.iter().any(|(_, part)| part.is_some_and(|p| p > whole)))
    };
    if exceeds(&usage.input_parts(), usage.input) || exceeds(&usage.output_parts(), usage.output) {
        notes.anomaly(Anomaly::PartExceedsTotal);
    }
}

pub(crate) fn price(
    pricer: Option<&dyn Pricer>,
    extraction: &mut Extraction,
    provenance: Provenance,
) -> Option<Cost> {
    let pricer = pricer?;
    if provenance == Provenance::Absent {
        return None;
    }
    match pricer.price(&extraction.usage, extraction.model.as_deref()) {
        Ok(cost) => Some(cost),
        Err(why) => {
            extraction.notes.explain(Reason::Unpriced, why);
            None
        }
    }
}
