//! Token tracking for any provider: pointers say where its answers keep the counts.
//!
//! | notation | a pointer in it |
//! |---|---|
//! | expression | `{#response.jsonContent.my_usage.promptUsage}` |
//! | [JSON Pointer] | `/my_usage/promptUsage` |
//! | [JSONPath] | `$.my_usage.promptUsage` |
//! | dotted path | `my_usage.promptUsage` |
//!
//! The text itself says which it is; see `token_tracking_el`. All are compiled once into paths
//! that are captured as the answer passes.
//!
//! The rules are the original policy's: both counts must be there, else neither counts
//! and the record says `pointer-failed`; the model is optional, and a blank one is none.
//! In a stream each pointer looks at each event, and the last value it found wins.
//! The counts of a stream that broke off are taken as a lower bound.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_custom::PLUGIN;
//!
//! let body = r#"{"my_usage": {"promptUsage": 12, "responseUsage": 34}, "my_model": "acme-1"}"#;
//! let config = json!({
//!     "inputTokenPointer": "{#response.jsonContent.my_usage.promptUsage}",
//!     "outputTokenPointer": "/my_usage/responseUsage",
//!     "modelPointer": "my_model",
//! });
//! let record = token_tracking_testkit::record(&PLUGIN, config, body);
//! assert_eq!((record.usage.input, record.usage.output), (Some(12), Some(34)));
//! assert_eq!(record.model.as_deref(), Some("acme-1"));
//! ```
//!
//! [JSON Pointer]: https://www.rfc-editor.org/rfc/rfc6901
//! [JSONPath]: https://www.rfc-editor.org/rfc/rfc9535

mod config;
mod extract;
mod known;
mod reading;

use token_tracking_core::{Built, Error, ErrorKind, ExtractorPlugin, Wanted};
use token_tracking_el::Pointer;

use reading::Reading;

pub use config::CustomConfig;
pub use extract::{CustomExtractor, CustomState};
pub use reading::MAX_DOCUMENT;

/// The plugin.
#[derive(Debug)]
pub struct Custom;

impl ExtractorPlugin for Custom {
    const TYPE: &'static str = "CUSTOM";
    const TITLE: &'static str = "Custom provider";
    const DESCRIPTION: &'static str = "Any provider whose answers are JSON. Pointers say where the counts are: each is an expression, a JSON Pointer, a JSONPath or a dotted path.";
    type Config = CustomConfig;
    type Extractor = CustomExtractor;

    fn build(config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        let mut wanted = Wanted::new();
        let mut warnings = Vec::new();
        let [input, output] = [
            ("inputTokenPointer", &config.input_token_pointer),
            ("outputTokenPointer", &config.output_token_pointer),
        ]
        .map(|(field, text)| compile(&mut wanted, field, text));
        let (input, output) = (input?, output?);
        let named = config.model_pointer.as_deref().filter(|text| !text.trim().is_empty());
        // As in the original, a model that cannot be read does not stop the counting.
        let model = named.and_then(|text| {
            compile(&mut wanted, "modelPointer", text).map_err(|error| warnings.push(error)).ok()
        });
        let all = [("inputTokenPointer", Some(&input)), ("outputTokenPointer", Some(&output))];
        for (field, reading) in all.into_iter().chain([("modelPointer", model.as_ref())]) {
            warnings.extend(reading.into_iter().flat_map(|reading| lints(field, reading)));
        }
        Ok(Built { extractor: CustomExtractor::new(wanted, input, output, model), warnings })
    }
}

token_tracking_core::plugin!(Custom);

/// A pointer of the configuration, and what is captured for it.
fn compile(wanted: &mut Wanted, field: &str, text: &str) -> Result<Reading, Error> {
    let pointer = Pointer::parse(text).map_err(|error| {
        let kind = match error.kind {
            token_tracking_el::ErrorKind::Unsupported => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidConfig,
        };
        let mut built = Error::new(kind, error.message.clone())
            .at(format!("/{field}"))
            .expected(error.expected.clone())
            .excerpt(error.underlined());
        if let Some(suggestion) = &error.suggestion {
            built = built.suggest(format!("did you mean \"{suggestion}\"?"));
        }
        built.source(error)
    })?;
    Reading::new(pointer, wanted).map_err(|error| {
        Error::new(ErrorKind::Unsupported, error.to_string()).at(format!("/{field}")).source(error)
    })
}

/// What is likely a mistake in a pointer, as warnings.
fn lints(field: &str, reading: &Reading) -> Vec<Error> {
    let text = reading.pointer.text();
    let warning = |lint: token_tracking_el::Lint| {
        let warning = Error::new(ErrorKind::InvalidConfig, lint.message).at(format!("/{field}"));
        match (text.get(..lint.span.start), text.get(lint.span.end..), lint.instead) {
            (Some(before), Some(after), Some(instead)) if !instead.ends_with('…') => {
                warning.suggest(format!("did you mean \"{before}{instead}{after}\"?"))
            }
            _ => warning,
        }
    };
    // To put texts together is a mistake in a count only.
    let model = field == "modelPointer";
    let wanted = |lint: &token_tracking_el::Lint| {
        !(model && lint.kind == token_tracking_el::LintKind::Concatenation)
    };
    reading.pointer.lints().into_iter().filter(wanted).map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(input: &str, output: &str, model: &str) -> CustomConfig {
        CustomConfig {
            input_token_pointer: input.to_owned(),
            output_token_pointer: output.to_owned(),
            model_pointer: Some(model.to_owned()),
        }
    }

    #[test]
    fn a_bad_model_pointer_drops_only_itself() {
        let built = Custom::build(config(
            "{#response.jsonContent.bad.custom_prompt_tokens}",
            "{#response.jsonContent.bad.custom_completion_tokens}",
            "{#response.jsonContent.bad|custom_model}",
        ))
        .unwrap();
        let [warning] = built.warnings.as_slice() else { panic!("{:?}", built.warnings) };
        assert_eq!(warning.pointer(), Some("/modelPointer"));
        assert!(Custom::build(config("/a", "/b", " ")).unwrap().warnings.is_empty());
    }

    #[test]
    fn a_bad_token_pointer_says_where_and_what_instead() {
        let error = Custom::build(config("/a", "{response.jsonContent.b}", "")).unwrap_err();
        assert_eq!(error.pointer(), Some("/outputTokenPointer"));
        assert!(error.suggestion().is_some_and(|s| s.contains("{#response.jsonContent.b}")));
        assert!(error.excerpt_text().is_some() && error.expectation().is_some());
        assert!(Custom::build(config("", "/b", "")).is_err(), "a blank pointer finds nothing");
    }
}
