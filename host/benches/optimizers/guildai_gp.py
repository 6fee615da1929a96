"""`gp` as Guild AI 0.9.0 runs it: each suggestion is a new search over all trials before."""

import json
import sys
import time

from guild._skopt.space import space
from guild.plugins import skopt_util

STARTS = 3


def dimension(dim):
    if dim["kind"] == "choice":
        return space.Categorical(dim["choices"])
    if dim["kind"] == "int":
        return space.Integer(dim["low"], dim["high"])
    return space.Real(dim["low"], dim["high"], "log-uniform" if dim["log"] else "uniform")


for line in sys.stdin:
    request = json.loads(line)
    if "seed" in request:
        dims, state, xs, ys = request["dims"], request["seed"], [], []
        spaces = [dimension(dim["dim"]) for dim in dims]
    elif "ask" in request:
        starts = 1 if len(ys) < STARTS else 0
        result = skopt_util.patched_gp_minimize(
            lambda *args: 0,
            spaces,
            n_calls=1,
            n_random_starts=starts,
            x0=xs or None,
            y0=ys or None,
            random_state=state,
            acq_func="gp_hedge",
            kappa=1.96,
            xi=0.05,
            noise="gaussian",
        )
        x, state = skopt_util.native_python_xs(result.x_iters[-1]), result.random_state
        flags = dict(zip([dim["name"] for dim in dims], x))
        print(json.dumps({"flags": flags, "cpu": time.process_time()}), flush=True)
    elif "tell" in request:
        xs.append(x)
        ys.append(request["tell"])
    else:
        xs.append([request["add"][dim["name"]] for dim in dims])
        ys.append(request["loss"])
