//! The commands, one a file.

pub(crate) mod demo;
pub(crate) mod el;
pub(crate) mod ext_proc;
pub(crate) mod extract;
pub(crate) mod plugins;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod usage;
pub(crate) mod validate;
