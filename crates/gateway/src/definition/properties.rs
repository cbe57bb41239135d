//! The properties of a definition: names with texts, which expressions can read. One of them
//! speaks to this gateway.

use super::node::{Node, Reader};

/// The property that says whether streams are asked for their usage: the original's form has no
/// place for it, and keeps properties that it does not know.
const INCLUDE_USAGE: &str = "token-tracking.include-usage";

/// Properties by name. An encrypted one is passed over: its key is the original's.
pub(super) fn read(reader: &mut Reader, api: &Node<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for node in reader.list(api, "properties") {
        let Some(key) = reader.text(&node, "key") else {
            reader.wrong(&node, "a property has no key", "{\"key\": \"…\", \"value\": \"…\"}");
            continue;
        };
        if reader.flag(&node, "encrypted", false) {
            reader.warn(&node, format!("the property \"{key}\" is encrypted, and not read"));
        } else if let Some(value) = reader.text(&node, "value") {
            found.push((key, value));
        }
    }
    found
}

/// Whether streams of the API are asked for their usage, where it says so.
pub(super) fn include_usage(
    reader: &mut Reader,
    api: &Node<'_>,
    properties: &[(String, String)],
) -> Option<bool> {
    let (_, value) = properties.iter().find(|(key, _)| key == INCLUDE_USAGE)?;
    let wanted = value.trim().parse().ok();
    if wanted.is_none() {
        let message = format!("the property \"{INCLUDE_USAGE}\" is \"{value}\"");
        reader.wrong(&api.child("properties"), message, "\"true\" or \"false\"");
    }
    wanted
}
