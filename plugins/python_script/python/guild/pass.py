"""An operation that does nothing but print its arguments."""

import sys


def _quote(arg):
    from shlex import quote

    quoted = quote(arg)
    # Guild shows an argument that stands in single quotes as "'arg'".
    if len(quoted) > 11 and quoted.startswith("''\"'\"'") and quoted.endswith("'\"'\"''"):
        return "\"'" + quoted[6:-6] + "'\""
    return quoted


if __name__ == "__main__" and sys.argv[1:]:
    print(*map(_quote, sys.argv[1:]))
