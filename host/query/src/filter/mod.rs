//! Filter expressions: `op = train and (loss < 0.5 or tags contains best)`.
//!
//! ```text
//! expression = unary [ ( "and" | "or" ) expression ]
//! unary      = "not" unary | "(" expression ")" | test | term
//! test       = name ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) term
//!            | name "is" [ "not" ] term
//!            | name [ "not" ] "in" list
//!            | name [ "not" ] "contains" term
//! term       = number | text | name | "true" | "false" | "undefined" | list
//! list       = "[" term { "," term } "]"
//! name       = a letter, then all up to a blank, line end or one of , < > = ! ( ) [ ]
//! number     = [ "-" ] [ "." ] digits [ "." digits ] [ "e" [ "+" | "-" ] digits ]
//! text       = in quotes of either kind, read as YAML
//! ```
//!
//! Words mean the same in upper case. `and` and `or` bind alike and from the right: `a and b or c`
//! is `a and (b or c)`, as in Guild AI 0.9.0, whose help recommends parentheses.
//!
//! A name left of an operator is asked of the run, see [`Facts`]; right of it, it is a text. A test
//! of things that cannot be compared is false.

mod evaluate;
mod lex;
mod parse;

use guild_plugin_api::Value;

pub use parse::parse;

/// What is known about a run. All answers are none where there is no such thing.
pub trait Facts {
    /// A run attribute: one of those that Guild derives (`op`, `status`, `started`) or any that is
    /// kept with the run.
    fn attr(&self, name: &str) -> Option<Value>;
    /// A flag's value.
    fn flag(&self, name: &str) -> Option<Value>;
    /// The last value of a scalar, by `TAG` or `PREFIX#TAG`.
    fn scalar(&self, key: &str) -> Option<Value>;
}

/// An expression that a run passes or not ([`Filter::passes`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Expression);

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Test { name: String, operator: Operator, target: Value },
    Term(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Contains,
    NotContains,
}

/// Why a text is no filter expression, in Guild AI 0.9.0's words. Lines count from 1, positions in
/// characters of the whole text from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The text ends too early.
    #[error("syntax error in filter - unexpected end of expresion")]
    End,
    /// Something is where it may not be.
    #[error("syntax error in filter {}: {what}", place(*line, *position))]
    Syntax {
        /// What it is.
        what: String,
        /// The line.
        line: usize,
        /// The position.
        position: usize,
    },
    /// There are more brackets and `not`s inside one another than anybody writes.
    #[error("invalid filter expression: it is nested too deeply")]
    Depth,
}

fn place(line: usize, position: usize) -> String {
    match line {
        1 => format!("at position {position}"),
        line => format!("on line {line}, position {position}"),
    }
}
