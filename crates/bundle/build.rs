//! Writes the list of providers from this crate's own manifest, so that one line there adds one.
//!
//! One dependency per line, named `token-tracking-provider-*`; Cargo does not tell a
//! build script its dependencies otherwise.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

const PREFIX: &str = "token-tracking-provider-";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=build.rs");
    let manifest = fs::read_to_string("Cargo.toml")?;
    let mut list = String::from("&[\n");
    for name in dependencies(&manifest) {
        let provider = name.replace('-', "_");
        writeln!(list, "    &{provider}::PLUGIN,").map_err(io::Error::other)?;
    }
    list.push(']');
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("plugins.rs"), list)
}

/// The providers among `[dependencies]`, sorted.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
        } else if inside && line.starts_with(PREFIX) {
            names.extend(line.split(['.', '=', ' ']).next());
        }
    }
    names.sort_unstable();
    names
}
