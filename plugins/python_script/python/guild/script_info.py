"""Tells what a script imports and which globals it sets: `python -I -S script_info.py SCRIPT`.

For scripts that only their own Python can read. Prints one JSON object and never runs the script:

    {"ok": true, "imports": [NAME, ...], "params": [[NAME, VALUE], ...]}
    {"ok": false, "error": {"message": ..., "line": ..., "text": ..., "offset": ...}}

An integer beyond 64 bits is {"$int": "..."}, a float that is no number in JSON {"$float": "..."}.
"""

import ast
import json
import sys
import types
import warnings


def main(path):
    warnings.simplefilter("ignore")
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    try:
        with open(path, "rb") as f:
            tree = compile(f.read(), path, "exec", ast.PyCF_ONLY_AST, True)
        info = dict(ok=True, **_script_info(tree))
    except SyntaxError as e:
        text = e.text and e.text.rstrip("\r\n")
        error = {"message": e.msg, "line": e.lineno, "text": text, "offset": e.offset}
        info = {"ok": False, "error": error}
    except Exception as e:  # no such file, null bytes, nested too deeply, ...
        error = {"message": str(e) or type(e).__name__, "line": None, "text": None, "offset": None}
        info = {"ok": False, "error": error}
    print(json.dumps(info))


def _script_info(tree):
    imports = []
    params = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            imports.append(node.module)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.Assign) and node.col_offset == 0:
            try:
                value = _constant(node.value)
            except TypeError:
                continue
            for target in node.targets:
                if isinstance(target, ast.Name):
                    params.setdefault(target.id, value)
    return {"imports": imports, "params": list(_flags(params))}


def _constant(node):
    """Returns the value of `node`. Raises TypeError where it is not one of constants."""
    if isinstance(node, ast.Constant):
        if node.value is None or isinstance(node.value, (bool, int, float, complex, str)):
            return node.value
    elif isinstance(node, ast.List):
        return [_constant(item) for item in node.elts]
    elif isinstance(node, ast.UnaryOp):
        number = _constant(node.operand) if isinstance(node.operand, ast.Constant) else None
        if isinstance(number, (int, float, complex)) and not isinstance(number, bool):
            if isinstance(node.op, ast.USub):
                return -number
            if isinstance(node.op, ast.UAdd):
                return number
    elif isinstance(node, ast.Dict):
        return {_constant(key): _constant(val) for key, val in zip(node.keys, node.values)}
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id.endswith("SimpleNamespace"):
            return types.SimpleNamespace(**{kw.arg: _constant(kw.value) for kw in node.keywords})
    raise TypeError(node)


def _flags(params):
    for name, value in params.items():
        try:
            yield name, _encoded(value)
        except TypeError:
            pass  # a dict, say: no flag, yet what the name stands for


def _encoded(value):
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if isinstance(value, str):
        # JSON has no lone surrogates.
        if any("\ud800" <= ch <= "\udfff" for ch in value):
            raise TypeError(value)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        return {"$int": str(value)}
    elif isinstance(value, float) and value - value != 0:
        return {"$float": str(value)}
    elif not (value is None or isinstance(value, (int, float))):
        raise TypeError(value)
    return value


if __name__ == "__main__":
    main(sys.argv[1])
