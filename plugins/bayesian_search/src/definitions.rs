//! What the optimizers are called and which flags they have, as in Guild AI 0.9.0.

use guild_plugin_api::Value;
use guild_plugin_api::model::{Choice, FlagDef, Flags};
use guild_plugin_api::search::OptimizerDef;

/// The optimizer of a name, by which users or earlier batches call it.
pub fn of(name: &str) -> Option<OptimizerDef> {
    let (name, flags, description) = match name {
        "gp" | "skopt:gp" | "bayesian" | "gaussian" => (
            "gp",
            [random_starts(), acq_func(), kappa(), xi(), noise()].into(),
            "Bayesian optimizer using Gaussian processes.\n\nThe model is a Gaussian process with a \
             Matern kernel, which learns how fast the objective changes with each flag. Of all \
             optimizers this one takes the most time for a suggestion, and the fewest trials.",
        ),
        "forest" | "skopt:forest" => (
            "forest",
            common(),
            "Sequential optimization using decision trees.\n\nThe model is a forest of extremely \
             randomized trees.",
        ),
        "gbrt" | "skopt:gbrt" => (
            "gbrt",
            common(),
            "Sequential optimization using gradient boosted regression trees.\n\nThe model is three \
             series of trees, for quantiles of the objective.",
        ),
        _ => return None,
    };
    let def = OptimizerDef {
        name: name.into(),
        model_name: "skopt".into(),
        description: description.into(),
        flags,
        max_trials: Some(20),
        sequential: true,
        exec: Some(format!("${{guild_python_exe}} -um guild.plugins.skopt_{name}_main")),
        ..OptimizerDef::default()
    };
    Some(def.with_prev_trials())
}

fn common() -> Flags {
    [random_starts(), kappa(), xi()].into()
}

type Named = (String, FlagDef);

fn flag(name: &str, default: impl Into<Value>, description: &str) -> Named {
    let (default, description) = (default.into(), Some(description.into()));
    (name.into(), FlagDef { default, description, ..FlagDef::default() })
}

fn typed(named: Named, kind: &str) -> Named {
    (named.0, FlagDef { kind: Some(kind.into()), ..named.1 })
}

fn choice(named: Named, choices: &[(&str, &str)]) -> Named {
    let choice = |(value, description): &(&str, &str)| Choice {
        value: (*value).into(),
        description: Some((*description).into()),
        ..Choice::default()
    };
    (named.0, FlagDef { choices: choices.iter().map(choice).collect(), ..named.1 })
}

fn random_starts() -> Named {
    let text = "Number of trials using random values before optimizing";
    typed(flag("random-starts", 3, text), "int")
}

fn acq_func() -> Named {
    choice(
        flag("acq-func", "gp_hedge", "Function to minimize over the gaussian prior"),
        &[
            ("LCB", "Lower confidence bound"),
            ("EI", "Negative expected improvement"),
            ("PI", "Negative probability of improvement"),
            ("gp_hedge", "Probabilistically use LCB, EI, or PI at every iteration"),
            ("EIps", "Negative expected improvement per second"),
            ("PIps", "Negative probability of improvement per second"),
        ],
    )
}

fn kappa() -> Named {
    let text = "Degree to which variance in the predicted values is taken into account";
    typed(flag("kappa", Value::Float(1.96), text), "float")
}

fn xi() -> Named {
    let text = "Improvement to seek over the previous best values";
    typed(flag("xi", Value::Float(0.05), text), "float")
}

fn noise() -> Named {
    flag(
        "noise",
        "gaussian",
        "Level of noise associated with the objective\n\nUse 'gaussian' if the objective returns \
         noisy observations, otherwise specify the expected variance of the noise.",
    )
}
