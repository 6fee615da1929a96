"""Suggests trials by Optuna: a line of JSON in is a request, a line out the answer.

A request says all that is known, so a study is made for each. Chance is that of the trial's number:
however a search was stopped in between, the same trials follow."""

import sys

# What lies in the user's folder is not what is imported.
sys.path[:] = [entry for entry in sys.path if entry]

import json
import os

# What a library prints must not get between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(**what):
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def distribution(dim):
    kinds = optuna.distributions
    if dim["kind"] == "choice":
        # Optuna wants plain values; a list or a dict is told by its place.
        return kinds.CategoricalDistribution(range(len(dim["choices"])))
    if dim["kind"] == "int":
        return kinds.IntDistribution(dim["low"], dim["high"], log=dim["log"])
    return kinds.FloatDistribution(dim["low"], dim["high"], log=dim["log"])


def sampler(name, seed):
    known = optuna.samplers
    kinds = {
        "tpe": known.TPESampler,
        "gp": getattr(known, "GPSampler", None),
        "cmaes": known.CmaEsSampler,
        "qmc": known.QMCSampler,
        "random": known.RandomSampler,
        "default": type(optuna.create_study().sampler),
    }
    if kinds.get(name) is None:
        raise ValueError("Optuna %s has no sampler '%s'" % (optuna.__version__, name))
    return kinds[name](seed=seed)


def same(a, b):
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def inner(space, flags):
    """The parameters of a trial as Optuna has them; None for a trial out of the space."""
    params = {}
    for name, dim in space.items():
        if name not in flags:
            return None
        value = flags[name]
        if dim["kind"] == "choice":
            at = [i for i, choice in enumerate(dim["choices"]) if same(choice, value)]
            if not at:
                return None
            params[name] = at[0]
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        elif not dim["low"] <= value <= dim["high"]:
            return None
        else:
            params[name] = int(value) if dim["kind"] == "int" else float(value)
    return params


def suggest(request):
    space = request["space"]
    dists = {name: distribution(dim) for name, dim in space.items()}
    ended, pending = request["earlier"] + request["history"], request["pending"]
    number = len(request["history"]) + len(pending)
    seed = (request["seed"] * 1000003 + number) % 2**32
    direction = request["direction"]
    study = optuna.create_study(
        sampler=sampler(request["options"].get("sampler", "default"), seed), direction=direction
    )
    states = optuna.trial.TrialState
    for at, trial in enumerate(ended + pending):
        params = inner(space, trial["flags"])
        if params is None:
            continue
        value = trial["value"]
        state = states.COMPLETE if value is not None else states.FAIL
        if at >= len(ended):
            state = states.RUNNING
        study.add_trial(
            optuna.trial.create_trial(
                state=state, value=value, params=params, distributions=dists
            )
        )
    trials = []
    for _ in range(request["count"]):
        params = study.ask(dists).params
        for name, dim in space.items():
            if dim["kind"] == "choice":
                params[name] = dim["choices"][params[name]]
        trials.append(params)
    return trials


try:
    import optuna
except Exception as e:
    sys.stdin.readline()
    answer(missing=str(e))
else:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for line in sys.stdin:
        try:
            answer(trials=suggest(json.loads(line)))
        except Exception as e:
            answer(failed=str(e) or type(e).__name__)
