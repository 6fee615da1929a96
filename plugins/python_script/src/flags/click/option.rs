//! What `click.option` declares.

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged};

use super::super::Declared;
use super::super::module::{Module, Named};

/// Arguments that have no part in what is passed.
const ABOUT: [&str; 13] = [
    "show_default",
    "prompt",
    "confirmation_prompt",
    "hide_input",
    "envvar",
    "show_envvar",
    "show_choices",
    "allow_from_autoenv",
    "callback",
    "expose_value",
    "is_eager",
    "metavar",
    "hidden",
];

/// An option's type, as far as flags know it.
#[derive(Default)]
struct Kind {
    name: Option<&'static str>,
    choices: Option<Vec<Value>>,
    /// How many arguments it takes by itself.
    arity: usize,
}

impl Kind {
    fn of(name: &'static str) -> Kind {
        Kind { name: Some(name), ..Kind::default() }
    }
}

/// The option strings of a declaration.
#[derive(Default)]
struct Decls {
    options: Vec<String>,
    /// Those that stand for false.
    off: Vec<String>,
}

/// The flag that this call declares, if any; none where that is not sure.
pub(super) fn declared(
    module: &Module,
    file: &str,
    call: &ast::ExprCall,
) -> Option<Option<Declared>> {
    let decls = decls(module, &call.args)?;
    let arg = |name: &str| {
        call.keywords.iter().find(|k| k.arg.as_deref() == Some(name)).map(|k| &k.value)
    };
    let known = ["type", "default", "is_flag", "flag_value", "multiple", "count", "nargs"];
    let known = known.iter().chain(&ABOUT).chain(&["help", "required"]);
    let known: Vec<_> = known.copied().collect();
    let is_known = |k: &ast::Keyword| k.arg.as_deref().is_some_and(|name| known.contains(&name));
    if !call.keywords.iter().all(is_known) {
        return None;
    }
    let truth = |name: &str| match arg(name).map(|expr| module.value(expr)) {
        None | Some(Some(Value::Bool(false) | Value::Null)) => Some(false),
        Some(Some(Value::Bool(true))) => Some(true),
        _ => None,
    };
    let (required, multiple) = (truth("required")?, truth("multiple")?);
    if truth("count")? {
        return Some(None);
    }
    let given = arg("default");
    let default = match given {
        None => Value::Null,
        Some(expr) if is_callable(module, expr) => Value::Null,
        Some(expr) => module.value(expr)?,
    };
    let flag_value = match arg("flag_value") {
        None => Value::Null,
        Some(expr) => module.value(expr)?,
    };
    let is_flag = match arg("is_flag") {
        None => !flag_value.is_null() || !decls.off.is_empty(),
        Some(_) => truth("is_flag")?,
    };
    if multiple && is_flag || !decls.off.is_empty() && !is_flag {
        return None;
    }
    let kind = match arg("type") {
        Some(expr) if !matches!(module.value(expr), Some(Value::Null)) => kind(module, expr)?,
        _ if is_flag && !flag_value.is_null() => guessed(&flag_value),
        _ if is_flag => Kind::of("boolean"),
        _ => guessed(&default),
    };
    let nargs = match arg("nargs").map(|expr| module.value(expr)) {
        None => kind.arity.max(1),
        Some(Some(Value::Int(n))) => usize::try_from(n).ok()?,
        Some(_) => return None,
    };
    let help = match arg("help").map(|expr| module.value(expr)) {
        None | Some(Some(Value::Null)) => None,
        Some(Some(Value::Str(s))) if !s.contains(['\n', '\t']) => Some(s.trim_start().to_owned()),
        Some(_) => return None,
    };
    let Some(long) = decls.options.iter().find_map(|o| o.strip_prefix("--")) else {
        return Some(None);
    };
    let default = match given {
        None if is_flag && !required => Value::Bool(false),
        _ => shown(default),
    };
    let switch = is_flag.then(|| !is_true(&default));
    Some(Some(Declared {
        name: long.to_owned(),
        options: decls.options.iter().chain(&decls.off).cloned().collect(),
        description: help.filter(|help| !help.is_empty()),
        default,
        choices: kind.choices.filter(|choices| !choices.is_empty()),
        required,
        kind: kind.name.map(str::to_owned),
        multi: nargs > 1 && !multiple,
        switch,
        off: (!decls.off.is_empty()).then_some(decls.off),
        place: Some((file.to_owned(), module.line(call.range()))),
        ..Declared::default()
    }))
}

fn decls(module: &Module, args: &[Expr]) -> Option<Decls> {
    let mut decls = Decls::default();
    for arg in args {
        let Value::Str(text) = module.value(arg)? else { return None };
        let is_option = text.starts_with('-') || text.trim_start().starts_with('/');
        if !is_option || text.starts_with('/') {
            // The name of the parameter; other prefixes are rare.
            let plain = text.chars().all(|c| c.is_alphanumeric() || c == '_');
            (plain && !text.is_empty()).then_some(())?;
            continue;
        }
        match text.split_once('/') {
            Some((on, off)) => {
                decls.options.extend(Some(on.trim_end().to_owned()).filter(|on| !on.is_empty()));
                decls.off.push(off.trim_start().to_owned());
            }
            None => decls.options.push(text),
        }
    }
    (!decls.options.is_empty()).then_some(decls)
}

fn is_callable(module: &Module, expr: &Expr) -> bool {
    match expr {
        Expr::Lambda(_) => true,
        Expr::Name(name) => matches!(module.named(&name.id), Some(Named::Function(_))),
        _ => false,
    }
}

/// A default as a flag has it: the words for what is no number are those of Python's `float`.
fn shown(value: Value) -> Value {
    match value {
        Value::Float(f) if f.is_nan() => Value::str("NaN"),
        Value::Float(f) if f.is_infinite() => {
            Value::str(if f > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Value::List(items) => Value::List(items.into_iter().map(shown).collect()),
        other => other,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Int(i) => *i != 0,
        Value::Str(s) => !s.is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => true,
    }
}

/// The type that click guesses from a value.
fn guessed(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::of("boolean"),
        Value::Int(_) | Value::BigInt(_) => Kind::of("int"),
        Value::Float(_) => Kind::of("float"),
        Value::List(items) => match items.first() {
            Some(Value::List(inner)) => Kind { arity: inner.len(), ..Kind::default() },
            Some(first) => guessed(first),
            None => Kind::of("string"),
        },
        _ => Kind::of("string"),
    }
}

fn kind(module: &Module, expr: &Expr) -> Option<Kind> {
    for (name, kind) in [("str", "string"), ("int", "int"), ("float", "float"), ("bool", "boolean")]
    {
        if module.is_builtin(expr, name) {
            return Some(Kind::of(kind));
        }
    }
    let (function, call) = match expr {
        Expr::Call(call) => (&*call.func, Some(call)),
        Expr::Tuple(items) => return Some(Kind { arity: items.elts.len(), ..Kind::default() }),
        Expr::Lambda(_) => return Some(Kind::default()),
        other => (other, None),
    };
    if call.is_none() && is_callable(module, expr) {
        return Some(Kind::default());
    }
    let origin = module.origin(function)?;
    match (origin.as_str(), call) {
        ("click.STRING", None) => Some(Kind::of("string")),
        ("click.INT", None) | ("click.IntRange", Some(_)) => Some(Kind::of("int")),
        ("click.FLOAT", None) | ("click.FloatRange", Some(_)) => Some(Kind::of("float")),
        ("click.BOOL", None) => Some(Kind::of("boolean")),
        ("click.UUID" | "pathlib.Path", None) => Some(Kind::default()),
        ("click.Path" | "click.File" | "click.DateTime", Some(_)) => Some(Kind::default()),
        ("click.Choice", Some(call)) => {
            let Value::List(choices) = module.value(call.args.first()?)? else { return None };
            let plain = |v: &Value| !matches!(v, Value::List(_) | Value::Null);
            choices.iter().all(plain).then(|| Kind { choices: Some(choices), ..Kind::default() })
        }
        _ => None,
    }
}
