"""Answers questions about guildai 0.9.0: one JSON request a line in, one answer a line out.

Values travel in the form of guild_plugin_api::Value. An answer is {"ok": ..}, {"error": ..} where
Guild AI tells the user something, or {"crash": ..} where it would break down.
"""

import contextlib
import datetime
import io
import json
import logging
import os
import pprint
import resource
import sys
import types
import warnings

# A range of a thousand million items is a crash, not a wait.
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, resource.RLIM_INFINITY))
warnings.simplefilter("ignore")

from guild import flag_util, guildfile, op_cmd, op_util, util  # noqa: E402
from guild.commands import run_impl  # noqa: E402

try:
    import numpy  # noqa: F401
except ImportError:
    pass


def load(v):
    if isinstance(v, list):
        return [load(x) for x in v]
    if not isinstance(v, dict):
        return v
    if len(v) == 1:
        ((key, val),) = v.items()
        if key == "$int":
            return int(val)
        if key == "$float":
            return float(val)
        if key == "$time":
            return (datetime.datetime if ":" in val else datetime.date).fromisoformat(val)
        if key == "$map":
            return {load(k): load(x) for k, x in val}
    return {k: load(x) for k, x in v.items()}


def dump(v):
    if v is None or isinstance(v, (bool, str)):
        return v
    if isinstance(v, int):
        return v if -(2**63) <= v < 2**63 else {"$int": str(v)}
    if isinstance(v, float):
        return {"$float": repr(v)}
    if isinstance(v, (datetime.date, datetime.datetime)):
        return {"$time": str(v)}
    if isinstance(v, list):
        return [dump(x) for x in v]
    if isinstance(v, dict):
        return {"$map": [[dump(k), dump(x)] for k, x in v.items()]}
    raise Unsupported(type(v).__name__)


class Warnings(logging.Handler):
    """What Guild AI logs."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []
        logging.root.handlers[:] = [self]

    def emit(self, record):
        self.texts.append(record.getMessage())

    def take(self):
        texts, self.texts = self.texts, []
        return texts


WARNINGS = Warnings()


class Unsupported(Exception):
    pass


class Told(Exception):
    """Something that Guild AI tells the user."""


def pairs(d):
    return [[k, dump(v)] for k, v in d.items()]


def opdef(defs):
    op = types.SimpleNamespace(fullname="train", default_flag_arg_skip=False, guildfile=None)
    op.flags = [guildfile.FlagDef(name, load(defs[name]), op) for name in sorted(defs)]
    return op


def flag_vals(defs, user, force):
    op = opdef(defs)
    err = io.StringIO()
    try:
        with contextlib.redirect_stderr(err):
            return pairs(run_impl._flag_vals_for_opdef(op, {k: load(v) for k, v in user}, force))
    except SystemExit as e:
        raise Told(err.getvalue()[:-1] or e.args[0])


def assigns(args, defs):
    vals, errors = op_util.parse_flag_assigns(args, opdef(defs) if defs is not None else None)
    try:
        if errors:
            run_impl._invalid_flag_arg_error(errors)
    except SystemExit as e:
        return [pairs(vals), e.args[0]]
    return [pairs(vals), None]


def generate(data, flags, params, force):
    cmd = op_cmd.for_data(load(data))
    flags = {k: load(v) for k, v in flags}
    try:
        args, env = op_cmd.generate_op_args_and_env(cmd, flags, dict(flags, **params), force)
    except util.UndefinedReferenceError as e:
        raise Told(
            "invalid setting for operation: command contains "
            f"invalid reference '{e.args[0]}'"
        )
    if not all(isinstance(x, str) for x in [*args, *env.values()]):
        raise TypeError("a process takes strings only")
    return [args, list(env.items()), WARNINGS.take()]


FUNCTIONS = {
    "decode": lambda text, kind: dump(flag_util.decode_flag_val(text, kind)),
    "is_function": lambda v: flag_util.is_flag_function(load(v)),
    "encode": lambda v: flag_util.encode_flag_val(load(v)),
    "format": lambda v, floats, paths: flag_util.format_flag(load(v), floats, paths),
    "repr": repr,
    "text": lambda v: str(load(v)),
    "pformat": lambda v: pprint.pformat(load(v)),
    "same": lambda a, b: load(a) == load(b),
    "shorten": lambda path, n: util.shorten_path(path, n),
    "quote": lambda s: __import__("shlex").quote(s),
    "quote_short": util.shlex_quote,
    "split": lambda s: util.shlex_split(s),
    "label": lambda t, flags: op_util.run_label(t, {k: load(v) for k, v in flags}),
    "flag_vals": flag_vals,
    "assigns": assigns,
    "generate": generate,
    "op_data": lambda data: dump(op_cmd.as_data(op_cmd.for_data(load(data)))),
    "env_name": util.env_var_name,
    "normpath": os.path.abspath,
}


def answer(line):
    request = json.loads(line)
    WARNINGS.take()
    try:
        return {"ok": FUNCTIONS[request[0]](*request[1:])}
    except Told as e:
        return {"error": str(e)}
    except Unsupported as e:
        return {"unsupported": str(e)}
    except Exception as e:
        return {"crash": f"{type(e).__name__}: {e}"}


def main():
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        out.write(json.dumps(answer(line)) + "\n")
        out.flush()


main()
