//! What expressions stand for.

use guild_plugin_api::Value;
use rustpython_parser::ast::{self, BoolOp, CmpOp, Expr, Operator, Ranged, UnaryOp};

use super::follow::{Follow, Step, Stop, library};
use super::mentions::{HARMLESS, is_parsing};
use super::value::Known;
use crate::script::constant_value;

impl<'a> Follow<'a> {
    /// What the expression stands for, after all that its evaluation does.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Step<Known> {
        Ok(match expr {
            Expr::Constant(_) => {
                constant_value(self.text, expr).map_or(Known::Unknown, Known::Constant)
            }
            Expr::Name(name) => self.name(&name.id),
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                let mut items = Vec::with_capacity(elts.len());
                for item in elts {
                    match item {
                        Expr::Starred(starred) => match self.eval(&starred.value)?.known_items() {
                            Some(more) => items.extend(more),
                            None => items.push(Known::Unknown),
                        },
                        item => items.push(self.eval(item)?),
                    }
                }
                let star = |item: &Expr| matches!(item, Expr::Starred(_));
                let lost = items.iter().any(|i| matches!(i, Known::Unknown));
                if lost && elts.iter().any(star) { Known::Unknown } else { Known::items(items) }
            }
            Expr::Call(call) => self.call(call)?,
            Expr::Attribute(at) => self.attribute(at)?,
            Expr::UnaryOp(u) => {
                let operand = self.eval(&u.operand)?;
                match (u.op, &operand) {
                    (UnaryOp::Not, known) => match known.truth() {
                        Some(truth) => Known::Constant(Value::Bool(!truth)),
                        None => Known::Unknown,
                    },
                    (UnaryOp::USub, Known::Constant(Value::Float(f))) => {
                        Known::Constant(Value::Float(-f))
                    }
                    (UnaryOp::USub | UnaryOp::UAdd, Known::Constant(_)) => {
                        constant_value(self.text, expr).map_or(Known::Unknown, Known::Constant)
                    }
                    _ => Known::Unknown,
                }
            }
            Expr::BinOp(b) => {
                let (left, right) = (self.eval(&b.left)?, self.eval(&b.right)?);
                computed(b.op, &left, &right)
            }
            Expr::BoolOp(b) => self.either(b)?,
            Expr::Compare(c) => self.compare(c)?,
            Expr::IfExp(e) => match self.eval(&e.test)?.truth() {
                Some(true) => self.eval(&e.body)?,
                Some(false) => self.eval(&e.orelse)?,
                None => {
                    self.skip([e.body.range(), e.orelse.range()])?;
                    Known::Unknown
                }
            },
            Expr::Subscript(s) => {
                let (base, index) = (self.eval(&s.value)?, self.eval(&s.slice)?);
                if matches!(base, Known::Opaque) {
                    return Err(Stop::Unsure);
                }
                match (base.known_items(), index) {
                    (Some(items), Known::Constant(Value::Int(i))) => {
                        let at = if i < 0 { items.len() as i64 + i } else { i };
                        let item = usize::try_from(at).ok().and_then(|at| items.get(at).cloned());
                        item.ok_or(Stop::Unsure)?
                    }
                    (Some(items), _) if items.iter().any(Known::is_parsing) => {
                        return Err(Stop::Unsure);
                    }
                    _ => Known::Unknown,
                }
            }
            Expr::NamedExpr(n) => {
                let value = self.eval(&n.value)?;
                self.assign(&n.target, value.clone())?;
                value
            }
            Expr::Lambda(_) => {
                let mentions = self.mentions([expr.range()]);
                match self.is_part(&mentions) {
                    true => Known::Opaque,
                    // A conversion, if anything: as good as a class.
                    false => Known::Class("".into(), false),
                }
            }
            Expr::JoinedStr(joined) => self.joined(joined)?,
            // Sets, dicts, comprehensions, slices and the like: of no part, or not followed.
            other => {
                self.skip_expression(other)?;
                Known::Unknown
            }
        })
    }

    /// Passes over an expression that has no part in parsing.
    pub(super) fn skip_expression(&mut self, expr: &'a Expr) -> Step {
        self.skip([expr.range()])
    }

    fn name(&self, name: &str) -> Known {
        if let Some(known) = self.lookup(name) {
            return known;
        }
        match name {
            "str" => Known::Type("string"),
            "int" => Known::Type("int"),
            "float" => Known::Type("float"),
            "bool" => Known::Type("boolean"),
            "exec" | "eval" | "setattr" | "exit" | "quit" | "globals" | "locals" | "vars"
            | "__import__" | "super" => Known::Opaque,
            _ => Known::Unknown,
        }
    }

    fn attribute(&mut self, at: &'a ast::ExprAttribute) -> Step<Known> {
        let attr = at.attr.as_str();
        match self.eval(&at.value)? {
            Known::Library("argparse") => Ok(library(attr)),
            Known::Parser(_) | Known::Group(..) if HARMLESS.contains(&attr) => Ok(Known::Unknown),
            Known::Imported(_) if attr == "argv" => Ok(Known::Unknown),
            known if known.is_parsing() || is_parsing(attr) => Err(Stop::Unsure),
            Known::Imported(module) => Ok(Known::Imported(module)),
            _ => Ok(Known::Unknown),
        }
    }

    /// `and`, `or`.
    fn either(&mut self, b: &'a ast::ExprBoolOp) -> Step<Known> {
        let ends = matches!(b.op, BoolOp::Or);
        for (i, value) in b.values.iter().enumerate() {
            let known = self.eval(value)?;
            match known.truth() {
                Some(truth) if truth == ends || i + 1 == b.values.len() => return Ok(known),
                Some(_) => {}
                None if i + 1 == b.values.len() => return Ok(known),
                None => {
                    self.skip(b.values[i + 1..].iter().map(Ranged::range))?;
                    return match known.is_parsing() {
                        true => Err(Stop::Unsure),
                        false => Ok(Known::Unknown),
                    };
                }
            }
        }
        Ok(Known::Unknown)
    }

    fn compare(&mut self, c: &'a ast::ExprCompare) -> Step<Known> {
        let left = self.eval(&c.left)?;
        let mut rights = Vec::new();
        for right in &c.comparators {
            rights.push(self.eval(right)?);
        }
        let ([op], [right]) = (&*c.ops, &*rights) else { return Ok(Known::Unknown) };
        let truth = match (op, &left, right) {
            (CmpOp::Eq | CmpOp::NotEq, Known::Constant(a), Known::Constant(b)) => {
                same(a, b).map(|same| same == matches!(op, CmpOp::Eq))
            }
            (CmpOp::Is | CmpOp::IsNot, Known::Constant(a), Known::Constant(Value::Null)) => {
                Some(a.is_null() == matches!(op, CmpOp::Is))
            }
            _ => None,
        };
        Ok(truth.map_or(Known::Unknown, |truth| Known::Constant(Value::Bool(truth))))
    }

    /// An f-string.
    fn joined(&mut self, joined: &'a ast::ExprJoinedStr) -> Step<Known> {
        let mut text = Some(String::new());
        for part in &joined.values {
            let piece = match part {
                Expr::FormattedValue(f) => {
                    let known = self.eval(&f.value)?;
                    let plain = f.format_spec.is_none() && f.conversion.to_char().is_none();
                    match known {
                        Known::Constant(Value::Str(s)) if plain => Some(s),
                        Known::Constant(Value::Int(i)) if plain => Some(i.to_string()),
                        _ => None,
                    }
                }
                other => match self.eval(other)? {
                    Known::Constant(Value::Str(s)) => Some(s),
                    _ => None,
                },
            };
            text = text.zip(piece).map(|(text, piece)| text + &piece);
        }
        Ok(text.map_or(Known::Unknown, Known::text))
    }
}

/// Whether two constants are equal; none where that takes more than a look.
fn same(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a == b),
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Null, Value::Null) => Some(true),
        (Value::Null, _) | (_, Value::Null) => Some(false),
        _ => None,
    }
}

/// The result where it is the same in any Python.
fn computed(op: Operator, left: &Known, right: &Known) -> Known {
    use Known::Constant;
    use Value::{Float, Int, Str};
    if let (Some(mut a), Some(b), Operator::Add) = (left.known_items(), right.known_items(), op) {
        a.extend(b);
        return Known::items(a);
    }
    let (Constant(a), Constant(b)) = (left, right) else { return Known::Unknown };
    let value = match (a, b) {
        (Str(a), Str(b)) if op == Operator::Add => Some(Str(format!("{a}{b}"))),
        (Int(a), Int(b)) => match op {
            Operator::Add => a.checked_add(*b).map(Int),
            Operator::Sub => a.checked_sub(*b).map(Int),
            Operator::Mult => a.checked_mul(*b).map(Int),
            Operator::Pow => u32::try_from(*b).ok().and_then(|b| a.checked_pow(b)).map(Int),
            Operator::Div if *b != 0 && a.abs() < 1 << 53 && b.abs() < 1 << 53 => {
                Some(Float(*a as f64 / *b as f64))
            }
            _ => None,
        },
        (Float(a), Float(b)) => match op {
            Operator::Add => Some(Float(a + b)),
            Operator::Sub => Some(Float(a - b)),
            Operator::Mult => Some(Float(a * b)),
            Operator::Div if *b != 0.0 => Some(Float(a / b)),
            _ => None,
        },
        _ => None,
    };
    value.map_or(Known::Unknown, Constant)
}
