"""The script, in a process that the script itself has started: see `rerun`.

What runs here becomes the script's namespace, so nothing but this one statement may stand here.
"""

__import__("guild.rerun").rerun.run(globals())
