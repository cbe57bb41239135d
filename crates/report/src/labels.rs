//! Labels of metrics: who called what, with a bound on how many different ones there are.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use token_tracking_core::Record;

/// What a value becomes that is one too many. OpenTelemetry's word for it.
pub const OTHER: &str = "_OTHER";

/// How many different values a label may have, and how many combinations there may be. Whoever
/// names models and applications is not always one's own; each combination costs some KiB for
/// ever, here and in the store of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Different APIs.
    pub apis: usize,
    /// Different applications.
    pub applications: usize,
    /// Different providers.
    pub providers: usize,
    /// Different models.
    pub models: usize,
    /// Different combinations of all four.
    pub combinations: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { apis: 200, applications: 200, providers: 50, models: 200, combinations: 2_000 }
    }
}

/// How many characters of a value are kept.
const MAX_CHARS: usize = 128;

/// The labels of one record; an absent one is the empty text, which is what Prometheus takes an
/// absent label for.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    pub(crate) api: Arc<str>,
    pub(crate) application: Arc<str>,
    pub(crate) provider: Arc<str>,
    pub(crate) model: Arc<str>,
}

/// What has the values of all labels, so that what is kept by [`Labels`] is found by a record's
/// own texts.
pub(crate) trait Named {
    /// API, application, provider, model.
    fn names(&self) -> [&str; 4];
}

impl Named for Labels {
    fn names(&self) -> [&str; 4] {
        [&self.api, &self.application, &self.provider, &self.model]
    }
}

impl Named for [&str; 4] {
    fn names(&self) -> [&str; 4] {
        *self
    }
}

impl Hash for dyn Named + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.names().hash(state);
    }
}

impl PartialEq for dyn Named + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.names() == other.names()
    }
}

impl Eq for dyn Named + '_ {}

impl<'a> Borrow<dyn Named + 'a> for Labels {
    fn borrow(&self) -> &(dyn Named + 'a) {
        self
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.names().hash(state);
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.names() == other.names()
    }
}

impl Eq for Labels {}

/// A record's own texts for its labels, without any bound.
pub(crate) fn names(record: &Record) -> [&str; 4] {
    let model = record.model.as_deref().filter(|model| !model.trim().is_empty());
    [
        record.api.as_deref().unwrap_or_default(),
        record.application.as_deref().unwrap_or_default(),
        record.provider.as_deref().unwrap_or_default(),
        model.or(record.requested_model.as_deref()).unwrap_or_default(),
    ]
}

/// Gives records their labels.
#[derive(Debug)]
pub(crate) struct Bounded {
    caps: Caps,
    known: Mutex<Known>,
    overflows: [AtomicU64; 5],
}

#[derive(Debug, Default)]
struct Known {
    values: [HashSet<Arc<str>>; 4],
    combinations: HashSet<Labels>,
}

/// What overflows are counted by.
pub(crate) const KINDS: [&str; 5] = ["api", "application", "provider", "model", "combination"];

impl Bounded {
    pub(crate) fn new(caps: Caps) -> Self {
        Self { caps, known: Mutex::default(), overflows: Default::default() }
    }

    pub(crate) fn of(&self, record: &Record) -> Labels {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let caps = &self.caps;
        let mut value = |kind: usize, cap: usize, text: &str| -> Arc<str> {
            let values = &mut known.values[kind];
            if let Some(value) = values.get(text) {
                return Arc::clone(value);
            }
            let tidy: String = text.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect();
            if let Some(value) = values.get(&*tidy) {
                return Arc::clone(value);
            }
            if values.len() >= cap {
                self.overflows[kind].fetch_add(1, Relaxed);
                return OTHER.into();
            }
            let value: Arc<str> = tidy.into();
            values.insert(Arc::clone(&value));
            value
        };
        let [api, application, provider, model] = names(record);
        let labels = Labels {
            api: value(0, caps.apis, api),
            application: value(1, caps.applications, application),
            provider: value(2, caps.providers, provider),
            model: value(3, caps.models, model),
        };
        if known.combinations.contains(&labels) {
            return labels;
        }
        if known.combinations.len() >= caps.combinations {
            self.overflows[4].fetch_add(1, Relaxed);
            let other = || OTHER.into();
            return Labels {
                api: other(),
                application: other(),
                provider: other(),
                model: other(),
            };
        }
        known.combinations.insert(labels.clone());
        labels
    }

    /// How many records found no room, by what.
    pub(crate) fn overflows(&self) -> [(&'static str, u64); 5] {
        std::array::from_fn(|i| (KINDS[i], self.overflows[i].load(Relaxed)))
    }
}
