//! `cargo xtask new-provider`: a crate of the shape that every provider has, and its one line.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};

/// Files of a provider's crate, with `{{name}}`, `{{Name}}`, `{{ident}}` and `{{TYPE}}` to fill in.
type Templates = &'static [(&'static str, &'static str)];

/// What every provider has.
const ALL: Templates = &[
    ("Cargo.toml", include_str!("../templates/Cargo.toml.in")),
    ("src/config.rs", include_str!("../templates/config.rs.in")),
    ("tests/conformance.rs", include_str!("../templates/conformance.rs.in")),
];

/// Beside that: a provider with a format of its own.
const OWN: Templates = &[
    ("src/lib.rs", include_str!("../templates/own/lib.rs.in")),
    ("src/extract.rs", include_str!("../templates/own/extract.rs.in")),
    ("src/wire.rs", include_str!("../templates/own/wire.rs.in")),
    ("fixtures/answer.json", include_str!("../templates/own/answer.json.in")),
];

/// Beside that: a provider that speaks what `crates/dialects` reads.
const DIALECT: Templates = &[
    ("src/lib.rs", include_str!("../templates/dialect/lib.rs.in")),
    ("src/extract.rs", include_str!("../templates/dialect/extract.rs.in")),
    ("fixtures/answer.json", include_str!("../templates/dialect/answer.json.in")),
];

/// Makes the crate, names it in the bundle, and writes its snapshots and `schemas/`.
pub(crate) fn run(root: &Path, name: &str, dialect: bool) -> anyhow::Result<()> {
    scaffold(root, name, dialect)?;
    let package = format!("token-tracking-provider-{name}");
    // Long names wrap lines. Where there is no rustfmt, the code is only less pretty.
    let _ = cargo(root, &["fmt", "--package", &package], &[]);
    // The bundle as it was is linked into this program, so a new build has to do the rest.
    cargo(root, &["test", "--quiet", "--package", &package], &[("UPDATE_SNAPSHOTS", "1")])?;
    cargo(root, &["run", "--quiet", "--package", "xtask", "--", "schema"], &[])?;
    println!("made crates/provider-{name}; what to do next is in crates/README.md");
    Ok(())
}

/// Writes the crate and its line in the bundle's manifest; nothing else is edited.
fn scaffold(root: &Path, name: &str, dialect: bool) -> anyhow::Result<()> {
    check_name(name)?;
    let folder = root.join("crates").join(format!("provider-{name}"));
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let manifest = root.join("crates/bundle/Cargo.toml");
    let bundle = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let bundle = with_dependency(&bundle, name)?;
    let own = if dialect { DIALECT } else { OWN };
    for (file, template) in ALL.iter().chain(own) {
        let file = folder.join(file);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, fill(template, name, dialect))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    fs::write(&manifest, bundle).with_context(|| format!("cannot write {}", manifest.display()))
}

/// A name that is part of a package's name: `acme`, `acme-cloud`.
fn check_name(name: &str) -> anyhow::Result<()> {
    let fits = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    // Definitions in the schema are numbered where two have one name, so names may not end in a digit.
    let ends_in_digit = name.ends_with(|last: char| last.is_ascii_digit());
    if !name.split('-').all(fits) || ends_in_digit {
        bail!(
            "\"{name}\" is not a provider's name; expected lower case letters, digits and single \
             hyphens, with a letter at the end; for example: acme"
        );
    }
    Ok(())
}

fn fill(template: &str, name: &str, dialect: bool) -> String {
    let camel: String =
        name.split('-').map(|part| part[..1].to_ascii_uppercase() + &part[1..]).collect();
    let dialects = if dialect { "\ntoken-tracking-dialects.workspace = true" } else { "" };
    template
        .replace("{{dialects}}", dialects)
        .replace("{{name}}", name)
        .replace("{{ident}}", &name.replace('-', "_"))
        .replace("{{Name}}", &camel)
        .replace("{{TYPE}}", &name.replace('-', "_").to_ascii_uppercase())
}

/// The bundle's manifest with the new line after its last provider.
fn with_dependency(manifest: &str, name: &str) -> anyhow::Result<String> {
    let line = format!("token-tracking-provider-{name} = {{ path = \"../provider-{name}\" }}");
    let mut lines: Vec<_> = manifest.lines().collect();
    let section = lines.iter().position(|line| line.trim() == "[dependencies]");
    let section = section.context("the bundle's manifest has no [dependencies]")?;
    let end = lines[section + 1..]
        .iter()
        .position(|line| line.starts_with('['))
        .map_or(lines.len(), |end| section + 1 + end);
    let last = lines[section..end]
        .iter()
        .rposition(|line| line.starts_with("token-tracking-provider-"))
        .unwrap_or(0);
    lines.insert(section + last + 1, &line);
    Ok(lines.join("\n") + "\n")
}

fn cargo(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo {} failed", arguments.join(" "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_line_stands_after_the_last_provider() {
        let manifest = "[package]\nname = \"b\"\n\n[dependencies]\ncore.workspace = true\n\
             token-tracking-provider-a.workspace = true\nz = \"1\"\n\n[lints]\nworkspace = true\n";
        let with = with_dependency(manifest, "acme-x").unwrap();
        assert!(with.contains(
            "token-tracking-provider-a.workspace = true\n\
             token-tracking-provider-acme-x = { path = \"../provider-acme-x\" }\nz = \"1\"\n"
        ));
        assert_eq!(with.lines().count(), manifest.lines().count() + 1);
    }

    #[test]
    fn only_a_crate_and_one_line_are_written() {
        let root = tempfile::tempdir().unwrap();
        let bundle = root.path().join("crates/bundle");
        fs::create_dir_all(&bundle).unwrap();
        fs::write(bundle.join("Cargo.toml"), "[dependencies]\n").unwrap();
        for (name, dialect) in [("acme-cloud", false), ("acme-chat", true)] {
            scaffold(root.path(), name, dialect).unwrap();
            let folder = root.path().join(format!("crates/provider-{name}"));
            let lib = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
            assert!(lib.starts_with("//!") && lib.contains("impl ExtractorPlugin for Acme"));
            assert!(lib.contains("\"ACME_C") && !lib.contains("{{"), "{lib}");
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            assert!(!manifest.contains("{{"), "{manifest}");
            assert_eq!(manifest.contains("token-tracking-dialects"), dialect);
            assert_eq!(folder.join("src/wire.rs").exists(), !dialect);
            let again = scaffold(root.path(), name, dialect).unwrap_err();
            assert!(again.to_string().contains("already"), "{again}");
        }
    }

    #[test]
    fn names_that_cannot_be_packages_are_refused() {
        for name in ["", "Acme", "acme2", "-a", "a-", "a--b", "1a", "a_b", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["acme", "acme-cloud", "a1b"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }
}
