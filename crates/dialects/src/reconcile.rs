//! One rule for the vendors that count something outside the two counts of chat.

use crate::profile::Gap;

/// The four counts that tell who counts what where.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reported {
    pub(crate) prompt: Option<u64>,
    pub(crate) completion: Option<u64>,
    pub(crate) total: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

/// Sent and received such that they add up to the total, where a rule says how.
///
/// What is missing of the two is the rest of the total. A total that is greater than
/// both together holds tokens that one of the two should: reasoning (xAI), audio and
/// connectors (Mistral), hidden thinking (Gemini).
pub(crate) fn reconcile(reported: &Reported, gap: Gap) -> (Option<u64>, Option<u64>) {
    let Some(total) = reported.total else {
        return (reported.prompt, reported.completion);
    };
    match (reported.prompt, reported.completion) {
        (Some(prompt), Some(completion)) => {
            let missing = total.saturating_sub(prompt.saturating_add(completion));
            match gap {
                _ if missing == 0 => (Some(prompt), Some(completion)),
                Gap::Sent => (total.checked_sub(completion), Some(completion)),
                _ if reported.reasoning == Some(missing) => {
                    (Some(prompt), completion.checked_add(missing))
                }
                Gap::Received => (Some(prompt), total.checked_sub(prompt)),
                Gap::Unattributed => (Some(prompt), Some(completion)),
            }
        }
        (Some(prompt), None) => (Some(prompt), total.checked_sub(prompt)),
        (None, Some(completion)) => (total.checked_sub(completion), Some(completion)),
        (None, None) => (Some(total), None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_panics_and_never_invents(p: Option<u64>, c: Option<u64>, t: Option<u64>, r: Option<u64>) {
            let reported = Reported { prompt: p, completion: c, total: t, reasoning: r };
            for gap in [Gap::Unattributed, Gap::Sent, Gap::Received] {
                let (input, output) = reconcile(&reported, gap);
                if let (Some(input), Some(output), Some(total)) = (input, output, t)
                    && gap != Gap::Unattributed && p.is_some() && c.is_some()
                    && p.unwrap_or(0).checked_add(c.unwrap_or(0)).is_some_and(|sum| sum <= total)
                {
                    prop_assert_eq!(input + output, total);
                }
            }
        }
    }
}
