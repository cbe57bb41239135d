//! What a path has in brackets: names, indexes, slices, `*` and filters.

use super::compile::{Compiler, unescape};
use super::{Result, Token, filter, invalid};

impl Compiler {
    /// `[…]`
    pub(super) fn bracket(&mut self) -> Result<()> {
        let next = self.cursor.next_significant(self.cursor.at);
        let c = if self.cursor.in_bounds(next) { self.cursor.get(next)? } else { ' ' };
        match c {
            '\'' | '"' => self.names(c),
            '0'..='9' | '-' | ':' => self.indexes(),
            '*' => {
                if !self.cursor.next_significant_is(next, ']') {
                    return invalid("`]` is expected after `*`");
                }
                self.cursor.at = self.cursor.next_significant(next) + 1;
                self.tokens.push(Token::Wildcard);
                Ok(())
            }
            '?' => self.filter(next),
            _ => invalid("`?`, a quote, a number or `*` is expected in brackets"),
        }
    }

    /// `[0]`, `[0,1]`, `[1:]`
    fn indexes(&mut self) -> Result<()> {
        let start = self.cursor.at + 1;
        let Some(end) = self.cursor.find(start, ']') else {
            return invalid("`[` is not closed");
        };
        let text = self.cursor.slice(start, end)?;
        let text = text.trim();
        if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '-' | ':' | ' ')) {
            return invalid("this is no index");
        }
        let number = |text: &str| match text.parse::<i32>() {
            Ok(number) if !text.starts_with('+') => Ok(number),
            _ => invalid(format!("`{text}` is no index")),
        };
        if text.contains(':') {
            if text.contains([',', ' ']) {
                return invalid("this is no slice");
            }
            let mut parts = text.split(':');
            let mut part = || match parts.next() {
                None | Some("") => Ok(None),
                Some(text) => number(text).map(Some),
            };
            let (from, to) = (part()?, part()?);
            if from.is_none() && to.is_none() {
                return invalid("this is no slice");
            }
            self.tokens.push(Token::Slice(from, to));
        } else {
            let indexes: Result<Vec<i32>> =
                text.split(',').map(|part| number(part.trim())).collect();
            self.tokens.push(Token::Index(indexes?));
        }
        self.cursor.at = end + 1;
        Ok(())
    }

    /// `['a']`, `['a','b']`
    fn names(&mut self, quote: char) -> Result<()> {
        let mut names = Vec::new();
        let mut at = self.cursor.at + 1;
        let (mut start, mut end) = (at, 0);
        let (mut inside, mut escaped, mut comma) = (false, false, false);
        while self.cursor.in_bounds(at) {
            let c = self.cursor.get(at)?;
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                ']' if !inside => {
                    if comma {
                        return invalid("a name is missing");
                    }
                    break;
                }
                c if c == quote && inside => {
                    let next = self.cursor.next_significant(at);
                    let next =
                        if self.cursor.in_bounds(next) { self.cursor.get(next)? } else { ' ' };
                    if !matches!(next, ']' | ',') {
                        return invalid("`,` or `]` is expected after a name");
                    }
                    end = at;
                    names.push(unescape(&self.cursor.slice(start, end)?)?);
                    inside = false;
                }
                c if c == quote => {
                    start = at + 1;
                    inside = true;
                    comma = false;
                }
                ',' if !inside => {
                    if comma {
                        return invalid("a name is missing");
                    }
                    comma = true;
                }
                _ => {}
            }
            at += 1;
        }
        if inside || names.is_empty() {
            return invalid("a quote is not closed");
        }
        let close = self.cursor.next_significant(end);
        if self.cursor.get(close)? != ']' {
            return invalid("`[` is not closed");
        }
        self.cursor.at = close + 1;
        self.tokens.push(Token::Property(names));
        Ok(())
    }

    /// `[?(…)]`
    fn filter(&mut self, question: usize) -> Result<()> {
        let open = self.cursor.next_significant(question);
        if self.cursor.get(open)? != '(' {
            return invalid("`(` is expected after `?`");
        }
        let Some(close) = self.cursor.find_closing(open, '(', ')', true)? else {
            return invalid("`(` is not closed");
        };
        if !self.cursor.next_significant_is(close, ']') {
            return invalid("`]` is expected after a filter");
        }
        let end = self.cursor.next_significant(close);
        let text = self.cursor.slice(open, close + 1)?;
        self.tokens.push(Token::Filter(filter::compile(&text, self.depth)?));
        self.cursor.at = end + 1;
        Ok(())
    }
}
