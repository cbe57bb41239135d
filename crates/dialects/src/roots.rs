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
    /// Cohere: `message-end`, and the parts of `meta`, which a `stream-end` has in its response.
    delta_usage = "/delta/usage",
    meta_tokens = "/meta/tokens",
    meta_billed_units = "/meta/billed_units",
    meta_cached_tokens = "/meta/cached_tokens",
    response_meta_tokens = "/response/meta/tokens",
    response_meta_billed_units = "/response/meta/billed_units",
    response_meta_cached_tokens = "/response/meta/cached_tokens",
    /// The end of Nova's stream.
    metadata_usage = "/metadata/usage",
    /// What AWS counted of a stream.
    invocation_metrics = "/amazon-bedrock-invocationMetrics",

    prompt_eval_count = "/prompt_eval_count",
    eval_count = "/eval_count",
    titan_input = "/inputTextTokenCount",
    titan_output = "/totalOutputTextTokenCount",
    titan_results = "/results/*/tokenCount",
    llama_prompt = "/prompt_token_count",
    llama_generation = "/generation_token_count",
    watsonx_input = "/results/*/input_token_count",
    watsonx_generated = "/results/*/generated_token_count",

    /// watsonx.
    model_id = "/model_id",
    model = "/model",
    model_version = "/modelVersion",
    message_model = "/message/model",
    response_model = "/response/model",
    interaction_model = "/interaction/model",
    /// Mistral's conversations name it in each output.
    outputs_model = "/outputs/*/model",
    /// The model that Bedrock's prompt router chose.
    routed_model = "/trace/promptRouter/invokedModelId",

    id = "/id",
    message_id = "/message/id",
    response_id = "/response/id",
    gemini_response_id = "/responseId",
    interaction_id = "/interaction/id",
    /// Cohere's first version.
    cohere_id = "/response_id",
    response_cohere_id = "/response/response_id",

    service_tier = "/service_tier",
    response_service_tier = "/response/service_tier",
    /// Converse.
    tier_type = "/serviceTier/type",

    kind = "/type",
    /// Cohere's first version.
    event_type = "/event_type",
    object = "/object",
    status = "/status",
    response_status = "/response/status",
    background = "/background",
    error = "/error",
    response_error = "/response/error" limit 0,
    /// Mistral and other FastAPI servers put errors here.
    detail = "/detail" limit 0,
    /// Where it is a text: an error of Bedrock, which writes it in either way, or of Cohere.
    message = "/message" limit 0,
    capital_message = "/Message" limit 0,
    /// Cohere's `message-end` of an answer that failed.
    delta_error = "/delta/error" limit 0,

    finish_reason = "/choices/*/finish_reason",
    /// Cohere's first version.
    is_finished = "/is_finished",
    /// Whether bare counts are the last ones.
    done = "/done",
    stop_reason = "/stop_reason",
    titan_completion = "/completionReason",
    watsonx_stop = "/results/*/stop_reason",
    gemini_finish_reason = "/candidates/*/finishReason",
    candidates = "/candidates" limit 0,
    text_parts = "/candidates/*/content/parts/*/text" limit 0,

    /// `countTokens` of Gemini.
    counted_total = "/totalTokens" limit 0,
    /// `count_tokens` of Anthropic, `input_tokens` of OpenAI.
    counted_input = "/input_tokens" limit 0,
    /// `CountTokens` of Bedrock.
    counted_input_camel = "/inputTokens" limit 0,
}
