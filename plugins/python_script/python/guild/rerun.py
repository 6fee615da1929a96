"""Runs a script whose flags are globals again, in a process that it has started itself.

`multiprocessing` ("spawn", "forkserver") has a new process import the parent's main module, by
the name in its `__spec__`, to find the functions to call there. Launchers of distributed training
start that name with `python -m`. The script's own name or file would give the script's own values
where flags are set as globals, so its name is `guild.mp_main`, which leads here. (Flags that are
arguments need none of this: those are passed on, and the script goes by its own name or file.)
"""

import os
import sys

_ENV = "GUILD_MP_MAIN"


def remember(spec, path, package, flag_args):
    """Says to the processes that this one will start what `run` has to run."""
    items = [spec, path, package, *flag_args]
    # Anything but NUL can be in an argument.
    os.environ[_ENV] = "\n".join(s.replace("\\", "\\\\").replace("\n", "\\n") for s in items)


def run(namespace):
    """Runs the script as the main module, or in `namespace` where one stands in for that."""
    from guild import op_main

    items = (s.replace("\\\\", "\0").replace("\\n", "\n") for s in os.environ[_ENV].split("\n"))
    spec, path, package, *flag_args = (s.replace("\0", "\\") for s in items)
    if namespace["__name__"] == "__main__":
        sys.argv[1:] = [spec, *sys.argv[1:], "--", *flag_args]
        op_main.main()
        return
    op_main.init_warnings()
    flags = op_main.apply_flags_dest(["--", *flag_args])[2]
    sys.argv[0] = path
    op_main.init_globals(namespace, path, package, None, flags)
    exec(op_main.load(namespace, flags), namespace)
