//! A place in a path or a filter. To look beyond the end is a mistake of the path.

use super::{Result, invalid};

#[derive(Clone, Debug)]
pub(super) struct Cursor {
    chars: Vec<char>,
    pub(super) at: usize,
    /// One after the last character that counts.
    end: usize,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        Self { end: chars.len(), chars, at: 0 }
    }

    pub(super) fn get(&self, at: usize) -> Result<char> {
        match self.chars.get(at) {
            Some(c) => Ok(*c),
            None => invalid("the path ends too early"),
        }
    }

    pub(super) fn current(&self) -> Result<char> {
        self.get(self.at)
    }

    pub(super) fn is(&self, c: char) -> bool {
        self.chars.get(self.at) == Some(&c)
    }

    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn in_bounds(&self, at: usize) -> bool {
        at < self.end
    }

    /// At the last character, or beyond.
    pub(super) fn is_tail(&self) -> bool {
        self.at + 1 >= self.end
    }

    pub(super) fn last(&self) -> Result<char> {
        self.end.checked_sub(1).map_or_else(|| invalid("nothing is there"), |at| self.get(at))
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> Result<String> {
        match self.chars.get(from..to) {
            Some(chars) => Ok(chars.iter().collect()),
            None => invalid("the path ends too early"),
        }
    }

    /// Skips spaces, but not the last character.
    pub(super) fn skip_blanks(&mut self) -> &mut Self {
        while self.at + 1 < self.end && self.is(' ') {
            self.at += 1;
        }
        self
    }

    pub(super) fn trim(&mut self) {
        self.skip_blanks();
        while self.at + 1 < self.end && self.chars.get(self.end - 1) == Some(&' ') {
            self.end -= 1;
        }
    }

    /// The place after `from` that is no space.
    pub(super) fn next_significant(&self, from: usize) -> usize {
        let mut at = from + 1;
        while at < self.end && self.chars.get(at) == Some(&' ') {
            at += 1;
        }
        at
    }

    pub(super) fn next_significant_is(&self, from: usize, c: char) -> bool {
        let at = self.next_significant(from);
        at < self.end && self.chars.get(at) == Some(&c)
    }

    pub(super) fn previous_significant(&self, from: usize) -> Option<usize> {
        (0..from).rev().find(|&at| self.chars.get(at) != Some(&' '))
    }

    pub(super) fn find(&self, from: usize, c: char) -> Option<usize> {
        (from..self.end).find(|&at| self.chars.get(at) == Some(&c))
    }

    /// The next `quote` after `from` that no backslash stands before.
    pub(super) fn find_unescaped(&self, from: usize, quote: char) -> Option<usize> {
        let mut escaped = false;
        for at in from + 1..self.end {
            match self.chars.get(at) {
                _ if escaped => escaped = false,
                Some('\\') => escaped = true,
                Some(c) if *c == quote => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// The bracket that closes the one at `from`; quoted texts, and with `regex` patterns,
    /// do not count.
    pub(super) fn find_closing(
        &self,
        from: usize,
        open: char,
        close: char,
        regex: bool,
    ) -> Result<Option<usize>> {
        if self.get(from)? != open {
            return invalid(format!("`{open}` is expected"));
        }
        let mut depth = 1;
        let mut at = from + 1;
        while at < self.end {
            for quote in ['\'', '"', '/'] {
                if (quote != '/' || regex) && self.get(at)? == quote {
                    let Some(end) = self.find_unescaped(at, quote) else {
                        return invalid(format!("`{quote}` is not closed"));
                    };
                    at = end + 1;
                    if quote != '/' {
                        break;
                    }
                }
            }
            // The library looks at what follows a quoted text without asking for the end.
            let c = self.get(at)?;
            depth += i32::from(c == open);
            if c == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at));
                }
            }
            at += 1;
        }
        Ok(None)
    }

    pub(super) fn expect(&mut self, c: char) -> Result<()> {
        if self.skip_blanks().current()? != c {
            return invalid(format!("`{c}` is expected"));
        }
        self.at += 1;
        Ok(())
    }

    /// Takes `word` if it comes next.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let end = self.at + word.chars().count();
        let found = end <= self.end && self.slice(self.at, end).is_ok_and(|next| next == word);
        if found {
            self.at = end;
        }
        found
    }
}
