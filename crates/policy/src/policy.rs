//! A compiled policy: makes the meters of the responses it is for.

use std::sync::Arc;

use serde_json::Map;
use token_tracking_core::{Exchange, Meter, Pricer, Registry, Tracker};
use token_tracking_pricing::Unpriceable;

use crate::compile::{self, Compiled};
use crate::config::{ExtractionConfig, PolicyConfig, PricingConfig};
use crate::problem::{Problem, Problems, sort};

/// A policy, compiled once per configuration. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy {
    type_name: &'static str,
    tracker: Tracker,
    warnings: Arc<[Problem]>,
}

impl Policy {
    /// Compiles a configuration with the plugins of a registry.
    ///
    /// # Errors
    /// Every mistake that the registry and the plugin find, with the warnings among them.
    pub fn compile(config: &PolicyConfig, registry: &Registry) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let compiled = compile::extractor(&config.extraction, registry, &mut problems);
        if let Some(text) = &config.text {
            problems.iter_mut().for_each(|problem| text.locate(problem));
            sort(&mut problems);
        }
        let Some(Compiled { plugin, extractor }) = compiled else {
            return Err(Problems(problems));
        };
        let pricer: Option<Arc<dyn Pricer>> = match &config.pricing {
            PricingConfig::None => None,
            PricingConfig::Flat(price) => Some(Arc::new(price.clone())),
            PricingConfig::Unpriceable(why) => Some(Arc::new(Unpriceable { why: why.clone() })),
        };
        Ok(Self {
            type_name: plugin.type_name(),
            tracker: Tracker::new(extractor, pricer),
            warnings: problems.into(),
        })
    }

    /// A policy of this type that needs no configuration, without costs.
    ///
    /// # Errors
    /// When no plugin has the type, or the type needs to be told more.
    pub fn quick(type_name: &str, registry: &Registry) -> Result<Self, Problems> {
        let extraction =
            ExtractionConfig { type_name: type_name.to_owned(), properties: Map::new() };
        Self::compile(&PolicyConfig::new(extraction, PricingConfig::None), registry)
    }

    /// Whether its meters look at the request's headers: a host need not keep them otherwise.
    #[must_use]
    pub fn reads_request_headers(&self) -> bool {
        self.tracker.reads_request_headers()
    }

    /// A meter for the response that now begins; `None` where there is nothing to do.
    #[must_use]
    pub fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter> {
        self.tracker.meter(exchange)
    }

    /// Trouble that did not stop the compiling. What decoding found is
    /// [`Decoded::warnings`](crate::Decoded::warnings).
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The type of its plugin.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.type_name
    }
}
