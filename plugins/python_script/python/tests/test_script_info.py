"""What `script_info` tells of a script."""

import json
import os
import subprocess
import sys
import unittest

from operation_case import ORACLE_PYTHON, PYTHON_DIR, OperationCase, needs_oracle

SCRIPT_INFO = os.path.join(PYTHON_DIR, "guild", "script_info.py")

SCRIPT = """
    import os, a.b as c
    from x.y import z, w
    from . import q
    from .r import *
    a = b = 3
    d = {"k": 1, 2: [None]}
    d = 2
    e = {**d}
    e = 3
    unhashable = {[1]: 2}
    unhashable = 4
    words = [1, "x", [None, -2.5, True]]
    mixed = [1, x]
    mixed = 5
    with_dict = [1, {}]
    with_dict = 5
    pair = (1, 2)
    pair = 6
    minus, plus, neither = 1, 2, 3
    minus = -7
    plus = +7.5
    neither = ~7
    neither = - True
    neither = not 1
    twice = - -8
    twice = 9
    ns = SimpleNamespace(a=1, b=[2])
    ns = 10
    ns2 = types.SimpleNamespace(a=1)
    ns2 = 11
    ns3 = MySimpleNamespace(**d)
    ns3 = 12
    imaginary = 3j
    imaginary = 13
    text = "caf\xe9" "!"
    data = b"x"
    dots = ...
    name = f"{a}"
    o[0] = p.x = kept = 14
    annotated: int = 15
    annotated = 16
    if a:
        inner = 17
    class C:
        attribute = 18
        def f(self):
            import deep.inside
            local = 19
    first = 20; second = 21
    a = 22
    true = True
    nothing = None
    _private = 23
    empty = []
"""


class ScriptInfoTest(OperationCase):
    def info(self, source, name="train.py"):
        path = self.write(name, source)
        result = self.python(["-I", "-S", SCRIPT_INFO, path])
        self.assertEqual((0, "", 1), (result.code, result.err, result.out.count("\n")))
        return json.loads(result.out)

    def params(self, source):
        info = self.info(source)
        self.assertTrue(info["ok"], info)
        return info["params"]

    def test_imports(self):
        imports = ["os", "a.b", "x.y", "z", "w", "q", "r", "*", "deep.inside"]
        self.assertEqual(imports, self.info(SCRIPT)["imports"])

    def test_params(self):
        values = dict(self.params(SCRIPT))
        self.assertEqual([1, "x", [None, -2.5, True]], values.pop("words"))
        expected = {
            "a": 3, "b": 3, "e": 3, "unhashable": 4, "mixed": 5, "pair": 6, "minus": -7,
            "plus": 7.5, "twice": 9, "ns2": 11, "ns3": 12, "text": "caf\xe9!", "kept": 14,
            "annotated": 16, "first": 20, "true": True, "nothing": None, "_private": 23,
            "empty": [],
        }  # fmt: skip
        self.assertEqual(expected, values)

    @needs_oracle
    def test_params_as_guild_ai_sees_them(self):
        path = self.write("train.py", SCRIPT)
        source = """
            import json, sys
            from guild.python_util import Script
            script = Script(sys.argv[1])
            flags = []
            for name, value in script.params.items():
                try:
                    json.dumps(value)
                except TypeError:
                    continue
                if not isinstance(value, dict) and "{" not in repr(value):
                    flags.append([name, value])
            print(json.dumps({"ok": True, "imports": script.imports, "params": flags}))
        """
        script = self.write("oracle.py", source)
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        output = subprocess.check_output([ORACLE_PYTHON, "-B", script, path], env=env)
        self.assertEqual(json.loads(output.decode()), self.info(SCRIPT))

    def test_numbers_that_json_lacks(self):
        params = self.params(
            "a = 2**63\nb = 9223372036854775807\nc = 9223372036854775808\n"
            "d = -9223372036854775809\ne = -9223372036854775808\nf = 1e999\n"
            "g = -1e999\nh = [1e999, 0x%s]" % ("f" * 5000)
        )
        *others, (name, (inf, big)) = params
        expected = [
            ["b", 2**63 - 1],
            ["c", {"$int": "9223372036854775808"}],
            ["d", {"$int": "-9223372036854775809"}],
            ["e", -(2**63)],
            ["f", {"$float": "inf"}],
            ["g", {"$float": "-inf"}],
        ]
        self.assertEqual(expected, others)
        self.assertEqual({"$float": "inf"}, inf)
        self.assertEqual(6021, len(big["$int"]))

    def test_text_that_json_lacks(self):
        params = self.params("s = '\\ud800'\nt = '\\U0001f600\\0'")
        self.assertEqual([["t", "\U0001f600\x00"]], params)

    def test_encoding(self):
        source = "# coding: latin-1\nx = '\xe9'".encode("latin-1")
        self.assertEqual([["x", "\xe9"]], self.params(source))
        self.assertEqual([["x", "\xe9"]], self.params(b"\xef\xbb\xbfx = '\xc3\xa9'"))

    def test_never_runs_the_script(self):
        self.assertEqual([["x", 1]], self.params("x = 1\nopen('made', 'w')\nimport nope\n1 / 0"))
        self.assertFalse(os.path.exists(self.path("made")))

    def test_warnings_are_not_shown(self):
        self.assertEqual([["x", "\\d"]], self.params("x = '\\d'\nassert (x, 1)"))

    def test_syntax_error(self):
        info = self.info("x = 1\n\nx = = 2\n")
        self.assertFalse(info["ok"])
        expected = {"message": "invalid syntax", "line": 3, "text": "x = = 2", "offset": 5}
        self.assertEqual(expected, info["error"])

    def test_other_errors(self):
        for source in (b"x = '\xff'", b"# coding: nonsense\n", b"x = '\0'"):
            info = self.info(source)
            self.assertFalse(info["ok"])
            self.assertTrue(info["error"]["message"])
        result = self.python(["-I", "-S", SCRIPT_INFO, "nope.py"])
        self.assertIn("No such file", json.loads(result.out)["error"]["message"])

    @unittest.skipIf(sys.version_info < (3, 12), "no such f-strings before Python 3.12")
    def test_grammar_of_this_python(self):
        self.assertEqual([["y", 1]], self.params('x = f"{"a"}"\ny = 1'))


if __name__ == "__main__":
    unittest.main()
