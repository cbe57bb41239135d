//! The registry: which plugins this program has, by type.

use std::collections::BTreeMap;

use crate::{Descriptor, Error, ErrorKind};

/// A plugin as [`plugin!`](crate::plugin) submits it for discovery.
#[derive(Debug)]
pub struct Discovered(pub &'static Descriptor);

inventory::collect!(Discovered);

/// The plugins to choose from. A value first: fill it by hand, or by discovery.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    plugins: BTreeMap<&'static str, &'static Descriptor>,
}

impl Registry {
    /// No plugins.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every plugin that is linked into this program.
    ///
    /// A crate that is only listed in `Cargo.toml` is not linked: name it
    /// (`use their_plugin as _;`). Static libraries and wasm may drop what nothing
    /// names; [`Registry::add`] works everywhere.
    ///
    /// # Errors
    /// When two plugins claim one type.
    pub fn discovered() -> Result<Self, Error> {
        let mut registry = Self::new();
        for Discovered(plugin) in inventory::iter::<Discovered> {
            registry.insert(plugin)?;
        }
        Ok(registry)
    }

    /// Adds a plugin. The same one twice is fine.
    ///
    /// # Errors
    /// When another plugin has its type.
    #[expect(clippy::should_implement_trait, reason = "a plugin is added to a registry")]
    pub fn add(mut self, plugin: &'static Descriptor) -> Result<Self, Error> {
        self.insert(plugin)?;
        Ok(self)
    }

    fn insert(&mut self, plugin: &'static Descriptor) -> Result<(), Error> {
        match self.plugins.insert(plugin.type_name(), plugin) {
            Some(other) if !std::ptr::eq(other, plugin) => Err(Error::new(
                ErrorKind::DuplicateType,
                format!(
                    "two plugins have the type {}: \"{}\" and \"{}\"",
                    plugin.type_name(),
                    other.title(),
                    plugin.title()
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The plugin of this type.
    ///
    /// # Errors
    /// When none has it: the error lists those that are linked and the nearest name.
    pub fn get(&self, type_name: &str) -> Result<&'static Descriptor, Error> {
        if let Some(plugin) = self.plugins.get(type_name) {
            return Ok(plugin);
        }
        let known: Vec<_> = self.plugins.keys().copied().collect();
        let listed = if known.is_empty() {
            "but no plugin is linked into this program".to_owned()
        } else {
            known.join(", ")
        };
        let error =
            Error::new(ErrorKind::UnknownType, format!("unknown extraction type \"{type_name}\""))
                .expected(format!("one of {listed}"));
        // Whoever writes the vendor or its product means the type that is titled so.
        let lower = type_name.to_lowercase();
        let titled = || {
            let mut titles = self.plugins.iter().filter(|(_, plugin)| {
                let title = plugin.title().to_lowercase();
                lower.len() > 2 && title.split(|c: char| !c.is_alphanumeric()).any(|w| w == lower)
            });
            titles.next().map(|(name, _)| *name)
        };
        Err(match nearest(type_name, &known).or_else(titled) {
            Some(name) => error.suggest(format!("did you mean \"{name}\"?")),
            None => error,
        })
    }

    /// All plugins, sorted by type.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> {
        self.plugins.values().copied()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plugins.is_empty()
    }
}

/// The name most like `given`, if any is like it at all.
#[must_use]
pub fn nearest<'n>(given: &str, names: &[&'n str]) -> Option<&'n str> {
    let given = given.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        // Of short names it sees no likeness where two letters are swapped: GTP.
        let one_slip = name.len() > 2 && strsim::osa_distance(&given, &name) == 1;
        strsim::jaro_winkler(&given, &name).max(if one_slip { 0.9 } else { 0.0 })
    };
    names
        .iter()
        .map(|name| (likeness(name), *name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}
