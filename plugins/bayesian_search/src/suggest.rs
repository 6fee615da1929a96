//! From a request to trials.

use fastrand::Rng;
use guild_plugin_api::search::{SuggestTrials, SuggestedTrials};
use guild_plugin_api::{Context, HookResult, Map};
use guild_search_space::{Seen, Space, chance};

use crate::acquisition::{Acquisition, Goal};
use crate::candidates;
use crate::explore::{self, Source};
use crate::forest::Forest;
use crate::gbrt::BoostedTrees;
use crate::gp::GaussianProcess;
use crate::model::{self, Doubtful, Model};
use crate::observations::{Observations, Scale};
use crate::options::Options;

/// Near how many of the best trials is looked.
const BEST: usize = 5;

/// The trials that promise most. Nothing is tried twice as long as there is something else; where
/// everything was tried, it goes on with what promises most, which may be noisy.
pub fn trials(cx: &Context, req: &SuggestTrials) -> HookResult<SuggestedTrials> {
    let space = Space::of(req)?;
    let options = Options::of(req)?;
    let mut seen = Seen::of(&space, req);
    let mut known = Observations::of(&space, req);
    let completed = |trial: &&guild_plugin_api::search::Trial| trial.status == "completed";
    let ended = req.history.iter().filter(completed).count();
    let first = (req.history.len() + req.pending.len()) as u64;
    let mut trials: Vec<Map> = Vec::new();
    for number in first..first.saturating_add(req.count) {
        let mut chance = chance::of_trial(req.seed, number);
        let learned = if number < options.random_starts || known.values.is_empty() {
            let place = (ended + req.pending.len() + trials.len()) as u64 + 1;
            cx.inform(format!("Random start for optimization ({})", why(req, &options, place)));
            None
        } else {
            let found = req.earlier.len() + ended;
            cx.inform(format!("Found {found} previous trial(s) for use in optimization"));
            match Source::of(number, &space, &mut chance) {
                Source::Chance => None,
                Source::Variation => vary(&space, &known, &mut seen, &mut chance),
                Source::Model => suggest(&space, req, &options, &known, &mut seen, &mut chance),
            }
        };
        let drawn = || space.draw_trial(&mut chance.clone());
        let trial = learned
            .or_else(|| seen.first_new(&mut chance.clone(), |chance| space.draw_trial(chance)))
            .unwrap_or_else(drawn);
        known.unknown.extend(space.point(&trial));
        trials.push(trial);
    }
    Ok(SuggestedTrials { trials, done: false })
}

/// Why a trial is drawn by chance.
fn why(req: &SuggestTrials, options: &Options, place: u64) -> String {
    if place <= options.random_starts {
        return format!("{place} of {}", options.random_starts);
    }
    let completed = req.history.iter().any(|trial| trial.status == "completed");
    if req.earlier.is_empty() && !completed {
        return "missing previous trials".into();
    }
    format!("cannot find objective '{}'", req.objective)
}

/// The best trial so far with another value for one flag.
fn vary(space: &Space, known: &Observations, seen: &mut Seen, chance: &mut Rng) -> Option<Map> {
    let best = &known.points[*known.ranked().first()?];
    seen.first_new(chance, |chance| space.trial(&explore::varied(space, best, chance)))
}

/// The trial that promises most by a model of what is known; none where nothing can be learned.
fn suggest(
    space: &Space,
    req: &SuggestTrials,
    options: &Options,
    known: &Observations,
    seen: &mut Seen,
    chance: &mut Rng,
) -> Option<Map> {
    let mut known = known.clone().thinned();
    let scale = Scale::of(&known.values);
    let ranked = known.ranked();
    let target = scale.apply(known.values[*ranked.first()?] - options.xi);
    let best: Vec<_> = ranked.iter().take(BEST).map(|i| known.points[*i].clone()).collect();
    known.values.iter_mut().for_each(|value| *value = scale.apply(*value));
    let choices = model::choices(space.dims());
    let model: Box<dyn Model> = match req.optimizer.as_str() {
        "forest" => {
            let forest = Forest::learn(&choices, &known, chance);
            Box::new(Doubtful::new(forest, choices.clone(), &known, Forest::DOUBT))
        }
        "gbrt" => {
            let trees = BoostedTrees::learn(&choices, &known, chance);
            Box::new(Doubtful::new(trees, choices.clone(), &known, BoostedTrees::DOUBT))
        }
        _ => {
            let noise = options.noise.map(|noise| scale.apply_variance(noise));
            Box::new(GaussianProcess::learn(choices.clone(), &known, noise)?)
        }
    };
    let time = if options.per_second { Time::learn(choices, &known) } else { None };
    let measure = options.acquisition.unwrap_or_else(|| {
        match chance.u8(0..10) {
            0 => Acquisition::Probability,
            1 => Acquisition::LowerBound,
            // The one that gives up a place where there is nothing more to be had.
            _ => Acquisition::Improvement,
        }
    });
    let goal = Goal { target, kappa: options.kappa };
    let promise = |point: &[f64]| {
        let promise = measure.of(model.predict(point), goal);
        promise - time.as_ref().map_or(0.0, |time| time.log_seconds(point))
    };
    let ranked = candidates::ranked(space, &best, chance, promise);
    let mut all = ranked.iter().map(|(_, point)| space.trial(point));
    match all.find(|trial| seen.insert(trial)) {
        Some(new) => Some(new),
        None => seen
            .first_new(chance, |chance| space.draw_trial(chance))
            .or_else(|| ranked.first().map(|(_, point)| space.trial(point))),
    }
}

/// How long a trial takes, learned like the objective.
struct Time {
    model: GaussianProcess,
    scale: (f64, f64),
}

impl Time {
    fn learn(choices: Vec<bool>, known: &Observations) -> Option<Time> {
        let logs: Vec<f64> =
            known.seconds.iter().map(|seconds| libm::log(seconds.max(1e-3))).collect();
        let middle = model::mean(&logs);
        let spread = model::variance(&logs).sqrt().max(1e-6);
        let values = logs.iter().map(|log| (log - middle) / spread).collect();
        let known = Observations { values, unknown: Vec::new(), ..known.clone() };
        let model = GaussianProcess::learn(choices, &known, None)?;
        Some(Time { model, scale: (middle, spread) })
    }

    fn log_seconds(&self, point: &[f64]) -> f64 {
        self.scale.0 + self.scale.1 * self.model.predict(point).mean
    }
}
