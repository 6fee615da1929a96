//! Parsers as `argparse` builds them, as far as their flags go.

use std::collections::{HashMap, HashSet};

use guild_plugin_api::Value;

use super::value::Known;
use super::{Sure, Unsure};
use crate::flags::{Action, Declared};

/// The arguments of a call.
#[derive(Default)]
pub(super) struct Args {
    pub positional: Vec<Known>,
    pub named: Vec<(String, Known)>,
}

/// A parser so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    options: Vec<Opt>,
    /// Option strings in use.
    strings: HashSet<String>,
    /// Values of `set_defaults`.
    defaults: HashMap<String, Known>,
    /// Whether it answers `--help`.
    pub helps: bool,
    /// Whether it insists on an option.
    pub insists: bool,
    pub has_positional: bool,
    /// The parsers of its sub-commands.
    pub commands: Option<Vec<(String, usize)>>,
}

/// An argument of a parser: those that are flags declare one.
#[derive(Clone, Debug)]
struct Opt {
    dest: String,
    declared: Option<Declared>,
    /// Whether its value is a list of arguments.
    lists: bool,
}

/// The names in Python and their meaning here. The second part says which arguments a call takes.
const ACTIONS: [(&str, &[&str]); 10] = [
    ("store", &["nargs", "const", "default", "type", "choices", "required", "help", "metavar"]),
    ("append", &["nargs", "const", "default", "type", "choices", "required", "help", "metavar"]),
    ("extend", &["nargs", "const", "default", "type", "choices", "required", "help", "metavar"]),
    ("store_const", &["const", "default", "required", "help", "metavar"]),
    ("append_const", &["const", "default", "required", "help", "metavar"]),
    ("store_true", &["default", "required", "help"]),
    ("store_false", &["default", "required", "help"]),
    ("count", &["default", "required", "help"]),
    ("help", &["default", "help"]),
    ("version", &["version", "default", "help"]),
];

impl Args {
    pub(super) fn take(&mut self, name: &str) -> Option<Known> {
        let at = self.named.iter().position(|(n, _)| n == name)?;
        Some(self.named.remove(at).1)
    }

    fn take_bool(&mut self, name: &str, default: bool) -> Sure<bool> {
        match self.take(name) {
            None => Ok(default),
            Some(known) => known.truth().ok_or(Unsure),
        }
    }
}

impl Parser {
    /// A new parser; `parents` are those that it copies.
    pub(super) fn new(mut args: Args, parents: &[Parser]) -> Sure<Parser> {
        if args.positional.len() > 4 {
            return Err(Unsure);
        }
        let helps = args.take_bool("add_help", true)?;
        for name in ["prefix_chars", "parents", "parser_class"] {
            if args.take(name).is_some() {
                return Err(Unsure);
            }
        }
        for (name, usual) in [("argument_default", ""), ("conflict_handler", "error")] {
            match args.take(name) {
                None | Some(Known::Constant(Value::Null)) => {}
                Some(Known::Constant(Value::Str(s))) if s == usual => {}
                Some(_) => return Err(Unsure),
            }
        }
        let known = [
            "prog",
            "usage",
            "description",
            "epilog",
            "formatter_class",
            "fromfile_prefix_chars",
            "allow_abbrev",
            "exit_on_error",
            "help",
        ];
        if args.named.iter().any(|(name, _)| !known.contains(&name.as_str())) {
            return Err(Unsure);
        }
        let mut parser = Parser { helps, ..Parser::default() };
        if helps {
            parser.strings = ["-h".into(), "--help".into()].into();
        }
        for parent in parents {
            if parent.commands.is_some() {
                return Err(Unsure);
            }
            parser.claim(parent.strings.iter())?;
            parser.options.extend(parent.options.iter().cloned());
            parser.defaults.extend(parent.defaults.clone());
            parser.insists |= parent.insists;
            parser.has_positional |= parent.has_positional;
            parser.helps |= parent.helps;
        }
        Ok(parser)
    }

    fn claim<'a>(&mut self, strings: impl Iterator<Item = &'a String> + Clone) -> Sure<()> {
        // Those of one option may be the same.
        if strings.clone().any(|s| self.strings.contains(s)) {
            return Err(Unsure);
        }
        self.strings.extend(strings.cloned());
        Ok(())
    }

    /// `add_argument`, called at this place.
    pub(super) fn add(
        &mut self,
        mut args: Args,
        place: (String, u32),
        exclusive: bool,
    ) -> Sure<()> {
        let texts = std::mem::take(&mut args.positional).into_iter().map(|name| match name {
            Known::Constant(Value::Str(s)) if !s.is_empty() => Ok(s),
            _ => Err(Unsure),
        });
        let mut options: Vec<String> = texts.collect::<Sure<_>>()?;
        let is_option = |s: &String| s.starts_with('-');
        let dest = match args.take("dest") {
            None => None,
            Some(Known::Constant(Value::Str(s))) => Some(s),
            Some(_) => return Err(Unsure),
        };
        let required = args.take_bool("required", false)?;
        if !options.iter().any(is_option) {
            // Its value is no flag's; but it may be wrong, which the script would fail on.
            let ok = ["nargs", "default", "type", "choices", "help", "metavar"];
            let known = args.named.iter().all(|(name, _)| ok.contains(&name.as_str()));
            let one = options.len() + usize::from(dest.is_some()) == 1;
            if !known || !one || required {
                return Err(Unsure);
            }
            self.has_positional = true;
            let dest = dest.or(options.pop()).unwrap_or_default();
            self.options.push(Opt { dest, declared: None, lists: false });
            return Ok(());
        }
        if !options.iter().all(is_option) || required && exclusive {
            return Err(Unsure);
        }
        let long = options.iter().find(|s| s.starts_with("--"));
        let dest = match dest {
            Some(dest) => dest,
            None => {
                long.or(options.first()).ok_or(Unsure)?.trim_start_matches('-').replace('-', "_")
            }
        };
        if dest.is_empty() {
            return Err(Unsure);
        }
        let name = long.map(|s| s[2..].to_owned());
        let (action, known) = action(args.take("action"))?;
        if let Some(known) = known
            && args.named.iter().any(|(name, _)| !known.contains(&name.as_str()))
        {
            return Err(Unsure);
        }
        if action == Made::Help && options.iter().any(|o| o == "--help") {
            self.helps = true;
        }
        if action == Made::Flag(Action::Boolean) {
            let all = ["default", "type", "choices", "required", "help", "metavar"];
            if args.named.iter().any(|(name, _)| !all.contains(&name.as_str()) || name == "type") {
                return Err(Unsure);
            }
            options = with_negations(options);
        }
        self.claim(options.iter())?;
        self.insists |= required;
        let lists = args.named.iter().any(|(name, known)| {
            let one = |s: &Value| s.is_null() || s.as_str() == Some("?");
            name == "nargs" && !matches!(known, Known::Constant(nargs) if one(nargs))
        });
        let default = args.take("default").or_else(|| self.defaults.get(&dest).cloned());
        let declared = match (action, name) {
            (Made::Flag(action), Some(name)) if !name.is_empty() => {
                Some(declared(name, action, options, required, default, args, place)?)
            }
            (_, Some(name)) if name.is_empty() => return Err(Unsure),
            _ => None,
        };
        self.options.push(Opt { dest, declared, lists });
        Ok(())
    }

    /// `set_defaults`.
    pub(super) fn set_defaults(&mut self, args: Args) -> Sure<()> {
        if !args.positional.is_empty() {
            return Err(Unsure);
        }
        for (dest, known) in args.named {
            for option in self.options.iter_mut().filter(|o| o.dest == dest) {
                if let Some(declared) = &mut option.declared {
                    declared.default = default_value(&known)?;
                }
            }
            self.defaults.insert(dest, known);
        }
        Ok(())
    }

    /// The flags, in the order in which they were added.
    pub(super) fn flags(&self) -> Vec<Declared> {
        let declared = |option: &Opt| {
            let mut declared = option.declared.clone()?;
            if !option.lists && matches!(declared.default, Value::List(_)) {
                // One argument is no list.
                declared.default = Value::Null;
            }
            Some(declared)
        };
        self.options.iter().filter_map(declared).collect()
    }

    /// Whether sub-commands are the only arguments without dashes.
    pub(super) fn takes_commands_only(&self) -> bool {
        self.commands.is_some() && !self.has_positional
    }
}

/// What an action makes of an option.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    Flag(Action),
    Help,
    Other,
}

type Keywords = Option<&'static [&'static str]>;

fn action(named: Option<Known>) -> Sure<(Made, Keywords)> {
    let name = match named {
        None | Some(Known::Constant(Value::Null)) => "store".to_owned(),
        Some(Known::Constant(Value::Str(name))) => name,
        Some(Known::Library("BooleanOptionalAction")) => {
            return Ok((Made::Flag(Action::Boolean), None));
        }
        Some(Known::Class(name, _)) => {
            let is_known = name.ends_with("StoreAction")
                || name.ends_with("StoreTrueAction")
                || name.ends_with("StoreFalseAction")
                || &*name == "BooleanOptionalAction";
            return if is_known { Err(Unsure) } else { Ok((Made::Other, None)) };
        }
        Some(_) => return Err(Unsure),
    };
    let (name, known) = ACTIONS.iter().find(|(n, _)| *n == name).ok_or(Unsure)?;
    let made = match *name {
        "store" => Made::Flag(Action::Store),
        "store_true" => Made::Flag(Action::StoreTrue),
        "store_false" => Made::Flag(Action::StoreFalse),
        "help" => Made::Help,
        _ => Made::Other,
    };
    Ok((made, Some(known)))
}

/// `--no-x` beside each `--x`, as Python's library has them.
fn with_negations(options: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    for option in options {
        let no = option.strip_prefix("--").map(|name| format!("--no-{name}"));
        all.push(option);
        all.extend(no);
    }
    all
}

fn declared(
    name: String,
    action: Action,
    options: Vec<String>,
    required: bool,
    default: Option<Known>,
    mut args: Args,
    place: (String, u32),
) -> Sure<Declared> {
    let kind = match args.take("type") {
        None | Some(Known::Constant(Value::Null)) => None,
        Some(Known::Type(name)) => Some(name.to_owned()),
        Some(Known::Function(_) | Known::Class(..)) => None,
        Some(Known::Imported(module)) if !hides_types(&module) => None,
        Some(_) => return Err(Unsure),
    };
    let multi = match args.take("nargs") {
        None | Some(Known::Constant(Value::Null)) => false,
        Some(Known::Constant(Value::Int(n))) if n > 0 => n > 1,
        Some(Known::Constant(Value::Str(s))) => match s.as_str() {
            "+" | "*" => true,
            "?" | "..." => false,
            _ => return Err(Unsure),
        },
        Some(_) => return Err(Unsure),
    };
    let choices = match args.take("choices") {
        None | Some(Known::Constant(Value::Null)) => None,
        Some(known @ Known::Items(_)) => {
            let items = known.known_items().ok_or(Unsure)?;
            let plain = |item: &Known| match item {
                Known::Constant(_) => item.value().ok_or(Unsure),
                _ => Err(Unsure),
            };
            let items = items.iter().map(plain).collect::<Sure<Vec<_>>>()?;
            Some(items).filter(|items| !items.is_empty())
        }
        Some(_) => return Err(Unsure),
    };
    if matches!(args.take("metavar"), Some(Known::Items(_))) {
        return Err(Unsure);
    }
    let description = match args.take("help") {
        None | Some(Known::Constant(Value::Null) | Known::Library("SUPPRESS")) => None,
        Some(Known::Constant(Value::Str(s))) => Some(s).filter(|s| !s.is_empty()),
        Some(_) => return Err(Unsure),
    };
    let default = match (&default, action) {
        (Some(known), _) => default_value(known)?,
        (None, Action::StoreTrue) => Value::Bool(false),
        (None, Action::StoreFalse) => Value::Bool(true),
        (None, _) => Value::Null,
    };
    Ok(Declared {
        name,
        action,
        options,
        description,
        default,
        choices,
        required,
        kind,
        multi,
        place: Some(place),
        ..Declared::default()
    })
}

fn default_value(known: &Known) -> Sure<Value> {
    match known {
        Known::Library("SUPPRESS") => Ok(Value::Null),
        known => known.value().ok_or(Unsure),
    }
}

/// Whether the built-in types have other names in a module.
fn hides_types(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or_default();
    let hiding = ["builtins", "numpy", "six", "past", "future", "types", "typing"];
    hiding.contains(&root) || module.contains("pytorch") || module.contains("lightning")
}
