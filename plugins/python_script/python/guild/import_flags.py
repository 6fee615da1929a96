"""Runs a script until its own parser parses, and tells which flags the parser declares.

    python -m guild.import_flags RESULT LIMIT KIND FOLDER SCRIPT PACKAGE [BASE_ARG...]

KIND is `args` or `args:click`; FOLDER, if not empty, is put on the path as `op_main` does for a
script in a folder; the process is ended after LIMIT seconds whatever the script does. The file
RESULT gets one JSON object each time a parser parses, the last of which counts:

    {"flags": [{"name": ..., "action": ..., ...}, ...], "files": [FILE, ...]}

and `"files"` alone when the script ends and none has. Nothing is read from what it prints.
"""

import json
import os
import sys

from guild import op_main

_PLAIN = (bool, int, float, str)


def main():
    result, limit, kind, folder, path, package = sys.argv[1:7]
    base_args = sys.argv[7:]
    op_main._init_sys_path()
    op_main.init_warnings()
    _end_after(int(limit))
    if folder:
        sys.path.insert(1, folder)
    report = Report(result)
    if kind == "args:click":
        from guild import import_click

        import_click.listen(report, base_args)
    else:
        from guild import import_argparse

        import_argparse.listen(report)
    sys.argv = [path, *base_args, "--help"]
    script = sys.modules["__main__"] = type(sys)("__main__")
    namespace = script.__dict__
    op_main.init_globals(namespace, path, package, _module(path, package), {})
    try:
        code = op_main.load(namespace, {})
        exec(code, namespace)
    except SystemExit as e:
        # A mistake that the script found; the parser may have been asked before.
        if e.code not in (None, 0):
            raise
    report.end()
    # Neither threads that are left nor exit handlers have a part in this.
    os._exit(0)


def _module(path, package):
    name = os.path.splitext(os.path.basename(path))[0]
    return package + "." + name if package else name


def _end_after(seconds):
    import signal

    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


class Report:
    """Where the flags go, from the process that was started for them and no other."""

    def __init__(self, path):
        self._path = path
        self._pid = os.getpid()
        self._seen = False

    def flags(self, flags):
        self._seen = True
        self._write({"flags": flags, "files": _project_files()})

    def end(self):
        if not self._seen:
            self._write({"files": _project_files()})

    def done(self):
        """Ends the process: what is there to find was found."""
        sys.stdout = sys.stderr = None
        os._exit(0)

    def _write(self, data):
        if os.getpid() != self._pid:
            return
        temp = self._path + ".part"
        with open(temp, "w", encoding="utf-8") as f:
            f.write(json.dumps(data))
        os.replace(temp, self._path)


def _project_files():
    """The files of all modules that are not installed: a change of them may change the flags."""
    own = os.path.dirname(os.path.abspath(__file__))
    skipped = [os.path.abspath(p) + os.sep for p in (own, os.path.dirname(os.__file__))]
    files = []
    for module in list(sys.modules.values()):
        try:
            file = os.path.abspath(module.__file__)
        except (AttributeError, TypeError, ValueError):
            continue
        except Exception:  # lazy modules may import what is not there
            continue
        if "site-packages" in file or "dist-packages" in file:
            continue
        if _is_text(file) and not any(file.startswith(s) for s in skipped):
            files.append(file)
    return files


def encoded(value):
    """Returns `value` for the result. Raises TypeError where it cannot be one of a flag."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        value = str.__str__(value)
        if not _is_text(value):
            raise TypeError(value)
        return value
    if isinstance(value, int):
        value = int(value)
        return value if -(2**63) <= value < 2**63 else {"$int": str(value)}
    if isinstance(value, float):
        value = float(value)
        if value != value:
            return "NaN"
        # As text, which Python's own `float` reads, and YAML's `.inf` it does not.
        return value if value - value == 0 else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, (list, tuple)):
        return [encoded(item) for item in value]
    if isinstance(value, os.PathLike):
        return encoded(os.fspath(value))
    raise TypeError(value)


def encoded_list(values):
    """Returns the values that something iterable has; none where one of them cannot be encoded."""
    try:
        values = list(values)
    except TypeError:
        return None
    if not values or not all(isinstance(v, _PLAIN) or v is None for v in values):
        return None
    try:
        return [encoded(value) for value in values]
    except TypeError:
        return None


def text(value):
    """Returns `value` as text; none where it says nothing or is none."""
    if not value:
        return None
    try:
        value = str(value)
    except Exception:
        return None
    return value if _is_text(value) else value.encode("utf-8", "replace").decode("utf-8")


def type_name(of):
    """Returns a flag's type for a conversion; none for one that only the script knows."""
    for known, name in ((str, "string"), (float, "float"), (int, "int"), (bool, "boolean")):
        if of is known:
            return name
    return None


def _is_text(value):
    return not any("\ud800" <= c <= "\udfff" for c in value)


if __name__ == "__main__":
    main()
