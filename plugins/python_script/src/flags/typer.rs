//! The flags of a script that is a `typer` app with one command, from the script's tree.

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged, Stmt};

use super::Declared;
use super::annotation::{self, Annotated, annotated};
use super::libraries::{Found, Place};
use super::module::{self, Module, Named};

/// Arguments of `Typer` that have no part in its options.
const ABOUT_APP: [&str; 9] = [
    "name",
    "help",
    "epilog",
    "add_completion",
    "no_args_is_help",
    "rich_markup_mode",
    "pretty_exceptions_enable",
    "pretty_exceptions_show_locals",
    "pretty_exceptions_short",
];

/// Arguments of `Option` that change what is passed, or not enough is known of.
const CHANGING: [&str; 4] = ["is_flag", "flag_value", "click_type", "parser"];

/// An option as a parameter declares it.
struct Declaration<'a> {
    /// The type that the parameter is said to have.
    of: Option<&'a Expr>,
    /// The call of `typer.Option`, if there is one.
    call: Option<&'a ast::ExprCall>,
    /// The default; none for a parameter without one.
    default: Option<&'a Expr>,
}

/// The flags of the function that the script hands to `typer`.
pub(super) fn flags(module: &Module, place: &Place) -> Option<Found> {
    if place.imports_involved {
        return None;
    }
    let function = function(module)?;
    let args = &function.args;
    if args.vararg.is_some() || args.kwarg.is_some() {
        return None;
    }
    let mut flags = Vec::new();
    for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
        let Some(declaration) = declaration(module, arg)? else { continue };
        flags.extend(declared(module, place, arg, &declaration)?);
    }
    Some(Found { flags, open: false })
}

/// The function that is run: that of `typer.run(function)`, or the one command of an app.
fn function<'a>(module: &Module<'a>) -> Option<&'a ast::StmtFunctionDef> {
    for word in ["add_typer", ".callback", "typer.main", "get_command"] {
        if module.text.contains(word) {
            return None;
        }
    }
    let mut called = None;
    for stmt in module.body {
        let call = match stmt {
            Stmt::If(s) if module::is_main(stmt) => s.body.iter().find_map(call),
            stmt => call(stmt),
        };
        let Some(call) = call else { continue };
        if module.origin(&call.func).as_deref() == Some("typer.run") {
            called = match call.args.first()? {
                Expr::Name(name) => match module.named(&name.id)? {
                    Named::Function(def) if def.decorator_list.is_empty() => Some(*def),
                    _ => return None,
                },
                _ => return None,
            };
        } else if let Expr::Name(name) = &*call.func
            && is_app(module, &name.id)
        {
            called = Some(command(module, &name.id)?);
        }
    }
    called
}

fn call(stmt: &Stmt) -> Option<&ast::ExprCall> {
    match stmt {
        Stmt::Expr(s) => match &*s.value {
            Expr::Call(call) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

fn is_app(module: &Module, name: &str) -> bool {
    let Some(Named::Value(Expr::Call(call))) = module.named(name) else { return false };
    let about = |k: &ast::Keyword| k.arg.as_deref().is_some_and(|a| ABOUT_APP.contains(&a));
    module.origin(&call.func).as_deref() == Some("typer.Typer")
        && call.args.is_empty()
        && call.keywords.iter().all(about)
}

/// The one command of an app.
fn command<'a>(module: &Module<'a>, app: &str) -> Option<&'a ast::StmtFunctionDef> {
    let is_command = |decorator: &Expr| {
        let Expr::Call(call) = decorator else { return false };
        matches!(&*call.func, Expr::Attribute(at) if &*at.attr == "command"
            && matches!(&*at.value, Expr::Name(name) if &*name.id == app))
    };
    let mut commands = module.body.iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(def) if def.decorator_list.iter().any(is_command) => Some(def),
        _ => None,
    });
    let (Some(command), None) = (commands.next(), commands.next()) else { return None };
    let all = module.text.matches(&format!("{app}.command")).count();
    (all == 1 && command.decorator_list.len() == 1).then_some(command)
}

/// How a parameter is declared; none within for one that is no option.
fn declaration<'a>(
    module: &Module,
    arg: &'a ast::ArgWithDefault,
) -> Option<Option<Declaration<'a>>> {
    let mut of = arg.def.annotation.as_deref();
    let mut default = arg.default.as_deref();
    let mut call = None;
    if let Some(Expr::Subscript(at)) = of
        && let Some("typing.Annotated" | "typing_extensions.Annotated") =
            module.origin(&at.value).as_deref()
    {
        let Expr::Tuple(parts) = &*at.slice else { return None };
        let (first, more) = parts.elts.split_first()?;
        of = Some(first);
        call = match more {
            [Expr::Call(call)] => Some(call),
            [] => None,
            _ => return None,
        };
    }
    let inner = match default {
        Some(Expr::Call(inner)) if call.is_none() && !makes_value(module, inner) => Some(inner),
        _ => None,
    };
    if let Some(inner) = inner {
        call = Some(inner);
        let named = inner.keywords.iter().find(|k| k.arg.as_deref() == Some("default"));
        default = inner.args.first().or(named.map(|k| &k.value));
    }
    if of.and_then(|of| module.origin(of)).is_some_and(|name| name.ends_with(".Context")) {
        return Some(None);
    }
    match call.map(|call| module.origin(&call.func)) {
        Some(origin) => match origin.as_deref() {
            Some("typer.Option") => {}
            Some("typer.Argument") => return Some(None),
            _ => return None,
        },
        // A parameter without a default is an argument.
        None if default.is_none() => return Some(None),
        None => {}
    }
    Some(Some(Declaration { of, call, default }))
}

/// Whether a call makes a mere value: `Path('data')`.
fn makes_value(module: &Module, call: &ast::ExprCall) -> bool {
    module.origin(&call.func).is_some_and(|name| annotation::is_plain(&name))
}

/// The flag of an option; none within for one that takes no value or has no long name.
fn declared(
    module: &Module,
    place: &Place,
    arg: &ast::ArgWithDefault,
    declaration: &Declaration,
) -> Option<Option<Declared>> {
    let of = match declaration.of {
        Some(of) => annotated(module, of)?,
        None => Annotated::One(Some("string")),
    };
    let keywords = declaration.call.map(|call| &*call.keywords).unwrap_or_default();
    let keyword =
        |name: &str| keywords.iter().find(|k| k.arg.as_deref() == Some(name)).map(|k| &k.value);
    if keywords.iter().any(|k| k.arg.as_deref().is_none_or(|name| CHANGING.contains(&name))) {
        return None;
    }
    if keyword("count").is_some() {
        return Some(None);
    }
    let (mut on, mut off) = strings(module, declaration)?;
    if on.is_empty() && off.is_empty() {
        let name = arg.def.arg.to_lowercase().replace('_', "-");
        on.push(format!("--{name}"));
        if of == Annotated::Bool {
            off.push(format!("--no-{name}"));
        }
    }
    let Some(name) = on.iter().find_map(|o| o.strip_prefix("--")).map(str::to_owned) else {
        return Some(None);
    };
    let is_ellipsis =
        |expr: &Expr| matches!(expr, Expr::Constant(c) if c.value == ast::Constant::Ellipsis);
    let given = declaration.default.filter(|expr| !is_ellipsis(expr));
    // What is not known is left to the script, which has it as its default anyway.
    let default = given.and_then(|expr| annotation::value(module, expr)).unwrap_or_default();
    let help = keyword("help").and_then(|expr| module.value(expr));
    let mut flag = Declared {
        name,
        description: match help {
            Some(Value::Str(help)) if !help.is_empty() => Some(help),
            _ => None,
        },
        required: given.is_none() && keyword("default_factory").is_none(),
        place: Some((place.file.clone(), module.line(arg.def.range()))),
        ..Declared::default()
    };
    match of {
        Annotated::Bool => {
            flag.kind = Some("boolean".to_owned());
            flag.switch = Some(default != Value::Bool(true));
        }
        Annotated::One(kind) | Annotated::Many(kind) => flag.kind = kind.map(str::to_owned),
        Annotated::Choice(values) => flag.choices = Some(values),
        Annotated::Tuple => flag.multi = true,
    }
    flag.default = default;
    flag.options = on.iter().chain(&off).cloned().collect();
    flag.off = (!off.is_empty()).then_some(off);
    Some(Some(flag))
}

/// The option strings that are given: those for a value or true, and those for false.
fn strings(module: &Module, declaration: &Declaration) -> Option<(Vec<String>, Vec<String>)> {
    let (mut on, mut off) = (Vec::new(), Vec::new());
    let Some(call) = declaration.call else { return Some((on, off)) };
    for expr in &call.args {
        let Some(Value::Str(text)) = module.value(expr) else { continue };
        if !text.starts_with('-') {
            continue;
        }
        match text.split_once('/') {
            Some((yes, no)) => {
                on.push(yes.trim_end().to_owned());
                off.push(no.trim_start().to_owned());
            }
            None => on.push(text),
        }
    }
    Some((on, off))
}
