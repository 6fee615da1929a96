//! The flags of dataclasses that a script hands to `HfArgumentParser` of `transformers`, from the
//! script's tree.

use std::collections::HashSet;

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged, Stmt};

use super::Declared;
use super::annotation::{Annotated, annotated};
use super::libraries::{Found, Place};
use super::module::{Module, Named};
use crate::script::constant_value;

/// The flags of the fields. A dataclass of another module has fields that are not known: the script
/// takes other flags then.
pub(super) fn flags<'a>(module: &Module<'a>, place: &Place) -> Option<Found> {
    if module.text.matches("HfArgumentParser(").count() != 1 || module.text.contains("set_defaults")
    {
        return None;
    }
    let call = calls(module.body).into_iter().find(|call| {
        let origin = module.origin(&call.func).unwrap_or_default();
        origin.starts_with("transformers.") && origin.ends_with(".HfArgumentParser")
    })?;
    let named = call.keywords.iter().find(|k| k.arg.as_deref() == Some("dataclass_types"));
    let classes = match call.args.first().or(named.map(|k| &k.value))? {
        Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => elts,
        one => std::slice::from_ref(one),
    };
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for class in classes {
        fields(module, place, class, &mut found, &mut seen)?;
    }
    Some(found)
}

/// The calls at the start of a statement's value, in functions as well.
fn calls(body: &[Stmt]) -> Vec<&ast::ExprCall> {
    let mut found = Vec::new();
    for stmt in body {
        let value = match stmt {
            Stmt::Assign(s) => Some(&*s.value),
            Stmt::AnnAssign(s) => s.value.as_deref(),
            Stmt::Expr(s) => Some(&*s.value),
            Stmt::FunctionDef(def) => {
                found.extend(calls(&def.body));
                None
            }
            Stmt::If(s) => {
                found.extend(calls(&s.body));
                None
            }
            _ => None,
        };
        let mut open = value;
        while let Some(expr) = open.take() {
            open = match expr {
                Expr::Call(call) => {
                    found.push(call);
                    Some(&call.func)
                }
                Expr::Attribute(at) => Some(&at.value),
                _ => None,
            };
        }
    }
    found
}

/// Adds the fields of a dataclass, those of the classes above it first.
fn fields<'a>(
    module: &Module<'a>,
    place: &Place,
    class: &'a Expr,
    found: &mut Found,
    seen: &mut HashSet<&'a str>,
) -> Option<()> {
    let Expr::Name(name) = class else {
        found.open = true;
        return module.origin(class).map(drop);
    };
    let class = match module.named(&name.id)? {
        Named::Class(class) => *class,
        Named::Import(_) => {
            found.open = true;
            return Some(());
        }
        _ => return None,
    };
    // One that is there already, or above itself.
    if !seen.insert(&name.id) {
        return None;
    }
    let is_dataclass = |decorator: &Expr| {
        let function = match decorator {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        module.origin(function).as_deref() == Some("dataclasses.dataclass")
    };
    if !class.decorator_list.iter().all(is_dataclass) || !class.keywords.is_empty() {
        return None;
    }
    for base in &class.bases {
        fields(module, place, base, found, seen)?;
    }
    if class.decorator_list.is_empty() {
        // No more than what is above it.
        return Some(());
    }
    for stmt in &class.body {
        let Stmt::AnnAssign(s) = stmt else { continue };
        let Expr::Name(name) = &*s.target else { return None };
        let Some(flag) = field(module, place, &name.id, s)? else { continue };
        match found.flags.iter_mut().find(|known| known.name == flag.name) {
            Some(known) => *known = flag,
            None => found.flags.push(flag),
        }
    }
    Some(())
}

/// The flag of a field; none within for one that is none.
fn field(
    module: &Module,
    place: &Place,
    name: &str,
    s: &ast::StmtAnnAssign,
) -> Option<Option<Declared>> {
    if matches!(&*s.annotation, Expr::Subscript(at)
        if module.origin(&at.value).as_deref() == Some("typing.ClassVar"))
    {
        return Some(None);
    }
    let of = annotated(module, &s.annotation)?;
    let call = match s.value.as_deref() {
        Some(Expr::Call(call)) => {
            (module.origin(&call.func).as_deref() == Some("dataclasses.field")).then_some(())?;
            Some(call)
        }
        _ => None,
    };
    let keyword = |name: &str| {
        let keywords = call.map(|call| &*call.keywords).unwrap_or_default();
        keywords.iter().find(|k| k.arg.as_deref() == Some(name)).map(|k| &k.value)
    };
    if keyword("init").is_some() {
        return Some(None);
    }
    let given = match call {
        Some(_) => keyword("default"),
        None => s.value.as_deref(),
    };
    let made = keyword("default_factory");
    // What is not known is left to the script, which has it as its default anyway.
    let default = match (given, made) {
        // The member of an enumeration as an argument is its value, which is not the same.
        (Some(expr), _) => module.value(expr),
        (None, Some(Expr::Lambda(lambda))) => module.value(&lambda.body),
        _ => None,
    };
    let default = default.unwrap_or_default();
    let metadata = keyword("metadata").and_then(|expr| constant_value(module.text, expr));
    let help = match &metadata {
        Some(Value::Map(entries)) => entries.get("help").and_then(Value::as_str),
        _ => None,
    };
    let mut flag = Declared {
        name: name.to_owned(),
        options: vec![format!("--{name}")],
        description: help.filter(|help| !help.is_empty()).map(str::to_owned),
        required: given.is_none() && made.is_none() && of != Annotated::Bool,
        place: Some((place.file.clone(), module.line(s.range()))),
        ..Declared::default()
    };
    flag.default = default;
    match of {
        Annotated::Bool => {
            flag.kind = Some("boolean".to_owned());
            match (given, &flag.default) {
                (None, _) => flag.default = Value::Bool(false),
                (Some(_), Value::Bool(_)) => {}
                // It takes words for true and false, and no bare option.
                _ => {
                    return Some(Some(Declared { choices: Some(vec![Value::Bool(true)]), ..flag }));
                }
            }
            let is_on = flag.default == Value::Bool(true);
            flag.switch = Some(!is_on);
            flag.off = is_on.then(|| vec![format!("--no_{name}")]);
        }
        Annotated::One(kind) => flag.kind = kind.map(str::to_owned),
        Annotated::Many(kind) => {
            flag.kind = kind.map(str::to_owned);
            flag.multi = true;
        }
        Annotated::Choice(values) => flag.choices = Some(values),
        Annotated::Tuple => return None,
    }
    Some(Some(flag))
}
