"""Flags of scripts that use click: see `import_flags`."""

import click

from guild import import_flags


def listen(report, base_args):
    """Has each command report its flags, or those of the sub-command that `base_args` name."""

    def call(self, *_args, **_kw):
        command = self
        for arg in base_args:
            try:
                command = command.commands[arg]
            except (AttributeError, KeyError):
                break
        report.flags([_flag(param) for param in command.params if _is_flag(param)])
        report.done()

    # Who calls `main` of a command does the same as who calls the command.
    commands = [click.Command, getattr(click, "BaseCommand", click.Command)]
    for command in commands:
        command.__call__ = command.main = call


def _name(param):
    for option in param.opts:
        if option.startswith("--"):
            return option[2:]
    return None


def _is_flag(param):
    # What is counted takes no value.
    return (
        isinstance(param, click.Option)
        and bool(_name(param))
        and not getattr(param, "count", False)
    )


def _flag(param):
    default = param.default
    flag = {
        "name": _name(param),
        "action": "store",
        "options": list(param.opts) + list(param.secondary_opts),
        "description": import_flags.text(param.help),
        "required": bool(param.required),
        "type": _type(param.type),
        "multi": param.nargs > 1 and not param.multiple,
        "choices": None,
        "default": None,
        "switch": None,
        "off": list(param.secondary_opts) or None,
        "place": None,
    }
    if isinstance(param.type, click.Choice):
        flag["choices"] = import_flags.encoded_list(param.type.choices)
    try:
        flag["default"] = import_flags.encoded(default)
    except TypeError:
        default = None
    if param.is_flag:
        flag["switch"] = not default
    return flag


def _type(of):
    if of is bool or isinstance(of, click.types.BoolParamType):
        return "boolean"
    if of is int or isinstance(of, click.types.IntParamType):
        return "int"
    if of is float or isinstance(of, click.types.FloatParamType):
        return "float"
    if of is str or isinstance(of, click.types.StringParamType):
        return "string"
    return None
