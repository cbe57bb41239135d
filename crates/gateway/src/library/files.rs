//! The files of a library: which there are, and whether one has changed.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::GatewayError;

/// The definitions' files, and those in the folders, sorted by name. In a folder these are
/// `*.json`, `*.yaml` and `*.yml` that do not begin with a dot.
///
/// # Errors
/// When a folder cannot be read, or holds none.
pub fn definition_files(places: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>, GatewayError> {
    let mut files = Vec::new();
    for place in places {
        let place = place.as_ref();
        if !place.is_dir() {
            files.push(place.to_path_buf());
            continue;
        }
        let name = || place.display().to_string();
        let unreadable = |source| GatewayError::Read { path: name(), source };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(place).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if is_definition(&path) {
                found.push(path);
            }
        }
        if found.is_empty() {
            return Err(GatewayError::EmptyFolder { path: name() });
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

fn is_definition(path: &Path) -> bool {
    let text =
        |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let hidden = text(path.file_name()).is_some_and(|name| name.starts_with('.'));
    let extension = text(path.extension());
    !hidden && matches!(extension.as_deref(), Some("json" | "yaml" | "yml"))
}

/// What tells, without reading it, that a file is another than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// A file that was put in another's place may have its date.
    id: u64,
}

impl Stamp {
    /// Of the file, or of the one that a link leads to; `None` where there is none.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(file).ok()?;
        let modified = metadata.modified().ok();
        Some(Self { bytes: metadata.len(), modified, id: id(&metadata) })
    }
}

#[cfg(unix)]
fn id(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn id(_: &Metadata) -> u64 {
    0
}
