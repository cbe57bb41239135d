//! The `pricing` part: its decoder, and the structs its schema comes from.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde_json::{Map, Value};
use token_tracking_core::nearest;
use token_tracking_pricing::{FlatPrice, PriceNumber, parse};

use crate::PricingConfig;
use crate::decode::{kind, warn_of_unknown};
use crate::problem::Problem;
use crate::text::Text;

/// The form's branch with prices; only its schema is used.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[allow(dead_code, reason = "the decoder below is more lenient than a derived one")]
pub(crate) struct FlatPricing {
    /// Price of as many tokens sent as the unit below says.
    #[schemars(title = "Input Token Price Value", example = 0.4)]
    #[schemars(extend("exclusiveMinimum" = 0))]
    input_price_value: f64,
    /// How many tokens sent that price is for; most price lists are per million.
    #[schemars(title = "Input Token Price Unit", example = 1_000_000, example = 1_000)]
    #[schemars(extend("default" = 1_000_000, "exclusiveMinimum" = 0))]
    input_price_unit: f64,
    /// Price of as many tokens received as the unit below says.
    #[schemars(title = "Output Token Price Value", example = 0.8)]
    #[schemars(extend("exclusiveMinimum" = 0))]
    output_price_value: f64,
    /// How many tokens received that price is for; most price lists are per million.
    #[schemars(title = "Output Token Price Unit", example = 1_000_000, example = 1_000)]
    #[schemars(extend("default" = 1_000_000, "exclusiveMinimum" = 0))]
    output_price_unit: f64,
    /// Currency of both prices, three capital letters of ISO 4217; costs carry it. Without it
    /// they have none.
    #[schemars(title = "Currency", example = &"EUR", regex(pattern = "^[A-Z]{3}$"))]
    currency: Option<String>,
}

const NUMBERS: [(&str, &str); 4] = [
    ("inputPriceValue", "0.4"),
    ("inputPriceUnit", "1000000"),
    ("outputPriceValue", "0.8"),
    ("outputPriceUnit", "1000000"),
];
const KNOWN: [&str; 6] = [
    "type",
    "inputPriceValue",
    "inputPriceUnit",
    "outputPriceValue",
    "outputPriceUnit",
    "currency",
];
const FREE: &str = "for a free model use \"pricing\": {\"type\": \"none\"}";

/// The pricing of a configuration; absent only where a problem says why.
pub(crate) fn decode(
    value: Option<&Value>,
    text: Option<&Text>,
    problems: &mut Vec<Problem>,
) -> Option<PricingConfig> {
    let object = match value {
        None => return Some(PricingConfig::None),
        Some(Value::Null) => {
            problems.push(
                Problem::warning("/pricing", "null is read as no pricing")
                    .suggest("leave \"pricing\" out, or write {\"type\": \"none\"}"),
            );
            return Some(PricingConfig::None);
        }
        Some(Value::Object(object)) => object,
        Some(other) => {
            problems.push(
                Problem::error("/pricing", format!("this is {}", kind(other)))
                    .expected("an object with four prices and units, or {\"type\": \"none\"}"),
            );
            return None;
        }
    };
    warn_of_unknown(object, "/pricing", &KNOWN, problems);
    match object.get("type") {
        Some(Value::String(name)) if name == "none" => return Some(PricingConfig::None),
        Some(Value::String(name)) if name == "pricing" => {}
        None => {}
        Some(Value::Null) => problems.push(
            Problem::warning("/pricing/type", "null is read as \"pricing\"")
                .suggest("leave \"type\" out"),
        ),
        Some(Value::String(name)) => {
            let quoted = Value::from(name.as_str());
            let problem = Problem::error("/pricing/type", format!("unknown pricing type {quoted}"))
                .expected("\"none\" or \"pricing\"");
            let near = nearest(name, &["none", "pricing"]);
            problems.push(match near {
                Some(near) => problem.suggest(format!("did you mean \"{near}\"?")),
                None => problem,
            });
            if near == Some("pricing") {
                // What is wrong with the prices is said at once.
                prices(object, text, problems);
            }
            return None;
        }
        Some(other) => {
            problems.push(
                Problem::error("/pricing/type", format!("the type is {}", kind(other)))
                    .expected("\"none\" or \"pricing\""),
            );
            return None;
        }
    }
    prices(object, text, problems)
}

fn prices(
    object: &Map<String, Value>,
    text: Option<&Text>,
    problems: &mut Vec<Problem>,
) -> Option<PricingConfig> {
    let currency = currency(object.get("currency"), problems);
    // All four are read before any is missed, so that every mistake is said at once.
    let [input_value, input_unit, output_value, output_unit] =
        NUMBERS.map(|(name, example)| number(object, name, example, text, problems));
    let (input_value, input_unit) = (input_value?, input_unit?);
    let (output_value, output_unit) = (output_value?, output_unit?);
    let flat = || {
        Ok(FlatPrice {
            input_value: input_value?,
            input_unit: input_unit?,
            output_value: output_value?,
            output_unit: output_unit?,
            currency,
        })
    };
    Some(flat().map_or_else(PricingConfig::Unpriceable, PricingConfig::Flat))
}

/// One of the four numbers. `Err` is why nothing can be computed with it; absent is one
/// that a problem speaks of.
fn number(
    object: &Map<String, Value>,
    name: &str,
    example: &str,
    text: Option<&Text>,
    problems: &mut Vec<Problem>,
) -> Option<Result<Decimal, String>> {
    let pointer = format!("/pricing/{name}");
    let (written, shortest) = match object.get(name) {
        Some(Value::Number(number)) => {
            let shortest = number.to_string();
            // The text has the digits that a double drops. YAML has other ways to write
            // a number, so it counts only where it says the same.
            let written = text
                .and_then(|text| text.raw(&pointer))
                .filter(|raw| raw.parse().ok() == number.as_f64())
                .map_or_else(|| shortest.clone(), str::to_owned);
            (written, shortest)
        }
        Some(Value::String(string)) => (string.trim().to_owned(), string.trim().to_owned()),
        None => {
            problems.push(
                Problem::error("/pricing", format!("missing \"{name}\""))
                    .expected("a number greater than zero")
                    .suggest(format!("add \"{name}\": {example}")),
            );
            return None;
        }
        Some(other) => {
            problems.push(
                Problem::error(pointer, format!("this is {}", kind(other)))
                    .expected("a number greater than zero")
                    .suggest(format!("write \"{name}\": {example}")),
            );
            return None;
        }
    };
    let mut parsed = parse(&written);
    if parsed == PriceNumber::Beyond
        && let PriceNumber::Exact(rounded) = parse(&shortest)
    {
        problems.push(Problem::warning(
            &pointer,
            format!("this number has more digits than are kept; it is read as {rounded}"),
        ));
        parsed = PriceNumber::Exact(rounded);
    }
    match parsed {
        PriceNumber::NotANumber => {
            problems.push(
                Problem::error(pointer, format!("{} is not a number", Value::from(written)))
                    .expected("a number greater than zero")
                    .suggest(format!("write \"{name}\": {example}")),
            );
            return None;
        }
        PriceNumber::NotPositive => {
            let problem = Problem::error(pointer, format!("{name} is {written}"))
                .expected("a number greater than zero");
            problems.push(problem.suggest(FREE));
            return None;
        }
        PriceNumber::Exact(_) | PriceNumber::Beyond => {}
    }
    if object.get(name).is_some_and(Value::is_string) {
        problems.push(
            Problem::warning(
                &pointer,
                "this number is written as a string, which the form refuses",
            )
            .suggest(format!("write \"{name}\": {written}")),
        );
    }
    let PriceNumber::Exact(number) = parsed else {
        let why = format!("{name} is {written}, which no cost can be computed with");
        problems.push(
            Problem::warning(pointer, format!("{why}: responses will be unpriced"))
                .expected("a number of at most 28 digits"),
        );
        return Some(Err(why));
    };
    Some(Ok(number))
}

/// The currency; one that is none is dropped, since the original knows no currency and
/// accepts anything.
fn currency(value: Option<&Value>, problems: &mut Vec<Problem>) -> Option<String> {
    let problem = |message: String| {
        Problem::warning("/pricing/currency", message)
            .expected("a code of ISO 4217, three capital letters")
    };
    match value? {
        Value::String(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) => {
            return Some(code.clone());
        }
        Value::String(code) => {
            let quoted = Value::from(code.as_str());
            let found = problem(format!("{quoted} is not a currency; costs will have none"));
            let capitals = code.trim().to_uppercase();
            let is_code = capitals.len() == 3 && capitals.bytes().all(|b| b.is_ascii_uppercase());
            problems.push(match is_code {
                true => found.suggest(format!("write \"currency\": \"{capitals}\"")),
                false => found.suggest("write for example \"currency\": \"EUR\""),
            });
        }
        other => {
            problems
                .push(problem(format!("the currency is {}; costs will have none", kind(other))));
        }
    }
    None
}
