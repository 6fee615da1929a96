"""What a Python operation needs of Guild at run time: see `op_main`."""

import os
import sys

# The folder of this package comes first on PYTHONPATH and so hides a Guild AI installed for the
# same interpreter. Its modules (`import guild.ipy`) stay within reach behind ours.
__path__ += [
    folder
    for folder in (os.path.join(entry, "guild") for entry in sys.path)
    if folder not in __path__ and os.path.isfile(os.path.join(folder, "__init__.py"))
]


def __getattr__(name):
    # The modules of an installed Guild AI ask their package for its version and location.
    for folder in __path__[1:]:
        path = os.path.join(folder, "__init__.py")
        names = {"__name__": __name__, "__file__": path}
        with open(path, "rb") as f:
            exec(compile(f.read(), path, "exec"), names)
        if name in names:
            return names[name]
    raise AttributeError("module 'guild' has no attribute %r" % name)
