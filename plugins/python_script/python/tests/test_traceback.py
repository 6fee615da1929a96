"""What is shown of an error: the script's frames, as if Python ran it directly."""

import re
import sys
import unittest

from operation_case import OperationCase


class TracebackTest(OperationCase):
    def check_as_direct(self, source, *args, env=None, **op_args):
        """The report has to be the one of `python train.py`."""
        self.write("helper.py", "def divide(x):\n    return 1 / x\n")
        self.write("train.py", source)
        # Its path as Guild gives it.
        direct = self.python([self.path("train.py"), *args], env=env)
        result = self.run_op("train", *args, env=env, **op_args)
        self.assertEqual(direct.code, result.code)
        self.assertEqual(direct.out, result.out)
        address = re.compile("0x[0-9a-f]+")
        self.assertEqual(address.sub("0x", direct.err), address.sub("0x", result.err))
        self.assertNotIn("op_main", result.err)
        return result

    def test_error(self):
        result = self.check_as_direct("import helper\ndef f():\n    helper.divide(0)\nf()")
        self.assertEqual(1, result.code)

    def test_with_globals(self):
        source = "def f():\n    1 / 0\nx = 1\nf()"
        result = self.run_script(source, "--x", "1", flags_dest="globals")
        direct = self.python([self.path("train.py")])
        self.assertEqual((direct.code, direct.err), (result.code, result.err))

    def test_chained(self):
        for how in (" from e", "", " from None"):
            source = """
                import helper
                def f():
                    try:
                        helper.divide(0)
                    except ZeroDivisionError as e:
                        raise ValueError("no")HOW
                try:
                    f()
                except ValueError as e:
                    raise RuntimeError("again")HOW
            """
            self.check_as_direct(source.replace("HOW", how))

    @unittest.skipIf(sys.version_info < (3, 11), "no exception groups before Python 3.11")
    def test_group(self):
        source = """
            import helper
            errors = []
            for x in 0, "x":
                try:
                    helper.divide(x)
                except Exception as e:
                    errors.append(e)
            errors[0].add_note("a note")
            raise ExceptionGroup("all", errors)
        """
        self.check_as_direct(source)

    def test_raised_twice(self):
        source = """
            import helper
            try:
                helper.divide(0)
            except ZeroDivisionError as e:
                saved = e
            raise saved
        """
        self.check_as_direct(source)

    def test_other_kinds(self):
        self.check_as_direct("class Stop(BaseException): pass\nraise Stop('x')")
        self.check_as_direct("import helper\nimport nope")
        self.check_as_direct("raise AssertionError")
        self.check_as_direct("exec('x = = 1')")
        self.write("broken.py", "x = = 1\n")
        self.check_as_direct("import broken")

    def test_error_in_package(self):
        self.write("pkg/__init__.py", "")
        self.write("pkg/train.py", "from . import other\nother.f()")
        self.write("pkg/other.py", "def f():\n    raise KeyError('k')")
        result = self.run_op("pkg.train")
        frames = [line for line in result.err.splitlines() if line.startswith("  File")]
        self.assertEqual(2, len(frames), result)
        self.assertTrue(all("pkg" in frame for frame in frames), result)

    def test_thread(self):
        source = """
            import threading
            def work():
                1 / 0
            thread = threading.Thread(target=work, name="worker")
            thread.start()
            thread.join()
        """
        self.check_as_direct(source)

    def test_excepthook_of_the_script(self):
        source = """
            import sys, traceback
            def hook(kind, exc, tb):
                assert exc.__traceback__ is tb
                print("hook", kind.__name__, exc, [f.name for f in traceback.extract_tb(tb)])
                print(sys.excepthook is hook, sys.last_traceback is tb, sys.last_value is exc)
            sys.excepthook = hook
            def f():
                raise ValueError("x")
            f()
        """
        result = self.check_as_direct(source)
        expected = "hook ValueError x ['<module>', 'f']\nTrue True True\n"
        self.assertEqual((1, expected), (result.code, result.out))

    def test_excepthook_that_exits(self):
        source = "import sys\nsys.excepthook = lambda *_: sys.exit(9)\n1 / 0"
        self.assertEqual(9, self.check_as_direct(source).code)

    def test_excepthook_that_is_gone(self):
        result = self.run_script("import sys\ndel sys.excepthook\n1 / 0")
        self.assertEqual(1, result.code)
        self.assertIn("ZeroDivisionError", result.err)

    def test_exit_while_handling_an_error(self):
        source = "import sys\ntry:\n    1 / 0\nexcept Exception:\n    sys.exit(6)"
        self.assertEqual(6, self.check_as_direct(source).code)

    def test_atexit_error(self):
        self.check_as_direct("import atexit\natexit.register(lambda: 1 / 0)")


if __name__ == "__main__":
    unittest.main()
