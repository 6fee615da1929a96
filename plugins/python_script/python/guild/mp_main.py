"""The script again, in a process that the script itself has started.

`multiprocessing` ("spawn", "forkserver") imports the parent's main module by the name in its
`__spec__` to find the functions to call there; launchers of distributed training start that name
with `python -m`. Where flags are set as globals, the name is this module's: the script's file
alone would give the script's own values. What runs here becomes the script's namespace, so
nothing but this one statement may stand here.
"""

__import__("guild.op_main").op_main.run_again(globals())
