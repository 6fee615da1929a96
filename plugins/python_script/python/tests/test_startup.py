"""What starting an operation costs: the modules that it imports."""

import unittest

from operation_case import OperationCase

SHOW_MODULES = "import sys; print(' '.join(sorted(sys.modules)))"


class StartupTest(OperationCase):
    def new_modules(self, *args, dest="args"):
        """Returns the modules that are loaded for a script beyond those for `-m`."""
        self.write("plain.py", SHOW_MODULES)
        plain = self.python(["-um", "plain"])
        result = self.run_script(SHOW_MODULES, *args, flags_dest=dest)
        self.assertEqual((0, ""), (result.code, result.err))
        return sorted(set(result.out.split()) - set(plain.out.split()))

    def test_flags_as_arguments(self):
        self.assertEqual(["guild"], self.new_modules("--x", "1"))
        self.assertEqual(["guild"], self.new_modules("--x", "1", dest="none"))

    def test_no_flags(self):
        expected = {"_ast", "guild", "guild.flags_dest"}
        self.assertLessEqual(set(self.new_modules(dest="globals")), expected)

    def test_flags_as_globals(self):
        expected = {"_ast", "guild", "guild.flags_dest", "guild.rerun"}
        args = "--a 1 --b 0.5 --c 1e-3 --d text --e true --f".split()
        args += ["[1, 2, a]", "--g", "'1'", "--h", "some words", "--i", "", "--j", "-1"]
        self.assertLessEqual(set(self.new_modules(*args, dest="globals")), expected)

    def test_other_values(self):
        expected = {"_ast", "guild", "guild.flags_dest", "guild.rerun", "guild.yaml_value"}
        args = ["--a", "{a: 1, b: ['x']}", "--b", '"\\n"']
        self.assertLessEqual(set(self.new_modules(*args, dest="globals")), expected)


if __name__ == "__main__":
    unittest.main()
