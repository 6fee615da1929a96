//! What calls do.

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged};
use rustpython_parser::text_size::TextRange;

use super::follow::{Follow, Frame, Step, Stop};
use super::mentions::{HARMLESS, is_parsing};
use super::parser::{Args, Parser};
use super::value::Known;

/// Functions that change none of their arguments.
const LOOKING: [&str; 16] = [
    "print",
    "len",
    "str",
    "int",
    "float",
    "bool",
    "range",
    "sorted",
    "list",
    "tuple",
    "set",
    "max",
    "min",
    "sum",
    "isinstance",
    "repr",
];

/// The longest range whose items are written out.
const LONGEST_RANGE: i64 = 1000;

impl<'a> Follow<'a> {
    pub(super) fn call(&mut self, call: &'a ast::ExprCall) -> Step<Known> {
        self.step()?;
        if let Expr::Attribute(at) = &*call.func {
            let base = self.eval(&at.value)?;
            return self.method(base, &at.attr, call);
        }
        let function = self.eval(&call.func)?;
        match function {
            Known::Function(function) => {
                let args = self.args(call)?;
                self.function(function, args, call.range())
            }
            Known::Library("ArgumentParser") => {
                let args = self.args(call)?;
                self.new_parser(args)
            }
            known if known.is_parsing() => Err(Stop::Unsure),
            known => {
                let builtin = match (&*call.func, &known) {
                    (Expr::Name(name), Known::Unknown | Known::Type(_)) => name.id.as_str(),
                    _ => "",
                };
                let builtin = if self.lookup(builtin).is_some() { "" } else { builtin };
                let args = self.args(call)?;
                self.builtin(builtin, args)
            }
        }
    }

    /// The arguments; one with stars whose items are not known has no part in parsing.
    fn args(&mut self, call: &'a ast::ExprCall) -> Step<Args> {
        let mut args = Args::default();
        for arg in &call.args {
            match arg {
                Expr::Starred(starred) => {
                    let items = self.eval(&starred.value)?;
                    match items.known_items() {
                        Some(items) => args.positional.extend(items),
                        None => args.named.push(("*".into(), items)),
                    }
                }
                arg => {
                    let value = self.eval(arg)?;
                    args.positional.push(value);
                }
            }
        }
        for keyword in &call.keywords {
            let value = self.eval(&keyword.value)?;
            let name = keyword.arg.as_ref().map_or("**", |name| name.as_str());
            args.named.push((name.to_owned(), value));
        }
        Ok(args)
    }

    /// A call of something that is not followed. It must not get to a parser.
    fn elsewhere(&mut self, args: &Args) -> Step<Known> {
        for arg in args.positional.iter().chain(args.named.iter().map(|(_, arg)| arg)) {
            let involved = match arg {
                Known::Function(function) => self.is_part_function(*function),
                known => known.is_parsing(),
            };
            if involved {
                return Err(Stop::Unsure);
            }
            arg.forget();
        }
        Ok(Known::Unknown)
    }

    fn builtin(&mut self, name: &str, args: Args) -> Step<Known> {
        if !LOOKING.contains(&name) || !args.named.is_empty() {
            return self.elsewhere(&args);
        }
        let known = match (name, &*args.positional) {
            ("range", bounds) => range(bounds),
            ("list" | "tuple", [items]) => items.known_items().map(Known::items),
            ("list" | "tuple", []) => Some(Known::items(Vec::new())),
            ("len", [Known::Constant(Value::Str(s))]) => {
                i64::try_from(s.chars().count()).ok().map(|n| Known::Constant(Value::Int(n)))
            }
            ("len", [items]) => {
                let items = items.known_items().and_then(|i| i64::try_from(i.len()).ok());
                items.map(|n| Known::Constant(Value::Int(n)))
            }
            ("float", [Known::Constant(Value::Str(s))]) => {
                let value = match s.trim().to_ascii_lowercase().as_str() {
                    "inf" | "+inf" | "infinity" => Some(f64::INFINITY),
                    "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
                    "nan" => Some(f64::NAN),
                    _ => None,
                };
                value.map(|f| Known::Constant(Value::Float(f)))
            }
            _ => None,
        };
        Ok(known.unwrap_or(Known::Unknown))
    }

    /// Follows a function of the script where it may have a part in parsing.
    fn function(&mut self, function: usize, args: Args, at: TextRange) -> Step<Known> {
        let passed = || args.positional.iter().chain(args.named.iter().map(|(_, arg)| arg));
        let involved = passed().any(|arg| match arg {
            Known::Function(function) => self.is_part_function(*function),
            known => known.is_parsing(),
        });
        let def = self.functions[function].def;
        let mentions = self.mentions(def.body.iter().map(Ranged::range));
        if !involved && !self.is_part_function(function) {
            passed().for_each(Known::forget);
            let mentions = self.mentions([def.range(), at]);
            self.forget_calls(mentions);
            return Ok(Known::Unknown);
        }
        if mentions.yields {
            return Err(Stop::Unsure);
        }
        let frame = self.frame(function, args)?;
        self.frames.push(frame);
        let done = self.step().and_then(|()| self.block(&def.body));
        self.frames.pop();
        match done {
            Ok(()) => Ok(Known::Constant(Value::Null)),
            Err(Stop::Return(value)) => Ok(value),
            Err(stop) => Err(stop),
        }
    }

    /// Forgets what a function that is not followed may change, by those it calls as well.
    fn forget_calls(&mut self, mentions: super::mentions::Mentions) {
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![mentions];
        while let Some(mentions) = open.pop() {
            for name in &mentions.names {
                if let Some(Known::Function(function)) = self.lookup(name)
                    && seen.insert(function)
                {
                    open.push(self.mentions([self.functions[function].def.range()]));
                }
            }
            self.forget_but_functions(&mentions);
        }
    }

    fn forget_but_functions(&mut self, mentions: &super::mentions::Mentions) {
        // The functions' own names are among those that `def` assigns.
        let kept: Vec<_> = self
            .globals
            .iter()
            .filter(|(_, k)| matches!(k, Known::Function(_)))
            .map(|(name, known)| (name.clone(), known.clone()))
            .collect();
        self.forget(mentions);
        self.globals.extend(kept);
    }

    fn frame(&self, function: usize, args: Args) -> Step<Frame> {
        let function = &self.functions[function];
        let params = &function.def.args;
        let mut frame = Frame::default();
        if params.vararg.is_some() || params.kwarg.is_some() {
            return Err(Stop::Unsure);
        }
        let by_place: Vec<_> = params.posonlyargs.iter().chain(&params.args).collect();
        if args.positional.len() > by_place.len() {
            return Err(Stop::Unsure);
        }
        frame.names.extend(function.defaults.clone());
        for (param, value) in by_place.iter().zip(args.positional) {
            frame.names.insert(param.def.arg.to_string(), value);
        }
        for (name, value) in args.named {
            let known = params.args.iter().chain(&params.kwonlyargs);
            if !known.into_iter().any(|param| param.def.arg.as_str() == name) {
                return Err(Stop::Unsure);
            }
            frame.names.insert(name, value);
        }
        let all = by_place.into_iter().chain(&params.kwonlyargs);
        if all.into_iter().any(|param| !frame.names.contains_key(param.def.arg.as_str())) {
            return Err(Stop::Unsure);
        }
        Ok(frame)
    }

    fn new_parser(&mut self, mut args: Args) -> Step<Known> {
        let mut parents = Vec::new();
        if let Some(list) = args.take("parents") {
            for parent in list.known_items().ok_or(Stop::Unsure)? {
                let Known::Parser(parent) = parent else { return Err(Stop::Unsure) };
                parents.push(self.parsers[parent].clone());
            }
        }
        self.parsers.push(Parser::new(args, &parents)?);
        Ok(Known::Parser(self.parsers.len() - 1))
    }

    fn method(&mut self, base: Known, name: &str, call: &'a ast::ExprCall) -> Step<Known> {
        let base = match base {
            Known::Library("argparse") if name == "ArgumentParser" => {
                let args = self.args(call)?;
                return self.new_parser(args);
            }
            base => base,
        };
        match base {
            Known::Parser(parser) => self.parser_method(parser, false, name, call),
            Known::Group(parser, exclusive) => self.parser_method(parser, exclusive, name, call),
            Known::Commands(parser) => self.command(parser, name, call),
            Known::Items(_) => {
                let args = self.args(call)?;
                let items = base.known_items();
                match (name, &*args.positional, items) {
                    ("append", [item], Some(mut items)) => {
                        items.push(item.clone());
                        if let Known::Items(cell) = &base {
                            *cell.borrow_mut() = Some(items);
                        }
                        Ok(Known::Constant(Value::Null))
                    }
                    _ => {
                        if base.is_parsing() {
                            return Err(Stop::Unsure);
                        }
                        base.forget();
                        self.elsewhere(&args)
                    }
                }
            }
            known if known.is_parsing() || is_parsing(name) => Err(Stop::Unsure),
            // The script ends here.
            _ if matches!(name, "exit" | "_exit" | "abort") => Err(Stop::Unsure),
            _ => {
                let args = self.args(call)?;
                self.elsewhere(&args)
            }
        }
    }

    fn parser_method(
        &mut self,
        parser: usize,
        exclusive: bool,
        name: &str,
        call: &'a ast::ExprCall,
    ) -> Step<Known> {
        if matches!(name, "parse_args" | "parse_known_args") && !exclusive {
            return self.parse(parser, name == "parse_args", call);
        }
        let mut args = self.args(call)?;
        match name {
            "add_argument" => {
                let place = (self.file.clone(), self.line(call.range()));
                self.parsers[parser].add(args, place, exclusive)?;
                // What is done to it later is not followed.
                Ok(Known::Opaque)
            }
            "add_argument_group" => Ok(Known::Group(parser, exclusive)),
            "add_mutually_exclusive_group" => Ok(Known::Group(parser, true)),
            "set_defaults" => {
                self.parsers[parser].set_defaults(args)?;
                Ok(Known::Constant(Value::Null))
            }
            "add_subparsers" => {
                let classes = args.take("parser_class").or_else(|| args.take("action"));
                if classes.is_some() || self.parsers[parser].commands.is_some() {
                    return Err(Stop::Unsure);
                }
                self.parsers[parser].commands = Some(Vec::new());
                Ok(Known::Commands(parser))
            }
            "error" | "exit" => Err(Stop::Unsure),
            name if HARMLESS.contains(&name) => Ok(Known::Unknown),
            _ => Err(Stop::Unsure),
        }
    }

    /// A method of what `add_subparsers` gives.
    fn command(&mut self, parser: usize, name: &str, call: &'a ast::ExprCall) -> Step<Known> {
        let mut args = self.args(call)?;
        if name != "add_parser" || args.positional.len() > 1 {
            return Err(Stop::Unsure);
        }
        let mut names = match args.positional.pop().or_else(|| args.take("name")) {
            Some(Known::Constant(Value::Str(name))) => vec![name],
            _ => return Err(Stop::Unsure),
        };
        if let Some(aliases) = args.take("aliases") {
            for alias in aliases.known_items().ok_or(Stop::Unsure)? {
                let Known::Constant(Value::Str(alias)) = alias else { return Err(Stop::Unsure) };
                names.push(alias);
            }
        }
        let new = self.new_parser(args)?;
        let (Known::Parser(number), Some(commands)) = (&new, &mut self.parsers[parser].commands)
        else {
            return Err(Stop::Unsure);
        };
        commands.extend(names.into_iter().map(|name| (name, *number)));
        Ok(new)
    }

    /// A parser parses: the script's arguments, at whose end help is asked for.
    fn parse(&mut self, parser: usize, ends: bool, call: &'a ast::ExprCall) -> Step<Known> {
        let args = match (&*call.args, &*call.keywords) {
            ([], []) => None,
            ([args], []) => Some(args),
            ([], [one]) if one.arg.as_deref() == Some("args") => Some(&one.value),
            _ => return Err(Stop::Unsure),
        };
        if let Some(args) = args
            && !is_argv(&self.text[args.range()])
            && !matches!(self.eval(args)?, Known::Constant(Value::Null))
        {
            return Err(Stop::Unsure);
        }
        let mut parser = parser;
        for arg in self.base_args {
            let at = &self.parsers[parser];
            let commands = at.commands.as_ref().filter(|_| at.takes_commands_only() && at.helps);
            let named = commands.and_then(|c| c.iter().find(|(name, _)| name == arg));
            parser = named.ok_or(Stop::Unsure)?.1;
        }
        let at = &self.parsers[parser];
        if at.helps || ends && self.base_args.is_empty() {
            return Err(Stop::Parsed(at.flags()));
        }
        if !self.base_args.is_empty() || at.has_positional || at.commands.is_some() {
            return Err(Stop::Unsure);
        }
        if at.insists {
            return Err(Stop::Parsed(at.flags()));
        }
        self.captured = Some(at.flags());
        Ok(Known::items(vec![Known::Unknown, Known::Unknown]))
    }
}

/// Whether this is what `parse_args` takes anyway.
fn is_argv(text: &str) -> bool {
    let text: String = text.split_whitespace().collect();
    text == "sys.argv[1:]"
}

fn range(bounds: &[Known]) -> Option<Known> {
    let bounds = bounds.iter().map(|b| match b {
        Known::Constant(Value::Int(i)) => Some(*i),
        _ => None,
    });
    let (from, to, step) = match *bounds.collect::<Option<Vec<_>>>()? {
        [to] => (0, to, 1),
        [from, to] => (from, to, 1),
        [from, to, step] if step > 0 => (from, to, step),
        _ => return None,
    };
    if to.checked_sub(from)? > LONGEST_RANGE {
        return None;
    }
    let step = usize::try_from(step).ok()?;
    let items = (from..to).step_by(step).map(|i| Known::Constant(Value::Int(i)));
    Some(Known::items(items.collect()))
}
