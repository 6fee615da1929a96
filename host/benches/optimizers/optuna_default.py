"""Optuna's default: as many lines of JSON in as out. Flags that depend on a choice are asked for only
where it was made, as its users do."""

import json
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
dists = optuna.distributions


def distribution(dim):
    if dim["kind"] == "choice":
        return dists.CategoricalDistribution(dim["choices"])
    if dim["kind"] == "int":
        return dists.IntDistribution(dim["low"], dim["high"], log=dim["log"])
    return dists.FloatDistribution(dim["low"], dim["high"], log=dim["log"])


def ask():
    trial, flags = study.ask(), {}
    for dim in dims:
        on = dim["on"]
        if on and flags[on[0]] != on[1]:
            flags[dim["name"]] = dim["dim"]["low"]
        else:
            flags[dim["name"]] = trial._suggest(dim["name"], distribution(dim["dim"]))
    return trial, flags


for line in sys.stdin:
    request = json.loads(line)
    if "seed" in request:
        sampler = optuna.create_study().sampler.__class__(seed=request["seed"])
        study, dims = optuna.create_study(sampler=sampler), request["dims"]
    elif "ask" in request:
        trial, flags = ask()
        print(json.dumps({"flags": flags, "cpu": time.process_time()}), flush=True)
    elif "tell" in request:
        study.tell(trial, request["tell"])
    else:
        spaces = {dim["name"]: distribution(dim["dim"]) for dim in dims}
        study.add_trial(
            optuna.trial.create_trial(
                params=request["add"], distributions=spaces, value=request["loss"]
            )
        )
