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
}

impl Dialect {
    /// The format's owner in a sentence.
    #[must_use]
    pub fn vendor(self) -> &'static str {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses => "OpenAI",
            Self::Anthropic => "Claude",
            Self::Gemini | Self::GeminiInteractions => "Gemini",
            Self::MistralOcr => "Mistral",
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
    /// The provider's name in OpenTelemetry.
    pub provider: &'static str,
    /// The dialects that this vendor's endpoints speak; another is a `shape-mismatch`.
    pub native: &'static [Dialect],
    /// Who owns the tokens that only the total counts.
    pub gap: Gap,
}
