"""Answers requests on standard input, one JSON value a line, with what Guild AI 0.9.0 does.

Values are in the form that guild_plugin_api::Value has in JSON.
"""

import datetime
import json
import sys

import yaml

from guild import yaml_util


def to_python(value, as_key=False):
    if isinstance(value, list):
        items = [to_python(item, as_key) for item in value]
        return tuple(items) if as_key else items
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (form, content), = value.items()
        if form == "$int":
            return int(content)
        if form == "$float":
            return float(content)
        if form == "$time":
            kind = datetime.date if len(content) == 10 else datetime.datetime
            return kind.fromisoformat(content)
        if form == "$set":
            return {to_python(item, True) for item in content}
        if form == "$map":
            return {to_python(k, True): to_python(v) for k, v in content}
    return {k: to_python(v) for k, v in value.items()}


class Odd(Exception):
    """A value that guild_plugin_api::Value cannot hold."""


def to_json(value, parents=()):
    if id(value) in parents:
        raise Odd("recursive")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Odd("surrogate")
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        try:
            return value if abs(value) < 2**63 else {"$int": str(value)}
        except ValueError:
            raise Odd("int too long")
    if isinstance(value, float):
        return {"$float": repr(value)}
    if isinstance(value, datetime.date):
        return {"$time": str(value)}
    parents += (id(value),)
    if isinstance(value, (list, tuple)):
        return [to_json(item, parents) for item in value]
    if isinstance(value, set):
        # In Python their order is no part of them.
        return {"$set": sorted((to_json(item, parents) for item in value), key=repr)}
    if isinstance(value, dict):
        items = [[to_json(k, parents), to_json(v, parents)] for k, v in value.items()]
        return {"$map": items}
    raise Odd(type(value).__name__)


def decode(text):
    try:
        return {"ok": to_json(yaml.safe_load(text))}
    except Odd as e:
        return {"odd": str(e)}
    except Exception as e:
        mark = getattr(e, "problem_mark", None)
        place = [mark.line + 1, mark.column + 1] if mark else None
        return {"error": getattr(e, "problem", None) or str(e), "place": place}


def encode(value):
    value = to_python(value)
    return [
        yaml_util.encode_yaml(value),
        yaml_util.encode_yaml(value, default_flow_style=True),
        yaml_util.encode_yaml(value, strict=True),
    ]


for line in sys.stdin:
    (what, arg), = json.loads(line).items()
    answer = decode(arg) if what == "decode" else encode(arg)
    sys.stdout.write(json.dumps(answer) + "\n")
sys.stdout.flush()
