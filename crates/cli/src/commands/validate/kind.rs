//! What a text is: a policy, an API definition, or the settings of a host.

use serde_json::Value;
use token_tracking_cli::settings::{Configuration, ExtProcSettings, Settings};
use token_tracking_core::nearest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Policy,
    Definition,
    Settings,
    ExtProc,
}

impl Kind {
    /// The kind whose names the text has, or nearly has; a policy where none has more.
    pub(super) fn of(value: &Value) -> Self {
        const DEFINITION: [&str; 6] =
            ["api", "listeners", "endpointGroups", "flows", "definitionVersion", "plans"];
        fn names(schema: &Value) -> Vec<&str> {
            let names = schema["properties"].as_object().into_iter().flat_map(|names| names.keys());
            names.map(String::as_str).collect()
        }
        let (settings, ext_proc) = (Settings::schema(), ExtProcSettings::schema());
        let Some(members) = value.as_object() else {
            return Self::Policy;
        };
        let likeness = |known: &[&str]| -> usize {
            let worth = |name: &String| match nearest(name, known) {
                Some(near) if near == name => 3,
                Some(_) => 1,
                None => 0,
            };
            members.keys().map(worth).sum()
        };
        // A step's extraction is what is tracked, whatever else stands beside it.
        let policy = likeness(&["extraction", "pricing"]);
        let definition = likeness(&DEFINITION);
        let (settings, ext_proc) = (likeness(&names(&settings)), likeness(&names(&ext_proc)));
        if definition > policy && definition >= settings.max(ext_proc) {
            Self::Definition
        } else if settings.max(ext_proc) > policy {
            // What both have is the gateway's.
            if ext_proc > settings { Self::ExtProc } else { Self::Settings }
        } else {
            Self::Policy
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_told_by_its_names_and_by_slips_of_them() {
        for (value, kind) in [
            (json!({ "extraction": {} }), Kind::Policy),
            (json!({ "extracton": {} }), Kind::Policy),
            (json!({ "pricing": {} }), Kind::Policy),
            (json!({}), Kind::Policy),
            (json!([]), Kind::Policy),
            (json!({ "api": {}, "plans": [] }), Kind::Definition),
            (json!({ "name": "a", "listners": [] }), Kind::Definition),
            (json!({ "listen": ":80" }), Kind::Settings),
            (json!({ "timeout": {}, "strict": true }), Kind::Settings),
            (json!({ "listen": ":50051", "policies": [] }), Kind::ExtProc),
        ] {
            assert_eq!(Kind::of(&value), kind, "{value}");
        }
    }
}
