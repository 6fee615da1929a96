"""Runs a script as an operation: `python -um guild.op_main SPEC [ARG... --] FLAG_ARG...`.

SPEC is `module`, `package.module`, `package`, or one of these behind a folder: `folder/module`.

Every run pays for what stands here. So it imports only what Python has loaded already, and what
few operations need (flags as globals, breakpoints) has a module of its own.
"""

import os
import sys

_AGAIN_ENV = "GUILD_MAIN_AGAIN"  # how `run_again` learns what the script was started with
_SUFFIXES = (".py", ".pyc")


def main():
    _init_sys_path()
    _init_warnings()
    _debug("cwd: %s", os.getcwd())
    _debug("sys.path: %s", os.path.pathsep.join(sys.path))
    if len(sys.argv) < 2:
        _exit("guild.op_main: missing required arg", 2)
    spec, args = sys.argv[1], sys.argv[2:]
    path, package, module = _find(spec)
    args, flag_args, flags = _apply_flags_dest(args)
    if flags:
        os.environ[_AGAIN_ENV] = _join([spec, path, package, *flag_args])
    sys.argv = [path, *args]
    _debug("argv: %s", sys.argv)
    # A new module: what the script pickles or looks up under `__main__` has to be its own.
    script = sys.modules["__main__"] = type(sys)("__main__")
    _init_globals(script.__dict__, "__main__", path, package, module, flags)
    del script
    _run(path, package, flags)


def run_again(namespace):
    """Runs the script in a process that it started itself (see `mp_main`)."""
    spec, path, package, *flag_args = _split(os.environ[_AGAIN_ENV])
    if namespace["__name__"] == "__main__":
        sys.argv[1:] = [spec, *sys.argv[1:], "--", *flag_args]
        main()
        return
    _init_warnings()
    flags = _apply_flags_dest(["--", *flag_args])[2]
    sys.argv[0] = path
    _init_globals(namespace, namespace["__name__"], path, package, "", flags)
    if package:
        __import__(package)
    exec(_compile(path, flags), namespace)


def _init_sys_path():
    # `-m` has put the current directory first (`-P` has not): only PYTHONPATH counts.
    cwd_entry = 0 if getattr(sys.flags, "safe_path", False) else 1
    script_dir = os.getenv("SCRIPT_DIR")
    if script_dir is not None:
        sys.path[:cwd_entry] = [script_dir]
    elif os.getenv("NO_SYS_PATH_MODIFY") != "1":
        del sys.path[:cwd_entry]


def _init_warnings():
    # As warnings.simplefilter("ignore") does. Who asks for warnings (-W) gets them.
    if not (sys.warnoptions or _is_debug()):
        from _warnings import filters

        filters.insert(0, ("ignore", None, Warning, None, 0))


def _find(spec):
    """Returns path, package and full module name of the script that `spec` names.

    Looks for files along sys.path as `import` would, but takes any folder for a package's parent
    and never imports anything to find what is inside it.
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
    for entry in sys.path:
        base = join(entry, *package.split("."), name)
        if _file(join(base, "__init__")):
            main_path = _file(join(base, "__main__"))
            if main_path:
                return main_path, module, module + ".__main__"
            module += ".__main__ ('%s' is a package and cannot be directly executed)" % module
            break
        path = _file(base)
        if path:
            return path, package, module
    _exit("guild: No module named " + module, 1)


def _file(base):
    for suffix in _SUFFIXES:
        if os.path.isfile(base + suffix):
            return base + suffix
    return None


def _apply_flags_dest(args):
    """Returns the script's arguments, the flag arguments and the flags to set as globals."""
    dest = os.getenv("FLAGS_DEST", "args")
    flags_at = len(args)
    while flags_at and args[flags_at - 1] != "--":
        flags_at -= 1
    base_args, flag_args = args[: max(flags_at - 1, 0)], args[flags_at:]
    kind, _, name = dest.partition(":")
    if kind == "args":
        return base_args + flag_args, flag_args, {}
    if dest == "globals" or dest != kind and kind in ("global", "dict", "namespace"):
        from guild import flags_dest

        try:
            other_args, flags = flags_dest.globals_for_args(flag_args, kind, name)
        except ValueError as e:
            _exit("guild: %s" % e, 1)
        return base_args + other_args, flag_args, flags
    _debug("guild.op_main ignoring flags dest %r", dest)
    return base_args, flag_args, {}


def _init_globals(namespace, run_name, path, package, module, flags):
    import _frozen_importlib
    import _frozen_importlib_external
    import builtins

    loader_type = "SourcelessFileLoader" if path.endswith(".pyc") else "SourceFileLoader"
    loader = getattr(_frozen_importlib_external, loader_type)(run_name, path)
    spec = None
    if package or flags:
        spec_type = _frozen_importlib.ModuleSpec
        if flags and not module.endswith("__main__"):
            module = "guild.mp_main"
            # Relative imports go by the spec's parent: it stays the script's.
            spec_type = type("ScriptSpec", (spec_type,), {"parent": package})
        spec = spec_type(module, loader, origin=path)
        spec.has_location = True
    namespace.update(flags)
    namespace.update(
        __name__=run_name,
        __file__=path,
        __package__=package,
        __spec__=spec,
        __loader__=loader,
        __builtins__=builtins,
        __cached__=None,
        __doc__=None,
    )


def _run(path, package, flags):
    try:
        if package:
            __import__(package)
        _debug("loading module from '%s'", path)
        code = _compile(path, flags)
        namespace = sys.modules["__main__"].__dict__
        breaks = os.getenv("PDB_BREAKS")
        if breaks:
            from guild import breakpoints

            breakpoints.run(code, namespace, path, breaks)
        else:
            exec(code, namespace)
    except KeyboardInterrupt as e:
        # An operation ends quietly, and well, unless it is said to handle the interrupt itself.
        if os.getenv("HANDLE_KEYBOARD_INTERRUPT"):
            _show_script_frames_only(e)
            raise
        _debug("interrupted")
    except BaseException as e:
        _show_script_frames_only(e)
        raise


def _compile(path, flags):
    if path.endswith(".pyc"):
        return sys.modules["__main__"].__loader__.get_code("__main__")
    with open(path, "rb") as f:
        source = f.read()
    if flags:
        from guild import flags_dest

        tree = compile(source, path, "exec", flags_dest.ONLY_AST, True)
        flags_dest.drop_first_assignments(tree, flags)
        source = tree
    return compile(source, path, "exec", 0, True)


def _show_script_frames_only(exc):
    """Has Python report `exc` as if the script were run directly.

    The report itself, exit codes and the script's own sys.excepthook are left to Python.
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


def _join(items):
    # For an environment variable: anything but NUL.
    return "\n".join(item.replace("\\", "\\\\").replace("\n", "\\n") for item in items)


def _split(text):
    items = (item.replace("\\\\", "\0").replace("\\n", "\n") for item in text.split("\n"))
    return [item.replace("\0", "\\") for item in items]


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
