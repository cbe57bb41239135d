//! What is served: definitions, a target, or the providers themselves.

use token_tracking_cli::settings::Settings;
use token_tracking_core::Registry;
use token_tracking_gateway::{Api, Library};

use token_tracking_policy::Policy;

use super::{Args, start_error};
use crate::failure::Failure;
use crate::output::columns;
use crate::policies;

/// A provider that is served where nothing is said.
struct Provider {
    title: &'static str,
    path: &'static str,
    target: &'static str,
    r#type: &'static str,
    /// What the SDK's base URL has behind the context path.
    base: &'static str,
}

const PROVIDERS: [Provider; 4] = [
    Provider {
        title: "OpenAI",
        path: "/openai",
        target: "https://api.openai.com",
        r#type: "GPT",
        base: "/v1",
    },
    Provider {
        title: "Anthropic",
        path: "/anthropic",
        target: "https://api.anthropic.com",
        r#type: "CLAUDE",
        base: "",
    },
    Provider {
        title: "Gemini",
        path: "/gemini",
        target: "https://generativelanguage.googleapis.com",
        r#type: "GEMINI",
        base: "",
    },
    Provider {
        title: "Mistral",
        path: "/mistral",
        target: "https://api.mistral.ai",
        r#type: "MISTRAL",
        base: "",
    },
];

/// APIs, and what to print once they are served; `{url}` stands for the gateway's.
pub(super) struct Served {
    pub(super) apis: Vec<Api>,
    /// The API definitions, where there are any.
    pub(super) library: Option<Library>,
    pub(super) banner: String,
}

pub(super) fn of(args: &Args, settings: &Settings, registry: &Registry) -> Result<Served, Failure> {
    let mut apis = Vec::new();
    let mut rows = Vec::new();
    let library = (!settings.apis.is_empty())
        .then(|| Library::open(settings.apis.clone(), registry, &settings.gateway))
        .transpose()
        .map_err(|error| start_error(&error))?;
    if let Some(target) = &args.target {
        let policy = target_policy(args, registry)?;
        apis.push(quick("target", "/", target, policy)?);
    }
    let defined = library.as_ref().map(Library::apis).unwrap_or_default();
    for api in defined.iter().map(AsRef::as_ref).chain(&apis) {
        let targets = api.targets().collect::<Vec<_>>().join(", ");
        for path in api.paths() {
            // Where a host is before the path, it must resolve to here.
            let url = if path.starts_with('/') { format!("{{url}}{path}") } else { path };
            rows.push([api.name().to_owned(), url, targets.clone()]);
        }
    }
    if rows.is_empty() {
        for Provider { title, path, target, r#type, base } in PROVIDERS {
            let policy = policies::quick(r#type, registry).map_err(Failure::input)?;
            rows.push([title, &format!("{{url}}{path}{base}"), target].map(str::to_owned));
            apis.push(quick(&path[1..], path, target, policy)?);
        }
        let table = indented(&columns(&rows));
        let banner = format!(
            "Set the base URL in your SDK and keep your key; each response is counted below.\n\n\
             {table}\nCtrl-C ends.\n\n"
        );
        return Ok(Served { apis, library, banner });
    }
    let table = indented(&columns(&rows));
    Ok(Served { apis, library, banner: format!("Serving\n\n{table}\nCtrl-C ends.\n\n") })
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn target_policy(args: &Args, registry: &Registry) -> Result<Policy, Failure> {
    match (&args.r#type, &args.policy) {
        (Some(name), _) => policies::quick(name, registry).map_err(Failure::input),
        (None, Some(file)) => policies::load(file, registry),
        (None, None) => Err(Failure::usage("say what the target is with --type or --policy")),
    }
}

fn quick(name: &str, path: &str, target: &str, policy: Policy) -> Result<Api, Failure> {
    Api::quick(name, path, target, policy).map_err(|error| start_error(&error))
}
