//! The parts of the command line that tests and other tools use again: the provider
//! that replays recorded answers.

pub mod replay;
