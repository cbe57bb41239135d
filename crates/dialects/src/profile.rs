//! What tells one vendor from another where their dialect is the same.

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI Chat Completions, legacy completions and embeddings: `usage.prompt_tokens`.
    OpenAiChat,
    /// OpenAI Responses, images and audio: `usage.input_tokens`, cache inside.
    OpenAiResponses,
    /// Anthropic Messages: `usage.input_tokens`, cache outside.
    Anthropic,
    /// Gemini `generateContent`: `usageMetadata`.
    Gemini,
    /// Gemini Interactions: `usage.total_input_tokens`.
    GeminiInteractions,
    /// Mistral OCR: `usage_info`, pages instead of tokens.
    MistralOcr,
    /// Amazon Bedrock's own: Converse's `usage.inputTokens`, the bare counts of Titan and
    /// Llama, and what AWS counts of any model's invocation.
    Bedrock,
    /// Cohere: `usage.tokens` and `billed_units`, or the same in `meta`.
    Cohere,
    /// Ollama: `prompt_eval_count` and `eval_count`.
    Ollama,
    /// watsonx text generation: `results[].generated_token_count`.
    Watsonx,
}

impl Dialect {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::Anthropic,
        Self::Gemini,
        Self::GeminiInteractions,
        Self::MistralOcr,
        Self::Bedrock,
        Self::Cohere,
        Self::Ollama,
        Self::Watsonx,
    ];

    /// The format's owner in a sentence.
    #[must_use]
    pub fn vendor(self) -> &'static str {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses => "OpenAI",
            Self::Anthropic => "Claude",
            Self::Gemini | Self::GeminiInteractions => "Gemini",
            Self::MistralOcr => "Mistral",
            Self::Bedrock => "Amazon Bedrock",
            Self::Cohere => "Cohere",
            Self::Ollama => "Ollama",
            Self::Watsonx => "watsonx",
        }
    }

    /// The extraction type that expects this format.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses => "GPT",
            Self::Anthropic => "CLAUDE",
            Self::Gemini | Self::GeminiInteractions => "GEMINI",
            Self::MistralOcr => "MISTRAL",
            Self::Bedrock => "BEDROCK",
            Self::Cohere => "COHERE",
            Self::Ollama => "OLLAMA",
            // It has no type of its own.
            Self::Watsonx => "AUTO",
        }
    }

    /// Its owner's name in OpenTelemetry.
    #[must_use]
    pub fn provider(self) -> &'static str {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini | Self::GeminiInteractions => "gcp.gemini",
            Self::MistralOcr => "mistral_ai",
            Self::Bedrock => "aws.bedrock",
            Self::Cohere => "cohere",
            Self::Ollama => "ollama",
            Self::Watsonx => "ibm.watsonx.ai",
        }
    }
}

/// Whose tokens they are that only `total_tokens` counts, in OpenAI's chat format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Nobody's that is known: the counts stay as given, and `total-mismatch` is noted.
    Unattributed,
    /// Sent: Mistral counts audio and connectors only in the total.
    Sent,
    /// Received: Gemini's compatible endpoint counts thinking only in the total.
    Received,
}

/// What an extractor knows of its vendor.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// The provider's name in OpenTelemetry; `None`: that of the dialect's owner.
    pub provider: Option<&'static str>,
    /// The dialects that this vendor's endpoints speak; another is a `shape-mismatch`.
    pub native: &'static [Dialect],
    /// Who owns the tokens that only the total counts.
    pub gap: Gap,
}
