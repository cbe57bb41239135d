//! One file of a library: what was read of it, and what is served of it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use token_tracking_core::Registry;

use super::Look;
use super::files::Stamp;
use super::state::{ApiState, ServedAs};
use crate::api::Api;
use crate::definition::Definition;
use crate::error::GatewayError;

/// How many bytes a definition may have.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A file, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// What is served of it; none where its first version was refused.
    pub(super) api: Option<Arc<Api>>,
    /// Why what it holds now is not served.
    pub(super) refused: Option<String>,
    since: Option<SystemTime>,
    /// How it was at the last look, and how when it was read.
    seen: Option<Stamp>,
    read: Option<Stamp>,
    /// Of what was read last.
    hash: u64,
}

/// What a changed file asks for.
pub(super) enum Next {
    Serve(Arc<Api>),
    /// It is gone.
    Drop,
    Refuse(String),
}

impl Book {
    /// Reads a file at the start.
    pub(super) fn open(file: &Path, registry: &Registry) -> Result<Self, GatewayError> {
        let seen = Stamp::of(file);
        let text = text(file)?;
        let mut book = Self { seen, hash: hash(&text), ..Self::default() };
        book.serve(Some(compile(&text, file, registry)?));
        // `read` is not set: the file may be changed again within the tick of its clock.
        Ok(book)
    }

    /// What has changed since the last look, where it is time to act on it.
    pub(super) fn look(&mut self, file: &Path, look: Look, registry: &Registry) -> Option<Next> {
        let before = self.seen;
        self.seen = Stamp::of(file);
        // What was refused may go together with what else has changed by now.
        let changed = self.seen != self.read || self.refused.is_some();
        if look == Look::Changed && !(changed && self.seen == before) {
            return None;
        }
        self.read = self.seen;
        if self.seen.is_none() {
            return self.is_known().then_some(Next::Drop);
        }
        let text = match text(file) {
            Ok(text) => text,
            Err(error) => return Some(Next::Refuse(error.to_string())),
        };
        let hash = hash(&text);
        if hash == self.hash && self.refused.is_none() {
            return None;
        }
        self.hash = hash;
        Some(match compile(&text, file, registry) {
            Ok(api) => Next::Serve(api),
            Err(error) => Next::Refuse(error.to_string()),
        })
    }

    /// From now on this is served of it.
    pub(super) fn serve(&mut self, api: Option<Arc<Api>>) {
        self.api = api;
        self.refused = None;
        self.since = Some(SystemTime::now());
    }

    /// Whether anything came of it yet: not while it is new and still written.
    pub(super) fn is_known(&self) -> bool {
        self.api.is_some() || self.refused.is_some()
    }

    /// Whether it is gone, and nothing is served of it.
    pub(super) fn is_forgotten(&self) -> bool {
        self.api.is_none() && self.seen.is_none()
    }

    pub(super) fn state(&self, file: &Path) -> ApiState {
        let served_as = match (&self.api, &self.refused) {
            (Some(_), None) => ServedAs::Current,
            (Some(_), Some(_)) => ServedAs::OldVersion,
            (None, _) => ServedAs::Refused,
        };
        let mut state = ApiState::of(self.api.as_deref(), served_as);
        state.file = Some(file.display().to_string());
        state.since = self.since.map(|since| humantime::format_rfc3339_seconds(since).to_string());
        state.error.clone_from(&self.refused);
        state
    }
}

fn text(file: &Path) -> Result<String, GatewayError> {
    let read = || {
        if std::fs::metadata(file)?.len() > MAX_BYTES {
            let why = format!("it has more than {MAX_BYTES} bytes");
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, why));
        }
        std::fs::read_to_string(file)
    };
    read().map_err(|source| GatewayError::Read { path: file.display().to_string(), source })
}

fn compile(text: &str, file: &Path, registry: &Registry) -> Result<Arc<Api>, GatewayError> {
    let definition = Definition::parse(text, &file.display().to_string())?;
    Ok(Arc::new(definition.compile(registry)))
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
