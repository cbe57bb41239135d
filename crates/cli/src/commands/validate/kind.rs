//! What a text is: a policy, an API definition or the gateway's settings.

use serde_json::Value;
use token_tracking_cli::settings::Settings;
use token_tracking_core::nearest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Policy,
    Definition,
    Settings,
}

impl Kind {
    /// The kind whose names the text has, or nearly has; a policy where none has more.
    pub(super) fn of(value: &Value) -> Self {
        const DEFINITION: [&str; 6] =
            ["api", "listeners", "endpointGroups", "flows", "definitionVersion", "plans"];
        let settings = Settings::schema();
        let settings = settings["properties"].as_object();
        let settings: Vec<&str> =
            settings.into_iter().flat_map(|names| names.keys()).map(String::as_str).collect();
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
        let settings = likeness(&settings);
        if definition > policy && definition >= settings {
            Self::Definition
        } else if settings > policy {
            Self::Settings
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
        ] {
            assert_eq!(Kind::of(&value), kind, "{value}");
        }
    }
}
