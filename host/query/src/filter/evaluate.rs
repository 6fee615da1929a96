//! Whether a run passes a filter.

use std::cmp::Ordering;

use guild_flags::value::{compare, is_true, same, text};
use guild_plugin_api::Value;

use super::{Expression, Facts, Filter, Operator};

impl Filter {
    /// Whether what `facts` say of a run passes the filter. Only what the expression names is asked
    /// for, and only as far as the answer depends on it.
    pub fn passes(&self, facts: &dyn Facts) -> bool {
        self.0.passes(facts)
    }
}

impl Expression {
    fn passes(&self, facts: &dyn Facts) -> bool {
        match self {
            Expression::And(a, b) => a.passes(facts) && b.passes(facts),
            Expression::Or(a, b) => a.passes(facts) || b.passes(facts),
            Expression::Not(e) => !e.passes(facts),
            Expression::Term(value) => is_true(value),
            Expression::Test { name, operator, target } => {
                operator.holds(&look_up(facts, name), target)
            }
        }
    }
}

/// What a name stands for: `attr:`, `flag:` and `scalar:` say where to look; without them the
/// first place that knows it.
fn look_up(facts: &dyn Facts, name: &str) -> Value {
    let found = if let Some(name) = name.strip_prefix("attr:") {
        facts.attr(name)
    } else if let Some(name) = name.strip_prefix("flag:") {
        facts.flag(name)
    } else if let Some(key) = name.strip_prefix("scalar:") {
        facts.scalar(key)
    } else {
        let there = |value: &Value| !value.is_null();
        facts
            .attr(name)
            .filter(there)
            .or_else(|| facts.flag(name).filter(there))
            .or_else(|| facts.scalar(name))
    };
    found.unwrap_or_default()
}

impl Operator {
    fn holds(self, value: &Value, target: &Value) -> bool {
        let ordered =
            |wanted: &[Ordering]| compare(value, target).is_some_and(|o| wanted.contains(&o));
        match self {
            Operator::Equal => same(value, target),
            Operator::NotEqual => !same(value, target),
            Operator::Less => ordered(&[Ordering::Less]),
            Operator::LessOrEqual => ordered(&[Ordering::Less, Ordering::Equal]),
            Operator::Greater => ordered(&[Ordering::Greater]),
            Operator::GreaterOrEqual => ordered(&[Ordering::Greater, Ordering::Equal]),
            Operator::In => is_in(value, target),
            Operator::NotIn => !is_in(value, target),
            Operator::Contains => contains(value, target),
            Operator::NotContains => !contains(value, target),
        }
    }
}

fn is_in(value: &Value, list: &Value) -> bool {
    list.as_list().unwrap_or_default().iter().any(|item| same(value, item))
}

/// A list contains its items; anything else that is not empty or zero contains parts of its text,
/// in any case.
fn contains(value: &Value, part: &Value) -> bool {
    if !is_true(value) {
        return false;
    }
    match value {
        Value::List(_) => is_in(part, value),
        value => text(value).to_lowercase().contains(&text(part).to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;

    struct Sample;

    impl Facts for Sample {
        fn attr(&self, name: &str) -> Option<Value> {
            match name {
                "op" => Some("train".into()),
                "label" => Some("Best one".into()),
                "tags" => Some(Value::List(vec!["a".into(), "b".into()])),
                _ => None,
            }
        }

        fn flag(&self, name: &str) -> Option<Value> {
            match name {
                "op" => Some("adam".into()),
                "lr" => Some(0.1.into()),
                "n" => Some(0.into()),
                _ => None,
            }
        }

        fn scalar(&self, key: &str) -> Option<Value> {
            (key == "loss").then(|| 0.5.into())
        }
    }

    #[test]
    fn what_passes() {
        for text in [
            "op = train",
            "flag:op = adam",
            "loss < 1 and scalar:loss >= 0.5",
            "lr = 0.1",
            "n = false",
            "nothing is undefined",
            "nothing != 1",
            "scalar:lr is undefined",
            "label contains BEST",
            "label not contains worst",
            "nothing not contains x",
            "n not contains 0",
            "tags contains a",
            "tags not contains 'a,'",
            "tags = [a,b]",
            "tags < [a,c]",
            "op in [test,train]",
            "op not in [test]",
            "1 and a",
            "not ''",
            "loss < 1 or op < 1",
        ] {
            assert!(parse(text).unwrap().passes(&Sample), "{text}");
        }
        for text in
            ["op = 'Train'", "op < 1", "op >= 1", "nothing < 1", "0", "''", "false", "undefined"]
        {
            assert!(!parse(text).unwrap().passes(&Sample), "{text}");
        }
    }
}
