"""Runs a script as an operation: `python -um guild.op_main SPEC [ARG... --] FLAG_ARG...`.

SPEC is `module`, `package.module`, `package`, or one of these behind a folder: `folder/module`.

Every run pays for what stands here. So it imports only what Python has loaded already, and what
few operations need (flags as globals, breakpoints) has a module of its own.
"""

import os
import sys


def main():
    _init_sys_path()
    init_warnings()
    init_stdout()
    _debug("cwd: %s", os.getcwd())
    _debug("sys.path: %s", os.path.pathsep.join(sys.path))
    if len(sys.argv) < 2:
        _exit("guild.op_main: missing required arg", 2)
    spec = sys.argv[1]
    path, package, module = _find(spec)
    args, flag_args, flags = apply_flags_dest(sys.argv[2:])
    if flags:
        from guild import rerun

        rerun.remember(spec, path, package, flag_args)
    sys.argv = [path, *args]
    _debug("argv: %s", sys.argv)
    # A new module: what the script pickles or looks up under `__main__` has to be its own.
    script = sys.modules["__main__"] = type(sys)("__main__")
    namespace = script.__dict__
    init_globals(namespace, path, package, module, flags)
    try:
        code = load(namespace, flags)
        breaks = os.getenv("PDB_BREAKS")
        if breaks:
            from guild import breakpoints

            breakpoints.start(path, breaks)
        exec(code, namespace)
    except SystemExit:
        raise
    except KeyboardInterrupt as e:
        # An operation ends quietly, and well, unless it is said to handle the interrupt itself.
        if os.getenv("HANDLE_KEYBOARD_INTERRUPT"):
            _show_script_frames_only(e)
            raise
        _debug("interrupted")
    except BaseException as e:
        _show_script_frames_only(e)
        raise


def _init_sys_path():
    # `-m` has put the current directory first (`-P` has not): only PYTHONPATH counts.
    cwd_entry = 0 if getattr(sys.flags, "safe_path", False) else 1
    script_dir = os.getenv("SCRIPT_DIR")
    if script_dir is not None:
        sys.path[:cwd_entry] = [script_dir]
    elif os.getenv("NO_SYS_PATH_MODIFY") != "1":
        del sys.path[:cwd_entry]


def init_warnings():
    # As warnings.simplefilter("ignore") does. Who asks for warnings (-W) gets them.
    if not (sys.warnoptions or _is_debug()):
        from _warnings import filters

        filters.insert(0, ("ignore", None, Warning, None, 0))


def init_stdout():
    # `-u` writes each argument of a `print` by itself, which costs more than the print, and lets lines
    # of several processes run into each other. Lines go out whole, as on a terminal.
    if sys.stdout and not os.getenv("PYTHONUNBUFFERED"):
        sys.stdout.reconfigure(line_buffering=True, write_through=False)


def _find(spec):
    """Returns path, package and full module name of the script that `spec` names.

    Looks for files along sys.path as `import` would, but takes any folder for a package's parent
    and imports nothing to find what is inside it.
    """
    join = os.path.join
    folder, _, module = spec.replace(os.path.sep, "/").rpartition("/")
    if folder:
        tried = (join(entry, folder) for entry in sys.path)
        folder = next((path for path in tried if os.path.exists(path)), folder)
        _debug("using package path '%s'", folder)
        sys.path.insert(1, folder)
    _debug("finding module '%s'", module)
    package, _, name = module.rpartition(".")
    why = ""
    for entry in sys.path:
        base = join(entry, *package.split("."), name)
        if _source(join(base, "__init__")):
            package, module = module, module + ".__main__"
            base = join(base, "__main__")
            why = " ('%s' is a package and cannot be directly executed)" % package
        path = _source(base)
        if path:
            return path, package, module
        if why:
            break
    _exit("guild: No module named " + module + why, 1)


def _source(base):
    for path in (base + ".py", base + ".pyc"):
        if os.path.isfile(path):
            return path
    return None


def apply_flags_dest(args):
    """Returns the script's arguments, the flag arguments and the flags to set as globals."""
    dest = os.getenv("FLAGS_DEST", "args")
    flags_at = len(args)
    while flags_at and args[flags_at - 1] != "--":
        flags_at -= 1
    base_args, flag_args = args[: max(flags_at - 1, 0)], args[flags_at:]
    kind, colon, name = dest.partition(":")
    if kind == "args":
        return base_args + flag_args, flag_args, {}
    if dest == "globals" or colon and kind in ("global", "dict", "namespace"):
        from guild import flags_dest

        try:
            other_args, flags = flags_dest.globals_for_args(flag_args, kind, name)
        except ValueError as e:
            _exit("guild: %s" % e, 1)
        return base_args + other_args, flag_args, flags
    _debug("guild.op_main ignoring flags dest %r", dest)
    return base_args, flag_args, {}


def init_globals(namespace, path, package, module, flags):
    """Sets what Python sets for a main module, and `flags`."""
    import _frozen_importlib
    import _frozen_importlib_external
    import builtins

    name = namespace["__name__"]
    spec_type = None
    if flags and module != package + ".__main__":  # no process imports a package's `__main__`
        module = "guild.mp_main"
        # Relative imports go by the spec's parent: it stays the script's.
        spec_type = type("ScriptSpec", (_frozen_importlib.ModuleSpec,), {"parent": package})
    elif package:
        spec_type = _frozen_importlib.ModuleSpec
    loader = "SourcelessFileLoader" if path.endswith(".pyc") else "SourceFileLoader"
    loader = getattr(_frozen_importlib_external, loader)(module if spec_type else name, path)
    spec = spec_type and spec_type(module, loader, origin=path)
    if spec:
        spec.has_location = True
    namespace.update(flags)
    namespace.update(
        __name__=name,
        __file__=path,
        __package__=package or None,
        __spec__=spec,
        __loader__=loader,
        __builtins__=builtins,
        __cached__=None,
        __doc__=None,
    )


def load(namespace, flags):
    """Returns the code of the script, without the assignments that `flags` replace."""
    if namespace["__package__"]:
        __import__(namespace["__package__"])
    path = namespace["__file__"]
    _debug("loading module from '%s'", path)
    if path.endswith(".pyc"):
        loader = namespace["__loader__"]
        return loader.get_code(loader.name)
    with open(path, "rb") as f:
        source = f.read()
    if flags:
        from guild import flags_dest

        source = compile(source, path, "exec", flags_dest.ONLY_AST, True)
        flags_dest.drop_first_assignments(source, flags)
    return compile(source, path, "exec", 0, True)


def _show_script_frames_only(exc):
    """Has Python report `exc` as if it ran the script itself.

    The report, the exit code and a sys.excepthook that the script has set are left to Python.
    """
    if _is_debug():
        return
    tb = exc.__traceback__
    while tb and tb.tb_frame.f_globals is globals():
        tb = tb.tb_next
    script_hook = getattr(sys, "excepthook", sys.__excepthook__)

    def excepthook(exc_type, exc, _tb):
        sys.excepthook = script_hook
        exc.__traceback__ = sys.last_traceback = tb
        script_hook(exc_type, exc, tb)
        if os.getenv("BREAK_ON_ERROR") == "1" and isinstance(exc, Exception) and tb:
            import pdb

            sys.stderr.write("Entering post mortem debug session\n")
            pdb.post_mortem(tb)

    sys.excepthook = excepthook


def _is_debug():
    try:
        return int(os.getenv("LOG_LEVEL", "30")) <= 10
    except ValueError:
        return False


def _debug(text, *args):
    if _is_debug():
        sys.stderr.write("DEBUG: [guild] %s\n" % (text % args))


def _exit(message, code):
    sys.stderr.write(message + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
