"""Breakpoints of an operation (`guild run --break`): PDB_BREAKS holds what pdb's `break` takes."""

import pdb
import sys


class _Debugger(pdb.Pdb):
    def __init__(self, path):
        # Stops in the script only: `skip` just has to be true for is_skipped_module to be asked.
        super().__init__(skip=["*"])
        self.mainpyfile = path

    def is_skipped_module(self, module_name):
        return module_name != "__main__"


def start(path, breaks):
    """Has code that runs from now on stop at `breaks`, a shell-quoted list."""
    from shlex import split

    debugger = _Debugger(path)
    locations = [_breakable(location, path, debugger) for location in split(breaks)]
    debugger.rcLines.extend("break %s\n" % location for location in locations)
    debugger.rcLines.append("continue\n")
    debugger.reset()
    # pdb stops at the first line that it sees, and reads the commands there. That is not one of the
    # script's, whose first line would then be behind it.
    before = compile("pass", path, "exec")
    sys.settrace(debugger.trace_dispatch)
    exec(before, {"__name__": "__main__"})
    debugger.botframe = None


def _breakable(location, path, debugger):
    """Moves a line that Python cannot stop at, such as a comment, to the next that it can."""
    file, _, line = location.rpartition(":")
    if not line.isdigit():
        return location
    file = debugger.lookupmodule(file) if file else path
    if not file:
        return location
    lines = _statement_lines(file)
    wanted = int(line)
    later = [number for number in lines if number >= wanted]
    return "%s:%s" % (file, min(later or lines or [wanted]))


def _statement_lines(path):
    import ast

    with open(path, "rb") as f:
        tree = ast.parse(f.read(), path)
    constants = (ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.Set, ast.Name)
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, constants))
    ]
