//! Public test functions, with flags of all kinds.
//!
//! Sources: Surjanovic and Bingham, *Virtual library of simulation experiments* (the functions
//! themselves); Ru, Alvi, Nguyen, Osborne and Roberts, *Bayesian optimisation over multiple continuous
//! and categorical inputs* (2020; `func3c`). `log` and `mixed` are the same functions of logarithms,
//! and of whole numbers and choices; `tree` is a choice of functions, each with flags of its own.

use std::f64::consts::{E, PI};

use guild_plugin_api::search::{Dimension, DimensionKind};
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

/// A flag, with the choice of another flag that it depends on, if it does.
type Flag = (&'static str, Dimension, Option<(&'static str, &'static str)>);

/// A function to minimize.
pub struct Function {
    pub name: &'static str,
    pub dims: Vec<Flag>,
    pub loss: fn(&Map) -> f64,
    pub least: f64,
}

impl Function {
    pub fn space(&self) -> IndexMap<String, Dimension> {
        self.dims.iter().map(|(name, dim, _)| (name.to_string(), dim.clone())).collect()
    }
}

fn float(name: &'static str, low: f64, high: f64) -> Flag {
    let kind = DimensionKind::Float;
    (name, Dimension { kind, low: low.into(), high: high.into(), ..Dimension::default() }, None)
}

fn log(name: &'static str, low: f64, high: f64) -> Flag {
    let (name, dim, _) = float(name, low, high);
    (name, Dimension { log: true, ..dim }, None)
}

fn int(name: &'static str, low: i64, high: i64) -> Flag {
    let kind = DimensionKind::Int;
    (name, Dimension { kind, low: low.into(), high: high.into(), ..Dimension::default() }, None)
}

fn choice(name: &'static str, values: &[&str]) -> Flag {
    let choices = values.iter().map(|v| Value::from(*v)).collect();
    (name, Dimension { choices, ..Dimension::default() }, None)
}

pub fn all() -> Vec<Function> {
    let only = |on: &'static str, (name, dim, _): Flag| (name, dim, Some(("f", on)));
    vec![
        Function {
            name: "branin",
            dims: vec![float("x", -5.0, 10.0), float("y", 0.0, 15.0)],
            loss: |v| branin(num(v, "x"), num(v, "y")),
            least: 0.397887,
        },
        Function {
            name: "hartmann6",
            dims: ["a", "b", "c", "d", "e", "f"].map(|n| float(n, 0.0, 1.0)).into(),
            loss: |v| hartmann6(&["a", "b", "c", "d", "e", "f"].map(|n| num(v, n))),
            least: -3.32237,
        },
        Function {
            name: "rosenbrock4",
            dims: ["a", "b", "c", "d"].map(|n| float(n, -2.0, 2.0)).into(),
            loss: |v| rosenbrock(&["a", "b", "c", "d"].map(|n| num(v, n))),
            least: 0.0,
        },
        Function {
            name: "levy-log",
            dims: vec![log("lr", 1e-6, 1.0), log("decay", 1e-8, 1e-2), float("drop", 0.0, 0.9)],
            loss: |v| {
                let decades = |x: f64, best: f64| (x / best).log10();
                let (lr, decay) = (decades(num(v, "lr"), 3e-3), decades(num(v, "decay"), 1e-5));
                levy(&[1.0 + 2.0 * lr, 1.0 + 2.0 * decay, 1.0 + 10.0 * (num(v, "drop") - 0.2)])
            },
            least: 0.0,
        },
        Function {
            name: "ackley-mixed",
            dims: vec![
                float("x", -10.0, 20.0),
                float("y", -10.0, 20.0),
                int("n", -10, 20),
                int("m", -5, 5),
                choice("c", &["off", "low", "high"]),
            ],
            loss: |v| {
                let c = match text(v, "c") {
                    "low" => 0.0,
                    "off" => 2.0,
                    _ => 1.0,
                };
                ackley(&[num(v, "x") - 3.3, num(v, "y") + 1.7, num(v, "n") - 2.0, num(v, "m"), c])
            },
            least: 0.0,
        },
        Function {
            name: "func3c",
            dims: vec![
                choice("f", &["rosenbrock", "camel", "beale"]),
                choice("g", &["rosenbrock", "camel", "beale", "none-a", "none-b"]),
                choice("h", &["5camel", "2rosenbrock", "2beale", "none"]),
                float("x", -1.0, 1.0),
                float("y", -1.0, 1.0),
            ],
            loss: |v| {
                let (x, y) = (2.0 * num(v, "x"), 2.0 * num(v, "y"));
                let one = |name: &str| match name {
                    "rosenbrock" => rosenbrock(&[x, y]),
                    "camel" => camel(x, y),
                    "beale" => beale(x, y),
                    _ => 0.0,
                };
                let h = match text(v, "h") {
                    "5camel" => 5.0 * camel(x, y),
                    "2rosenbrock" => 2.0 * rosenbrock(&[x, y]),
                    "2beale" => 2.0 * beale(x, y),
                    _ => 0.0,
                };
                one(text(v, "f")) + one(text(v, "g")) + h
            },
            least: -7.2213,
        },
        Function {
            name: "tree",
            dims: vec![
                choice("f", &["branin", "levy", "ackley"]),
                only("branin", float("bx", -5.0, 10.0)),
                only("branin", float("by", 0.0, 15.0)),
                only("levy", log("la", 1e-3, 1e3)),
                only("levy", log("lb", 1e-3, 1e3)),
                only("levy", int("lc", -5, 5)),
                only("ackley", float("aa", -20.0, 30.0)),
                only("ackley", float("ab", -20.0, 30.0)),
            ],
            loss: |v| match text(v, "f") {
                "branin" => 1.0 + branin(num(v, "bx"), num(v, "by")) / 10.0,
                "levy" => {
                    let tens = |name| 1.0 + num(v, name).log10();
                    levy(&[tens("la") + 0.7, tens("lb") - 1.2, 1.0 + num(v, "lc")])
                }
                _ => 0.5 + ackley(&[num(v, "aa"), num(v, "ab")]) / 4.0,
            },
            least: 0.0,
        },
    ]
}

fn num(values: &Map, name: &str) -> f64 {
    match values.get(name) {
        Some(Value::Int(n)) => *n as f64,
        Some(Value::Float(x)) => *x,
        other => panic!("{name}: {other:?}"),
    }
}

fn text<'a>(values: &'a Map, name: &str) -> &'a str {
    values.get(name).and_then(Value::as_str).unwrap()
}

fn branin(x: f64, y: f64) -> f64 {
    let bend = y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0;
    bend * bend + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos() + 10.0
}

fn rosenbrock(x: &[f64]) -> f64 {
    x.windows(2).map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2)).sum()
}

fn camel(x: f64, y: f64) -> f64 {
    (4.0 - 2.1 * x * x + x.powi(4) / 3.0) * x * x + x * y + (-4.0 + 4.0 * y * y) * y * y
}

fn beale(x: f64, y: f64) -> f64 {
    (1.5 - x + x * y).powi(2) + (2.25 - x + x * y * y).powi(2) + (2.625 - x + x * y.powi(3)).powi(2)
}

fn levy(x: &[f64]) -> f64 {
    let w: Vec<f64> = x.iter().map(|x| 1.0 + (x - 1.0) / 4.0).collect();
    let last = w[w.len() - 1];
    (PI * w[0]).sin().powi(2)
        + w[..w.len() - 1]
            .iter()
            .map(|w| (w - 1.0).powi(2) * (1.0 + 10.0 * (PI * w + 1.0).sin().powi(2)))
            .sum::<f64>()
        + (last - 1.0).powi(2) * (1.0 + (2.0 * PI * last).sin().powi(2))
}

fn ackley(x: &[f64]) -> f64 {
    let n = x.len() as f64;
    let square = x.iter().map(|x| x * x).sum::<f64>() / n;
    let wave = x.iter().map(|x| (2.0 * PI * x).cos()).sum::<f64>() / n;
    -20.0 * (-0.2 * square.sqrt()).exp() - wave.exp() + 20.0 + E
}

fn hartmann6(x: &[f64; 6]) -> f64 {
    const ALPHA: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let term = |i: usize| {
        let far: f64 = (0..6).map(|j| A[i][j] * (x[j] - P[i][j]).powi(2)).sum();
        ALPHA[i] * (-far).exp()
    };
    -(0..4).map(term).sum::<f64>()
}
