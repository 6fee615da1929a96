//! What the names at a script's top level stand for, for libraries that are told of flags there.

use std::collections::{HashMap, HashSet};

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, Expr, Ranged, Stmt};
use rustpython_parser::text_size::TextRange;

use crate::script::{Tree, constant_value};

/// How many names lead to a value, one by another.
const MOST_NAMES: usize = 4;

/// What stands before a list that is only looked at.
const LOOKING: [&str; 4] = ["Choice(", "choices=", "default=", " in"];

/// A script whose top level mostly declares things.
pub(super) struct Module<'a> {
    pub text: &'a str,
    pub body: &'a [Stmt],
    names: HashMap<&'a str, Named<'a>>,
    line_ends: Vec<usize>,
}

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Named<'a> {
    /// What is imported: `click.option`.
    Import(String),
    /// The value of an expression.
    Value(&'a Expr),
    Function(&'a ast::StmtFunctionDef),
    Class(&'a ast::StmtClassDef),
    /// It has several values, or one that depends on something.
    Unsure,
}

impl<'a> Module<'a> {
    /// None where names may stand for something else than the top level says.
    pub(super) fn of(tree: &'a Tree) -> Option<Module<'a>> {
        let (text, body) = (tree.text.as_str(), tree.body.as_slice());
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i);
        let line_ends = ends.collect();
        let mut module = Module { text, body, names: HashMap::new(), line_ends };
        if text.contains(":=") {
            return None;
        }
        module.bind_all(body, true)?;
        Some(module)
    }

    fn bind_all(&mut self, body: &'a [Stmt], sure: bool) -> Option<()> {
        for stmt in body {
            self.bind(stmt, sure)?;
            if matches!(stmt, Stmt::If(s) if is_main(stmt) && !s.orelse.is_empty()) {
                return None;
            }
            for inner in bodies(stmt) {
                self.bind_all(inner, sure && is_main(stmt))?;
            }
        }
        Some(())
    }

    fn bind(&mut self, stmt: &'a Stmt, sure: bool) -> Option<()> {
        let mut add = |name: &'a str, named: Named<'a>| {
            let named = if sure { named } else { Named::Unsure };
            let known = self.names.get(name);
            // A module's parts may be imported one by one.
            let same =
                matches!((known, &named), (Some(Named::Import(a)), Named::Import(b)) if a == b);
            let named = if known.is_some() && !same { Named::Unsure } else { named };
            self.names.insert(name, named);
        };
        match stmt {
            Stmt::Import(s) => {
                for alias in &s.names {
                    match &alias.asname {
                        Some(name) => add(name, Named::Import(alias.name.to_string())),
                        None => {
                            let root = alias.name.split('.').next().unwrap_or_default();
                            add(root, Named::Import(root.to_owned()));
                        }
                    }
                }
            }
            Stmt::ImportFrom(s) => {
                let package = source(s);
                for alias in &s.names {
                    if &*alias.name == "*" {
                        return None;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    add(name, Named::Import(format!("{package}.{}", alias.name)));
                }
            }
            Stmt::FunctionDef(s) => {
                add(&s.name, Named::Function(s));
                if changes_globals(&s.body) {
                    return None;
                }
            }
            Stmt::AsyncFunctionDef(s) => add(&s.name, Named::Unsure),
            Stmt::ClassDef(s) => add(&s.name, Named::Class(s)),
            Stmt::Assign(s) => {
                for target in &s.targets {
                    match target {
                        Expr::Name(name) => add(&name.id, Named::Value(&s.value)),
                        other => targets(other).for_each(|name| add(name, Named::Unsure)),
                    }
                }
            }
            Stmt::AnnAssign(s) => {
                if let (Expr::Name(name), Some(value)) = (&*s.target, &s.value) {
                    add(&name.id, Named::Value(value));
                }
            }
            Stmt::AugAssign(s) => targets(&s.target).for_each(|name| add(name, Named::Unsure)),
            Stmt::Delete(s) => {
                let all = s.targets.iter().flat_map(targets);
                all.for_each(|name| add(name, Named::Unsure));
            }
            Stmt::For(s) => targets(&s.target).for_each(|name| add(name, Named::Unsure)),
            Stmt::With(s) => {
                let all = s.items.iter().filter_map(|item| item.optional_vars.as_deref());
                all.flat_map(targets).for_each(|name| add(name, Named::Unsure));
            }
            Stmt::Match(_) => return None,
            _ => {}
        }
        Some(())
    }

    /// What a name stands for; none where the script binds none.
    pub(super) fn named(&self, name: &str) -> Option<&Named<'a>> {
        self.names.get(name)
    }

    /// Whether the name is that of something built in.
    pub(super) fn is_builtin(&self, expr: &Expr, name: &str) -> bool {
        matches!(expr, Expr::Name(n) if &*n.id == name && self.named(name).is_none())
    }

    /// The full name of what is imported: `click.option`, however the script writes it.
    pub(super) fn origin(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Name(name) => match self.named(&name.id)? {
                Named::Import(path) => Some(path.clone()),
                _ => None,
            },
            Expr::Attribute(at) => Some(format!("{}.{}", self.origin(&at.value)?, at.attr)),
            _ => None,
        }
    }

    /// The value of an expression that is the same whenever it is asked for.
    pub(super) fn value(&self, expr: &Expr) -> Option<Value> {
        self.value_by_names(expr, MOST_NAMES)
    }

    /// `names`: how many names may be followed, each leading to the next.
    fn value_by_names(&self, expr: &Expr, names: usize) -> Option<Value> {
        match expr {
            Expr::Name(name) => match self.named(&name.id)? {
                Named::Value(Expr::List(_)) if !self.is_only_looked_at(&name.id) => None,
                Named::Value(expr) => self.value_by_names(expr, names.checked_sub(1)?),
                _ => None,
            },
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                let items = elts.iter().map(|item| self.value_by_names(item, names));
                items.collect::<Option<_>>().map(Value::List)
            }
            expr => constant_value(self.text, expr).filter(|v| !matches!(v, Value::Map(_))),
        }
    }

    /// Whether nothing is done to a list after it is written down.
    fn is_only_looked_at(&self, name: &str) -> bool {
        let uses = self.text.match_indices(name).filter(|(at, _)| {
            let around =
                [self.text[..*at].chars().next_back(), self.text[at + name.len()..].chars().next()];
            !around.into_iter().flatten().any(|c| c.is_alphanumeric() || c == '_')
        });
        let looks = |at: usize| {
            let before = self.text[..at].trim_end();
            let line = before.rfind('\n').map_or(before, |start| &before[start..]);
            LOOKING.iter().any(|word| before.ends_with(word)) || line.contains(".DEFINE_")
        };
        uses.skip(1).all(|(at, _)| looks(at))
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, range: TextRange) -> u32 {
        let line = self.line_ends.partition_point(|end| *end < range.start().to_usize()) + 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The modules that running the top level imports, and what may be one of them: a dot stands
    /// for each level above.
    pub(super) fn imports(&self) -> Vec<String> {
        let mut found = Vec::new();
        imports(self.body, &mut found);
        found
    }

    /// Whether a piece of the text mentions one of these names, itself or by a function or class
    /// of the script.
    pub(super) fn mentions(&self, range: TextRange, names: &HashSet<&str>) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![range];
        while let Some(range) = open.pop() {
            let text = self.text.get(range.start().to_usize()..range.end().to_usize());
            let words = text.unwrap_or_default();
            for word in words.split(|c: char| !c.is_alphanumeric() && c != '_') {
                if names.contains(word) {
                    return true;
                }
                match self.named(word) {
                    Some(Named::Function(def)) if seen.insert(word) => open.push(def.range()),
                    Some(Named::Class(def)) if seen.insert(word) => open.push(def.range()),
                    _ => {}
                }
            }
        }
        false
    }
}

/// Whether this is `if __name__ == "__main__":`.
pub(super) fn is_main(stmt: &Stmt) -> bool {
    let Stmt::If(s) = stmt else { return false };
    let Expr::Compare(c) = &*s.test else { return false };
    let is_name = |e: &Expr| matches!(e, Expr::Name(n) if &*n.id == "__name__");
    let is_text = |e: &Expr| matches!(e, Expr::Constant(c) if matches!(&c.value, ast::Constant::Str(s) if s == "__main__"));
    matches!((&*c.ops, &*c.comparators), ([ast::CmpOp::Eq], [right])
        if is_name(&c.left) && is_text(right) || is_text(&c.left) && is_name(right))
}

/// The blocks of a statement that belong to the same scope.
fn bodies(stmt: &Stmt) -> Vec<&[Stmt]> {
    match stmt {
        Stmt::If(s) => vec![&s.body, &s.orelse],
        Stmt::For(s) => vec![&s.body, &s.orelse],
        Stmt::While(s) => vec![&s.body, &s.orelse],
        Stmt::With(s) => vec![&s.body],
        Stmt::Try(s) => {
            let handlers = s.handlers.iter().map(|handler| {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                &*handler.body
            });
            [&*s.body, &s.orelse, &s.finalbody].into_iter().chain(handlers).collect()
        }
        _ => Vec::new(),
    }
}

fn changes_globals(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::Global(_) => true,
        Stmt::FunctionDef(def) => changes_globals(&def.body),
        other => bodies(other).into_iter().any(changes_globals),
    })
}

fn imports(body: &[Stmt], found: &mut Vec<String>) {
    for stmt in body {
        match stmt {
            Stmt::Import(s) => found.extend(s.names.iter().map(|alias| alias.name.to_string())),
            Stmt::ImportFrom(s) => {
                let package = source(s);
                found.push(package.clone());
                let dot = if package.ends_with('.') { "" } else { "." };
                found.extend(s.names.iter().map(|alias| format!("{package}{dot}{}", alias.name)));
            }
            other => bodies(other).into_iter().for_each(|body| imports(body, found)),
        }
    }
}

/// Where names are imported from, with a dot for each level.
fn source(s: &ast::StmtImportFrom) -> String {
    let level = s.level.map_or(0, |level| level.to_usize());
    format!("{}{}", ".".repeat(level), s.module.as_deref().unwrap_or_default())
}

/// The names that a target binds, what is deeper in it left out.
fn targets<'a>(expr: &'a Expr) -> Box<dyn Iterator<Item = &'a str> + 'a> {
    match expr {
        Expr::Name(name) => Box::new(std::iter::once(name.id.as_str())),
        Expr::Starred(starred) => targets(&starred.value),
        Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
            Box::new(elts.iter().flat_map(targets))
        }
        // Something is put into it: what it stands for changes.
        Expr::Subscript(at) => targets(&at.value),
        Expr::Attribute(at) => targets(&at.value),
        _ => Box::new(std::iter::empty()),
    }
}
