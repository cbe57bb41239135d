//! Every recorded answer in `fixtures`, through the conformance kit.

#[test]
fn fixtures() {
    token_tracking_testkit::conformance(
        &orchard_plugin::PLUGIN,
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"),
    );
}
