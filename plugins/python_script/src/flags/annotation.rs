//! The types that annotations of parameters and fields name.

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Operator, Stmt};

use super::module::{Module, Named};

/// A type, as far as flags know it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Annotated {
    Bool,
    /// Of one value: `string`, `int`, `float`, or none of them.
    One(Option<&'static str>),
    /// One of these values.
    Choice(Vec<Value>),
    /// Several values, of the flag type that is named.
    Many(Option<&'static str>),
    /// A tuple of plain values.
    Tuple,
}

/// The type that an annotation names; none where it is not known.
pub(super) fn annotated(module: &Module, expr: &Expr) -> Option<Annotated> {
    for (name, kind) in [("str", "string"), ("int", "int"), ("float", "float")] {
        if module.is_builtin(expr, name) {
            return Some(Annotated::One(Some(kind)));
        }
    }
    if module.is_builtin(expr, "bool") {
        return Some(Annotated::Bool);
    }
    match expr {
        Expr::Subscript(at) => {
            let list = module.is_builtin(&at.value, "list");
            let origin = module.origin(&at.value).unwrap_or_default();
            match origin.strip_prefix("typing.") {
                Some("Optional") => annotated(module, &at.slice),
                Some("List") => many(module, &at.slice),
                Some("Tuple") => tuple(module, &at.slice),
                Some("Literal") => match module.value(&at.slice)? {
                    Value::List(values) => Some(Annotated::Choice(values)),
                    value => Some(Annotated::Choice(vec![value])),
                },
                _ if list => many(module, &at.slice),
                _ if module.is_builtin(&at.value, "tuple") => tuple(module, &at.slice),
                _ => None,
            }
        }
        // `str | None`
        Expr::BinOp(b) if b.op == Operator::BitOr => match (&*b.left, &*b.right) {
            (of, none) | (none, of) if is_none(none) => annotated(module, of),
            _ => None,
        },
        Expr::Name(name) => match module.named(&name.id)? {
            Named::Class(class) => members(module, class).map(|members| {
                Annotated::Choice(members.into_iter().map(|(_, value)| value).collect())
            }),
            Named::Import(origin) => plain(origin),
            _ => None,
        },
        other => plain(&module.origin(other)?),
    }
}

fn plain(origin: &str) -> Option<Annotated> {
    is_plain(origin).then_some(Annotated::One(None))
}

/// Whether what has this name is a type that a text stands for.
pub(super) fn is_plain(origin: &str) -> bool {
    ["pathlib.Path", "uuid.UUID", "datetime.datetime"].contains(&origin)
}

fn tuple(module: &Module, parts: &Expr) -> Option<Annotated> {
    let Expr::Tuple(parts) = parts else { return None };
    let one = |part| matches!(annotated(module, part), Some(Annotated::One(_)));
    parts.elts.iter().all(one).then_some(Annotated::Tuple)
}

fn many(module: &Module, item: &Expr) -> Option<Annotated> {
    match annotated(module, item)? {
        Annotated::One(kind) => Some(Annotated::Many(kind)),
        _ => None,
    }
}

fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(c) if c.value == ast::Constant::None)
}

/// The value of an expression, or of the member of an enumeration that it names.
pub(super) fn value(module: &Module, expr: &Expr) -> Option<Value> {
    if let Expr::Attribute(at) = expr
        && let Expr::Name(name) = &*at.value
        && let Some(Named::Class(class)) = module.named(&name.id)
    {
        let members = members(module, class)?;
        return members.into_iter().find(|(name, _)| *name == at.attr.as_str()).map(|(_, v)| v);
    }
    module.value(expr)
}

/// The members of an enumeration; none of another class.
fn members<'a>(module: &Module, class: &'a ast::StmtClassDef) -> Option<Vec<(&'a str, Value)>> {
    let is_enum = |base: &Expr| {
        let origin = module.origin(base).unwrap_or_default();
        ["enum.Enum", "enum.StrEnum", "enum.IntEnum"].contains(&origin.as_str())
    };
    if !class.bases.iter().any(is_enum) {
        return None;
    }
    let mut members = Vec::new();
    for stmt in &class.body {
        let Stmt::Assign(s) = stmt else { continue };
        let [Expr::Name(name)] = &*s.targets else { return None };
        members.push((name.id.as_str(), module.value(&s.value)?));
    }
    Some(members)
}
