//! The values of constant expressions.

use guild_plugin_api::{Map, Value};
use rustpython_parser::ast::bigint::BigInt;
use rustpython_parser::ast::{self, Expr, Ranged, UnaryOp};

/// Python refuses to write longer integers in decimal (4,300 digits).
const MOST_BITS: u64 = 14_284;

/// What an expression is that Guild takes for a constant.
pub(super) enum Constant {
    /// A value.
    Value(Value),
    /// A constant that cannot be a value: a complex number, text with half of a surrogate pair,
    /// an integer that is too long to be written, or a collection that holds such. Guild AI 0.9.0
    /// fails on most of these.
    Other,
}

use Constant::Other;

/// The constant that `expr` is; none for anything else. `text` is the whole script.
pub(super) fn value(text: &str, expr: &Expr) -> Option<Constant> {
    match expr {
        Expr::Constant(c) => literal(text, c),
        Expr::UnaryOp(u) => signed(u),
        Expr::List(l) => {
            let mut items = Vec::with_capacity(l.elts.len());
            let mut other = false;
            for item in &l.elts {
                match value(text, item)? {
                    Constant::Value(Value::Map(_)) if is_call(item) => other = true,
                    Constant::Value(value) => items.push(value),
                    Other => other = true,
                }
            }
            Some(if other { Other } else { Constant::Value(Value::List(items)) })
        }
        Expr::Dict(d) => {
            let mut map = Entries::default();
            for (key, item) in d.keys.iter().zip(&d.values) {
                // `**other` has no key.
                let key = value(text, key.as_ref()?)?;
                if matches!(key, Constant::Value(Value::List(_) | Value::Map(_))) {
                    return None;
                }
                map.insert(key, value(text, item)?);
            }
            Some(map.finish())
        }
        Expr::Call(call) => {
            let Expr::Name(name) = &*call.func else { return None };
            if !name.id.ends_with("SimpleNamespace") {
                return None;
            }
            let mut map = Entries::default();
            for keyword in &call.keywords {
                let key = Value::str(keyword.arg.as_ref()?.as_str());
                map.insert(Constant::Value(key), value(text, &keyword.value)?);
            }
            Some(map.finish())
        }
        _ => None,
    }
}

/// Whether this is a `SimpleNamespace`, which has no YAML form where a dict has one.
fn is_call(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(_))
}

fn literal(text: &str, c: &ast::ExprConstant) -> Option<Constant> {
    Some(match &c.value {
        ast::Constant::None => Constant::Value(Value::Null),
        ast::Constant::Bool(b) => Constant::Value(Value::Bool(*b)),
        ast::Constant::Str(s) if has_surrogate(text, c, s) => Other,
        ast::Constant::Str(s) => Constant::Value(Value::Str(s.clone())),
        ast::Constant::Int(i) => integer(i),
        ast::Constant::Float(f) => Constant::Value(Value::Float(*f)),
        ast::Constant::Complex { .. } => Other,
        ast::Constant::Bytes(_) | ast::Constant::Ellipsis | ast::Constant::Tuple(_) => return None,
    })
}

fn signed(u: &ast::ExprUnaryOp) -> Option<Constant> {
    let Expr::Constant(operand) = &*u.operand else { return None };
    let minus = match u.op {
        UnaryOp::USub => true,
        UnaryOp::UAdd => false,
        UnaryOp::Invert | UnaryOp::Not => return None,
    };
    match &operand.value {
        ast::Constant::Int(i) if minus => Some(integer(&-i.clone())),
        ast::Constant::Int(i) => Some(integer(i)),
        ast::Constant::Float(f) => Some(Constant::Value(Value::Float(if minus { -f } else { *f }))),
        ast::Constant::Complex { .. } => Some(Other),
        _ => None,
    }
}

fn integer(i: &BigInt) -> Constant {
    if i.bits() > MOST_BITS {
        return Other;
    }
    let digits = i.to_string();
    Constant::Value(digits.parse().map_or(Value::BigInt(digits), Value::Int))
}

/// Whether the literal has an escape such as `\ud800`. The parser gives U+FFFD for it.
fn has_surrogate(text: &str, c: &ast::ExprConstant, value: &str) -> bool {
    if !value.contains('\u{fffd}') {
        return false;
    }
    let range = c.range();
    let source = text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
    source.as_bytes().windows(4).any(|w| {
        let digits = if w[1] == b'u' { &w[2..] } else { b"" };
        w[0] == b'\\' && matches!(digits, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'])
    }) || source.contains("\\U0000d")
        || source.contains("\\U0000D")
}

/// A dict's entries. In Python `1`, `1.0` and `True` are the same key; the first of them stays
/// and gets the value of the last.
#[derive(Default)]
struct Entries {
    map: Map,
    other: bool,
}

impl Entries {
    fn insert(&mut self, key: Constant, value: Constant) {
        let (Constant::Value(key), Constant::Value(value)) = (key, value) else {
            self.other = true;
            return;
        };
        let same = self.map.iter().map(|(k, _)| k).find(|k| same_key(k, &key)).cloned();
        self.map.insert(same.unwrap_or(key), value);
    }

    fn finish(self) -> Constant {
        if self.other { Other } else { Constant::Value(Value::Map(self.map)) }
    }
}

fn same_key(a: &Value, b: &Value) -> bool {
    let number = |v: &Value| match v {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        Value::Int(i) => Some(*i as f64),
        Value::Float(f) => Some(*f),
        _ => None,
    };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        _ => a == b || number(a).is_some_and(|n| Some(n) == number(b)),
    }
}
