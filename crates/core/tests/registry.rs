//! The registry refuses what is ambiguous and names what is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_core::{
    Built, Captured, Descriptor, End, Error, ErrorKind, Exchange, Extraction, Extractor,
    ExtractorPlugin, Registry, Wanted,
};

#[derive(Default, Deserialize, Serialize, JsonSchema)]
struct EmptyConfig {}

#[derive(Default)]
struct Nothing(Wanted);

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

macro_rules! tiny_plugin {
    ($name:ident, $type:literal) => {
        struct $name;

        impl ExtractorPlugin for $name {
            const TYPE: &'static str = $type;
            const TITLE: &'static str = concat!("Plugin ", stringify!($name));
            const DESCRIPTION: &'static str = "For tests";
            type Config = EmptyConfig;
            type Extractor = Nothing;

            fn build(_: EmptyConfig) -> Result<Built<Nothing>, Error> {
                Ok(Nothing::default().into())
            }
        }
    };
}

tiny_plugin!(Alpha, "ALPHA");
tiny_plugin!(Beta, "BETA");
tiny_plugin!(OtherAlpha, "ALPHA");

static ALPHA: Descriptor = Descriptor::of::<Alpha>();
static BETA: Descriptor = Descriptor::of::<Beta>();
static OTHER_ALPHA: Descriptor = Descriptor::of::<OtherAlpha>();

#[test]
fn types_are_sorted_whatever_the_order_of_adding() {
    let registry = Registry::new().add(&BETA).unwrap().add(&ALPHA).unwrap();
    let types: Vec<_> = registry.iter().map(Descriptor::type_name).collect();
    assert_eq!(types, ["ALPHA", "BETA"]);
}

#[test]
fn the_same_plugin_twice_is_fine_and_two_of_one_type_are_not() {
    let registry = Registry::new().add(&ALPHA).unwrap().add(&ALPHA).unwrap();
    let error = registry.add(&OTHER_ALPHA).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateType);
    let text = error.to_string();
    assert!(text.contains("ALPHA") && text.contains("Plugin Alpha"), "{text}");
    assert!(text.contains("Plugin OtherAlpha"), "{text}");
}

#[test]
fn an_unknown_type_lists_what_is_linked_and_suggests() {
    let registry = Registry::new().add(&ALPHA).unwrap().add(&BETA).unwrap();
    let text = registry.get("ALFA").unwrap_err().to_string();
    assert_eq!(
        text,
        "unknown extraction type \"ALFA\"; expected one of ALPHA, BETA; did you mean \"ALPHA\"?"
    );
    let text = Registry::new().get("ALPHA").unwrap_err().to_string();
    assert!(text.contains("no plugin is linked"), "{text}");
}
