//! The parts of the command line that tests and other tools use again: the provider
//! that replays recorded answers, and the settings of `serve` with their schema.

pub mod replay;
pub mod settings;
