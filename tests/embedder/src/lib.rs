//! Three programs' ways of counting tokens: each module is short, stands alone, and may be copied.

pub mod client;
pub mod layer;
pub mod reader;
