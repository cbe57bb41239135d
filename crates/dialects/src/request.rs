//! What the request tells: the model in its path, and which stored answer it fetches.

use percent_encoding::percent_decode_str;
use token_tracking_core::Exchange;

/// The model that the path names: Gemini's and Vertex's `/models/{model}:method`,
/// Azure's `/deployments/{name}/…`, Bedrock's `/model/{id or ARN}/operation`.
pub(crate) fn model(exchange: &Exchange<'_>) -> Option<String> {
    let path = exchange.request?.path;
    let mut parts = path.split('/');
    let before = parts.find(|part| matches!(*part, "models" | "deployments" | "model"))?;
    let model = if before == "model" {
        // An id of Bedrock has colons, an ARN has slashes; the operation stands behind it.
        path.split_once("/model/")?.1.rsplit_once('/')?.0
    } else {
        let named = parts.next()?;
        named.split_once(':').map_or(named, |(model, _method)| model)
    };
    let model = percent_decode_str(model).decode_utf8_lossy();
    (!model.is_empty()).then(|| model.into_owned())
}

/// The last segment of a GET's path: the id of a stored answer, if the answer has that id.
pub(crate) fn fetched(exchange: &Exchange<'_>) -> Option<String> {
    let request = exchange.request.filter(|request| request.method == "GET")?;
    request.path.rsplit('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, StatusCode};

    use super::*;

    #[test]
    fn a_path_names_the_model() {
        for (path, expected) in [
            ("/v1beta/models/gemini-2.5-flash:generateContent", Some("gemini-2.5-flash")),
            ("/openai/deployments/mine/chat/completions", Some("mine")),
            ("/model/us.amazon.nova-2-lite-v1:0/converse", Some("us.amazon.nova-2-lite-v1:0")),
            ("/model/anthropic.claude-v2%3A1/invoke", Some("anthropic.claude-v2:1")),
            (
                "/bedrock/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ap%2Fx/invoke",
                Some("arn:aws:bedrock:us-east-1:1:p/x"),
            ),
            ("/model/info", None),
            ("/v1/chat/completions", None),
            ("/v1/models", None),
            ("/v1/models/", None),
        ] {
            let headers = HeaderMap::new();
            let exchange = Exchange::new(StatusCode::OK, &headers);
            let exchange = exchange.with_request(&Method::POST, path, &headers);
            assert_eq!(model(&exchange).as_deref(), expected, "{path}");
        }
    }
}
