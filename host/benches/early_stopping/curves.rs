//! Searches among simulated learning curves.
//!
//! Each trial has two hyperparameters by chance, of which the value is that it comes to, and a speed
//! that has nothing to do with it: so curves cross, and what is ahead at first need not be at the end.
//! The shapes are the usual ones of learning curves (Domhan, Springenberg and Hutter, *Speeding up
//! automatic hyperparameter optimization of deep neural networks by extrapolation of learning
//! curves*, 2015).

use fastrand::Rng;
use guild_early_stopping::{Race, Rule};
use guild_plugin_api::search::Direction;
use guild_scalars::summary::Point;
use guild_search_space::chance;

/// How many trials there are, and how many steps each has.
pub const TRIALS: u64 = 128;
pub const STEPS: i64 = 64;

/// What all curves begin at.
const START: f64 = 2.0;

/// What a trial is like: three numbers between 0 and 1 by chance.
struct Trial {
    hyperparameters: [f64; 2],
    speed: f64,
}

/// A kind of curves.
pub struct Kind {
    pub name: &'static str,
    /// The loss of a trial at a step.
    loss: fn(&Trial, f64) -> f64,
    /// The standard deviation of what is added to that by chance.
    noise: f64,
}

pub const KINDS: [Kind; 6] = [
    Kind { name: "exponential", loss: exponential, noise: 0.0025 },
    Kind { name: "power law", loss: power_law, noise: 0.0025 },
    Kind { name: "slow start", loss: slow_start, noise: 0.0025 },
    Kind { name: "overfitting", loss: overfitting, noise: 0.0025 },
    Kind { name: "noisy", loss: exponential, noise: 0.02 },
    Kind { name: "learning rate", loss: learning_rate, noise: 0.0025 },
];

impl Trial {
    /// What it comes to in the end.
    fn floor(&self) -> f64 {
        let [a, b] = self.hyperparameters;
        0.1 + 1.2 * ((a - 0.3) * (a - 0.3) + 0.5 * (b - 0.6) * (b - 0.6))
    }

    /// From the start down to the floor, of which `left` of 1 is left.
    fn down(&self, left: f64) -> f64 {
        self.floor() + (START - self.floor()) * left
    }
}

fn exponential(trial: &Trial, step: f64) -> f64 {
    trial.down(libm::exp(-(0.1 + 0.5 * trial.speed) * step))
}

fn power_law(trial: &Trial, step: f64) -> f64 {
    trial.down(libm::pow(step, -(0.5 + trial.speed)))
}

/// Nothing happens at first (Morgan, Mercer and Flodin's curve).
fn slow_start(trial: &Trial, step: f64) -> f64 {
    let half_way = 10.0 - 8.0 * trial.speed;
    trial.down(1.0 / (1.0 + (step / half_way) * (step / half_way)))
}

/// What is fast gets worse again (Weibull's curve, and a line).
fn overfitting(trial: &Trial, step: f64) -> f64 {
    let left = libm::exp(-0.4 * libm::pow(step, 0.6 + 0.5 * trial.speed));
    trial.down(left) + 0.004 * trial.speed * (step - 20.0).max(0.0)
}

/// The first hyperparameter is a learning rate, from 0.001 to 1: what is best in the end is slower than
/// what is worse, and far too much diverges.
fn learning_rate(trial: &Trial, step: f64) -> f64 {
    let [a, b] = trial.hyperparameters;
    let magnitude = 3.0 * a - 3.0;
    let rate = libm::pow(10.0, magnitude);
    if rate > 0.7 {
        return START + 0.1 * step.min(20.0);
    }
    let off = magnitude + 1.5;
    let floor = 0.1 + 0.15 * off * off + 0.3 * (b - 0.5) * (b - 0.5);
    floor + (START - floor) * libm::exp(-2.0 * rate.sqrt() * step)
}

/// What a search came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// How many steps were made.
    pub steps: i64,
    /// The least loss that any trial came to, without the noise.
    pub best: f64,
}

/// A trial that is running: when it makes its next step, and what it has written.
struct Running {
    id: u64,
    what: Trial,
    next: f64,
    pause: f64,
    noise: Rng,
    curve: Vec<Point>,
}

/// Runs the trials of set `set`, `jobs` at a time, each at a pace of its own; all to their end where
/// there is no rule. A trial writes the same in each search.
pub fn search(kind: &Kind, set: i64, jobs: usize, rule: Option<Rule>) -> Outcome {
    let mut race = rule.map(|rule| Race::new(rule, Direction::Minimize));
    let mut outcome = Outcome { steps: 0, best: f64::INFINITY };
    let (mut waiting, mut running, mut now) = (0..TRIALS, Vec::<Running>::new(), 0.0);
    loop {
        while running.len() < jobs
            && let Some(id) = waiting.next()
        {
            let mut own = chance::of_trial(set, id);
            let what = Trial { hyperparameters: [own.f64(), own.f64()], speed: own.f64() };
            let pause = 0.5 + own.f64();
            let next = now + pause;
            running.push(Running { id, what, next, pause, noise: own, curve: Vec::new() });
        }
        let due = (0..running.len()).min_by(|a, b| running[*a].next.total_cmp(&running[*b].next));
        let Some(due) = due else { return outcome };
        let trial = &mut running[due];
        now = trial.next;
        trial.next += trial.pause;
        let step = trial.curve.len() as i64 + 1;
        let loss = (kind.loss)(&trial.what, step as f64);
        let noise = kind.noise * chance::normal(&mut trial.noise);
        trial.curve.push(Point { step, value: loss + noise });
        outcome.steps += 1;
        outcome.best = outcome.best.min(loss);
        let race = race.as_mut();
        let behind = race.and_then(|race| race.update(&trial.id.to_string(), &trial.curve));
        if behind.is_some() || step == STEPS {
            running.remove(due);
        }
    }
}
