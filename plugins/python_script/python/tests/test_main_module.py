"""The script as main module: where it is found, what it sees of itself, how it ends."""

import os
import py_compile
import signal
import sys
import unittest

from operation_case import PYTHON_DIR, OperationCase

SHOW_MAIN = """
    import os, sys
    here = os.getcwd() + os.sep
    name = getattr(__spec__, "name", None)
    print(__file__.replace(here, ""), __name__, repr(__package__), name)
"""


class SpecTest(OperationCase):
    def test_module(self):
        self.write("train.py", SHOW_MAIN)
        self.check_out("train.py __main__ None None\n", self.run_op("train"))

    def test_module_in_package(self):
        self.write("pkg/__init__.py", "print('package')")
        self.write("pkg/train.py", SHOW_MAIN)
        expected = "package\npkg/train.py __main__ 'pkg' pkg.train\n"
        self.check_out(expected, self.run_op("pkg.train"))

    def test_module_in_namespace_package(self):
        self.write("a/b/train.py", SHOW_MAIN)
        expected = "a/b/train.py __main__ 'a.b' a.b.train\n"
        self.check_out(expected, self.run_op("a.b.train"))

    def test_package(self):
        self.write("pkg/__init__.py", "")
        self.write("pkg/__main__.py", SHOW_MAIN + "\n    from . import other")
        self.write("pkg/other.py", "print('other')")
        expected = "pkg/__main__.py __main__ 'pkg' pkg.__main__\nother\n"
        self.check_out(expected, self.run_op("pkg"))

    def test_package_without_main(self):
        self.write("pkg/__init__.py", "")
        result = self.run_op("pkg")
        self.assertEqual(1, result.code)
        self.assertEqual(
            "guild: No module named pkg.__main__ ('pkg' is a package and cannot be directly "
            "executed)\n",
            result.err,
        )

    def test_folder(self):
        self.write("sub/dir/train.py", SHOW_MAIN + "\n    import sibling")
        self.write("sub/dir/sibling.py", "print('sibling')")
        expected = "sub/dir/train.py __main__ None None\nsibling\n"
        self.check_out(expected, self.run_op("sub/dir/train"))

    def test_package_in_folder(self):
        self.write("src/pkg/__init__.py", "")
        self.write("src/pkg/train.py", SHOW_MAIN + "\n    from .other import x; print(x)")
        self.write("src/pkg/other.py", "x = 1")
        expected = "src/pkg/train.py __main__ 'pkg' pkg.train\n1\n"
        self.check_out(expected, self.run_op("src/pkg.train"))

    def test_name_that_is_no_identifier(self):
        self.write("my-script 2.py", "print('ok')")
        self.check_out("ok\n", self.run_op("my-script 2"))

    def test_bytecode_only(self):
        source = self.write("train.py", SHOW_MAIN)
        py_compile.compile(source, self.path("train.pyc"))
        os.remove(source)
        self.check_out("train.pyc __main__ None None\n", self.run_op("train"))

    def test_missing_module(self):
        for spec in ("nope", "pkg.nope", "sub/nope"):
            result = self.run_op(spec)
            expected = "guild: No module named %s\n" % spec.split("/")[-1]
            self.assertEqual((1, "", expected), (result.code, result.out, result.err))

    def test_missing_argument(self):
        result = self.python(["-um", "guild.op_main"])
        self.assertEqual(2, result.code)
        self.assertEqual("guild.op_main: missing required arg\n", result.err)

    def test_failing_package(self):
        self.write("pkg/__init__.py", "1 / 0")
        self.write("pkg/train.py", "print('not reached')")
        result = self.run_op("pkg.train")
        self.assertEqual((1, ""), (result.code, result.out))
        self.assertNotIn("op_main", result.err)
        self.assertIn("pkg/__init__.py", result.err)


class ArgsTest(OperationCase):
    SHOW_ARGS = "import sys; print(sys.argv[1:]); assert sys.argv[0] == __file__"

    def check_args(self, expected, args, dest=None):
        result = self.run_script(self.SHOW_ARGS, *args, flags_dest=dest)
        self.check_out("%r\n" % expected, result)

    def test_flags_follow_base_args(self):
        self.check_args(["--x", "1"], ["--x", "1"])
        self.check_args(["a", "-b", "--x", "1"], ["a", "-b", "--", "--x", "1"])
        self.check_args(["a", "--", "b", "--x", "1"], ["a", "--", "b", "--", "--x", "1"], "args")
        self.check_args(["--x", "1"], ["--", "--x", "1"], "args:click")
        self.check_args([], [])
        self.check_args(["a"], ["a", "--"])

    def test_no_flags(self):
        for dest in ("none", "unknown", "global"):
            self.check_args(["a", "b"], ["a", "b", "--", "--x", "1"], dest)
            self.check_args([], ["--x", "1"], dest)

    def test_globals_take_flags_out(self):
        self.check_args(["a", "b"], ["a", "--", "b", "--x", "1", "2"], "globals")

    def test_bytes_that_are_no_text(self):
        source = "import os, sys; print(os.fsencode(sys.argv[1]))"
        self.check_out("%r\n" % b"\xff\n", self.run_script(source, b"\xff\n"))


class MainModuleTest(OperationCase):
    def test_is_the_main_module(self):
        source = """
            import sys, builtins, __main__
            x = 1
            assert sys.modules["__main__"] is __main__
            assert vars(__main__) is globals()
            assert __main__.x == 1
            assert __builtins__ is builtins
            assert __doc__ is None
            print(sorted(n for n in globals() if n != "__annotations__"))
        """
        result = self.run_script(source)
        self.write("direct.py", source)
        direct = self.python(["direct.py"])
        self.assertEqual(0, direct.code, direct)
        self.check_out(direct.out, result)

    def test_docstring(self):
        self.check_out("the doc\n", self.run_script("'the doc'\nprint(__doc__)"))

    def test_pickle(self):
        source = """
            import pickle
            class C:
                pass
            def f():
                return 5
            data = pickle.dumps((C(), C, f))
            c, cls, g = pickle.loads(data)
            print(type(c) is C, cls is C, g is f)
        """
        self.check_out("True True True\n", self.run_script(source))

    def test_introspection(self):
        source = '''
            from __future__ import annotations
            import dataclasses, doctest, inspect, typing

            @dataclasses.dataclass
            class Config:
                rate: float = 0.1
                next: typing.Optional[Config] = None

            def double(x):
                """
                >>> double(2)
                4
                """
                return 2 * x

            if __name__ == "__main__":
                print(Config())
                print(typing.get_type_hints(Config)["next"] == typing.Optional[Config])
                print(inspect.getsource(double).splitlines()[0])
                print("class Config:" in inspect.getsource(Config))
                print(doctest.testmod())
        '''
        expected = (
            "Config(rate=0.1, next=None)\nTrue\ndef double(x):\nTrue\n"
            "TestResults(failed=0, attempted=1)\n"
        )
        result = self.run_script(source, "--rate", "3", flags_dest="globals")
        self.check_out(expected, result)

    def test_runpy(self):
        self.write("other.py", "print('other', __name__)")
        self.write("pkg/__init__.py", "")
        self.write("pkg/__main__.py", "print('package', __name__)")
        source = """
            import runpy
            runpy.run_module("other", run_name="__main__", alter_sys=True)
            runpy.run_path("other.py", run_name="x")
            runpy.run_module("pkg", run_name="__main__")
            import __main__
            print(vars(__main__) is globals())
        """
        expected = "other __main__\nother x\npackage __main__\nTrue\n"
        self.check_out(expected, self.run_script(source))

    def test_unittest_main(self):
        source = """
            import unittest
            class T(unittest.TestCase):
                def test_it(self):
                    pass
            unittest.main()
        """
        result = self.run_script(source)
        self.assertEqual(0, result.code)
        self.assertIn("Ran 1 test", result.err)

    def test_relative_imports_in_package(self):
        for dest in ("args", "globals"):
            self.write("pkg/__init__.py", "")
            self.write("pkg/other.py", "y = 2")
            source = "x = 1\nfrom .other import y\nfrom . import other\nprint(x, y)"
            self.write("pkg/train.py", source)
            expected = "3 2\n" if dest == "globals" else "1 2\n"
            env = {"PYTHONWARNINGS": "error"}
            result = self.run_op("pkg.train", "--x", "3", flags_dest=dest, env=env)
            self.check_out(expected, result)

    def test_warnings(self):
        source = "import warnings; warnings.warn('careful'); x = 1; assert (x, 'always')"
        self.check_out("", self.run_script(source))
        result = self.run_script(source, env={"PYTHONWARNINGS": "default"})
        self.assertIn("UserWarning: careful", result.err)

    def test_debug_level(self):
        result = self.run_script("1 / 0", env={"LOG_LEVEL": "10"})
        self.assertIn("DEBUG: [guild] loading module from '%s'" % self.path("train.py"), result.err)
        self.assertIn("op_main.py", result.err)


class SourceTest(OperationCase):
    def test_encodings(self):
        for dest in ("args", "globals"):
            for source in (
                "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))".encode("latin-1"),
                b"\xef\xbb\xbf" + "print(ascii('\xe9'))".encode("utf-8"),
                "print(ascii('\xe9'))".encode("utf-8"),
                "#!/bin/x\n# vim: set fileencoding=cp1252 :\nprint(ascii('\xe9'))".encode("cp1252"),
            ):
                env = {"LC_ALL": "C", "PYTHONUTF8": "0"}
                result = self.run_script(source, "--x", "1", flags_dest=dest, env=env)
                self.check_out("'\\xe9'\n", result)

    def test_syntax_error_looks_like_pythons_own(self):
        sources = ("x = 1\nif x\n  pass\n", "def f(:\n", "x = '\xe9\n", " x = 1\n", "x = 0 0\n")
        for source in sources:
            source = source.encode("utf-8")
            self.write("train.py", source)
            direct = self.python(["train.py"])
            for dest in ("args", "globals"):
                result = self.run_op("train", "--x", "1", flags_dest=dest)
                self.assertEqual(1, result.code)
                expected = direct.err.replace('"train.py"', '"%s"' % self.path("train.py"))
                self.assertEqual(expected.splitlines()[-1], result.err.splitlines()[-1])
                self.assertEqual(expected.splitlines()[:2], result.err.splitlines()[:2])

    def test_errors_of_the_compiler_and_the_decoder(self):
        for source, error in (
            (b"x = 1\nreturn\n", "SyntaxError: 'return' outside function"),
            (b"# coding: nonsense\n", "SyntaxError: "),
            (b"x = '\xff'\n", "SyntaxError: "),
        ):
            for dest in ("args", "globals"):
                result = self.run_script(source, "--x", "1", flags_dest=dest)
                self.assertEqual(1, result.code)
                self.assertIn(error, result.err)
                self.assertNotIn("op_main", result.err)
                self.assertNotIn("Traceback", result.err)


class EndTest(OperationCase):
    def check_end(self, code, out, err, source, **op_args):
        result = self.run_script(source, **op_args)
        self.assertEqual((code, out, err), (result.code, result.out, result.err))

    def test_exit_codes(self):
        self.check_end(3, "", "", "import sys; sys.exit(3)")
        self.check_end(1, "", "why\n", "import sys; sys.exit('why')")
        self.check_end(0, "", "", "import sys; sys.exit()")
        self.check_end(7, "", "", "import os; os._exit(7)")
        self.check_end(4, "", "", "raise SystemExit(4)")

    def test_atexit_and_threads(self):
        source = """
            import atexit, threading, time
            atexit.register(print, "atexit")
            def work():
                time.sleep(0.2)
                print("thread")
            threading.Thread(target=work).start()
            print("main")
        """
        self.check_end(0, "main\nthread\natexit\n", "", source)

    def test_globals_live_until_the_end(self):
        source = """
            import atexit
            class Resource:
                def __del__(self):
                    print("released")
            resource = Resource()
            value = 1
            atexit.register(lambda: print("value", value))
        """
        self.check_end(0, "value 1\nreleased\n", "", source)

    INTERRUPT = """
        import atexit, os, signal, time
        atexit.register(print, "atexit")
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
    """

    def test_interrupt_ends_quietly(self):
        self.check_end(0, "atexit\n", "", self.INTERRUPT)

    def test_interrupt_left_to_the_script(self):
        result = self.run_script(self.INTERRUPT, env={"HANDLE_KEYBOARD_INTERRUPT": "1"})
        self.assertEqual((-signal.SIGINT, "atexit\n"), (result.code, result.out))
        self.assertIn("KeyboardInterrupt", result.err)
        self.assertNotIn("op_main", result.err)
        self.assertNotIn("runpy", result.err)

    def test_interrupt_caught_by_the_script(self):
        source = """
            import os, signal, time
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(5)
            except KeyboardInterrupt:
                print("caught")
                raise SystemExit(5)
        """
        self.check_end(5, "caught\n", "", source)


class SysPathTest(OperationCase):
    SHOW_PATH = "import os, sys; print([p.replace(os.getcwd(), '~') for p in sys.path[:4]])"

    def sys_path(self, spec="train", env=None, options=()):
        self.write("train.py", self.SHOW_PATH)
        self.write("sub/train.py", self.SHOW_PATH)
        result = self.python([*options, "-um", "guild.op_main", spec], env=env)
        self.assertEqual((0, ""), (result.code, result.err))
        return eval(result.out)

    def test_only_pythonpath_counts(self):
        self.assertEqual(["~", PYTHON_DIR], self.sys_path()[:2])

    def test_folder_of_the_spec_comes_second(self):
        self.assertEqual(["~", "~/sub", PYTHON_DIR], self.sys_path("sub/train")[:3])

    def test_script_dir(self):
        env = {"SCRIPT_DIR": "/some/where"}
        self.assertEqual(["/some/where", "~", PYTHON_DIR], self.sys_path(env=env)[:3])

    def test_no_change_wanted(self):
        env = {"NO_SYS_PATH_MODIFY": "1"}
        self.assertEqual(["~", "~", PYTHON_DIR], self.sys_path(env=env)[:3])

    @unittest.skipIf(sys.version_info < (3, 11), "no -P before Python 3.11")
    def test_safe_path(self):
        self.assertEqual(["~", PYTHON_DIR], self.sys_path(options=["-P"])[:2])
        env = {"SCRIPT_DIR": "/some/where"}
        self.assertEqual(["/some/where", "~"], self.sys_path(env=env, options=["-P"])[:2])


class OtherGuildTest(OperationCase):
    """Beside a `guild` package that is installed for the same Python."""

    def setUp(self):
        super().setUp()
        self.write("lib/guild/__init__.py", "__version__ = '0.9.0'\nplace = __file__")
        self.write("lib/guild/ipy.py", "import guild\nversion = guild.__version__")
        self.write("lib/guild/pass.py", "print('theirs')")
        self.env = {"PYTHONPATH": os.pathsep.join([".", PYTHON_DIR, self.path("lib")])}

    def test_its_modules_are_there(self):
        source = "import guild.ipy, guild; print(guild.ipy.version, guild.place)"
        expected = "0.9.0 %s\n" % self.path("lib", "guild", "__init__.py")
        self.check_out(expected, self.run_script(source, env=self.env))

    def test_ours_come_first(self):
        self.check_out("hi\n", self.run_op("guild.pass", "hi", env=self.env))

    def test_missing_names(self):
        source = "import guild; print(hasattr(guild, 'nope'))"
        self.check_out("False\n", self.run_script(source, env=self.env))
        self.check_out("False\n", self.run_script(source))

    def test_folder_that_is_no_package(self):
        self.write("guild/data.txt", "")
        self.check_out("ok\n", self.run_script("print('ok')"))


class BuiltInOperationsTest(OperationCase):
    def test_pass(self):
        self.check_out("", self.run_op("guild.pass"))
        result = self.run_op("guild.pass", "a b", "c", "'d'", "e'f")
        self.check_out("""'a b' c "'d'" 'e'"'"'f'\n""", result)

    def test_fail(self):
        result = self.run_op("guild.fail", "not", "yet")
        self.assertEqual((1, "not yet\n", ""), (result.code, result.out, result.err))
        self.assertEqual((1, "\n"), (result.code, self.run_op("guild.fail").out))


class BreakpointsTest(OperationCase):
    SOURCE = """
        '''A docstring.'''
        # A comment.
        def f(x):
            y = x + 1
            return y

        print(f(1))
    """

    def test_line(self):
        result = self.run_script(self.SOURCE, env={"PDB_BREAKS": "1"}, stdin="continue\n")
        self.assertIn("Breakpoint 1 at %s:3\n" % self.path("train.py"), result.out)
        self.assertIn("-> def f(x):", result.out)
        self.assertIn("\n(Pdb) 2\n", result.out)

    def test_first_line(self):
        for source in ("x = 1\nprint(x)\n", "print(1)\n"):
            result = self.run_script(source, env={"PDB_BREAKS": "1"}, stdin="w\nc\n")
            self.assertIn("train.py(1)<module>()\n-> " + source.split("\n")[0], result.out)
            self.assertTrue(result.out.endswith("(Pdb) 1\n"), result.out)

    def test_nowhere(self):
        result = self.run_script("print(1)\n", env={"PDB_BREAKS": "nothing.here"})
        self.assertEqual("1", result.out.split()[-1])

    def test_function_and_file(self):
        env = {"PDB_BREAKS": "train.py:5 4"}
        result = self.run_script(self.SOURCE, env=env, stdin="p y\ncontinue\n")
        self.assertIn("Breakpoint 2 at %s:4\n" % self.path("train.py"), result.out)
        self.assertIn("-> y = x + 1", result.out)
        self.assertIn("-> return y", result.out)

    def test_break_on_error(self):
        env = {"BREAK_ON_ERROR": "1"}
        result = self.run_script("x = 5\n1 / 0\n", env=env, stdin="p x + 1\nquit\n")
        self.assertEqual(1, result.code)
        self.assertIn("ZeroDivisionError", result.err)
        self.assertIn("Entering post mortem debug session\n", result.err)
        self.assertIn("-> 1 / 0\n(Pdb) 6\n", result.out)


if __name__ == "__main__":
    unittest.main()
