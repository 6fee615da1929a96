"""Reads Guild files as guildai 0.9.0: one JSON request a line in, one answer a line out.

A request has "path", and "text" unless the file is there; "specs" are looked up. An answer is
{"ok": ..}, {"error": ..} where Guild AI tells the user something, or {"crash": ..} where it would
break down. Values travel in the form of guild_plugin_api::Value.
"""

import datetime
import json
import logging
import os
import resource
import sys
import types
import warnings

resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, resource.RLIM_INFINITY))
warnings.simplefilter("ignore")

import yaml  # noqa: E402
from guild import guildfile, op_util, yaml_util  # noqa: E402,F401
from guild.plugins import flags_import_util  # noqa: E402
from guild.commands import run_impl  # noqa: E402


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        if record.levelno == logging.WARNING:
            self.lines.append(record.getMessage())


LOG = Records()
logging.getLogger("guild").handlers = [LOG]
logging.getLogger("guild").propagate = False


def dump(v):
    if v is None or isinstance(v, (bool, str)):
        return v
    if isinstance(v, int):
        return v if -(2**63) <= v < 2**63 else {"$int": str(v)}
    if isinstance(v, float):
        return {"$float": repr(v)}
    if isinstance(v, (datetime.date, datetime.datetime)):
        return {"$time": str(v)}
    if isinstance(v, (list, tuple)):
        return [dump(x) for x in v]
    if isinstance(v, dict):
        if all(isinstance(k, str) and not k.startswith("$") for k in v):
            return {k: dump(x) for k, x in v.items()}
        return {"$map": [[dump(k), dump(x)] for k, x in v.items()]}
    raise TypeError(type(v))


def select(d):
    return {
        "disabled": d.disabled,
        "rules": [
            [s.type == "include", [str(p) for p in s.patterns], s.patterns_type] for s in d.specs
        ],
        "root": dump(d.root or None),
        "dest": dump(d.dest or None),
        "digest": dump(d.digest),
    }


def mapping(v):
    """We do not keep what 0.9.0 breaks down over when it is used."""
    return dump(v) if isinstance(v, dict) else {}


def text(v):
    return str(v) if v else None


def flag(f):
    extra = {str(k): dump(v) for k, v in f.extra.items() if v is not None and k != "distribution"}
    return {
        "name": str(f.name),
        "default": dump(f.default),
        "description": text(f.description),
        "type": text(f.type),
        "required": f.required,
        "alias": text(f.alias),
        "arg-name": text(f.arg_name),
        "arg-encoding": mapping(f.arg_encoding),
        "arg-skip": None if f.arg_skip is None else bool(f.arg_skip),
        "arg-switch": dump(f.arg_switch),
        "arg-split": dump(f.arg_split),
        "choices": [
            [dump(c.value), dump(c.alias), text(c.description), mapping(c.flags)] for c in f.choices
        ],
        "allow-other": bool(f.allow_other),
        "env-name": text(f.env_name),
        "env-encoding": mapping(f.env_encoding),
        "null-label": dump(f.null_label),
        "min": dump(f.min),
        "max": dump(f.max),
        "distribution": text(f.distribution),
        "extra": dict(sorted(extra.items())),
    }


def op(o):
    exec_ = o.exec_
    if isinstance(exec_, list):
        exec_ = [str(x) for x in exec_]
    elif exec_:
        exec_ = op_util.split_cmd(str(exec_))
    plugins = o.plugins if o.plugins is not None else o.modeldef.plugins
    opt = o.default_optimizer
    rules = types.SimpleNamespace(
        disabled=bool(o.steps or op_util._sourcecode_disabled(o)),
        specs=o.modeldef.sourcecode.specs + o.sourcecode.specs,
        root=o.sourcecode.root or o.modeldef.sourcecode.root,
        dest=o.sourcecode.dest or o.modeldef.sourcecode.dest,
        digest=None,
    )
    return {
        "name": o.name,
        "fullname": o.fullname,
        "default": o.default,
        "description": o.description,
        "flags": [flag(f) for f in o.flags],
        "exec": exec_ or None,
        # What a notebook that is null makes of it.
        "main": None if o.main == "guild.plugins.nbexec None" else dump(o.main or None),
        "steps": dump(o.steps),
        "env": mapping(o.env),
        "plugins": None if plugins is None else [str(p) for p in plugins or []],
        "label": None if o.label is None else str(o.label),
        "tags": [str(t) for t in o.tags],
        "flags-dest": None if o.flags_dest is None else str(o.flags_dest),
        "python-requires": dump(run_impl._python_requires_for_opdef(o) or None),
        "stoppable": bool(o.stoppable),
        "handle-keyboard-interrupt": bool(o.handle_keyboard_interrupt),
        "default-flag-arg-skip": bool(o.default_flag_arg_skip),
        "delete-on-success": bool(o.delete_on_success),
        "can-stage-trials": bool(o.can_stage_trials),
        "flags-import": dump(o.flags_import),
        "flags-import-skip": dump(o.flags_import_skip),
        "python-path": dump(o.python_path),
        "env-secrets": dump(o.env_secrets),
        "compare": dump(o.compare),
        "flag-encoder": dump(o.flag_encoder),
        "default-max-trials": dump(o.default_max_trials),
        "output-scalars": dump(o.output_scalars),
        "objective": dump(o.objective),
        "pip-freeze": dump(o.pip_freeze),
        "run-attrs": dump(o.run_attrs),
        "requires": dump(o._data.get("requires")),
        "publish": select(o.publish.files),
        "sourcecode": select(o.sourcecode),
        "sourcecode-with-model": select(rules),
        "optimizers": [[str(x.name), str(x.opspec), bool(x.default), dump(x.flags)] for x in o.optimizers],
        "optimizer": str(opt.name) if opt else None,
        "unknown": dump(o._data.get("unknown")),
    }


def model(m):
    return {
        "name": m.name,
        "default": m.default,
        "description": m.description,
        "operations": [op(o) for o in m.operations],
        "default-operation": m.default_operation.name if m.default_operation else None,
        "resources": [[str(r.name), dump(r._data)] for r in m.resources],
        "plugins": None if m.plugins is None else [str(p) for p in m.plugins or []],
        "extra": dump(m.extra),
        "references": dump(m.references),
        "sourcecode": select(m.sourcecode),
        "python-requires": dump(m.python_requires),
    }


def package(p):
    return p and {
        "name": p.name,
        "description": p.description,
        "version": str(p.version),
        "requires": [str(r) for r in p.requires],
        "license": dump(p.license),
    }


class Model:
    def __init__(self, modeldef):
        self.name = self.fullname = modeldef.name
        self.modeldef = modeldef


def cli_error(msg):
    raise LookupError(msg)


run_impl.cli = types.SimpleNamespace(error=cli_error)


def look_up(gf, spec):
    """What op_util._model_opdef does, with the models of the file as those that there are."""
    from guild import model as modellib

    models = [Model(m) for m in gf.models.values()]
    modellib.iter_models = lambda: iter(models)
    try:
        try:
            model_ref, op_name = op_util._parsed_opspec(spec)
            found = op_util._match_one_model(model_ref, gf)
            if not found:
                raise op_util.NoSuchModel(spec)
            opdef = op_util._opdef_for_model_op(found, op_name)
            if not opdef:
                raise op_util.NoSuchOperation(found, op_name)
            return {"found": [found.name, opdef.name]}
        except op_util.InvalidOpSpec:
            run_impl._invalid_opspec_error(spec)
        except op_util.NoSuchModel:
            run_impl._no_such_model_op_error(spec)
        except op_util.MultipleMatchingModels as e:
            run_impl._multiple_models_error(e.model_ref, e.matches)
        except op_util.NoSuchOperation as e:
            run_impl._no_such_opdef_error(e.model, e.op_name)
    except LookupError as e:
        return {"error": str(e)}


def answer(request):
    LOG.lines = []
    path = request["path"]
    sys.path[:] = BASE_PATH + request.get("packages", [])
    guildfile._cache.clear()
    guildfile._notify_plugins_guildfile_data = lambda *_: None
    guildfile._notify_plugins_guildfile_loaded = lambda *_: None
    try:
        if "text" in request:
            try:
                data = yaml.safe_load(request["text"])
            except yaml.YAMLError:
                return {"syntax": path}
            gf = guildfile.Guildfile(data, path)
        else:
            gf = guildfile.for_file(path, no_cache=True)
    except guildfile.GuildfileError as e:
        if isinstance(e.__cause__, yaml.YAMLError):
            return {"syntax": path}
        return {"error": str(e)}
    except guildfile.resourcedef.ResourceFormatError as e:
        return {"error": str(e)}
    for m in gf.models.values():
        for o in m.operations:
            if "import" in request:
                flags_import_util.apply_flags(o, lambda: request["import"])
    return {
        "ok": {
            "models": [model(m) for m in gf.models.values()],
            "package": package(gf.package),
            "default-model": gf.default_model.name if gf.default_model else None,
            "warnings": LOG.lines,
            "specs": [look_up(gf, spec) for spec in request.get("specs", [])],
        }
    }


BASE_PATH = list(sys.path)
out, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    try:
        answered = answer(json.loads(line))
        line = json.dumps(answered)
    except BaseException as e:
        line = json.dumps({"crash": f"{type(e).__name__}: {e}"})
    print(line, file=out, flush=True)
