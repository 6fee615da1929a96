//! The flags of a script's `click` command, from the script's tree where that is exact.
//!
//! Commands and groups are declared at the top level, by decorators, and one of them is called
//! there. Anything else that may have a part ends the attempt, and the script is run instead.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged, Stmt};

use super::Declared;
use super::module::{self, Module, Named};
use crate::script::Tree;

mod option;

/// What decorators may say of a function without a part in its options.
const PASSED: [&str; 3] = ["click.pass_context", "click.pass_obj", "functools.wraps"];

/// Arguments of `command` and `group` that have no part in the options.
const ABOUT: [&str; 13] = [
    "name",
    "help",
    "epilog",
    "short_help",
    "options_metavar",
    "add_help_option",
    "no_args_is_help",
    "hidden",
    "context_settings",
    "invoke_without_command",
    "chain",
    "subcommand_metavar",
    "result_callback",
];

/// A command or group: its options, and its sub-commands by name.
struct Command<'a> {
    name: String,
    options: Vec<Declared>,
    commands: Option<HashMap<String, &'a str>>,
}

struct Commands<'a> {
    module: Module<'a>,
    file: String,
    /// By the name of the function.
    by_function: HashMap<&'a str, Command<'a>>,
}

/// The flags that the command declares which the script of this text calls with `base_args`; none
/// where the tree does not tell. `is_involved` is as [`super::argparse::flags`] has it.
pub fn flags(
    tree: &Tree,
    file: &Path,
    base_args: &[String],
    is_involved: &dyn Fn(&str) -> bool,
) -> Option<Vec<Declared>> {
    let module = Module::of(tree)?;
    let is_own = |name: &String| name.split('.').next() == Some("click");
    if module.imports().iter().any(|name| !is_own(name) && is_involved(name)) {
        return None;
    }
    let file = file.display().to_string();
    let mut commands = Commands { module, file, by_function: HashMap::new() };
    let called = commands.called(&tree.body)??;
    let mut command = commands.by_function.get(called)?;
    for arg in base_args {
        let Some(below) = command.commands.as_ref().and_then(|c| c.get(arg)) else { break };
        command = commands.by_function.get(below)?;
    }
    Some(command.options.clone())
}

impl<'a> Commands<'a> {
    /// The name of the command that is called; the outer none is for what is not sure, the inner
    /// one for a body that calls none.
    fn called(&mut self, body: &'a [Stmt]) -> Option<Option<&'a str>> {
        for stmt in body {
            match stmt {
                Stmt::FunctionDef(def) => self.define(def)?,
                Stmt::If(s) if module::is_main(stmt) => {
                    if let Some(called) = self.called(&s.body)? {
                        return Some(Some(called));
                    }
                }
                Stmt::Expr(s) if !self.is_free(stmt) => {
                    if let Some(called) = self.call(&s.value)? {
                        return Some(Some(called));
                    }
                }
                // A decorator by a name of its own.
                Stmt::Assign(s) if self.is_decorator(&s.value) => {}
                Stmt::Import(_) | Stmt::ImportFrom(_) => {}
                other if self.is_free(other) => {}
                _ => return None,
            }
        }
        Some(None)
    }

    /// Whether a statement has nothing to do with commands.
    fn is_free(&self, stmt: &Stmt) -> bool {
        let names: HashSet<&str> =
            self.by_function.keys().copied().chain(["exec", "setattr", "__dict__"]).collect();
        !self.module.mentions(stmt.range(), &names)
    }

    fn is_decorator(&self, expr: &Expr) -> bool {
        let Expr::Call(call) = expr else { return false };
        let origin = self.module.origin(&call.func);
        matches!(origin.as_deref(), Some("click.option" | "click.argument"))
    }

    /// A call that has to do with commands.
    fn call(&mut self, expr: &'a Expr) -> Option<Option<&'a str>> {
        let Expr::Call(call) = expr else { return None };
        match &*call.func {
            Expr::Name(name) => {
                let (name, _) = self.by_function.get_key_value(name.id.as_str())?;
                Some(Some(name))
            }
            Expr::Attribute(at) => {
                let Expr::Name(base) = &*at.value else { return None };
                let (base, _) = self.by_function.get_key_value(base.id.as_str())?;
                match at.attr.as_str() {
                    "main" => Some(Some(base)),
                    "add_command" => self.add(base, call).map(|()| None),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `group.add_command(command, "name")`.
    fn add(&mut self, group: &'a str, call: &'a ast::ExprCall) -> Option<()> {
        let (Expr::Name(command), named) = (call.args.first()?, call.args.get(1)) else {
            return None;
        };
        let (command, _) = self.by_function.get_key_value(command.id.as_str())?;
        let command = *command;
        let named = match (named, &*call.keywords) {
            (Some(named), []) => Some(named),
            (None, [one]) if one.arg.as_deref() == Some("name") => Some(&one.value),
            (None, []) => None,
            _ => return None,
        };
        let name = match named.map(|named| self.module.value(named)) {
            None => self.by_function.get(command)?.name.clone(),
            Some(Some(Value::Str(name))) => name,
            Some(_) => return None,
        };
        self.by_function.get_mut(group)?.commands.as_mut()?.insert(name, command);
        Some(())
    }

    /// A function, which its decorators may make a command.
    fn define(&mut self, def: &'a ast::StmtFunctionDef) -> Option<()> {
        let mut made: Option<Command> = None;
        let mut options = Vec::new();
        // Python applies them from the last to the first.
        for decorator in def.decorator_list.iter().rev() {
            let decorator = self.named_decorator(decorator);
            let (function, call) = match decorator {
                Expr::Call(call) => (&*call.func, Some(call)),
                other => (other, None),
            };
            let origin = self.module.origin(function).unwrap_or_default();
            match (origin.as_str(), call) {
                ("click.option", Some(call)) if made.is_none() => {
                    options.extend(option::declared(&self.module, &self.file, call)?);
                }
                ("click.argument", Some(call)) if made.is_none() && plain(call, "cls") => {}
                ("click.command" | "click.group", call) if made.is_none() => {
                    let name = self.name(def, call)?;
                    options.reverse();
                    let commands = (origin == "click.group").then(HashMap::new);
                    let options = std::mem::take(&mut options);
                    made = Some(Command { name, options, commands });
                }
                (name, _) if PASSED.contains(&name) && made.is_none() => {}
                ("", call) if self.group(function).is_some() && made.is_none() => {
                    let (group, kind) = self.group(function)?;
                    let name = self.name(def, call)?;
                    options.reverse();
                    let commands = (kind == "group").then(HashMap::new);
                    let options = std::mem::take(&mut options);
                    made = Some(Command { name: name.clone(), options, commands });
                    let above = self.by_function.get_mut(group)?.commands.as_mut()?;
                    above.insert(name, &def.name);
                }
                _ if !def.decorator_list.iter().any(|d| self.is_of_click(d)) => return Some(()),
                _ => return None,
            }
        }
        match made {
            Some(command) => drop(self.by_function.insert(&def.name, command)),
            None if !options.is_empty() => return None,
            None => {}
        }
        Some(())
    }

    /// What stands for a decorator that has a name of its own.
    fn named_decorator(&self, decorator: &'a Expr) -> &'a Expr {
        match decorator {
            Expr::Name(name) => match self.module.named(&name.id) {
                Some(Named::Value(value)) if self.is_decorator(value) => value,
                _ => decorator,
            },
            _ => decorator,
        }
    }

    /// Whether a decorator has to do with click.
    fn is_of_click(&self, decorator: &'a Expr) -> bool {
        let function = match self.named_decorator(decorator) {
            Expr::Call(call) => &call.func,
            other => other,
        };
        self.module.origin(function).is_some_and(|name| name.starts_with("click"))
            || self.group(function).is_some()
    }

    /// The group and the kind in `group.command`.
    fn group(&self, function: &Expr) -> Option<(&'a str, &'static str)> {
        let Expr::Attribute(at) = function else { return None };
        let Expr::Name(base) = &*at.value else { return None };
        let (group, _) = self.by_function.get_key_value(base.id.as_str())?;
        let kind = ["command", "group"].into_iter().find(|kind| *kind == at.attr.as_str())?;
        Some((group, kind))
    }

    /// The name that a decorator gives to a command.
    fn name(&self, def: &ast::StmtFunctionDef, call: Option<&ast::ExprCall>) -> Option<String> {
        let mut named = None;
        if let Some(call) = call {
            let known =
                |k: &ast::Keyword| k.arg.as_ref().is_some_and(|a| ABOUT.contains(&a.as_str()));
            if call.args.len() > 1 || !call.keywords.iter().all(known) {
                return None;
            }
            let by_name = call.keywords.iter().find(|k| k.arg.as_deref() == Some("name"));
            named = call.args.first().or(by_name.map(|k| &k.value));
        }
        match named {
            Some(named) => match self.module.value(named)? {
                Value::Str(name) if !name.is_empty() => Some(name),
                _ => None,
            },
            None => {
                let name = def.name.to_lowercase().replace('_', "-");
                // What newer versions leave out.
                let longer =
                    ["-command", "-cmd", "-group", "-grp"].iter().any(|e| name.ends_with(e));
                (!longer).then_some(name)
            }
        }
    }
}

/// Whether a call has neither this argument nor some that are not written out.
fn plain(call: &ast::ExprCall, without: &str) -> bool {
    call.keywords.iter().all(|k| k.arg.as_deref().is_some_and(|name| name != without))
}
