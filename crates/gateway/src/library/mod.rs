//! API definitions in files and folders, read again when they change.
//!
//! # How changes are noticed
//!
//! By looking, not by being told: a look takes two system calls a file, it works on every file
//! system (network mounts and the linked folders of Kubernetes tell nobody of changes), and
//! nothing is missed. A changed file is read once it is the same at two looks in a row, so that
//! none is read while it is written. Whoever cannot wait asks for a look at everything.
//!
//! # What becomes of a change
//!
//! A file is read, compiled and checked before it is served. One that fails keeps its old
//! version, and says so. A file that is gone is no longer served; but a folder that has become
//! unreadable or empty changes nothing, since that is an accident more often than a wish.

mod book;
mod files;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_core::Registry;
use token_tracking_host::duration;

use crate::api::Api;
use crate::error::GatewayError;
use crate::settings::Settings;
use crate::table::{Table, admit, announce};
use book::{Book, Next};
pub use files::definition_files;
pub use state::{ApiState, ServedAs};

/// How changes of the API definitions are noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Reload {
    /// Whether the files are looked at; if not, they are read again at SIGHUP only.
    #[schemars(example = false)]
    pub watch: bool,
    /// How often they are looked at. A change is served once it is as old as this.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub interval: Duration,
}

impl Default for Reload {
    fn default() -> Self {
        Self { watch: true, interval: Duration::from_secs(1) }
    }
}

/// API definitions in files and folders, as they were last read.
#[derive(Debug)]
pub struct Library {
    places: Vec<PathBuf>,
    registry: Registry,
    settings: Settings,
    /// By file, in the order of names.
    books: BTreeMap<PathBuf, Book>,
    /// What the places themselves had wrong at the last look.
    trouble: Option<String>,
    seen: Seen,
    shared: Arc<Shared>,
}

/// What others see of a library while it looks.
pub(crate) type Shared = Mutex<Seen>;

/// What is served of a library's files, and what became of changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) states: Vec<ApiState>,
    /// How many changes were served.
    pub(crate) reloads: u64,
    /// How many were refused.
    pub(crate) failures: u64,
}

/// What a look goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Files whose size or time has changed and then stayed.
    Changed,
    /// All contents, now.
    All,
}

impl Library {
    /// Reads all definitions. Places are files, or folders of them.
    ///
    /// # Errors
    /// When a place cannot be read, or a file is no definition.
    pub fn open(
        places: Vec<PathBuf>,
        registry: &Registry,
        settings: &Settings,
    ) -> Result<Self, GatewayError> {
        let mut books = BTreeMap::new();
        for file in definition_files(&places)? {
            let book = Book::open(&file, registry)?;
            books.insert(file, book);
        }
        let (registry, settings) = (registry.clone(), settings.clone());
        let (seen, shared) = (Seen::default(), Arc::default());
        let mut this = Self { places, registry, settings, books, trouble: None, seen, shared };
        this.publish();
        Ok(this)
    }

    /// The APIs of all files, in the order of the files' names.
    #[must_use]
    pub fn apis(&self) -> Vec<Arc<Api>> {
        self.books.values().filter_map(|book| book.api.clone()).collect()
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Looks for changes; gives what is to be served from now on where there are any. `fixed`
    /// are APIs that come from no file.
    pub(crate) fn look(&mut self, look: Look, fixed: &[Arc<Api>]) -> Option<Table> {
        let found = match definition_files(&self.places) {
            Ok(found) => found,
            Err(error) => {
                self.stumble(error.to_string());
                return None;
            }
        };
        self.trouble = None;
        let mut next: Vec<(PathBuf, Next)> = Vec::new();
        for file in self.books.keys().chain(&found).cloned().collect::<BTreeSet<_>>() {
            let (registry, settings) = (&self.registry, &self.settings);
            let book = self.books.entry(file.clone()).or_default();
            let Some(change) = book.look(&file, look, registry) else { continue };
            // Of the change alone: what was served before has passed.
            let change = match change {
                Next::Serve(api) => match admit(settings, std::slice::from_ref(&api)) {
                    Ok(()) => Next::Serve(api),
                    Err(error) => Next::Refuse(error.to_string()),
                },
                other => other,
            };
            next.push((file, change));
        }
        let table = self.settle(next, look, fixed);
        self.books.retain(|_, book| !book.is_forgotten());
        table
    }

    /// Makes changes that go together with everything else; refuses those that do not.
    fn settle(
        &mut self,
        next: Vec<(PathBuf, Next)>,
        look: Look,
        fixed: &[Arc<Api>],
    ) -> Option<Table> {
        let mut changed = false;
        let mut wanted = Vec::new();
        for (file, change) in next {
            match change {
                Next::Refuse(why) => self.refuse(&file, look, why),
                Next::Serve(api) => wanted.push((file, Some(api))),
                Next::Drop => wanted.push((file, None)),
            }
        }
        // Together first: two files may exchange their paths. Else one by one, what goes first.
        wanted.sort_by_key(|(_, api)| api.is_some());
        let all: Vec<_> = if self.table(&wanted, fixed).is_ok() {
            vec![wanted]
        } else {
            wanted.into_iter().map(|one| vec![one]).collect()
        };
        for some in all {
            match self.table(&some, fixed) {
                Ok(_) => {
                    for (file, api) in some {
                        announce(api.as_slice());
                        tracing::info!(file = %file.display(), "the API definition has changed");
                        self.seen.reloads += 1;
                        self.books.entry(file).or_default().serve(api);
                    }
                    changed = true;
                }
                Err(error) => {
                    for (file, _) in some {
                        self.refuse(&file, look, error.to_string());
                    }
                }
            }
        }
        changed.then(|| self.table(&[], fixed).ok()).flatten()
    }

    /// What would be served with these files' APIs instead of those that they have.
    fn table(
        &self,
        instead: &[(PathBuf, Option<Arc<Api>>)],
        fixed: &[Arc<Api>],
    ) -> Result<Table, GatewayError> {
        let api = |(file, book): (&PathBuf, &Book)| {
            let changed = instead.iter().find(|(other, _)| other == file);
            changed.map_or_else(|| book.api.clone(), |(_, api)| api.clone())
        };
        Table::new(fixed.iter().cloned().chain(self.books.iter().filter_map(api)).collect())
    }

    /// What a file holds is not served: said once, and whenever somebody asks.
    fn refuse(&mut self, file: &Path, look: Look, why: String) {
        let book = self.books.entry(file.to_path_buf()).or_default();
        if look == Look::All || book.refused.as_ref() != Some(&why) {
            let old = if book.api.is_some() { "its old version stays" } else { "it is not served" };
            let (file, why) = (file.display(), why.replace("\n  ", " "));
            tracing::error!(%file, "an API definition that has changed is refused, {old}: {why}");
            self.seen.failures += 1;
        }
        book.refused = Some(why);
    }

    /// A place cannot be read: said once.
    fn stumble(&mut self, why: String) {
        if self.trouble.as_ref() != Some(&why) {
            tracing::error!("what is served stays as it is: {why}");
            self.seen.failures += 1;
            self.trouble = Some(why);
        }
    }

    /// Shows others what was found, once it is served.
    pub(crate) fn publish(&mut self) {
        let trouble = self.trouble.iter().map(|why| ApiState::trouble(why));
        let books = self.books.iter().filter(|(_, book)| book.is_known());
        let books = books.map(|(file, book)| book.state(file));
        self.seen.states = trouble.chain(books).collect();
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = self.seen.clone();
    }
}
