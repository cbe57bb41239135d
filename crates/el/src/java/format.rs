//! `String.format`, as far as counts and texts need it: `%d %s %x %o %c %b %f %e? %%`.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use super::double_to_string;
use crate::value::{Decimal, Value, to_java_string};

/// Why nothing was formatted.
pub(crate) enum Refused {
    /// Java refuses it as well.
    Invalid,
    /// A directive that is not built.
    Unsupported,
}

/// The widest field.
const MAX_WIDTH: usize = 1_000;

/// Formats `args` as `pattern` says.
pub(crate) fn format(pattern: &str, args: &[Value<'_>]) -> Result<String, Refused> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = chars.next_if(|c| "-+ 0,#(".contains(*c)) {
            flags.push(flag);
        }
        let width = number(&mut chars);
        if chars.peek() == Some(&'$') {
            return Err(Refused::Unsupported);
        }
        let precision = match chars.next_if_eq(&'.') {
            Some(_) => Some(number(&mut chars).ok_or(Refused::Invalid)?),
            None => None,
        };
        let conversion = chars.next().ok_or(Refused::Invalid)?;
        if width.unwrap_or(0).max(precision.unwrap_or(0)) > MAX_WIDTH || flags.contains(['#', '('])
        {
            return Err(Refused::Unsupported);
        }
        let field = Field { flags, width: width.unwrap_or(0), precision };
        match conversion {
            '%' => field.pad(&mut out, "%"),
            'n' => out.push('\n'),
            _ => {
                let arg = args.get(next).ok_or(Refused::Invalid)?;
                next += 1;
                field.write(&mut out, conversion, arg)?;
            }
        }
    }
    Ok(out)
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        let so_far: usize = number.unwrap_or(0);
        number = Some(so_far.saturating_mul(10).saturating_add(digit as usize));
    }
    number
}

struct Field {
    flags: String,
    width: usize,
    precision: Option<usize>,
}

impl Field {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn write(&self, out: &mut String, conversion: char, arg: &Value<'_>) -> Result<(), Refused> {
        match (conversion, arg) {
            ('s' | 'S' | 'b' | 'B', _) => {
                let text = match (conversion, arg) {
                    ('b' | 'B', Value::Bool(value)) => value.to_string(),
                    ('b' | 'B', _) => (!arg.is_null()).to_string(),
                    (_, Value::Bean(_) | Value::Opaque(_)) => return Err(Refused::Unsupported),
                    _ => to_java_string(arg),
                };
                let cut: String = match self.precision {
                    Some(length) => text.chars().take(length).collect(),
                    None => text,
                };
                if self.flags.chars().any(|flag| flag != '-') {
                    return Err(Refused::Invalid);
                }
                self.pad(out, &if conversion.is_uppercase() { cut.to_uppercase() } else { cut });
                Ok(())
            }
            (_, Value::Null) => {
                // As a text: a precision cuts it where the conversion has one.
                let text = match (conversion, self.precision) {
                    ('f' | 'e' | 'g' | 'E' | 'G', Some(length)) => &"null"[..length.min(4)],
                    ('d' | 'o' | 'x' | 'X' | 'c' | 'C', Some(_)) => return Err(Refused::Invalid),
                    ('d' | 'o' | 'x' | 'X' | 'c' | 'C' | 'f' | 'e' | 'g' | 'E' | 'G', None) => {
                        "null"
                    }
                    ('a' | 'A' | 'h' | 'H' | 't' | 'T', _) => return Err(Refused::Unsupported),
                    _ => return Err(Refused::Invalid),
                };
                let upper = conversion.is_uppercase();
                self.pad(out, &if upper { text.to_uppercase() } else { text.to_owned() });
                Ok(())
            }
            ('d', _) => {
                let number: BigInt = match arg {
                    Value::Byte(value) => (*value).into(),
                    Value::Short(value) => (*value).into(),
                    Value::Int(value) => (*value).into(),
                    Value::Long(value) => (*value).into(),
                    Value::BigInt(value) => (**value).clone(),
                    _ => return Err(Refused::Invalid),
                };
                if self.precision.is_some() {
                    return Err(Refused::Invalid);
                }
                let text = number.to_string();
                self.signed(out, text.trim_start_matches('-'), text.starts_with('-'));
                Ok(())
            }
            ('x' | 'X', Value::Int(value)) => {
                let text = format!("{value:x}");
                self.pad_number(out, &if conversion == 'X' { text.to_uppercase() } else { text })
            }
            ('x' | 'X', Value::Long(value)) => {
                let text = format!("{value:x}");
                self.pad_number(out, &if conversion == 'X' { text.to_uppercase() } else { text })
            }
            ('f', Value::Double(value)) => self.real(out, *value, &double_to_string(value.abs())),
            // By the digits of the Double that it is, not by its own.
            ('f', Value::Float(value)) => {
                let value = f64::from(*value);
                self.real(out, value, &double_to_string(value.abs()))
            }
            ('f', Value::Decimal(value)) => {
                let text = value.to_string();
                self.real(out, value.to_f64(), text.trim_start_matches('-'))
            }
            ('f', _) => Err(Refused::Invalid),
            ('c', Value::Char(unit)) => {
                self.pad(out, &String::from_utf16_lossy(&[*unit]));
                Ok(())
            }
            ('c', Value::Int(code)) => {
                let c = code.to_u32().and_then(char::from_u32).ok_or(Refused::Invalid)?;
                self.pad(out, &c.to_string());
                Ok(())
            }
            ('x' | 'X', _) if !matches!(arg, Value::BigInt(_)) => Err(Refused::Invalid),
            _ => Err(Refused::Unsupported),
        }
    }

    /// `%f`: halves away from zero, of the digits that the number is written with.
    fn real(&self, out: &mut String, value: f64, digits: &str) -> Result<(), Refused> {
        if !value.is_finite() {
            return Err(Refused::Unsupported);
        }
        let places = self.precision.unwrap_or(6);
        let decimal = Decimal::parse(digits).ok_or(Refused::Unsupported)?;
        let shift = Decimal::parse(&format!("1e{places}")).ok_or(Refused::Unsupported)?;
        let half = Decimal::parse("0.5").ok_or(Refused::Unsupported)?;
        let scaled = decimal.multiply(&shift).and_then(|d| d.add(&half));
        let rounded = scaled.ok_or(Refused::Unsupported)?.truncate().to_string();
        let padded = format!("{rounded:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let point = if places > 0 { "." } else { "" };
        self.signed(out, &format!("{whole}{point}{fraction}"), value.is_sign_negative());
        Ok(())
    }

    fn pad_number(&self, out: &mut String, text: &str) -> Result<(), Refused> {
        if self.precision.is_some() || self.flags.contains([',', '+', ' ']) {
            return Err(Refused::Invalid);
        }
        self.signed(out, text, false);
        Ok(())
    }

    /// A number with its sign, grouped and filled up as the flags say.
    fn signed(&self, out: &mut String, digits: &str, negative: bool) {
        let sign = match (negative, self.has('+'), self.has(' ')) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let (whole, fraction) = match digits.find('.') {
            Some(at) => digits.split_at(at),
            None => (digits, ""),
        };
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if self.has(',') && at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped.push_str(fraction);
        if self.has('0') {
            let zeros = self.width.saturating_sub(sign.len() + grouped.len());
            grouped.insert_str(0, &"0".repeat(zeros));
        }
        self.pad(out, &format!("{sign}{grouped}"));
    }

    fn pad(&self, out: &mut String, text: &str) {
        let fill = " ".repeat(self.width.saturating_sub(text.chars().count()));
        let (before, after) = if self.has('-') { ("", &*fill) } else { (&*fill, "") };
        for part in [before, text, after] {
            out.push_str(part);
        }
    }
}
