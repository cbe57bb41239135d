//! `T(…)`: which classes there are, and which values are instances of them.

use super::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::{MapKind, SeqKind, Value};

/// Classes of `java.lang` that a short name may mean.
const LANG: [&str; 62] = [
    "AbstractMethodError",
    "Appendable",
    "ArithmeticException",
    "AutoCloseable",
    "Boolean",
    "Byte",
    "CharSequence",
    "Character",
    "Class",
    "ClassLoader",
    "Cloneable",
    "Comparable",
    "Compiler",
    "Double",
    "Enum",
    "Error",
    "Exception",
    "Float",
    "IllegalArgumentException",
    "IllegalStateException",
    "IndexOutOfBoundsException",
    "InheritableThreadLocal",
    "Integer",
    "Iterable",
    "Long",
    "Math",
    "Module",
    "ModuleLayer",
    "NullPointerException",
    "Number",
    "NumberFormatException",
    "Object",
    "Override",
    "Package",
    "Process",
    "ProcessBuilder",
    "ProcessHandle",
    "Readable",
    "Record",
    "Runnable",
    "Runtime",
    "RuntimeException",
    "RuntimePermission",
    "SafeVarargs",
    "SecurityException",
    "SecurityManager",
    "Short",
    "StackOverflowError",
    "StackTraceElement",
    "StackWalker",
    "StrictMath",
    "String",
    "StringBuffer",
    "StringBuilder",
    "System",
    "Thread",
    "ThreadGroup",
    "ThreadLocal",
    "Throwable",
    "ThreadDeath",
    "UnsupportedOperationException",
    "Void",
];

const PRIMITIVES: [&str; 9] =
    ["int", "long", "double", "float", "short", "byte", "char", "boolean", "void"];

/// Classes beyond `java.lang` that are known to be there.
const OTHERS: [&str; 17] = [
    "java.util.List",
    "java.util.Map",
    "java.util.HashMap",
    "java.util.LinkedHashMap",
    "java.util.ArrayList",
    "java.util.Collection",
    "java.util.Collections",
    "java.util.Set",
    "java.util.Arrays",
    "java.util.Optional",
    "java.util.UUID",
    "java.util.Date",
    "java.math.BigDecimal",
    "java.math.BigInteger",
    "java.math.RoundingMode",
    "java.time.LocalDate",
    "java.time.Duration",
];

/// Where packages begin that a gateway's class path has.
const ROOTS: [&str; 12] = [
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.",
    "org.",
    "io.",
    "net.",
    "jakarta.",
    "reactor.",
    "kotlin.",
    "freemarker.",
];

/// Whether there is a class of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exists {
    Yes,
    No,
    /// That depends on the class path of the gateway.
    Unknown,
}

/// Whether there is a class of this name, and its full name.
pub(crate) fn exists(name: &str) -> (Exists, String) {
    if PRIMITIVES.contains(&name) || OTHERS.contains(&name) {
        return (Exists::Yes, name.to_owned());
    }
    let short = name.strip_prefix("java.lang.").unwrap_or(name);
    if LANG.contains(&short) {
        return (Exists::Yes, format!("java.lang.{short}"));
    }
    let rooted = ROOTS.iter().any(|root| name.starts_with(root));
    (if rooted { Exists::Unknown } else { Exists::No }, name.to_owned())
}

/// Whether a value is of a class; `None` when that is not known.
pub(super) fn is_instance(value: &Value<'_>, class: &str) -> Option<bool> {
    if class == "java.lang.Object" {
        return Some(true);
    }
    let own: &[&str] = match value {
        Value::Bool(_) => &["java.lang.Boolean", "java.lang.Comparable"],
        Value::Byte(_) => &["java.lang.Byte", "java.lang.Number", "java.lang.Comparable"],
        Value::Short(_) => &["java.lang.Short", "java.lang.Number", "java.lang.Comparable"],
        Value::Int(_) => &["java.lang.Integer", "java.lang.Number", "java.lang.Comparable"],
        Value::Long(_) => &["java.lang.Long", "java.lang.Number", "java.lang.Comparable"],
        Value::Float(_) => &["java.lang.Float", "java.lang.Number", "java.lang.Comparable"],
        Value::Double(_) => &["java.lang.Double", "java.lang.Number", "java.lang.Comparable"],
        Value::BigInt(_) => &["java.math.BigInteger", "java.lang.Number", "java.lang.Comparable"],
        Value::Decimal(_) => &["java.math.BigDecimal", "java.lang.Number", "java.lang.Comparable"],
        Value::Char(_) => &["java.lang.Character", "java.lang.Comparable"],
        Value::Text(_) => &["java.lang.String", "java.lang.CharSequence", "java.lang.Comparable"],
        Value::Seq(seq) => match seq.kind {
            SeqKind::List | SeqKind::JsonList => {
                &["java.util.List", "java.util.Collection", "java.lang.Iterable"]
            }
            SeqKind::Set | SeqKind::Entries => {
                &["java.util.Set", "java.util.Collection", "java.lang.Iterable"]
            }
            SeqKind::Collection => &["java.util.Collection", "java.lang.Iterable"],
            SeqKind::Array(_) => &["java.lang.Cloneable"],
        },
        Value::Map(map) => match map.kind() {
            MapKind::Hash | MapKind::HashOfText => &["java.util.Map", "java.util.HashMap"],
            MapKind::Linked => &["java.util.Map"],
            _ => &["java.util.Map"],
        },
        _ => return None,
    };
    if own.contains(&class) {
        return Some(true);
    }
    // What else a collection is made of depends on who made it.
    let scalar = !matches!(value, Value::Seq(_) | Value::Map(_));
    let plain = class.starts_with("java.lang.")
        && !["java.lang.Cloneable", "java.lang.Iterable"].contains(&class);
    let apart = ["java.util.List", "java.util.Map", "java.util.Set", "java.util.Collection"];
    let number = class.starts_with("java.math.");
    let primitive = PRIMITIVES.contains(&class);
    if plain || number || primitive || apart.contains(&class) {
        return Some(false);
    }
    (scalar && class.starts_with("java.util.")).then_some(false)
}

impl<'c> Evaluator<'c, '_> {
    pub(super) fn type_value(
        &mut self,
        id: NodeId,
        name: &str,
        dimensions: u32,
    ) -> Evaluated<Value<'c>> {
        match exists(name) {
            (Exists::Yes, full) if dimensions == 0 => Ok(Value::Class(full.into())),
            (Exists::No, _) => Err(self.fail(id, format!("there is no type `{name}`"))),
            (Exists::Yes, _) => Ok(Value::Opaque("Class")),
            (Exists::Unknown, _) => Err(self.unsupported(id, format!("the type `{name}`"))),
        }
    }
}
