//! Bringing a value to the type of its flag.

use guild_plugin_api::Value;
use guild_plugin_api::model::FlagDef;

use crate::Warnings;
use crate::path::{absolute, expand_user};
use crate::value::{
    encode, float_of_int, is_function, is_true, join_split, kind, parse_float, parse_int,
    short_kind, split_encoded, text,
};

/// `value` as the type of its flag has it: each item of a list, and each part of a value that
/// `arg-split` splits, by itself. Null, functions, and values of flags without a type stay.
///
/// `name` is for the warning about a type that is unknown.
///
/// # Errors
/// Why the value is none of the type, in Guild AI's words.
pub fn coerce(
    name: &str,
    value: &Value,
    def: &FlagDef,
    warnings: &mut Warnings,
) -> Result<Value, String> {
    let kind = match def.kind.as_deref() {
        None | Some("" | "auto") => return Ok(value.clone()),
        Some(kind) => kind,
    };
    match value {
        Value::Null => Ok(Value::Null),
        value if is_function(value) => Ok(value.clone()),
        Value::List(items) => {
            let coerced = items.iter().map(|item| coerce(name, item, def, warnings));
            Ok(Value::List(coerced.collect::<Result<_, _>>()?))
        }
        value if is_true(&def.arg_split) => {
            let parts =
                split_encoded(&encoded(value), &def.arg_split).map_err(|e| e.to_string())?;
            let coerced =
                parts.iter().map(|part| to_kind(name, &part.as_str().into(), kind, warnings));
            Ok(join_split(&coerced.collect::<Result<Vec<_>, _>>()?, &def.arg_split)?.into())
        }
        value => to_kind(name, value, kind, warnings),
    }
}

/// A value as a text that can be split: strings as they are, others encoded.
pub(super) fn encoded(value: &Value) -> String {
    value.as_str().map_or_else(|| encode(value), Into::into)
}

fn to_kind(
    name: &str,
    value: &Value,
    kind: &str,
    warnings: &mut Warnings,
) -> Result<Value, String> {
    match kind {
        "string" => Ok(text(value).into()),
        "int" if matches!(value, Value::Float(_)) => Err(invalid(kind)),
        "int" => int(value)?.ok_or_else(|| invalid(kind)),
        "float" => float(value)?.ok_or_else(|| invalid(kind)),
        "boolean" => Ok(is_true(value).into()),
        "number" => match value {
            Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
                Ok(value.clone())
            }
            other => match int(other)? {
                Some(int) => Ok(int),
                None => float(other)?.ok_or_else(|| invalid(kind)),
            },
        },
        "path" | "existing-path" => path(value),
        other => {
            warnings.push(format!("unknown flag type '{other}' for {name} - cannot coerce"));
            Ok(value.clone())
        }
    }
}

fn invalid(kind: &str) -> String {
    format!("invalid value for type '{kind}'")
}

fn int(value: &Value) -> Result<Option<Value>, String> {
    match value {
        Value::Bool(b) => Ok(Some(i64::from(*b).into())),
        Value::Int(_) | Value::BigInt(_) => Ok(Some(value.clone())),
        Value::Str(s) => Ok(parse_int(s)),
        other => Err(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            kind(other)
        )),
    }
}

fn float(value: &Value) -> Result<Option<Value>, String> {
    match value {
        Value::Float(_) => Ok(Some(value.clone())),
        Value::Bool(_) | Value::Int(_) => Ok(float_of_int(value).map(Value::Float)),
        Value::BigInt(_) => match float_of_int(value) {
            Some(float) => Ok(Some(float.into())),
            None => Err("int too large to convert to float".into()),
        },
        Value::Str(s) => Ok(parse_float(s).map(Value::Float)),
        other => Err(format!(
            "float() argument must be a string or a real number, not '{}'",
            kind(other)
        )),
    }
}

fn path(value: &Value) -> Result<Value, String> {
    match value {
        Value::Str(path) => Ok(absolute(&expand_user(path)).into()),
        other => {
            Err(format!("expected str, bytes or os.PathLike object, not {}", short_kind(other)))
        }
    }
}
