"""Flags as globals of the script, for FLAGS_DEST `globals`, `dict:NAME` and their like."""

import _ast

ONLY_AST = 0x400  # ast.PyCF_ONLY_AST, without the import of ast

_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./- "
NOT_PLAIN = object()
WORDS = {"": None, "~": None}
for _value, _names in ((True, "true yes on"), (False, "false no off"), (None, "null")):
    for _name in _names.split():
        WORDS[_name] = WORDS[_name.title()] = WORDS[_name.upper()] = _value


def globals_for_args(args, kind, dest_name):
    """Returns those of `args` that are no flags, and the globals that the others ask for.

    Raises ValueError where a value cannot be decoded or cannot be nested. A destination that no
    flag is for is left to the script.
    """
    flags, other_args = _flags_for_args(args)
    if not dest_name or not flags:
        return other_args, flags
    value = _nested(flags)
    for name in reversed(dest_name.split(".")):
        value = {name: value}
    if kind == "namespace":
        value = {name: _namespace(item) for name, item in value.items()}
    return other_args, value


def _flags_for_args(args):
    flags = {}
    other_args = []
    name = None

    def add(value):
        if name is None:
            return
        if name not in flags:
            flags[name] = value
        elif isinstance(flags[name], list):
            flags[name].append(value)
        else:
            flags[name] = [flags[name], value]

    def end():
        if name is not None:
            flags.setdefault(name, True)

    def decode(arg):
        try:
            return decode_value(arg)
        except ValueError as e:
            raise ValueError("invalid value %r for flag %r: %s" % (arg, name, e)) from None

    for arg in args:
        if arg[:2] == "--":
            end()
            name = arg[2:]
        elif arg[:1] == "-":
            number = None if arg[1:2].isalpha() else decode(arg)
            if isinstance(number, (int, float)):
                add(number)
            elif len(arg) > 1:
                end()
                name = arg[1]
                if arg[2:]:
                    add(arg[2:])
        elif name is None:
            other_args.append(arg)
        else:
            add(decode(arg))
    end()
    return flags, other_args


def _nested(flags):
    nested = {}
    for name, value in sorted(flags.items()):
        *parents, last = name.split(".")
        items = nested
        for i, parent in enumerate(parents, 1):
            items = items.setdefault(parent, {})
            if not isinstance(items, dict):
                raise ValueError(
                    "%r cannot be nested: conflicts with {%r: %s}"
                    % (name, ".".join(parents[:i]), items)
                )
        items[last] = value
    return nested


def _namespace(value):
    if not isinstance(value, dict):
        return value
    from types import SimpleNamespace

    return SimpleNamespace(**{name: _namespace(item) for name, item in value.items()})


def decode_value(text):
    """Decodes a flag's value from YAML 1.1 as Guild does, whose floats may look like `1e-3`.

    What most values look like is decoded here, the rest by `yaml_value`. Raises ValueError.
    """
    value = decode_plain(text)
    if value is not NOT_PLAIN:
        return value
    ends, inner = text[0] + text[-1], text[1:-1]
    if ends == "''" and len(text) > 1 and "'" not in inner and inner.isprintable():
        return inner
    if ends == "[]" and not inner.strip(_PLAIN + ","):
        items = [item.strip(" ") for item in inner.split(",")] if inner else []
        values = [decode_plain(item) for item in items]
        if "" not in items and NOT_PLAIN not in values:
            return values
    from guild import yaml_value

    return yaml_value.load(text)


def decode_plain(text):
    if text in WORDS:
        return WORDS[text]
    if text.strip(_PLAIN):
        return NOT_PLAIN
    if text[0].isalpha() or text[0] in "_/":
        return text if text[-1] != " " else NOT_PLAIN
    digits = text[1:] if text[0] == "-" else text
    if digits.isdigit():
        return int(text) if digits[0] != "0" or digits == "0" else NOT_PLAIN
    if digits[:1].isdigit() and not digits.strip("0123456789.e-"):
        try:
            return float(text)
        except ValueError:
            pass
    return NOT_PLAIN


def drop_first_assignments(tree, flags):
    """Drops from `tree` the first assignment to each name in `flags`.

    Looks where Guild looks, in the module and in bodies of `if` (not of `else`), and only at
    assignments to the plain name. What else such a statement assigns to stays.
    """
    _drop_in(tree.body, set(flags))


def _drop_in(body, names):
    for i, node in enumerate(body):
        if isinstance(node, _ast.If):
            _drop_in(node.body, names)
        elif isinstance(node, _ast.Assign):
            dropped = [t.id for t in node.targets if isinstance(t, _ast.Name) and t.id in names]
            if dropped:
                names.difference_update(dropped)
                node.targets = [t for t in node.targets if getattr(t, "id", None) not in dropped]
                if not node.targets:
                    # Not nothing: a body needs a statement, and a string that came next must not
                    # become the docstring.
                    body[i] = _ast.Pass(
                        lineno=node.lineno,
                        col_offset=node.col_offset,
                        end_lineno=node.end_lineno,
                        end_col_offset=node.end_col_offset,
                    )
        elif isinstance(node, _ast.AnnAssign) and getattr(node.target, "id", None) in names:
            if node.value:
                names.remove(node.target.id)
                node.value = None
