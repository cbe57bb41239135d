//! Settings from all that is said, the nearest last: defaults, file, environment, flags.

use std::marker::PhantomData;

use serde_json::Value;
use token_tracking_policy::{Document, Problem, Problems};

use super::Configuration;
use super::environment::Environment;

/// What the source of a problem is called that the flags have.
pub const FLAGS: &str = "the command line";

/// What was said of settings, layer by layer.
#[derive(Debug)]
pub struct Layers<S> {
    document: Option<Document>,
    environment: Environment,
    flags: Value,
    schema: Value,
    settings: PhantomData<S>,
}

/// Settings, and what is odd about how they were said.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    /// The settings in effect.
    pub settings: S,
    /// What works, but perhaps not as meant.
    pub warnings: Vec<Problem>,
}

impl<S: Configuration> Layers<S> {
    /// Reads the layers: a file's text with its name, the environment, and what the flags set,
    /// in the form of the file.
    ///
    /// # Errors
    /// When the file is neither JSON nor YAML.
    pub fn read(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: Value,
    ) -> Result<Self, Problems> {
        let schema = S::schema();
        let document = file.map(|(text, name)| Document::read(text, name)).transpose()?;
        let environment = Environment::read(environment, &schema);
        Ok(Self { document, environment, flags, schema, settings: PhantomData })
    }

    /// The settings that they come to.
    ///
    /// # Errors
    /// Every mistake that there is, in the file and in the environment.
    pub fn load(&self) -> Result<Loaded<S>, Problems> {
        let mut problems: Vec<Problem> = Vec::new();
        let mut value = Value::Object(serde_json::Map::new());
        if let Some(document) = &self.document {
            // An empty file says nothing.
            if !document.value().is_null() {
                problems.extend(document.check(&self.schema));
                merge(&mut value, document.value());
            }
        }
        problems.extend(self.environment.problems.iter().cloned());
        merge(&mut value, &self.environment.value);
        merge(&mut value, &self.flags);
        if problems.iter().any(Problem::is_error) {
            return Err(Problems(problems));
        }
        let settings: S = serde_json::from_value(value)
            .map_err(|error| Problems(vec![self.located(Problem::error("", error.to_string()))]))?;
        problems.extend(settings.problems().into_iter().map(|problem| self.located(problem)));
        if problems.iter().any(Problem::is_error) {
            return Err(Problems(problems));
        }
        Ok(Loaded { settings, warnings: problems })
    }

    /// A problem of the settings, with where the setting was said: a line, or a variable.
    #[must_use]
    pub fn located(&self, mut problem: Problem) -> Problem {
        if self.flags.pointer(&problem.pointer).is_some() && !problem.pointer.is_empty() {
            problem.source = Some(FLAGS.to_owned());
            problem
        } else if self.environment.of(&problem.pointer).is_some() {
            self.environment.located(problem)
        } else {
            if let Some(document) = &self.document {
                document.locate(&mut problem);
            }
            problem
        }
    }
}

/// Lays a value over another: what it says replaces what was said, name by name.
fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::Settings;
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], flags: Value) -> Result<Settings, Problems> {
        let environment = environment
            .iter()
            .map(|(name, text)| (format!("TOKEN_TRACKING_{name}"), (*text).to_owned()));
        let layers = Layers::<Settings>::read(Some((file, "gateway.yaml")), environment, flags)?;
        layers.load().map(|loaded| loaded.settings)
    }

    #[test]
    fn a_flag_goes_before_a_variable_that_before_the_file_and_that_before_the_default() {
        let file = "listen: file\ndrain_timeout: 2s\nstrict: true\ntimeouts: { idle: 3s }\n";
        let environment =
            [("LISTEN", "variable"), ("DRAIN_TIMEOUT", "4s"), ("TIMEOUTS_HEAD", "5s")];
        let flags = json!({ "listen": "flag" });
        let settings = load(file, &environment, flags).unwrap();
        let gateway = &settings.gateway;
        assert_eq!((gateway.listen.as_str(), gateway.strict), ("flag", true));
        assert_eq!(gateway.drain_timeout, Duration::from_secs(4));
        assert_eq!(gateway.timeouts.idle, Duration::from_secs(3));
        assert_eq!(gateway.timeouts.head, Duration::from_secs(5));
        assert_eq!(gateway.timeouts.connect, Duration::from_secs(10));
        assert_eq!(load("", &[], json!({})).unwrap().to_yaml(), Settings::default().to_yaml());
        let admin = load("admin: { records: 5 }", &[], json!({})).unwrap().admin;
        assert_eq!((admin.enabled, admin.listen, admin.records), (true, None, 5));
    }

    #[test]
    fn all_mistakes_are_told_with_file_line_and_what_to_type() {
        let file = "listen: 1\ntimeouts:\n  conect: 5s\nreport:\n  - fiel:x\nlog: {format: xml}\n";
        let error = load(file, &[("STRICT", "maybe")], json!({})).unwrap_err().to_string();
        for said in [
            "gateway.yaml:1:9: error: /listen: 1 is a number; expected a string",
            "gateway.yaml:3:3: error: /timeouts/conect: \"conect\" is not known",
            "did you mean \"connect\"?",
            "gateway.yaml:6:15: error: /log/format: \"xml\" is not right; expected \"pretty\"",
            "TOKEN_TRACKING_STRICT: error: \"maybe\" is a string; expected true or false",
        ] {
            assert!(error.contains(said), "{said}\n{error}");
        }
        let error = load("report:\n  - fiel:secret\n", &[], json!({})).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("gateway.yaml:2:5: error: /report/0: "), "{text}");
        assert!(text.contains("not a kind of reporter") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let file = "listen: 0.0.0.0:80\ntls: { certificate: c.pem, key: k.pem }\nadmin: {}\n\
                    report: ['file:r.jsonl?keep=3']\napis: [a, b]\n";
        let settings = load(file, &[], json!({})).unwrap();
        let yaml = settings.to_yaml();
        let again = load(&yaml, &[], json!({})).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        assert_eq!(again.to_yaml(), yaml);
        assert!(yaml.contains("file:r.jsonl?keep=3") && yaml.contains("0.0.0.0:80"), "{yaml}");
    }
}
