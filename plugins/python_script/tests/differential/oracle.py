"""Answers questions about scripts, values and packages with Guild AI 0.9.0 itself.

Each line of input is a JSON list `[question, argument]`, each line of output the JSON answer.
"""

import ast
import json
import logging
import os
import shlex
import sys
import types
import warnings

warnings.simplefilter("ignore")
sys.set_int_max_str_digits(0)
logging.disable(logging.CRITICAL)

from pip._vendor.packaging import version as versionlib

from guild import config, python_util, yaml_util
from guild.plugins import (
    click_flags,
    flags_import_util,
    import_argparse_flags_main,
    python_script,
)


def script(path):
    """What 0.9.0 makes of a script's text; `flags` is none where it fails on them."""
    try:
        info = python_util.Script(path)
    except SyntaxError as e:
        text = e.text.rstrip() if e.text else None
        return {"refused": [e.lineno, text, " " * ((e.offset or 1) - 1)]}
    except Exception as e:
        return {"failed": type(e).__name__}
    dest = python_script._script_flags_dest(info)
    flags = {}
    for name, value in info.params.items():
        if not name.startswith("_"):
            flags[name] = flag(value)
    return {
        "imports": info.imports,
        "params": [[name, encoded(value)] for name, value in info.params.items()],
        "flags": flags,
        "dest": dest,
    }


def flag(value):
    if isinstance(value, (dict, types.SimpleNamespace)):
        return None
    try:
        data = flags_import_util.flag_data_for_val(value)
    except Exception:
        return None
    data["default"] = encoded(data["default"])
    return data


def encoded(value, in_list=False):
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else {"$int": str(value)}
    if isinstance(value, float):
        return value if value - value == 0 else {"$float": str(value)}
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            return {"$other": "surrogate"}
        return value
    if isinstance(value, list):
        return [encoded(item, True) for item in value]
    if isinstance(value, types.SimpleNamespace) and not in_list:
        value = value.__dict__
    if isinstance(value, dict):
        return {"$map": [[encoded(k), encoded(v)] for k, v in value.items()]}
    return {"$other": type(value).__name__}


def literal(text):
    """The YAML of a list flag's item."""
    return flags_import_util._encode_splittable_list([ast.literal_eval(text)])


def version(text):
    try:
        return str(versionlib.Version(text))
    except versionlib.InvalidVersion:
        return None


def module(question):
    """The exec template, name and folders of a script."""
    cwd, spec = question
    os.chdir(cwd)
    python_script._flags_data = lambda path: {}
    path = os.path.join(config.cwd(), spec)
    if not python_util.is_python_script(path):
        return None
    proxy = python_script.PythonScriptModelProxy(path)
    return {
        "shown": path,
        "exec": proxy.modeldef.get_operation(proxy.op_name).exec_,
        "name": proxy.op_name,
        "base": proxy.reference[1],
        "project": python_script._guildfile_dir(path),
    }


def paths(question):
    cwd, spec, defaults = question
    os.chdir(cwd)
    path = os.path.join(config.cwd(), spec)
    data = {str(i): {"default": value} for i, value in enumerate(defaults)}
    python_script._apply_abs_paths(data, os.path.dirname(path))
    return [item["default"] for item in data.values()]


def imported_flags(question):
    """What is imported from a script that parses its arguments; none where it fails.

    A fork runs the script, which is all that 0.9.0's own process would do once it has started.
    """
    path, base_args, dest = question
    result = path + ".flags"
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        sys.argv = ["", path, "", shlex.join(base_args), result]
        importer = click_flags if dest == "args:click" else import_argparse_flags_main
        try:
            importer.main()
        except SystemExit as e:
            os._exit(0 if e.code in (None, 0) else 1)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status or not os.path.exists(result):
        return None
    with open(result) as f:
        # Python's own words for what JSON has no number for.
        data = json.load(f, parse_constant=str)
    os.remove(result)
    return data


def library(_):
    return os.path.dirname(os.__file__)


QUESTIONS = {
    "imported_flags": imported_flags,
    "library": library,
    "script": script,
    "literal": literal,
    "version": version,
    "module": module,
    "paths": paths,
}

# Found once, not by each fork.
list(import_argparse_flags_main._action_importers)

for line in sys.stdin:
    question, argument = json.loads(line)
    print(json.dumps(QUESTIONS[question](argument)), flush=True)
