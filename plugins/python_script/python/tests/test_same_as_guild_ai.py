"""Operations run with this package and with Guild AI 0.9.0, by the Python that has the latter."""

import os
import sys
import unittest

from operation_case import ORACLE_PACKAGES, ORACLE_PYTHON, PYTHON_DIR, OperationCase, needs_oracle

SHOW_PATH = """
    import sys
    print(__file__, sys.argv)
    for path in sys.path:
        print(path)
"""
SHOW_GLOBALS = """
    import sys
    skip = "sys", "skip", "x", "y", "z"
    x = 1
    y = x
    if y:
        z = y, 1
        w = 3
        v = 4
    print(x, y, z, sys.argv[1:])
    print({n: v for n, v in sorted(globals().items()) if n[:2] != "__" and n not in skip})
    x = y = 7
    print(x, y)
"""


# Whatever runs the tests, both sides of them run with the same Python: once will do.
@unittest.skipUnless(sys.version_info[:2] == (3, 11), "run with Python 3.11")
@needs_oracle
class SameAsGuildAITest(OperationCase):
    def setUp(self):
        super().setUp()
        # So that nothing but the path of the package differs.
        os.mkdir(self.path("ours"))
        os.symlink(os.path.join(PYTHON_DIR, "guild"), self.path("ours", "guild"))
        os.mkdir(self.path("reference"))
        os.symlink(os.path.join(ORACLE_PACKAGES, "guild"), self.path("reference", "guild"))

    def check(self, args, env=None):
        results = []
        for name in ("ours", "reference"):
            run_env = dict(env or {})
            more = run_env.pop("PYTHONPATH", None)
            places = [".", self.path(name)] + ([more] if more else [])
            run_env["PYTHONPATH"] = os.pathsep.join(places)
            result = self.python(
                ["-um", "guild.op_main", *args], env=run_env, python=ORACLE_PYTHON
            )
            results.append((result.code, result.out.replace(self.path(name), "GUILD"), result.err))
        ours, reference = results
        self.assertEqual(reference[:2], ours[:2], "%s %s\n%s" % (args, env, ours[2]))
        return ours, reference

    def test_sys_path(self):
        for place in ("", "sub/", "pkg/", "sub/pkg/"):
            self.write(place + "train.py", SHOW_PATH)
        self.write("lib/other.py", SHOW_PATH)
        self.write("pkg/__init__.py", "")
        absolute = self.path("sub", "train")
        specs = ("train", "sub/train", "./train", absolute, "pkg.train", "sub/pkg.train")
        for spec in specs:
            ours, _ = self.check([spec, "a", "--", "--x", "1"])
            self.assertEqual((0, ""), (ours[0], ours[2]))
        for env in (
            {"SCRIPT_DIR": self.path("sub")},
            {"SCRIPT_DIR": "sub"},
            {"SCRIPT_DIR": ""},
            {"NO_SYS_PATH_MODIFY": "1"},
            {"NO_SYS_PATH_MODIFY": "0", "PYTHONPATH": self.path("lib")},
        ):
            for spec in ("train", "sub/train"):
                self.check([spec], env)
        self.check(["other"], {"PYTHONPATH": self.path("lib")})
        self.check(["nope/train"])

    def test_missing(self):
        self.write("pkg/__init__.py", "")
        os.mkdir(self.path("folder"))
        for spec in ("nope", "pkg", "pkg.nope", "a/b.c", "folder", "train.py", "", "/"):
            ours, reference = self.check([spec])
            self.assertEqual(reference, ours)

    def test_flags(self):
        self.write("train.py", SHOW_GLOBALS)
        for args in (
            "",
            "a b",
            "--x 5",
            "a -- b --x 5 -y 6",
            "-- --x 5 --y 6 --z 7 --w 8",
            "--y 5 --y 6",
            "--x --y --x 3 4 5",
            "-x5 -y --z",
            "--x -5 -6 --y -.5 -a",
            "--x - 1",
            "--x=1 --y 2",
            "--x [1,2] 3 --y {a:_1}",
            "b -- --a.b 1 --c 2",
            "--x 1 -- --y 2 -- c --z 3",
            "-- a --x 0x10 --y 1e3 --w 017",
        ):
            words = [word.replace("_", " ") for word in args.split()]
            dests = ["globals"]
            if "--a.b" in args:
                dests = ["args", "args:click", "globals", "none", "what"]
                dests += ["global:p.q", "dict:p", "namespace:p"]
            for dest in dests:
                self.check(["train", *words], {"FLAGS_DEST": dest})

    def test_exits(self):
        self.write("train.py", "import sys; exec(sys.argv[1])")
        for code in ("sys.exit(3)", "sys.exit('msg')", "sys.exit(None)", "raise GeneratorExit"):
            self.check(["train", code])
        for code in ("raise KeyboardInterrupt", "1 / 0"):
            for env in ({}, {"HANDLE_KEYBOARD_INTERRUPT": "1"}):
                self.check(["train", code], env)

    def test_built_in_operations(self):
        for args in ([], ["a", "b c"], ["'x y'", "it's", "", "''", "a\"b", "$x"]):
            self.check(["guild.pass", *args])
            self.check(["guild.fail", *args])

    def test_modules_of_guild_ai_stay_importable(self):
        source = """
            import guild.plugin, guild.util, guild
            print(guild.__version__, guild.plugin.__pkgdir__, guild.util.shlex_quote("a b"))
        """
        self.write("train.py", source)
        result = self.run_op("train", python=ORACLE_PYTHON)
        self.check_out("0.9.0 %s 'a b'\n" % ORACLE_PACKAGES, result)


if __name__ == "__main__":
    unittest.main()
