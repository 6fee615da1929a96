//! The assignments of constants at the top of a source, and where in its text they are.

use std::ops::Range;

use guild_plugin_api::Value;
use rustpython_parser::ast::{Expr, Ranged, Stmt};

use crate::constant::{self, Constant};
use crate::{Refusal, Tree, read, refusal, tree};

/// An assignment of a constant to a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The name. Of several (`a = b = 1`) the last counts.
    pub name: String,
    /// The constant.
    pub value: Value,
    /// The name that the assignment is annotated with: `int` for `x: int = 1`.
    pub annotation: Option<String>,
    /// Where the text of the constant is, in bytes.
    pub at: Range<usize>,
}

/// The assignments of constants among the statements of `text` that are in no other statement, in
/// their order.
///
/// ```
/// let found = guild_python_source::assignments("x = 1; y: int = -(2)\nif x:\n    z = 3\n").unwrap();
/// let text: Vec<_> = found.iter().map(|a| (a.name.as_str(), a.at.clone())).collect();
/// assert_eq!(text, [("x", 4..5), ("y", 16..20)]);
/// assert_eq!(found[1].annotation.as_deref(), Some("int"));
/// ```
///
/// # Errors
/// As [`crate::analyse`], and where the text is nested too deeply.
pub fn assignments(text: &str) -> Result<Vec<Assignment>, Refusal> {
    let (_, tree) = read(text.to_owned())?;
    let Some(Tree { body, .. }) = tree else {
        return Err(refusal(text, 0, "expression is too long".into()));
    };
    Ok(body.iter().filter_map(|stmt| assignment(text, stmt)).collect())
}

fn assignment(text: &str, stmt: &Stmt) -> Option<Assignment> {
    let (target, value, annotation) = match stmt {
        Stmt::Assign(s) => (s.targets.last()?, &*s.value, None),
        Stmt::AnnAssign(s) => (&*s.target, s.value.as_deref()?, Some(&*s.annotation)),
        _ => return None,
    };
    let Expr::Name(target) = target else { return None };
    let Constant::Value(constant) = constant::value(text, value)? else { return None };
    let annotation = annotation.and_then(|annotation| match annotation {
        Expr::Name(name) => Some(name.id.to_string()),
        _ => None,
    });
    let range = value.range();
    Some(Assignment {
        name: tree::normal(&target.id),
        value: constant,
        annotation,
        at: range.start().to_usize()..range.end().to_usize(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source with each constant replaced by the name it is assigned to.
    fn marked(text: &str) -> String {
        let mut out = text.to_owned();
        for found in assignments(text).unwrap().into_iter().rev() {
            out.replace_range(found.at, &format!("<{}>", found.name));
        }
        out
    }

    #[test]
    fn places_are_those_of_the_whole_constant() {
        for (text, expected) in [
            ("x = -1", "x = <x>"),
            ("x  =1  # a comment", "x  =<x>  # a comment"),
            ("a = 1; b = 'x' \"y\"; c=-3", "a = <a>; b = <b>; c=<c>"),
            ("x = (1)", "x = (<x>)"),
            ("x = -(((1)))", "x = <x>"),
            ("x = -(\n\n  1\n)", "x = <x>"),
            ("x = (\n  1\n )\n", "x = (\n  <x>\n )\n"),
            ("x = \\\n\\\n1\n", "x = \\\n\\\n<x>\n"),
            ("a = b = 1\n", "a = b = <b>\n"),
            ("b = '''one\ntwo\n''' # end\nc = {'é': [1, 2]}", "b = <b> # end\nc = <c>"),
            ("é = 1\nx : float = 2.", "é = <é>\nx : float = <x>"),
        ] {
            assert_eq!(marked(text), expected);
        }
    }

    #[test]
    fn what_is_no_constant_or_in_another_statement_is_passed_over() {
        let text = "x = y\nfor i in z:\n    a = 1\na.b = 2\nc, d = 1, 2\ne: int\nf += 1\ng = 1j\n";
        assert_eq!(assignments(text).unwrap(), []);
        assert!(assignments("x = ").is_err());
    }
}
