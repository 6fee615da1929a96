"""Flags of scripts that use argparse: see `import_flags`."""

import argparse
import os
import sys

from guild import import_flags

_ACTIONS = {
    "_StoreAction": "store",
    "_StoreTrueAction": "store-true",
    "_StoreFalseAction": "store-false",
    "BooleanOptionalAction": "boolean",
}


def listen(report):
    """Has each parser report its flags when it parses.

    A sub-command's parser does so after the one it belongs to, and so is the one that counts when
    the arguments name the sub-command. The request for help, which ends them, ends the process.
    """
    parse = argparse.ArgumentParser.parse_known_args
    add = argparse._ActionsContainer.add_argument
    places = {}

    def parse_known_args(self, *args, **kw):
        report.flags([_flag(action, places) for action in self._actions if _is_flag(action)])
        return parse(self, *args, **kw)

    def add_argument(self, *args, **kw):
        action = add(self, *args, **kw)
        # The action is kept, so that its number is not used for another one.
        places[id(action)] = (action, _place(sys._getframe(1)))
        return action

    argparse.ArgumentParser.parse_known_args = parse_known_args
    argparse._ActionsContainer.add_argument = add_argument
    argparse._HelpAction.__call__ = lambda *args, **kw: report.done()


def _place(frame):
    """Where the script or a module of it calls, which may be by way of the library itself."""
    while frame and frame.f_globals.get("__name__") == "argparse":
        frame = frame.f_back
    return frame and [os.path.abspath(frame.f_code.co_filename), frame.f_lineno]


def _name(action):
    for option in action.option_strings:
        if option.startswith("--"):
            return option[2:]
    return None


def _is_flag(action):
    return bool(_name(action)) and type(action).__name__ in _ACTIONS


def _flag(action, places):
    default = action.default
    flag = {
        "name": _name(action),
        "action": _ACTIONS[type(action).__name__],
        "options": list(action.option_strings),
        "description": None if action.help == argparse.SUPPRESS else import_flags.text(action.help),
        "required": bool(action.required),
        "type": import_flags.type_name(action.type),
        "multi": _is_multi(action.nargs),
        "choices": import_flags.encoded_list(action.choices) if action.choices else None,
        "default": None,
        "place": places.get(id(action), (None, None))[1],
    }
    if default is not argparse.SUPPRESS and default != argparse.SUPPRESS:
        _apply_default(flag, default, action.nargs)
    if "pytorch" in str(getattr(action.type, "__module__", "")):
        _apply_pytorch(flag, getattr(action.type, "__name__", ""))
    return flag


def _apply_default(flag, default, nargs):
    if nargs in (None, argparse.OPTIONAL) and isinstance(default, (list, tuple)):
        # One argument is no list.
        return
    try:
        flag["default"] = import_flags.encoded(default)
    except TypeError:
        # No argument can stand for it: it is left to the script.
        pass


def _apply_pytorch(flag, type_name):
    """What the conversions of PyTorch Lightning's Trainer take."""
    if type_name.startswith("str_to_bool"):
        if isinstance(flag["default"], bool):
            flag["default"] = "yes" if flag["default"] else "no"
    elif type_name == "_int_or_float_type":
        flag["type"] = "number"
    elif type_name == "_gpus_allowed_type":
        flag["type"] = "string"
    elif type_name == "_precision_allowed_type":
        flag["type"] = "int"
        flag["choices"] = [16, 32, 64]


def _is_multi(nargs):
    return nargs in ("+", "*") or isinstance(nargs, (int, float)) and nargs > 1
