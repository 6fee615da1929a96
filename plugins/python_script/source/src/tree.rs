//! Finds imports and assignments in the tree of a script.

use std::collections::{HashSet, VecDeque};

use rustpython_parser::ast::{self, Expr, Ranged, Stmt};
use unicode_normalization::UnicodeNormalization;

use super::Analysis;
use super::constant::{self, Constant};

/// A node that holds statements.
enum Node<'a> {
    Stmt(&'a Stmt),
    Handler(&'a ast::ExceptHandler),
    Case(&'a ast::MatchCase),
}

/// Looks at every statement, level by level as Python's `ast.walk` does: which assignment of a
/// name is the first depends on it.
///
/// Where a statement is not sure to be one for the run's interpreter, the error is its place in
/// the text: the parser takes `f() = 1`, which is none, and the syntax of Python 3.12.
pub(super) fn analysis(text: &str, body: &[Stmt]) -> Result<Analysis, usize> {
    let mut found =
        Found { text, analysis: Analysis::default(), hidden: HashSet::new(), starts: Vec::new() };
    let mut queue: VecDeque<Node> = body.iter().map(Node::Stmt).collect();
    while let Some(node) = queue.pop_front() {
        if let Node::Stmt(stmt) = node {
            if !is_sure(stmt) {
                return Err(stmt.range().start().to_usize());
            }
            found.look_at(stmt);
        }
        for part in parts(&node) {
            queue.extend(part);
        }
    }
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |start: usize| u32::try_from(ends.partition_point(|end| *end < start) + 1);
    let lines = found.starts.into_iter().filter_map(|(name, at)| Some((name, line(at).ok()?)));
    found.analysis.lines = lines.collect();
    Ok(found.analysis)
}

fn is_sure(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Assign(s) => s.targets.iter().all(is_target),
        Stmt::AugAssign(s) => is_target(&s.target),
        Stmt::AnnAssign(s) => is_target(&s.target),
        Stmt::For(s) => is_target(&s.target),
        Stmt::AsyncFor(s) => is_target(&s.target),
        Stmt::Delete(s) => s.targets.iter().all(is_target),
        Stmt::FunctionDef(s) => s.type_params.is_empty(),
        Stmt::AsyncFunctionDef(s) => s.type_params.is_empty(),
        Stmt::ClassDef(s) => s.type_params.is_empty(),
        Stmt::TypeAlias(_) => false,
        _ => true,
    }
}

/// Whether something can be assigned to the expression.
fn is_target(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => true,
        Expr::Starred(e) => is_target(&e.value),
        Expr::Tuple(e) => e.elts.iter().all(is_target),
        Expr::List(e) => e.elts.iter().all(is_target),
        _ => false,
    }
}

/// The lists of nodes directly below, in the order in which the grammar of Python has them.
fn parts<'a>(node: &Node<'a>) -> Vec<Vec<Node<'a>>> {
    let block = |body: &'a [Stmt]| body.iter().map(Node::Stmt).collect::<Vec<_>>();
    let handlers = |h: &'a [ast::ExceptHandler]| h.iter().map(Node::Handler).collect::<Vec<_>>();
    match node {
        Node::Handler(ast::ExceptHandler::ExceptHandler(h)) => vec![block(&h.body)],
        Node::Case(case) => vec![block(&case.body)],
        Node::Stmt(stmt) => match stmt {
            Stmt::FunctionDef(s) => vec![block(&s.body)],
            Stmt::AsyncFunctionDef(s) => vec![block(&s.body)],
            Stmt::ClassDef(s) => vec![block(&s.body)],
            Stmt::For(s) => vec![block(&s.body), block(&s.orelse)],
            Stmt::AsyncFor(s) => vec![block(&s.body), block(&s.orelse)],
            Stmt::While(s) => vec![block(&s.body), block(&s.orelse)],
            Stmt::If(s) => vec![block(&s.body), block(&s.orelse)],
            Stmt::With(s) => vec![block(&s.body)],
            Stmt::AsyncWith(s) => vec![block(&s.body)],
            Stmt::Try(s) => {
                vec![block(&s.body), handlers(&s.handlers), block(&s.orelse), block(&s.finalbody)]
            }
            Stmt::TryStar(s) => {
                vec![block(&s.body), handlers(&s.handlers), block(&s.orelse), block(&s.finalbody)]
            }
            Stmt::Match(s) => vec![s.cases.iter().map(Node::Case).collect()],
            _ => Vec::new(),
        },
    }
}

struct Found<'a> {
    text: &'a str,
    analysis: Analysis,
    /// Names whose first constant has no form here: later ones do not count.
    hidden: HashSet<String>,
    /// Where the assignments of params start.
    starts: Vec<(String, usize)>,
}

impl Found<'_> {
    fn look_at(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Import(s) => self.names(&s.names),
            Stmt::ImportFrom(s) => {
                if let Some(module) = &s.module {
                    self.analysis.imports.push(normal(module));
                }
                self.names(&s.names);
            }
            Stmt::Assign(s) if self.at_column_zero(s) => self.assign(s),
            _ => {}
        }
    }

    fn names(&mut self, names: &[ast::Alias]) {
        self.analysis.imports.extend(names.iter().map(|alias| normal(&alias.name)));
    }

    fn at_column_zero(&self, s: &ast::StmtAssign) -> bool {
        let start = s.range().start().to_usize();
        start == 0 || self.text.as_bytes().get(start - 1) == Some(&b'\n')
    }

    fn assign(&mut self, s: &ast::StmtAssign) {
        let Some(value) = constant::value(self.text, &s.value) else { return };
        let names = s.targets.iter().filter_map(|t| match t {
            Expr::Name(name) => Some(normal(&name.id)),
            _ => None,
        });
        let starts = &mut self.starts;
        for name in names {
            if self.hidden.contains(&name) || self.analysis.params.contains_key(&name) {
                continue;
            }
            match &value {
                Constant::Value(value) => {
                    self.analysis.params.insert(name.clone(), value.clone());
                    starts.push((name, s.range().start().to_usize()));
                }
                Constant::Other => {
                    self.hidden.insert(name);
                }
            }
        }
    }
}

/// A name as Python has it: PEP 3131 asks for normalisation form KC.
pub(crate) fn normal(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { name.nfkc().collect() }
}
