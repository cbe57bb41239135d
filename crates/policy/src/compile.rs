//! From a decoded extraction to a plugin's extractor, with every mistake at once.

use serde_json::{Map, Value};
use token_tracking_core::{BoxedExtractor, Descriptor, Registry};

use crate::config::ExtractionConfig;
use crate::decode::warn_of_unknown;
use crate::problem::{Problem, Severity};
use crate::shape::Shape;

/// A plugin and its extractor.
pub(crate) struct Compiled {
    pub(crate) plugin: &'static Descriptor,
    pub(crate) extractor: BoxedExtractor,
}

/// Builds the extractor. It is absent only where a problem says why.
pub(crate) fn extractor(
    config: &ExtractionConfig,
    registry: &Registry,
    problems: &mut Vec<Problem>,
) -> Option<Compiled> {
    let plugin = match registry.get(&config.type_name) {
        Ok(plugin) => plugin,
        Err(error) => {
            problems.push(Problem::from_core(Severity::Error, "/extraction/type", &error));
            return None;
        }
    };
    let shape = Shape::of(plugin);
    let mut properties = config.properties.clone();
    if let Some(known) = shape.known() {
        // The original ignores what it does not know, so the plugin never sees it.
        warn_of_unknown(&properties, "/extraction", &known, problems);
        properties.retain(|name, _| known.contains(&name.as_str()));
    }
    let complete = fill(&mut properties, &shape, problems)?;
    let extractor = build(plugin, properties, &shape, problems)?;
    complete.then_some(Compiled { plugin, extractor })
}

/// Says what is missing and puts examples in its place, so that building finds the
/// other mistakes. `None` where there is no example; whether nothing was missing.
fn fill(
    properties: &mut Map<String, Value>,
    shape: &Shape,
    problems: &mut Vec<Problem>,
) -> Option<bool> {
    let mut complete = true;
    let mut buildable = true;
    for name in shape.required().filter(|name| *name != "type") {
        // A null is as good as nothing to the original.
        if properties.get(name).is_some_and(|value| !value.is_null()) {
            continue;
        }
        complete = false;
        let mut problem = Problem::error("/extraction", format!("missing \"{name}\""));
        if let Some(description) = shape.description(name) {
            problem = problem.expected(first_sentence(description));
        }
        match shape.example(name) {
            Some(example) => {
                problems.push(problem.suggest(format!("add \"{name}\": {example}")));
                properties.insert(name.to_owned(), example.clone());
            }
            None => {
                problems.push(problem);
                buildable = false;
            }
        }
    }
    buildable.then_some(complete)
}

/// Builds; what is wrong is replaced by its example, and built again, to find the next
/// mistake. Ends after as many rounds as there are properties.
fn build(
    plugin: &Descriptor,
    mut properties: Map<String, Value>,
    shape: &Shape,
    problems: &mut Vec<Problem>,
) -> Option<BoxedExtractor> {
    let mut extractor = None;
    let mut mended = Vec::new();
    loop {
        let error = match plugin.build(Value::Object(properties.clone())) {
            Ok(built) => {
                for warning in &built.warnings {
                    problems.push(Problem::from_core(Severity::Warning, "/extraction", warning));
                }
                if mended.is_empty() {
                    extractor = Some(built.extractor);
                }
                break;
            }
            Err(error) => error,
        };
        problems.push(mistyped(Problem::from_core(Severity::Error, "/extraction", &error)));
        let name = error.pointer().and_then(|pointer| pointer.split('/').nth(1));
        let Some(name) = name.map(str::to_owned).filter(|name| !mended.contains(name)) else {
            break;
        };
        let Some(example) = shape.example(&name) else {
            break;
        };
        properties.insert(name.clone(), example.clone());
        mended.push(name);
    }
    extractor
}

/// Parts what serde says in one sentence of a value of another type.
fn mistyped(mut problem: Problem) -> Problem {
    if let Some(said) = problem.message.strip_prefix("invalid type: ")
        && let Some((given, expected)) = said.split_once(", expected ")
        && problem.expected.is_none()
    {
        problem.expected = Some(expected.to_owned());
        problem.message = format!("this is the {given}").replace('`', "");
    }
    problem
}

/// The first sentence of a description, to be read after "expected".
fn first_sentence(description: &str) -> String {
    let end = description.find(". ").unwrap_or(description.len());
    let sentence = description[..end].trim_end_matches('.');
    let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    // It goes on after "expected".
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
