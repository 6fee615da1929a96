"""Processes that the script starts: they find its functions and see its flags."""

import sys
import unittest

from operation_case import OperationCase

METHODS = ["fork", "forkserver", "spawn"] if sys.platform == "linux" else ["spawn"]

# `rate` is what a child has to see as its parent does where flags are globals.
POOL = """
    import multiprocessing
    import sys
    from concurrent.futures import ProcessPoolExecutor

    rate = 0.1
    names = ["a"]

    class Point:
        def __init__(self, x):
            self.x = x

    def scaled(point):
        return Point(point.x * rate), rate, names, __name__, __package__, sys.argv

    if __name__ == "__main__":
        context = multiprocessing.get_context("METHOD")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            point, *seen = pool.submit(scaled, Point(10)).result()
        print(type(point) is Point, point.x, *seen[:2])
        print(seen[-1] == sys.argv, (seen[-2] or None) == __package__)
"""

PROCESS = """
    import multiprocessing, sys
    rate = 0.1

    def grandchild(depth):
        print(depth, rate, flush=True)
        if depth:
            start(depth - 1)

    def start(depth):
        process = multiprocessing.get_context("spawn").Process(target=grandchild, args=(depth,))
        process.start()
        process.join()
        assert process.exitcode == 0

    if __name__ == "__main__":
        start(1)
"""

# As PyTorch Lightning (and others) start the script again, once for each device.
LAUNCHER = """
    import os, subprocess, sys
    rate = 0.1

    if __name__ == "__main__":
        print(rate, sys.argv[1:], __package__ or "", flush=True)
        if not os.getenv("LOCAL_RANK"):
            import __main__
            if __main__.__spec__ is None:
                command = [os.path.abspath(sys.argv[0])]
            else:
                command = ["-m", __main__.__spec__.name]
            subprocess.check_call(
                [sys.executable, *command, *sys.argv[1:]], env=dict(os.environ, LOCAL_RANK="1")
            )
"""


class PoolTest(OperationCase):
    def check(self, spec, dest):
        for method in METHODS:
            self.write(spec.replace(".", "/") + ".py", POOL.replace("METHOD", method))
            args = ["a", "--", "--rate", "0.5", "--names", "[x, 'a: \\ b']"]
            expected = "True 5.0 0.5 ['x', 'a: \\\\ b']\n"
            if dest == "args":
                expected = "True 1.0 0.1 ['a']\n"
            self.check_out(expected + "True True\n", self.run_op(spec, *args, flags_dest=dest))

    def test_script(self):
        self.check("train", "args")

    def test_script_with_globals(self):
        self.check("train", "globals")

    def test_package(self):
        self.write("pkg/__init__.py", "")
        self.check("pkg.train", "args")

    def test_package_with_globals(self):
        self.write("pkg/__init__.py", "")
        self.check("pkg.train", "globals")


class ProcessTest(OperationCase):
    def test_grandchildren(self):
        result = self.run_script(PROCESS, "--rate", "0.5", flags_dest="globals")
        self.check_out("1 0.5\n0 0.5\n", result)

    def test_script_in_folder(self):
        self.write("sub/train.py", "import sibling\n" + PROCESS.replace("\n    ", "\n"))
        self.write("sub/sibling.py", "")
        for dest, rate in (("args", "0.1"), ("globals", "0.5")):
            result = self.run_op("sub/train", "--rate", "0.5", flags_dest=dest)
            self.check_out("1 %s\n0 %s\n" % (rate, rate), result)

    def test_changed_directory(self):
        source = PROCESS.replace("import multiprocessing, sys", "import multiprocessing, os, sys")
        source = source.replace("        start(1)", "        os.chdir('/')\n        start(1)")
        result = self.run_script(source, "--rate", "0.5", flags_dest="globals")
        self.check_out("1 0.5\n0 0.5\n", result)

    def test_relative_import_in_child(self):
        self.write("pkg/__init__.py", "")
        self.write("pkg/rates.py", "half = 0.5")
        self.write("pkg/train.py", "from . import rates\n" + PROCESS.replace("\n    ", "\n"))
        result = self.run_op("pkg.train", "--rate", "0.5", flags_dest="globals")
        self.check_out("1 0.5\n0 0.5\n", result)

    def test_package_main(self):
        # No process imports a package's __main__: what it calls has to be in a module.
        self.write("pkg/__init__.py", "")
        self.write("pkg/work.py", "def work():\n    print('work', flush=True)")
        source = """
            import multiprocessing
            from .work import work
            rate = 0.1
            print(rate, flush=True)
            process = multiprocessing.get_context("spawn").Process(target=work)
            process.start()
            process.join()
        """
        self.write("pkg/__main__.py", source)
        for dest, rate in (("args", "0.1"), ("globals", "0.5")):
            result = self.run_op("pkg", "--rate", "0.5", flags_dest=dest)
            self.check_out("%s\nwork\n" % rate, result)

    def test_namespace_destination(self):
        source = PROCESS.replace("rate = 0.1", "params = None").replace("rate", "params.rate")
        result = self.run_script(source, "--rate", "0.5", flags_dest="namespace:params")
        self.check_out("1 0.5\n0 0.5\n", result)

    def test_any_argument_reaches_children(self):
        value = "a\nb\\n \\\\ 'c' \xe9"
        source = PROCESS.replace("print(depth, rate", "print(depth, ascii(rate)")
        quoted = '"%s"' % value.replace("\\", "\\\\").replace("\n", "\\n")
        result = self.run_script(source, "--rate", quoted, flags_dest="globals")
        self.check_out("1 %s\n0 %s\n" % (ascii(value), ascii(value)), result)

    def test_arguments_of_the_script_are_arguments(self):
        source = PROCESS.replace("print(depth, rate", "print(depth, sys.argv[1:]")
        result = self.run_script(source, "--rate", "0.5")
        self.check_out("1 ['--rate', '0.5']\n0 ['--rate', '0.5']\n", result)

    def test_manager_and_pool(self):
        source = """
            import multiprocessing
            rate = 0.1

            def work(shared, i):
                shared[i] = i * rate

            if __name__ == "__main__":
                context = multiprocessing.get_context("METHOD")
                with context.Manager() as manager, context.Pool(2) as pool:
                    shared = manager.dict()
                    pool.starmap(work, [(shared, 1), (shared, 2)])
                    print(sorted(shared.items()))
        """
        for method in METHODS:
            result = self.run_script(
                source.replace("METHOD", method), "--rate", "2", flags_dest="globals"
            )
            self.check_out("[(1, 2), (2, 4)]\n", result)


class LauncherTest(OperationCase):
    def test_script(self):
        args = ["a", "--", "--rate", "0.5"]
        result = self.run_script(LAUNCHER, *args)
        self.check_out("0.1 ['a', '--rate', '0.5'] \n" * 2, result)
        result = self.run_script(LAUNCHER, *args, flags_dest="globals")
        self.check_out("0.5 ['a'] \n" * 2, result)

    def test_package(self):
        self.write("src/pkg/__init__.py", "")
        self.write("src/pkg/train.py", LAUNCHER)
        args = ["a", "--", "--rate", "0.5"]
        result = self.run_op("src/pkg.train", *args, flags_dest="globals")
        self.check_out("0.5 ['a'] pkg\n" * 2, result)

    def test_error_in_second_process(self):
        source = LAUNCHER + "\n        else:\n            1 / 0\n"
        result = self.run_script(source, "--rate", "0.5", flags_dest="globals")
        self.assertIn("ZeroDivisionError", result.err)
        report = result.err[: result.err.index("ZeroDivisionError")]
        self.assertEqual(1, report.count("File"), result)


if __name__ == "__main__":
    unittest.main()
