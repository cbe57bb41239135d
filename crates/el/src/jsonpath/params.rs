//! The arguments of the functions of a path.

use super::compile::{Compiler, whole};
use super::cursor::Cursor;
use super::{Param, Result, invalid};

impl Compiler {
    /// The arguments of a function, separated by commas.
    pub(super) fn params(&mut self) -> Result<Vec<Param>> {
        let mut params = Vec::new();
        let mut text = String::new();
        let (mut parens, mut brackets, mut braces, mut quotes) = (1, 0, 0, 0);
        let mut is_path = None;
        let mut before = '\0';
        let mut done = false;
        while self.cursor.in_bounds(self.cursor.at) && !done {
            let c = self.cursor.current()?;
            self.cursor.at += 1;
            if is_path.is_none() {
                match c {
                    ' ' | '\t' | '\n' | '\r' => continue,
                    '{' | '0'..='9' | '"' | '-' => is_path = Some(false),
                    '$' | '@' => is_path = Some(true),
                    _ => {}
                }
            }
            match c {
                '"' if before != '\\' && quotes > 0 => quotes -= 1,
                '"' => quotes += 1,
                '(' => parens += 1,
                '{' => braces += 1,
                '[' => brackets += 1,
                '}' if braces == 0 => return invalid("`}` closes nothing"),
                '}' => braces -= 1,
                ']' if brackets == 0 => return invalid("`]` closes nothing"),
                ']' => brackets -= 1,
                ')' | ',' => {
                    if c == ')' {
                        parens -= 1;
                        if parens < 0 || before == '(' {
                            text.push(c);
                        }
                    }
                    let closed = quotes == 0 && braces == 0 && brackets == 0;
                    if closed && ((parens == 0 && c == ')') || parens == 1) {
                        done = parens == 0;
                        match is_path.take() {
                            Some(true) => {
                                let path = whole(Cursor::new(&text), self.depth + 1)?;
                                params.push(Param::Path(path));
                                text.clear();
                            }
                            Some(false) => params.push(Param::Json(std::mem::take(&mut text))),
                            // The library keeps what it has of no parameter.
                            None => {}
                        }
                    }
                }
                _ => {}
            }
            if is_path.is_some() && !(c == ',' && braces == 0 && brackets == 0 && parens == 1) {
                text.push(c);
            }
            before = c;
        }
        if parens != 0 || braces != 0 || brackets != 0 {
            return invalid("the arguments of a function are not closed");
        }
        Ok(params)
    }
}
