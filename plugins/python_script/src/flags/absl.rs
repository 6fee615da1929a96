//! The flags that a script defines with `absl.flags`, from the script's tree.

use rustpython_parser::ast::{self, Expr, Ranged, Stmt};

use guild_plugin_api::Value;

use super::Declared;
use super::libraries::{Found, Place};
use super::module::Module;

/// What defines a flag, with the flag's type; the others have none.
const DEFINED: [(&str, Option<&str>); 13] = [
    ("string", Some("string")),
    ("boolean", Some("boolean")),
    ("bool", Some("boolean")),
    ("integer", Some("int")),
    ("float", Some("float")),
    ("enum", None),
    ("enum_class", None),
    ("list", Some("string")),
    ("spaceseplist", Some("string")),
    ("multi_string", Some("string")),
    ("multi_integer", Some("int")),
    ("multi_float", Some("float")),
    ("multi_enum", None),
];

/// The flags that the script defines at its top level, where it defines all of its own there and
/// hands its arguments to `absl`.
pub(super) fn flags(module: &Module, place: &Place) -> Option<Found> {
    let parses = ["app.run(", "FLAGS(sys.argv)", "absl.app.run("];
    let leaves = ["set_default(", "DEFINE_flag(", "DEFINE_alias(", "flags_parser"];
    if !parses.iter().any(|word| module.text.contains(word))
        || leaves.iter().any(|word| module.text.contains(word))
    {
        return None;
    }
    let mut flags = Vec::new();
    for stmt in module.body {
        let value = match stmt {
            Stmt::Expr(s) => &*s.value,
            Stmt::Assign(s) => &*s.value,
            Stmt::AnnAssign(s) => s.value.as_deref()?,
            _ => continue,
        };
        let Expr::Call(call) = value else { continue };
        let Some(function) = function(module, call) else { continue };
        if let Some(kind) = function.strip_prefix("DEFINE_") {
            flags.push(defined(module, place, kind, call)?);
        } else if function == "mark_flag_as_required" || function == "mark_flags_as_required" {
            require(&mut flags, &module.value(call.args.first()?)?)?;
        }
    }
    // One in a loop or a function: its name may be anything.
    let all = module.text.matches("DEFINE_").count();
    (all == flags.len() && all > 0).then_some(Found { flags, open: place.imports_involved })
}

/// The function of `absl.flags` that is called.
fn function(module: &Module, call: &ast::ExprCall) -> Option<String> {
    module.origin(&call.func)?.strip_prefix("absl.flags.").map(str::to_owned)
}

fn require(flags: &mut [Declared], names: &Value) -> Option<()> {
    match names {
        Value::Str(name) => flags.iter_mut().find(|f| f.name == *name)?.required = true,
        Value::List(names) => names.iter().try_for_each(|name| match name {
            Value::Str(_) => require(flags, name),
            _ => None,
        })?,
        _ => return None,
    }
    Some(())
}

fn defined(module: &Module, place: &Place, kind: &str, call: &ast::ExprCall) -> Option<Declared> {
    let (_, flag_type) = DEFINED.iter().find(|(name, _)| *name == kind)?;
    let arg = |name: &str, position: usize| {
        let named = call.keywords.iter().find(|k| k.arg.as_deref() == Some(name));
        named.map(|k| &k.value).or(call.args.get(position))
    };
    let has_values = matches!(kind, "enum" | "enum_class" | "multi_enum");
    let Value::Str(name) = module.value(arg("name", 0)?)? else { return None };
    // What is not known is left to the script, which has it as its default anyway.
    let default = arg("default", 1).and_then(|expr| module.value(expr)).unwrap_or_default();
    let help = arg("help", if has_values { 3 } else { 2 });
    let required = match arg("required", usize::MAX) {
        None => false,
        Some(expr) => module.value(expr)? == Value::Bool(true),
    };
    let mut flag = Declared {
        options: vec![format!("--{name}")],
        description: match help.and_then(|expr| module.value(expr)) {
            Some(Value::Str(help)) if !help.is_empty() => Some(help),
            _ => None,
        },
        default: match (kind, default) {
            ("list", Value::List(items)) => joined(&items, ",")?,
            ("spaceseplist", Value::List(items)) => joined(&items, " ")?,
            (_, default) => default,
        },
        required,
        kind: flag_type.map(str::to_owned),
        place: Some((place.file.clone(), module.line(call.range()))),
        ..Declared::default()
    };
    if *flag_type == Some("boolean") {
        flag.off = Some(vec![format!("--no{name}")]);
        flag.switch = Some(flag.default != Value::Bool(true));
    }
    if let ("enum" | "multi_enum", Some(values)) = (kind, arg("enum_values", 2))
        && let Some(Value::List(values)) = module.value(values)
    {
        flag.choices = Some(values);
    }
    Some(Declared { name, ..flag })
}

fn joined(items: &[Value], with: &str) -> Option<Value> {
    let texts = items.iter().map(|item| match item {
        Value::Str(text) => Some(text.as_str()),
        _ => None,
    });
    Some(Value::str(texts.collect::<Option<Vec<_>>>()?.join(with)))
}
