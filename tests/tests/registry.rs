//! What is shipped is what is linked is what is there.

use std::collections::BTreeSet;
use std::path::Path;

use token_tracking_core::{Descriptor, ErrorKind, Registry};
use token_tracking_policy::{Policy, PolicyConfig};

fn types<'d>(plugins: impl IntoIterator<Item = &'d Descriptor>) -> BTreeSet<&'static str> {
    plugins.into_iter().map(Descriptor::type_name).collect()
}

/// Names of the folders `crates/provider-*`.
fn folders() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    std::fs::read_dir(crates)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("provider-"))
        .collect()
}

#[test]
fn discovered_plugins_are_the_bundles() {
    let listed = types(token_tracking_bundle::PLUGINS.iter().copied());
    assert_eq!(listed.len(), token_tracking_bundle::PLUGINS.len(), "no type twice");
    assert_eq!(types(Registry::discovered().unwrap().iter()), listed);
    assert_eq!(types(token_tracking_bundle::registry().iter()), listed);
}

#[test]
fn the_bundle_has_every_provider_folder() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/bundle/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let listed: BTreeSet<_> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("token-tracking-"))
        .filter(|line| line.starts_with("provider-"))
        .filter_map(|line| line.split(['.', ' ', '=']).next().map(str::to_owned))
        .collect();
    assert_eq!(
        listed,
        folders(),
        "one line in crates/bundle/Cargo.toml for each crates/provider-*"
    );
    assert_eq!(token_tracking_bundle::PLUGINS.len(), folders().len());
}

#[test]
fn the_five_types_of_the_form_are_there() {
    let types = types(token_tracking_bundle::registry().iter());
    for name in ["CLAUDE", "CUSTOM", "GEMINI", "GPT", "MISTRAL"] {
        assert!(types.contains(name), "{name}");
    }
}

mod rival {
    //! A plugin of somebody else that claims a type of ours.

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use token_tracking_core::{
        Built, Captured, Descriptor, End, Error, Exchange, Extraction, Extractor, ExtractorPlugin,
        Wanted,
    };

    pub(crate) static PLUGIN: Descriptor = Descriptor::of::<Rival>();

    struct Rival;

    #[derive(Deserialize, Serialize, JsonSchema)]
    struct RivalConfig {}

    #[derive(Default)]
    struct Nothing(Wanted);

    impl ExtractorPlugin for Rival {
        const TYPE: &'static str = "GPT";
        const TITLE: &'static str = "A rival";
        const DESCRIPTION: &'static str = "For tests";
        type Config = RivalConfig;
        type Extractor = Nothing;

        fn build(_: RivalConfig) -> Result<Built<Nothing>, Error> {
            Ok(Nothing::default().into())
        }
    }

    impl Extractor for Nothing {
        type State = ();

        fn wanted(&self) -> &Wanted {
            &self.0
        }

        fn start(&self, _: &Exchange<'_>) {}

        fn observe(&self, (): &mut (), _: &Captured<'_>) {}

        fn finish(&self, (): (), _: End) -> Extraction {
            Extraction::default()
        }
    }
}

#[test]
fn two_plugins_of_one_type_are_refused() {
    let error = token_tracking_bundle::registry().add(&rival::PLUGIN).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateType);
    let text = error.to_string();
    assert!(text.contains("GPT") && text.contains("A rival"), "{text}");
}

#[test]
fn an_unknown_type_lists_what_is_linked() {
    let config = serde_json::json!({"extraction": {"type": "CLOUDE"}});
    let config = PolicyConfig::from_value(&config).unwrap().value;
    let text =
        Policy::compile(&config, &token_tracking_bundle::registry()).unwrap_err().to_string();
    for name in types(token_tracking_bundle::registry().iter()) {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    assert!(text.contains("did you mean \"CLAUDE\"?"), "{text}");
}
