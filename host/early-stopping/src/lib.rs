//! When a trial is behind the others: from the values that they have come to, without a process or a
//! file.
//!
//! `asha` is the stopping variant of asynchronous successive halving (Li et al., "A System for
//! Massively Parallel Hyperparameter Tuning", 2020), with the names of Ray Tune's scheduler: at the
//! steps `grace period × reduction factor ^ k` only the best `1 / reduction factor` of those that
//! have come so far goes on. `median` is the median stopping rule of Vizier (Golovin et al., 2017)
//! as Optuna's `MedianPruner` has it: the best so far against the median of the others at that step.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use guild_plugin_api::search::Direction;
use guild_plugin_api::{Map, Value};
use guild_scalars::summary::{Point, shown};

/// How many other trials have to have come to a step before the median says something, as many as
/// Optuna's `MedianPruner` wants.
const MEDIAN_OF: usize = 5;

/// How it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Asynchronous successive halving.
    Asha,
    /// The median stopping rule.
    Median,
}

impl FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Algorithm, String> {
        match text {
            "asha" => Ok(Algorithm::Asha),
            "median" => Ok(Algorithm::Median),
            _ => Err("it has to be 'asha' or 'median'".into()),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Algorithm::Asha => "asha",
            Algorithm::Median => "median",
        })
    }
}

/// What is to be decided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How it is decided.
    pub algorithm: Algorithm,
    /// Before this step no trial is ended; for `asha` the first at which it is decided.
    pub grace_period: i64,
    /// Of so many trials one goes on at a step of `asha`, and its steps are so many times apart.
    pub reduction_factor: i64,
}

impl Rule {
    /// What Ray Tune and Optuna have for `asha` when nothing is said.
    pub const GRACE_PERIOD: i64 = 1;
    /// What Ray Tune and Optuna have for `asha` when nothing is said.
    pub const REDUCTION_FACTOR: i64 = 4;

    /// The rule as a batch keeps it.
    pub fn to_value(self) -> Value {
        let mut kept = Map::new();
        kept.insert("algorithm", self.algorithm.to_string());
        kept.insert("grace-period", self.grace_period);
        kept.insert("reduction-factor", self.reduction_factor);
        Value::Map(kept)
    }

    /// The rule that a batch keeps; none where it is none.
    pub fn from_value(kept: &Value) -> Option<Rule> {
        let number = |name: &str| match kept.get(name) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        };
        Some(Rule {
            algorithm: kept.get("algorithm")?.as_str()?.parse().ok()?,
            grace_period: number("grace-period")?.max(1),
            reduction_factor: number("reduction-factor")?.max(2),
        })
    }
}

/// Why a trial is behind the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Behind {
    /// The step at which it is.
    pub step: i64,
    /// What it had come to.
    pub value: f64,
    /// In words, to follow "VALUE at step STEP".
    pub reason: String,
}

/// What the trials of a batch have come to.
#[derive(Debug)]
pub struct Race {
    rule: Rule,
    direction: Direction,
    trials: BTreeMap<String, Trial>,
    /// For `asha`: what those that came to it had there, by the step.
    rungs: BTreeMap<i64, Vec<f64>>,
}

/// A trial's values, the smaller the better, and how far it has been decided on.
#[derive(Debug, Default)]
struct Trial {
    curve: Vec<Point>,
    decided: Option<i64>,
}

impl Race {
    /// A race in which nobody is yet.
    pub fn new(rule: Rule, direction: Direction) -> Race {
        Race { rule, direction, trials: BTreeMap::new(), rungs: BTreeMap::new() }
    }

    /// Whether any trial had a value.
    pub fn has_begun(&self) -> bool {
        self.trials.values().any(|trial| !trial.curve.is_empty())
    }

    /// Notes what a trial has come to by now, by step, and says whether it is behind. Each step is
    /// decided on once, with what the others have come to by then.
    pub fn update(&mut self, id: &str, curve: &[Point]) -> Option<Behind> {
        let badness = |p: &Point| Point { value: self.badness(p.value), ..*p };
        let curve: Vec<Point> = curve.iter().map(badness).collect();
        let trial = self.trials.entry(id.into()).or_default();
        trial.curve.clone_from(&curve);
        // A single value at step 0 may turn out to be the first of many without steps.
        let since = trial.decided.unwrap_or(0).max(self.rule.grace_period - 1);
        let behind = match self.rule.algorithm {
            Algorithm::Asha => self.asha(&curve, since),
            Algorithm::Median => self.median(id, &curve, since),
        };
        if let (Some(last), Some(trial)) = (curve.last(), self.trials.get_mut(id)) {
            trial.decided = trial.decided.max(Some(last.step));
        }
        behind.map(|b| Behind { value: self.value(b.value), ..b })
    }

    /// At each rung that the trial has come to since: whether it is among the best.
    fn asha(&mut self, curve: &[Point], since: i64) -> Option<Behind> {
        let last = curve.last()?.step;
        let mut rung = self.rule.grace_period.max(1);
        while rung <= last {
            if rung > since
                && let Some(at) = curve.iter().find(|p| p.step >= rung)
            {
                let values = self.rungs.entry(rung).or_default();
                values.push(at.value);
                let better = values.iter().filter(|v| **v < at.value).count();
                let best = (values.len() / self.rule.reduction_factor as usize).max(1);
                if better >= best {
                    let reason =
                        format!("not among the best {best} of {} that came there", values.len());
                    return Some(Behind { step: at.step, value: at.value, reason });
                }
            }
            rung = rung.checked_mul(self.rule.reduction_factor.max(2))?;
        }
        None
    }

    /// At each step since: the best so far against the median of the others.
    fn median(&self, id: &str, curve: &[Point], since: i64) -> Option<Behind> {
        let mut best = f64::INFINITY;
        for point in curve {
            best = best.min(point.value);
            if point.step <= since {
                continue;
            }
            let at_step = |trial: &Trial| {
                let there = trial.curve.last().is_some_and(|last| last.step >= point.step);
                let at = trial.curve.iter().rev().find(|p| p.step <= point.step);
                at.filter(|_| there).map(|p| p.value)
            };
            let others = self.trials.iter().filter(|(other, _)| *other != id);
            let mut values: Vec<f64> = others.filter_map(|(_, trial)| at_step(trial)).collect();
            if values.len() < MEDIAN_OF {
                continue;
            }
            values.sort_by(f64::total_cmp);
            let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
            let median = low + (high - low) / 2.0;
            if best > median {
                let median = shown(self.value(median));
                let reason =
                    format!("its best so far is behind {median}, the median of {}", values.len());
                return Some(Behind { step: point.step, value: best, reason });
            }
        }
        None
    }

    /// Whether `a` is better than `b`; what is no number is worst.
    pub fn is_better(&self, a: f64, b: f64) -> bool {
        self.badness(a) < self.badness(b)
    }

    /// The smaller the better; what is no number is worse than anything.
    fn badness(&self, value: f64) -> f64 {
        match self.direction {
            _ if value.is_nan() => f64::INFINITY,
            Direction::Minimize => value,
            Direction::Maximize => -value,
        }
    }

    fn value(&self, badness: f64) -> f64 {
        match self.direction {
            Direction::Minimize => badness,
            Direction::Maximize => -badness,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race(algorithm: Algorithm, grace_period: i64, reduction_factor: i64) -> Race {
        let rule = Rule { algorithm, grace_period, reduction_factor };
        Race::new(rule, Direction::Minimize)
    }

    fn curve(values: &[f64]) -> Vec<Point> {
        (1..).zip(values).map(|(step, value)| Point { step, value: *value }).collect()
    }

    #[test]
    fn of_each_rung_the_best_go_on() {
        let mut race = race(Algorithm::Asha, 1, 2);
        assert_eq!(race.update("a", &curve(&[0.5])), None);
        assert_eq!(race.update("b", &curve(&[0.4])), None);
        let behind = race.update("c", &curve(&[0.6])).unwrap();
        assert_eq!((behind.step, behind.value), (1, 0.6));
        assert_eq!(behind.reason, "not among the best 1 of 3 that came there");
        // Two of four.
        assert_eq!(race.update("d", &curve(&[0.45])), None);
        // Rungs that were passed unseen count, and those between do not.
        assert_eq!(race.update("a", &curve(&[0.5, 0.3, 0.9])), None);
        assert_eq!(race.update("b", &curve(&[0.4, 0.4])).unwrap().step, 2);
        assert_eq!(race.update("a", &curve(&[0.5, 0.3, 0.9, 0.2, 0.9])), None);
        assert_eq!(race.rungs[&4], [0.2]);
        // What was decided is not decided again.
        assert_eq!(race.update("b", &curve(&[0.4, 0.4, 0.4])), None);
    }

    #[test]
    fn nothing_is_decided_before_the_grace_period() {
        let mut race = race(Algorithm::Asha, 3, 4);
        assert_eq!(race.update("a", &curve(&[1.0, 1.0, 1.0])), None);
        assert_eq!(race.update("b", &curve(&[9.0, 9.0])), None);
        assert_eq!(race.update("b", &curve(&[9.0, 9.0, 9.0])).unwrap().step, 3);
        // Steps that are reported seldom count from the rung on.
        let late = [Point { step: 0, value: 0.0 }, Point { step: 5, value: 2.0 }];
        assert_eq!(race.update("c", &late).unwrap().step, 5);
    }

    #[test]
    fn what_is_no_number_is_worst_and_more_may_be_better() {
        let rule = Rule { algorithm: Algorithm::Asha, grace_period: 1, reduction_factor: 4 };
        let mut race = Race::new(rule, Direction::Maximize);
        assert_eq!(race.update("a", &curve(&[0.1])), None);
        assert!(race.update("b", &curve(&[f64::NAN])).is_some());
        assert!(race.update("c", &curve(&[f64::NEG_INFINITY])).is_some());
        assert_eq!(race.update("d", &curve(&[0.2])), None);
        assert_eq!(race.update("e", &curve(&[0.15])).unwrap().value, 0.15);
        assert!(race.has_begun());
    }

    #[test]
    fn the_best_so_far_is_held_against_the_median() {
        let mut race = race(Algorithm::Median, 2, 4);
        assert!(!race.has_begun());
        for (i, value) in [0.1, 0.2, 0.3, 0.4, 0.5].iter().enumerate() {
            let other = curve(&[1.0, *value, *value]);
            assert_eq!(race.update(&i.to_string(), &other), None, "there are too few to compare");
        }
        assert_eq!(race.update("good", &curve(&[0.25, 0.9])), None);
        assert_eq!(race.update("bad", &curve(&[9.0])), None);
        let behind = race.update("bad", &curve(&[9.0, 0.45])).unwrap();
        assert_eq!((behind.step, behind.value), (2, 0.45));
        assert!(behind.reason.starts_with("its best so far is behind 0.35"), "{}", behind.reason);
    }
}
