//! The options behind a target's question mark.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::ReportError;

/// `name=value&name=value`, each taken once.
pub(crate) struct Options {
    scheme: String,
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Options {
    /// What stands before the last question mark, and the options after it.
    pub(crate) fn split<'a>(scheme: &str, text: &'a str) -> Result<(&'a str, Self), ReportError> {
        let (rest, query) = text.rsplit_once('?').unwrap_or((text, ""));
        let mut options = Self { scheme: scheme.to_owned(), pairs: Vec::new(), known: Vec::new() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(options.wrong("an option is not of the form name=value".to_owned()));
            };
            options.pairs.push((name.to_owned(), value.to_owned()));
        }
        Ok((rest, options))
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let at = self.pairs.iter().position(|(other, _)| other == name)?;
        Some(self.pairs.remove(at).1)
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<usize>, ReportError> {
        let value = self.take(name);
        let read = |text: String| {
            text.parse().map_err(|_| self.wrong(format!("`{name}` is not a whole number")))
        };
        value.map(read).transpose()
    }

    /// `true` or `false`; false where absent.
    #[cfg(feature = "otlp")]
    pub(crate) fn switch(&mut self, name: &'static str) -> Result<bool, ReportError> {
        match self.take(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.wrong(format!("`{name}` is neither true nor false"))),
        }
    }

    /// The URL in front of the options.
    #[cfg(any(feature = "elasticsearch", feature = "otlp"))]
    pub(crate) fn url(&self, text: &str) -> Result<String, ReportError> {
        match text.starts_with("http://") || text.starts_with("https://") {
            true => Ok(text.to_owned()),
            false => Err(self.wrong("names no URL: expected http://… or https://…".to_owned())),
        }
    }

    /// A size such as `500KB`, `1GiB` or plain bytes.
    pub(crate) fn bytes(&mut self, name: &'static str) -> Result<Option<u64>, ReportError> {
        let value = self.take(name);
        let read = |text: String| {
            size(&text).ok_or_else(|| {
                self.wrong(format!("`{name}` is not a size, such as 500KB, 100MB or 1GiB"))
            })
        };
        value.map(read).transpose()
    }

    /// A time such as `5s`, `12h` or `1day`.
    pub(crate) fn time(&mut self, name: &'static str) -> Result<Option<Duration>, ReportError> {
        let value = self.take(name);
        value.map(|text| self.as_time(name, &text)).transpose()
    }

    pub(crate) fn as_time(&self, name: &str, text: &str) -> Result<Duration, ReportError> {
        humantime::parse_duration(text)
            .map_err(|_| self.wrong(format!("`{name}` is not a time, such as 5s, 12h or 1day")))
    }

    /// The path in front of the options.
    pub(crate) fn path(&self, text: &str) -> Result<PathBuf, ReportError> {
        match text {
            "" => Err(self.wrong("names no path".to_owned())),
            path => Ok(path.into()),
        }
    }

    /// The text with the options that nobody took, for whoever reads them himself.
    #[cfg(feature = "postgres")]
    pub(crate) fn rejoin(&mut self, text: &str) -> String {
        let pairs = self.pairs.drain(..).map(|(name, value)| format!("{name}={value}"));
        let pairs: Vec<_> = pairs.collect();
        if pairs.is_empty() { text.to_owned() } else { format!("{text}?{}", pairs.join("&")) }
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), ReportError> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => Err(self.wrong(format!(
                "option `{name}` is not known; there are {}",
                self.known.join(", ")
            ))),
        }
    }

    pub(crate) fn wrong(&self, why: String) -> ReportError {
        ReportError::Setup { what: format!("the reporter {}", self.scheme), why }
    }
}

fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
