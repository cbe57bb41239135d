//! A path's text as tokens, with the library's own idea of where each ends.

use super::cursor::Cursor;
use super::{Error, Param, Path, Result, Token, invalid, unsupported};

/// The most tokens of a path.
const MAX_TOKENS: usize = 200;
/// How deep paths may be within filters and arguments.
pub(super) const MAX_DEPTH: usize = 16;

/// Compiles a path; one without `$` begins at the document.
pub(super) fn compile(text: &str, depth: usize) -> Result<Path> {
    let mut cursor = Cursor::new(text);
    cursor.trim();
    if !matches!(cursor.get(0), Ok('$' | '@')) {
        cursor = Cursor::new(&format!("$.{text}"));
        cursor.trim();
    }
    if cursor.last()? == '.' {
        return invalid("a path does not end with `.`");
    }
    whole(cursor, depth)
}

pub(super) fn whole(cursor: Cursor, depth: usize) -> Result<Path> {
    if depth > MAX_DEPTH {
        return unsupported("paths within paths so deep");
    }
    let mut compiler = Compiler { cursor, tokens: Vec::new(), depth };
    let from_root = compiler.root()?;
    let path = Path { from_root, tokens: compiler.tokens, after_scan: false, widened: false };
    Ok(invert(path))
}

/// `$..path.function()` means `$.function($..path)`.
fn invert(path: Path) -> Path {
    if !path.is_function() || !matches!(path.tokens.first(), Some(Token::Scan)) {
        return path;
    }
    let Some(at) = path.tokens.iter().position(|token| matches!(token, Token::Function(..))) else {
        return path;
    };
    let mut before = path.tokens;
    let mut tokens = before.split_off(at);
    if let Some(Token::Function(_, params)) = tokens.first_mut() {
        let from_root = path.from_root;
        let scanned = Path { from_root, tokens: before, after_scan: false, widened: false };
        *params = vec![Param::Path(scanned)];
    }
    Path { from_root: true, tokens, after_scan: true, widened: false }
}

pub(super) struct Compiler {
    pub(super) cursor: Cursor,
    pub(super) tokens: Vec<Token>,
    pub(super) depth: usize,
}

impl Compiler {
    fn root(&mut self) -> Result<bool> {
        while matches!(self.cursor.current(), Ok(' ' | '\t' | '\n' | '\r')) {
            self.cursor.at += 1;
        }
        let from_root = match self.cursor.current()? {
            '$' => true,
            '@' => false,
            _ => return invalid("a path begins with `$` or `@`"),
        };
        if self.cursor.is_tail() {
            return Ok(from_root);
        }
        self.cursor.at += 1;
        if !matches!(self.cursor.current()?, '.' | '[') {
            return invalid("`.` or `[` is expected after `$`");
        }
        self.tokens()?;
        Ok(from_root)
    }

    /// All tokens; each says whether more may follow.
    fn tokens(&mut self) -> Result<()> {
        loop {
            if self.tokens.len() > MAX_TOKENS {
                return unsupported(format!("a path of more than {MAX_TOKENS} steps"));
            }
            match self.cursor.current()? {
                '[' => self.bracket()?,
                '.' => {
                    self.dot()?;
                    continue;
                }
                '*' => {
                    self.cursor.at += 1;
                    self.tokens.push(Token::Wildcard);
                }
                _ => self.word()?,
            }
            // As in the library, one last character that is left over does not count.
            if self.cursor.is_tail() {
                return Ok(());
            }
        }
    }

    fn dot(&mut self) -> Result<()> {
        if self.cursor.is('.') && self.cursor.get(self.cursor.at + 1).is_ok_and(|c| c == '.') {
            self.tokens.push(Token::Scan);
            self.cursor.at += 2;
        } else if !self.cursor.in_bounds(self.cursor.at + 1) {
            return invalid("a path does not end with `.`");
        } else {
            self.cursor.at += 1;
        }
        if self.cursor.current()? == '.' { invalid("too many dots") } else { Ok(()) }
    }

    /// A name, or a function with its arguments.
    fn word(&mut self) -> Result<()> {
        let start = self.cursor.at;
        if self.cursor.current()? == ' ' {
            return invalid("a space in a path");
        }
        let mut at = start;
        let mut stop = None;
        while self.cursor.in_bounds(at) {
            match self.cursor.get(at)? {
                ' ' => return invalid("a name with spaces is written `['a name']`"),
                c @ ('.' | '[' | '(') => {
                    stop = Some(c);
                    break;
                }
                _ => at += 1,
            }
        }
        // A stop at the very beginning of the text cannot be.
        let end = if stop.is_some() && at > 0 { at } else { self.cursor.end() };
        let name = self.cursor.slice(start, end)?;
        if stop != Some('(') {
            self.cursor.at = end;
            self.tokens.push(Token::Property(vec![name]));
            return Ok(());
        }
        let mut open = 1;
        for at in at + 1..self.cursor.end() {
            match self.cursor.get(at)? {
                ')' => open -= 1,
                '(' => open += 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
        if open != 0 {
            return invalid("`(` is not closed");
        }
        let mut params = Vec::new();
        if self.cursor.in_bounds(at + 1) {
            if self.cursor.get(at + 1)? == ')' {
                self.cursor.at = at + 1;
            } else {
                self.cursor.at = at + 1;
                params = self.params()?;
            }
        } else {
            self.cursor.at = at;
        }
        self.tokens.push(Token::Function(name, params));
        // The library reads on at the `)` of a function without arguments: what follows
        // it begins with a key of that name.
        Ok(())
    }
}

/// Java's escapes, which a name and a text of a filter may have.
pub(super) fn unescape(text: &str) -> Result<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('b') => out.push('\u{8}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16);
                let code = code.map_err(|_| Error::Other("this is no escape".to_owned()))?;
                match char::from_u32(code) {
                    Some(c) => out.push(c),
                    None => return unsupported("half of a surrogate pair"),
                }
            }
            Some(c) => out.push(c),
            None => out.push('\\'),
        }
    }
    Ok(out)
}
