//! What the request tells: the model in its path, and which stored answer it fetches.

use token_tracking_core::Exchange;

/// The model that the path names: Gemini's and Vertex's `/models/{model}:method`,
/// Azure's `/deployments/{name}/…`, Bedrock's `/model/{id}/…`.
pub(crate) fn model(exchange: &Exchange<'_>) -> Option<String> {
    let path = exchange.request?.path;
    let mut parts = path.split('/');
    parts.find(|part| matches!(*part, "models" | "deployments" | "model"))?;
    let named = parts.next()?;
    let model = named.split_once(':').map_or(named, |(model, _method)| model);
    (!model.is_empty()).then(|| model.to_owned())
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
