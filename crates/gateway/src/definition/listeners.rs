//! The listeners of a definition: on which hosts and context paths the API is.

use super::node::{Node, Reader, canonical};
use crate::api::Route;

pub(super) fn read(reader: &mut Reader, api: &Node<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    let listeners = reader.list(api, "listeners");
    for listener in &listeners {
        let kind = reader.text(listener, "type").unwrap_or_else(|| "http".to_owned());
        if canonical(&kind) != "http" {
            reader.unsupported(listener, format!("a listener of the type \"{kind}\""));
            continue;
        }
        for entrypoint in reader.list(listener, "entrypoints") {
            let kind = reader.text(&entrypoint, "type").unwrap_or_default();
            if canonical(&kind) != "httpproxy" {
                reader.unsupported(&entrypoint, format!("an entrypoint of the type \"{kind}\""));
            }
        }
        reader.enabled_part(listener, "cors", "cross-origin rules (cors)");
        for path in reader.list(listener, "paths") {
            routes.extend(route(reader, &path));
        }
    }
    if routes.is_empty() && reader.errors.is_empty() {
        let finding = api
            .child("listeners")
            .finding(reader, "the API has no path to be served on")
            .expected("a listener of the type \"http\" with at least one path")
            .suggest("for example {\"type\": \"http\", \"paths\": [{\"path\": \"/my-api\"}]}");
        reader.errors.push(finding);
    }
    routes
}

fn route(reader: &mut Reader, node: &Node<'_>) -> Option<Route> {
    let Some(path) = reader.text(node, "path") else {
        reader.wrong(node, "a path of a listener is missing", "{\"path\": \"/…\"}");
        return None;
    };
    let host = reader.text(node, "host").filter(|host| !host.trim().is_empty());
    match Route::new(host.as_deref(), &path) {
        Ok(route) => Some(route),
        Err(why) => {
            reader.wrong(&node.child("path"), why, "a path such as \"/my-api\"");
            None
        }
    }
}
