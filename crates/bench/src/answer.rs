//! What every way of reading must find in a body: the model, and the tokens sent and received.

use serde::Deserialize;

/// Where a body has its model and its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// OpenAI's Chat Completions.
    Chat,
    /// OpenAI's embeddings, of which the total stands for what was received.
    Embeddings,
    /// Anthropic's Messages as a stream.
    Messages,
    /// OpenAI's Responses as a stream.
    Responses,
}

impl Shape {
    /// The pointers to the model, the tokens sent and the tokens received.
    #[must_use]
    pub fn pointers(self) -> [&'static str; 3] {
        match self {
            Self::Chat => ["/model", "/usage/prompt_tokens", "/usage/completion_tokens"],
            Self::Embeddings => ["/model", "/usage/prompt_tokens", "/usage/total_tokens"],
            Self::Messages => {
                ["/message/model", "/message/usage/input_tokens", "/usage/output_tokens"]
            }
            Self::Responses => {
                ["/response/model", "/response/usage/input_tokens", "/response/usage/output_tokens"]
            }
        }
    }

    /// The type of extraction that expects it.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Messages => "CLAUDE",
            Self::Chat | Self::Embeddings | Self::Responses => "GPT",
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Bytes of the model's name.
    pub model: usize,
    /// Tokens sent.
    pub sent: u64,
    /// Tokens received.
    pub received: u64,
}

impl Answer {
    /// An answer of one document, where absent counts as 0: no body here has a zero.
    #[must_use]
    pub fn of(model: Option<&str>, sent: Option<u64>, received: Option<u64>) -> Self {
        Self {
            model: model.map_or(0, str::len),
            sent: sent.unwrap_or(0),
            received: received.unwrap_or(0),
        }
    }

    /// Adds what a later event says.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        let last = |before, now| if now == 0 { before } else { now };
        Self {
            model: if later.model == 0 { self.model } else { later.model },
            sent: last(self.sent, later.sent),
            received: last(self.received, later.received),
        }
    }
}

/// A document decoded by serde into a struct of the wanted fields; all else is ignored.
pub(crate) trait Typed<'de>: Deserialize<'de> {
    fn answer(&self) -> Answer;
}

macro_rules! usage {
    ($name:ident, $sent:ident, $received:ident) => {
        #[derive(Deserialize)]
        pub(crate) struct $name {
            $sent: Option<u64>,
            $received: Option<u64>,
        }

        impl $name {
            fn answer(this: Option<&Self>, model: Option<&str>) -> Answer {
                let (sent, received) = this.map_or((None, None), |u| (u.$sent, u.$received));
                Answer::of(model, sent, received)
            }
        }
    };
}

usage!(ChatUsage, prompt_tokens, completion_tokens);
usage!(EmbeddingsUsage, prompt_tokens, total_tokens);
usage!(TokensUsage, input_tokens, output_tokens);

#[derive(Deserialize)]
pub(crate) struct Plain<'a, U> {
    model: Option<&'a str>,
    usage: Option<U>,
}

#[derive(Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    message: Option<Plain<'a, TokensUsage>>,
    usage: Option<TokensUsage>,
}

#[derive(Deserialize)]
pub(crate) struct Response<'a> {
    #[serde(borrow)]
    response: Option<Plain<'a, TokensUsage>>,
}

impl<'de> Typed<'de> for Plain<'de, ChatUsage> {
    fn answer(&self) -> Answer {
        ChatUsage::answer(self.usage.as_ref(), self.model)
    }
}

impl<'de> Typed<'de> for Plain<'de, EmbeddingsUsage> {
    fn answer(&self) -> Answer {
        EmbeddingsUsage::answer(self.usage.as_ref(), self.model)
    }
}

impl<'de> Typed<'de> for Message<'de> {
    fn answer(&self) -> Answer {
        let begun = self.message.as_ref();
        let (usage, model) = begun.map_or((None, None), |m| (m.usage.as_ref(), m.model));
        let begun = Answer { received: 0, ..TokensUsage::answer(usage, model) };
        begun.then(TokensUsage::answer(self.usage.as_ref(), None))
    }
}

impl<'de> Typed<'de> for Response<'de> {
    fn answer(&self) -> Answer {
        let response = self.response.as_ref();
        let (usage, model) = response.map_or((None, None), |r| (r.usage.as_ref(), r.model));
        TokensUsage::answer(usage, model)
    }
}
