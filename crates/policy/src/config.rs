//! The decoded configuration, its extraction still of any plugin's shape.

use std::sync::Arc;

use serde_json::{Map, Value};
use token_tracking_pricing::FlatPrice;

use crate::decode::decode;
use crate::problem::{Problem, Problems, sort};
use crate::text::Text;

/// A configuration as a form writes it, decoded but not compiled.
#[derive(Clone, Debug)]
pub struct PolicyConfig {
    /// How counts are found in a response.
    pub extraction: ExtractionConfig,
    /// What a token costs.
    pub pricing: PricingConfig,
    /// What it was read from, so that compiling can say the line of a mistake.
    pub(crate) text: Option<Arc<Text>>,
}

/// How counts are found: a plugin's type and what that plugin wants to know.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractionConfig {
    /// The plugin's type, such as `GPT`.
    pub type_name: String,
    /// What stands beside `type`.
    pub properties: Map<String, Value>,
}

/// What a token costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PricingConfig {
    /// Costs are not computed.
    #[default]
    None,
    /// A price for tokens sent and one for tokens received.
    Flat(FlatPrice),
    /// A price that nothing can be computed with: why, in a sentence.
    Unpriceable(String),
}

/// A value with what is worth telling the person who configured it.
#[derive(Clone, Debug)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// Trouble that did not stop the decoding.
    pub warnings: Vec<Problem>,
}

impl PolicyConfig {
    /// A configuration made by a program.
    #[must_use]
    pub fn new(extraction: ExtractionConfig, pricing: PricingConfig) -> Self {
        Self { extraction, pricing, text: None }
    }

    /// Decodes a configuration that is part of something else, such as an API definition.
    ///
    /// # Errors
    /// All mistakes that can be seen without knowing the plugin.
    pub fn from_value(value: &Value) -> Result<Decoded<Self>, Problems> {
        let (parts, problems) = decode(value, None);
        Self::of(parts, problems, None)
    }

    /// Reads a configuration in JSON or YAML. The source is a file's name, or `-`; its
    /// extension says the language, else the text itself does.
    ///
    /// # Errors
    /// That it is neither, or all mistakes that can be seen without knowing the plugin.
    pub fn from_text(text: &str, source: &str) -> Result<Decoded<Self>, Problems> {
        let (text, value) = Text::read(text, source).map_err(|problem| Problems(vec![*problem]))?;
        let (parts, mut problems) = decode(&value, Some(&text));
        problems.extend(text.duplicates());
        Self::of(parts, problems, Some(Arc::new(text)))
    }

    fn of(
        (extraction, pricing): Parts,
        mut problems: Vec<Problem>,
        text: Option<Arc<Text>>,
    ) -> Result<Decoded<Self>, Problems> {
        if let Some(text) = &text {
            problems.iter_mut().for_each(|problem| text.locate(problem));
            sort(&mut problems);
        }
        match (extraction, pricing) {
            (Some(extraction), Some(pricing)) => {
                Ok(Decoded { value: Self { extraction, pricing, text }, warnings: problems })
            }
            _ => Err(Problems(problems)),
        }
    }
}

/// The parts of a configuration, each where it has no error.
pub(crate) type Parts = (Option<ExtractionConfig>, Option<PricingConfig>);
