//! What the form adds beside `type`: the three pointers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the answers of this provider keep their counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomConfig {
    // No default: a form that filled in an empty pointer would let it out.
    /// Where the answer has the number of tokens sent to the model: an expression, or a path
    /// such as /usage/prompt_tokens.
    #[schemars(
        title = "Sent token count EL",
        extend("gioConfig" = {"el": true}),
        example = "{#response.jsonContent.usage.prompt_tokens}",
        example = "/usage/prompt_tokens"
    )]
    pub input_token_pointer: String,
    /// Where the answer has the number of tokens received from the model: an expression, or a
    /// path such as /usage/completion_tokens.
    #[schemars(
        title = "Received token count EL",
        extend("gioConfig" = {"el": true}),
        example = "{#response.jsonContent.usage.completion_tokens}",
        example = "/usage/completion_tokens"
    )]
    pub output_token_pointer: String,
    /// Where the answer names the model: an expression, or a path. May be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        title = "Model pointer",
        extend("default" = "", "gioConfig" = {"el": true}),
        example = "{#response.jsonContent.model}",
        example = "/model"
    )]
    pub model_pointer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_marks_expressions_and_demands_both_counts() {
        let schema = schemars::schema_for!(CustomConfig).to_value();
        for field in ["inputTokenPointer", "outputTokenPointer", "modelPointer"] {
            let property = &schema["properties"][field];
            assert_eq!(property["type"], "string", "{field}");
            assert_eq!(property["gioConfig"]["el"], true, "{field}");
            assert!(property["description"].is_string(), "{field}");
        }
        let required = serde_json::json!(["inputTokenPointer", "outputTokenPointer"]);
        assert_eq!(schema["required"], required);
    }
}
