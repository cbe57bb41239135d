//! How a command fails: what it says on standard error, and its exit code.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is bad; the command has said so already, or says this.
    Input(Option<String>),
    /// The command line is wrong in a way that its grammar does not tell.
    Usage(String),
    /// It could not start: a port, a file to write, the network.
    Start(String),
    /// Whoever read the output has gone: nobody is there to be told.
    Gone,
}

impl Failure {
    /// The input is bad, for this reason.
    pub(crate) fn input(why: impl Display) -> Self {
        Self::Input(Some(why.to_string()))
    }

    /// The command line is wrong, for this reason.
    pub(crate) fn usage(why: impl Display) -> Self {
        Self::Usage(why.to_string())
    }

    /// It could not start, for this reason.
    pub(crate) fn start(why: impl Display) -> Self {
        Self::Start(why.to_string())
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: impl Display, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder; name a file in it".to_owned(),
            io::ErrorKind::PermissionDenied => "it may not be read by this user".to_owned(),
            io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
            _ => error.to_string(),
        };
        Self::input(format!("cannot read {path}: {hint}"))
    }

    /// Says it, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Input(said) => {
                if let Some(why) = said {
                    say(&why);
                }
                ExitCode::from(1)
            }
            Self::Usage(why) => {
                say(&why);
                anstream::eprintln!("\nFor more information, try '--help'.");
                ExitCode::from(2)
            }
            Self::Start(why) => {
                say(&why);
                ExitCode::from(3)
            }
            Self::Gone => ExitCode::SUCCESS,
        }
    }
}

impl From<io::Error> for Failure {
    /// An error of writing the output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // `token-tracking … | head` is not a mistake.
            io::ErrorKind::BrokenPipe => Self::Gone,
            _ => Self::start(format!("cannot write the output: {error}")),
        }
    }
}

fn say(why: &str) {
    let red = AnsiColor::Red.on_default() | Style::new().bold().get_effects();
    anstream::eprintln!("{red}error:{red:#} {why}");
}
