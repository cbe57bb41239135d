//! The places where the dialects keep what is wanted: known roots, nothing else.

use token_tracking_core::{PathId, Wanted};

macro_rules! roots {
    ($($(#[$doc:meta])* $name:ident = $pointer:literal $(limit $limit:literal)?,)+) => {
        /// Every wanted path, by name.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Roots { $($(#[$doc])* pub(crate) $name: PathId,)+ }

        impl Roots {
            /// Registers the paths.
            pub(crate) fn register(wanted: &mut Wanted) -> Self {
                Self { $($name: roots!(@add wanted, $pointer $(, $limit)?),)+ }
            }
        }
    };
    (@add $wanted:ident, $pointer:literal) => { $wanted.constant($pointer) };
    (@add $wanted:ident, $pointer:literal, $limit:literal) => {
        // The pointer is a constant that `constant` also accepts; only the bound differs.
        $wanted.path_with_limit($pointer, $limit).unwrap_or_else(|_| $wanted.constant($pointer))
    };
}

roots! {
    /// OpenAI in all its forms, Anthropic but for `message_start`, Interactions.
    usage = "/usage",
    /// Anthropic's `message_start`.
    message_usage = "/message/usage",
    /// Events of the Responses and the realtime API.
    response_usage = "/response/usage",
    /// `interaction.completed`.
    interaction_usage = "/interaction/usage",
    /// Groq's own copy, there also where none was asked for.
    groq_usage = "/x_groq/usage",
    /// Gemini.
    usage_metadata = "/usageMetadata",
    /// Vertex embeddings, one count per text.
    predicted_tokens = "/predictions/*/embeddings/statistics/token_count",
    /// Mistral OCR.
    usage_info = "/usage_info",

    model = "/model",
    model_version = "/modelVersion",
    message_model = "/message/model",
    response_model = "/response/model",
    interaction_model = "/interaction/model",
    /// Mistral's conversations name it in each output.
    outputs_model = "/outputs/*/model",

    id = "/id",
    message_id = "/message/id",
    response_id = "/response/id",
    gemini_response_id = "/responseId",
    interaction_id = "/interaction/id",

    service_tier = "/service_tier",
    response_service_tier = "/response/service_tier",

    kind = "/type",
    object = "/object",
    status = "/status",
    response_status = "/response/status",
    background = "/background",
    error = "/error",
    response_error = "/response/error" limit 0,
    /// Mistral and other FastAPI servers put errors here.
    detail = "/detail" limit 0,

    finish_reason = "/choices/*/finish_reason",
    gemini_finish_reason = "/candidates/*/finishReason",
    candidates = "/candidates" limit 0,
    text_parts = "/candidates/*/content/parts/*/text" limit 0,

    /// `countTokens` of Gemini.
    counted_total = "/totalTokens" limit 0,
    /// `count_tokens` of Anthropic, `input_tokens` of OpenAI.
    counted_input = "/input_tokens" limit 0,
}
