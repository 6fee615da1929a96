//! Follows a script's statements.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged, Stmt};
use rustpython_parser::text_size::TextRange;

use super::mentions::{Mentions, Tokens};
use super::parser::Parser;
use super::value::Known;
use super::{Sure, Unsure};
use crate::flags::Declared;

/// How many statements and calls are followed.
const MOST_STEPS: usize = 100_000;
/// How deeply calls are followed.
const MOST_CALLS: usize = 40;

/// Why the next statement is not the one to follow.
pub(super) enum Stop {
    /// It is not sure what happens.
    Unsure,
    /// The parser has parsed, and these are its flags.
    Parsed(Vec<Declared>),
    /// The function returns.
    Return(Known),
}

impl From<Unsure> for Stop {
    fn from(_: Unsure) -> Stop {
        Stop::Unsure
    }
}

pub(super) type Step<T = ()> = Result<T, Stop>;

/// A function of the script.
pub(super) struct Function<'a> {
    pub def: &'a ast::StmtFunctionDef,
    /// Defaults of parameters, by name.
    pub defaults: HashMap<String, Known>,
}

/// The names of a function that is being followed.
#[derive(Default)]
pub(super) struct Frame {
    pub names: HashMap<String, Known>,
    globals: HashSet<String>,
}

/// A script that is being followed.
pub(super) struct Follow<'a> {
    pub text: &'a str,
    pub file: String,
    tokens: OnceCell<Tokens>,
    pub base_args: &'a [String],
    is_involved: &'a dyn Fn(&str) -> bool,
    pub globals: HashMap<String, Known>,
    pub frames: Vec<Frame>,
    pub functions: Vec<Function<'a>>,
    pub parsers: Vec<Parser>,
    /// The flags of a parser that parsed without an end.
    pub captured: Option<Vec<Declared>>,
    /// What is known of modules.
    modules: RefCell<HashMap<String, bool>>,
    lines: Vec<usize>,
    steps: usize,
}

impl<'a> Follow<'a> {
    pub(super) fn new(
        text: &'a str,
        file: &Path,
        base_args: &'a [String],
        is_involved: &'a dyn Fn(&str) -> bool,
    ) -> Follow<'a> {
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i);
        Follow {
            text,
            file: file.display().to_string(),
            tokens: OnceCell::new(),
            base_args,
            is_involved,
            globals: [("__name__".to_owned(), Known::text("__main__"))].into(),
            frames: Vec::new(),
            functions: Vec::new(),
            parsers: Vec::new(),
            captured: None,
            modules: RefCell::default(),
            lines: ends.collect(),
            steps: 0,
        }
    }

    /// The flags when the script is followed from its start.
    pub(super) fn flags(&mut self, body: &'a [Stmt]) -> Sure<Vec<Declared>> {
        match self.block(body) {
            Err(Stop::Parsed(flags)) => Ok(flags),
            Ok(()) => self.captured.take().ok_or(Unsure),
            Err(_) => Err(Unsure),
        }
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, range: TextRange) -> u32 {
        let line = self.lines.partition_point(|end| *end < range.start().to_usize()) + 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    pub(super) fn step(&mut self) -> Step {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.frames.len() > MOST_CALLS {
            return Err(Stop::Unsure);
        }
        Ok(())
    }

    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Step {
        body.iter().try_for_each(|stmt| self.statement(stmt))
    }

    fn statement(&mut self, stmt: &'a Stmt) -> Step {
        self.step()?;
        match stmt {
            Stmt::Pass(_) => {}
            Stmt::Expr(s) => drop(self.eval(&s.value)?),
            Stmt::Return(s) => {
                let value = match &s.value {
                    Some(value) => self.eval(value)?,
                    None => Known::Constant(Value::Null),
                };
                return Err(Stop::Return(value));
            }
            Stmt::Assign(s) => {
                let value = self.eval(&s.value)?;
                for target in &s.targets {
                    self.assign(target, value.clone())?;
                }
            }
            Stmt::AnnAssign(s) => {
                if let Some(value) = &s.value {
                    let value = self.eval(value)?;
                    self.assign(&s.target, value)?;
                }
            }
            Stmt::AugAssign(s) => {
                let value = self.eval(&s.value)?;
                self.eval(&s.target)?.forget();
                if value.is_parsing() {
                    return Err(Stop::Unsure);
                }
                self.assign(&s.target, Known::Unknown)?;
            }
            Stmt::If(s) => match self.eval(&s.test)?.truth() {
                Some(true) => self.block(&s.body)?,
                Some(false) => self.block(&s.orelse)?,
                None => self.skip(s.body.iter().chain(&s.orelse).map(Ranged::range))?,
            },
            Stmt::For(s) => self.loop_over(s)?,
            Stmt::With(s) => {
                for item in &s.items {
                    if self.eval(&item.context_expr)?.is_parsing() {
                        return Err(Stop::Unsure);
                    }
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, Known::Unknown)?;
                    }
                }
                self.block(&s.body)?;
            }
            Stmt::Try(s) => self.attempt(s)?,
            Stmt::FunctionDef(def) => self.define(def)?,
            Stmt::ClassDef(def) => {
                let involved = self.is_part(&self.mentions([def.range()]));
                let known = Known::Class(def.name.as_str().into(), involved);
                let known = if def.decorator_list.is_empty() { known } else { Known::Opaque };
                self.bind(&def.name, known);
            }
            Stmt::Import(s) => {
                for alias in &s.names {
                    self.import(&alias.name)?;
                    let name = alias.asname.as_ref().map(|n| n.as_str());
                    let root = alias.name.split('.').next().unwrap_or_default();
                    let known = match alias.name.as_str() {
                        "argparse" => Known::Library("argparse"),
                        module => Known::Imported(module.into()),
                    };
                    self.bind(name.unwrap_or(root), known);
                }
            }
            Stmt::ImportFrom(s) => self.import_from(s)?,
            Stmt::Global(s) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.globals.extend(s.names.iter().map(|name| name.to_string()));
                }
            }
            Stmt::Delete(s) => {
                for target in &s.targets {
                    self.assign(target, Known::Opaque)?;
                }
            }
            Stmt::Assert(s) => drop(self.eval(&s.test)?),
            Stmt::Nonlocal(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_) => {
                return Err(Stop::Unsure);
            }
            other => self.skip([other.range()])?,
        }
        Ok(())
    }

    fn loop_over(&mut self, s: &'a ast::StmtFor) -> Step {
        let items = self.eval(&s.iter)?.known_items();
        let whole = || s.body.iter().chain(&s.orelse).map(Ranged::range);
        let mentions = self.mentions(whole());
        let Some(items) = items.filter(|_| !mentions.leaves) else {
            self.assign(&s.target, Known::Unknown)?;
            return self.skip(whole());
        };
        for item in items {
            self.assign(&s.target, item)?;
            self.block(&s.body)?;
        }
        self.block(&s.orelse)
    }

    /// A `try` whose body may parse is followed as if nothing failed; unless it imports, whose
    /// failing it is written for.
    fn attempt(&mut self, s: &'a ast::StmtTry) -> Step {
        let whole = self.mentions([s.range()]);
        if !self.is_part(&whole) {
            return self.skip([s.range()]);
        }
        let imports = s.body.iter().any(|s| matches!(s, Stmt::Import(_) | Stmt::ImportFrom(_)));
        if imports {
            return Err(Stop::Unsure);
        }
        self.block(&s.body)?;
        self.skip(s.handlers.iter().map(Ranged::range))?;
        self.block(&s.orelse)?;
        self.block(&s.finalbody)
    }

    fn define(&mut self, def: &'a ast::StmtFunctionDef) -> Step {
        let args = &def.args;
        let mut defaults = HashMap::new();
        for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
            if let Some(default) = &arg.default {
                let value = self.eval(default)?;
                defaults.insert(arg.def.arg.to_string(), value);
            }
        }
        let plain = def.decorator_list.is_empty() && self.frames.is_empty();
        let known = match plain {
            true => {
                self.functions.push(Function { def, defaults });
                Known::Function(self.functions.len() - 1)
            }
            // It may use names of the function that it is in, or be replaced by something.
            false => match self.is_part(&self.mentions([def.range()])) {
                true => Known::Opaque,
                false => Known::Unknown,
            },
        };
        self.bind(&def.name, known);
        Ok(())
    }

    fn import(&self, module: &str) -> Step {
        if self.is_involved_module(module) { Err(Stop::Unsure) } else { Ok(()) }
    }

    fn is_involved_module(&self, module: &str) -> bool {
        if module.is_empty() || module.split('.').next() == Some("argparse") {
            return false;
        }
        let known = self.modules.borrow().get(module).copied();
        known.unwrap_or_else(|| {
            let involved = (self.is_involved)(module);
            self.modules.borrow_mut().insert(module.to_owned(), involved);
            involved
        })
    }

    fn import_from(&mut self, s: &'a ast::StmtImportFrom) -> Step {
        let level = s.level.map_or(0, |level| level.to_usize());
        let module = format!("{}{}", ".".repeat(level), s.module.as_deref().unwrap_or_default());
        self.import(&module)?;
        for alias in &s.names {
            let name = alias.name.as_str();
            if name == "*" {
                // What it brings is not known; what has a part is bound to be brought by name.
                let brought = |known: &Known| {
                    matches!(known, Known::Constant(_) | Known::Items(_) | Known::Imported(_))
                };
                let lost = self.globals.iter_mut().filter(|(n, k)| brought(k) && *n != "__name__");
                lost.for_each(|(_, known)| *known = Known::Unknown);
                if module == "argparse" {
                    return Err(Stop::Unsure);
                }
                self.globals.insert("*".into(), Known::Unknown);
                continue;
            }
            let below = match module.ends_with('.') {
                true => format!("{module}{name}"),
                false => format!("{module}.{name}"),
            };
            self.import(&below)?;
            let known = match module.as_str() {
                "argparse" => library(name),
                module => Known::Imported(module.into()),
            };
            self.bind(alias.asname.as_ref().map_or(name, |n| n.as_str()), known);
        }
        Ok(())
    }

    /// Passes over what may or may not happen: it must have no part in parsing. What it may change
    /// is not known any more.
    pub(super) fn skip(&mut self, ranges: impl IntoIterator<Item = TextRange>) -> Step {
        let mentions = self.mentions(ranges);
        if self.is_part(&mentions) || mentions.leaves && !self.frames.is_empty() {
            return Err(Stop::Unsure);
        }
        self.forget(&mentions);
        Ok(())
    }

    /// Forgets what code with these mentions may change.
    pub(super) fn forget(&mut self, mentions: &Mentions) {
        for name in &mentions.names {
            self.lookup(name).iter().for_each(Known::forget);
        }
        for name in &mentions.assigned {
            for names in self.frames.iter_mut().map(|f| &mut f.names).chain([&mut self.globals]) {
                if let Some(known) = names.get_mut(name) {
                    *known = Known::Unknown;
                }
            }
        }
    }

    pub(super) fn mentions(&self, ranges: impl IntoIterator<Item = TextRange>) -> Mentions {
        self.tokens.get_or_init(|| Tokens::of(self.text)).mentions(ranges)
    }

    /// Whether code with these mentions may have a part in parsing, by what it calls as well.
    pub(super) fn is_part(&self, mentions: &Mentions) -> bool {
        self.is_part_of(mentions, &mut HashSet::new())
    }

    fn is_part_of(&self, mentions: &Mentions, seen: &mut HashSet<usize>) -> bool {
        mentions.parsing
            || mentions.imports.iter().any(|module| self.is_involved_module(module))
            || mentions.names.iter().any(|name| match self.lookup(name) {
                Some(Known::Function(function)) => {
                    seen.insert(function) && {
                        let range = self.functions[function].def.range();
                        self.is_part_of(&self.mentions([range]), seen)
                    }
                }
                Some(known) => known.is_parsing(),
                None => false,
            })
    }

    pub(super) fn is_part_function(&self, function: usize) -> bool {
        let seen = &mut HashSet::from([function]);
        self.is_part_of(&self.mentions([self.functions[function].def.range()]), seen)
    }

    /// What a name stands for; none where nothing is known of it.
    pub(super) fn lookup(&self, name: &str) -> Option<Known> {
        let own = self.frames.last().and_then(|frame| frame.names.get(name));
        own.or_else(|| self.globals.get(name)).cloned()
    }

    pub(super) fn bind(&mut self, name: &str, known: Known) {
        match self.frames.last_mut() {
            Some(frame) if !frame.globals.contains(name) => frame.names.insert(name.into(), known),
            _ => self.globals.insert(name.into(), known),
        };
    }

    pub(super) fn assign(&mut self, target: &'a Expr, value: Known) -> Step {
        match target {
            Expr::Name(name) => self.bind(&name.id, value),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let items = value.known_items().filter(|items| items.len() == elts.len());
                if items.is_none() && value.is_parsing() {
                    return Err(Stop::Unsure);
                }
                for (i, target) in elts.iter().enumerate() {
                    let item = items.as_ref().map_or(Known::Unknown, |items| items[i].clone());
                    self.assign(target, item)?;
                }
            }
            Expr::Starred(starred) => self.assign(&starred.value, Known::Unknown)?,
            Expr::Attribute(at) => {
                let base = self.eval(&at.value)?;
                let shown = ["description", "epilog", "usage", "prog", "formatter_class"];
                let harmless =
                    matches!(base, Known::Parser(_)) && shown.contains(&at.attr.as_str());
                let library = matches!(base, Known::Library(_) | Known::Class(..));
                let involved = (base.is_parsing() || library) && !harmless;
                if involved || value.is_parsing() || super::mentions::is_parsing(&at.attr) {
                    return Err(Stop::Unsure);
                }
                value.forget();
            }
            Expr::Subscript(at) => {
                let base = self.eval(&at.value)?;
                self.eval(&at.slice)?;
                if base.is_parsing() || value.is_parsing() {
                    return Err(Stop::Unsure);
                }
                base.forget();
                value.forget();
            }
            _ => return Err(Stop::Unsure),
        }
        Ok(())
    }
}

/// What `argparse` has by this name.
pub(super) fn library(name: &str) -> Known {
    match name {
        "ArgumentParser" => Known::Library("ArgumentParser"),
        "BooleanOptionalAction" => Known::Library("BooleanOptionalAction"),
        "SUPPRESS" => Known::Library("SUPPRESS"),
        "REMAINDER" => Known::text("..."),
        "OPTIONAL" => Known::text("?"),
        "ZERO_OR_MORE" => Known::text("*"),
        "ONE_OR_MORE" => Known::text("+"),
        "PARSER" => Known::text("A..."),
        _ => Known::Imported(Rc::from("argparse")),
    }
}
