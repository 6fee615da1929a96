"""Flags as globals: which globals, which assignments give way, how values are decoded."""

import sys
import unittest

from operation_case import OperationCase

DICT = """
    params = {"a": 1, "b": {"c": 2, "d": 3}}
    print(params)
"""


class GlobalsTest(OperationCase):
    def check(self, expected, source, *args, dest="globals"):
        self.check_out(expected, self.run_script(source, *args, flags_dest=dest))

    def test_value_is_there_from_the_start(self):
        self.check("0.5\n", "print(rate)", "--rate", "0.5")
        self.check("0.5\n", "print(rate)\nrate = 1", "--rate", "0.5")

    def test_first_assignment_gives_way(self):
        source = """
            x = 1
            y = x * 10
            print(x, y)
            x = 2
            print(x)
        """
        self.check("5 50\n2\n", source, "--x", "5")
        self.check("1 7\n2\n", source, "--y", "7")
        self.check("1 10\n2\n", source)

    def test_what_is_dropped_is_not_evaluated(self):
        self.check("5\n", "x = 1 / 0\nprint(x)", "--x", "5")

    def test_other_targets_keep_theirs(self):
        source = """
            d = {}
            a = b = d["c"] = d["e"] = 1
            print(a, b, d)
            b = 3
            print(b)
        """
        self.check("5 1 {'c': 1, 'e': 1}\n3\n", source, "--a", "5")
        self.check("1 5 {'c': 1, 'e': 1}\n3\n", source, "--b", "5")
        self.check("5 6 {'c': 1, 'e': 1}\n3\n", source, "--a", "5", "--b", "6")

    def test_unpacking_is_untouched(self):
        source = """
            a, b = 1, 2
            print(a, b)
            a = 3
            print(a)
            a = 4
            print(a)
        """
        self.check("1 2\n1\n4\n", source, "--a", "7")

    def test_annotated_assignment(self):
        source = """
            x: int = 1
            print(x, __annotations__)
            x = 2
            print(x)
        """
        expected = "5 {'x': <class 'int'>}\n2\n"
        if sys.version_info >= (3, 14):
            source = source.replace("__annotations__", "{'x': int}")
        self.check(expected, source, "--x", "5")

    def test_if_bodies(self):
        source = """
            if True:
                x = 1
            else:
                x = 2
            if True:
                y = 1
                if True:
                    z = 1
                    z = 2
            print(x, y, z)
        """
        self.check("5 6 2\n", source, "--x", "5", "--y", "6", "--z", "7")

    def test_else_bodies_loops_and_functions_are_untouched(self):
        source = """
            if False:
                pass
            elif True:
                x = 1
            for y in [2]:
                w = 3
            def f():
                z = 4
                return z
            print(x, y, w, f())
        """
        self.check("1 2 3 4\n", source, *"--x 9 --y 9 --w 9 --z 9".split())

    def test_docstring_and_future_imports(self):
        source = """
            '''The doc.'''
            from __future__ import annotations
            x = 1
            def f(a: undefined): pass
            print(__doc__, x, f.__annotations__)
        """
        self.check("The doc. 5 {'a': 'undefined'}\n", source, "--x", "5")

    def test_string_behind_a_dropped_assignment_is_no_docstring(self):
        self.check("None\n", "x = 1\n'no doc'\nprint(__doc__)", "--x", "5")

    def test_future_import_behind_a_dropped_assignment(self):
        source = "x = 1\nfrom __future__ import annotations"
        result = self.run_script(source, "--x", "1", flags_dest="globals")
        self.assertEqual(1, result.code)
        self.assertIn("from __future__ imports must occur at the beginning", result.err)

    def test_line_numbers(self):
        source = """
            x = (
                1,
                2,
            )
            y = 3
            raise ValueError(x)
        """
        result = self.run_script(source, "--x", "1", "--y", "2", flags_dest="globals")
        self.assertIn('train.py", line 6, in <module>\n    raise ValueError(x)\n', result.err)

    def test_special_names_win(self):
        self.check("__main__\n", "print(__name__)", "--__name__", "x")

    def test_name_that_is_no_identifier(self):
        self.check("5\n", "print(globals()['a-b'])", "--a-b", "5")


class DestinationTest(OperationCase):
    def check(self, expected, source, dest, *args):
        self.check_out(expected, self.run_script(source, *args, flags_dest=dest))

    def test_dict_is_replaced(self):
        for dest in ("global:params", "dict:params"):
            self.check("{'a': 5}\n", DICT, dest, "--a", "5")
            self.check("{'b': {'c': 5}}\n", DICT, dest, "--b.c", "5")
            expected = "{'a': 4, 'b': {'c': 5, 'd': 6}}\n"
            self.check(expected, DICT, dest, "--b.d", "6", "--a", "4", "--b.c", "5")

    def test_dict_value_and_its_items(self):
        expected = "{'b': {'x': 1, 'c': 5}}\n"
        self.check(expected, DICT, "global:params", "--b", "{x: 1}", "--b.c", "5")

    def test_nested_name(self):
        self.check("{'x': {'y': {'a': 5}}}\n", DICT, "global:params.x.y", "--a", "5")

    def test_no_flags(self):
        expected = "{'a': 1, 'b': {'c': 2, 'd': 3}}\n"
        self.check(expected, DICT, "global:params")
        self.check(expected, DICT, "namespace:params")

    def test_namespace(self):
        source = """
            from types import SimpleNamespace
            params = SimpleNamespace(a=1)
            print(params.a, params.b.c, params.l)
        """
        args = ["--a", "5", "--b.c", "6", "--l", "[{x: 1}]"]
        self.check("5 6 [{'x': 1}]\n", source, "namespace:params", *args)
        source = "print(p.q.r.a)"
        self.check("5\n", source, "namespace:p.q.r", "--a", "5")

    def test_conflict(self):
        args = ["--b", "1", "--b.c", "2"]
        result = self.run_script(DICT, *args, flags_dest="global:params")
        expected = "guild: 'b.c' cannot be nested: conflicts with {'b': 1}\n"
        self.assertEqual((1, "", expected), (result.code, result.out, result.err))


class ArgsTest(OperationCase):
    """How arguments become flags."""

    def check(self, expected, *args):
        source = """
            import sys
            names = [n for n in globals() if not n.startswith("__") and n != "sys"]
            print({n: globals()[n] for n in names}, sys.argv[1:])
        """
        self.check_out(expected + "\n", self.run_script(source, *args, flags_dest="globals"))

    def test_values(self):
        self.check("{'a': 1, 'b': 'x'} []", "--a", "1", "--b", "x")

    def test_switches(self):
        self.check("{'a': True, 'b': 1, 'c': True} []", "--a", "--b", "1", "--c")
        self.check("{'x': [True, 5]} []", "--x", "--x", "5")

    def test_lists(self):
        self.check("{'a': [1, 'x', None]} []", "--a", "1", "x", "")
        self.check("{'a': [1, 2, 3]} []", "--a", "[1, 2]", "3")
        self.check("{'a': [1, 2]} []", "--a", "1", "--a", "2")

    def test_short_names(self):
        self.check("{'a': 1, 'b': 'cd', 'e': True} []", "-a", "1", "-bcd", "-e")
        self.check("{'b': ['12', 3]} []", "-b12", "3")

    def test_negative_numbers(self):
        self.check("{'a': -1, 'b': -0.5, 'c': -1000.0} []", *"--a -1 --b -0.5 --c -1e3".split())
        self.check("{'a': True, '.': '5'} []", "--a", "-.5")
        self.check("{'a': 1} []", "-5", "--a", "1")

    def test_dash(self):
        self.check("{'a': 1} []", "--a", "-", "1")

    def test_arguments_before_the_first_name(self):
        self.check("{'a': 1} ['x', 'y', 'z']", "x", "--", "y", "z", "--a", "1")

    def test_value_that_cannot_be_decoded(self):
        for value in ("[1, 2", "@x", "%x", "`x", "*x", "a: b: c", "2001-02-30", "'x"):
            result = self.run_script("", "--a", value, flags_dest="globals")
            self.assertEqual((1, ""), (result.code, result.out))
            self.assertIn("guild: invalid value %r for flag 'a': " % value, result.err)
            self.assertEqual(1, result.err.count("\n"))


if __name__ == "__main__":
    unittest.main()
