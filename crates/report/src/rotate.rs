//! Rotating a file: the full one gets the time into its name, the oldest ones go.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Moves `records.jsonl` to `records.2026-11-24T07-13-46.123456Z.jsonl`, and removes the oldest of
/// such beyond `keep`. The names sort by age.
pub(crate) fn rotate(path: &Path, keep: usize) -> io::Result<()> {
    let mut target = stamped(path, SystemTime::now());
    while target.exists() {
        // Only where the clock stands still or went back.
        target = stamped(path, SystemTime::now() + Duration::from_micros(1));
    }
    fs::rename(path, target)?;
    let mut rotated = rotated(path)?;
    rotated.sort();
    let surplus = rotated.len().saturating_sub(keep);
    rotated[..surplus].iter().try_for_each(fs::remove_file)
}

/// The rotated files of this one.
pub(crate) fn rotated(path: &Path) -> io::Result<Vec<PathBuf>> {
    let (stem, extension) = parts(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name();
        let stamp = name
            .to_str()
            .and_then(|name| name.strip_prefix(&stem)?.strip_prefix('.')?.strip_suffix(&extension));
        if stamp.is_some_and(is_stamp) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn stamped(path: &Path, time: SystemTime) -> PathBuf {
    let (stem, extension) = parts(path);
    let stamp = humantime::format_rfc3339_micros(time).to_string().replace(':', "-");
    path.with_file_name(format!("{stem}.{stamp}{extension}"))
}

fn is_stamp(text: &str) -> bool {
    // 2026-11-24T07-13-46.123456Z
    let shape = |(i, byte): (usize, u8)| match i {
        4 | 7 | 13 | 16 => byte == b'-',
        10 => byte == b'T',
        19 => byte == b'.',
        26 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 27 && text.bytes().enumerate().all(shape)
}

/// The name without its extension, and the extension with its dot.
fn parts(path: &Path) -> (String, String) {
    let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
    let stem = path.file_stem().map(text).unwrap_or_default();
    let extension = path.extension().map(|extension| format!(".{}", text(extension)));
    (stem, extension.unwrap_or_default())
}

/// How old a file is, where the system knows.
pub(crate) fn age(file: &File) -> Option<Duration> {
    let metadata = file.metadata().ok()?;
    metadata.created().or_else(|_| metadata.modified()).ok()?.elapsed().ok()
}

/// Whether the open file is the one at this path.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(there)) => identity(open) == identity(there),
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        _ => true,
    }
}

/// Elsewhere an open file cannot be moved away.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, _: &Path) -> bool {
    true
}
