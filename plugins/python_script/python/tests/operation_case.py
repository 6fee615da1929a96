"""What the tests share: a run directory with a script, started as Guild starts operations."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

PYTHON_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ORACLE = os.path.expanduser(os.getenv("GUILD_ORACLE", "~/.cache/guild-oracle"))
ORACLE_PYTHON = os.path.join(ORACLE, "bin", "python3.11")
ORACLE_PACKAGES = os.path.join(ORACLE, "lib", "python3.11", "site-packages")

needs_oracle = unittest.skipUnless(
    os.path.exists(ORACLE_PYTHON), "no Guild AI 0.9.0 to compare with in %s" % ORACLE
)


class Result:
    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def __repr__(self):
        return "exit %s\n--- out\n%s--- err\n%s" % (self.code, self.out, self.err)


class OperationCase(unittest.TestCase):
    def setUp(self):
        # Through realpath as the paths that Python shows are.
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="guild-op-main-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, source):
        path = self.path(*name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(source, str):
            source = textwrap.dedent(source).lstrip("\n").encode("utf-8")
        with open(path, "wb") as f:
            f.write(source)
        return path

    def start(self, args, env=None, python=sys.executable, guild_dir=PYTHON_DIR, **popen_args):
        full_env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "FLAGS", "GUILD", "LOG_"))
        }
        full_env["PYTHONPATH"] = os.pathsep.join([".", guild_dir])
        full_env["PYTHONDONTWRITEBYTECODE"] = "1"
        full_env["PYTHONIOENCODING"] = "utf-8"
        full_env.update(env or {})
        return subprocess.Popen(
            [python] + args,
            cwd=self.dir,
            env=full_env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # A test that hangs must not leave processes behind.
            start_new_session=True,
            **popen_args
        )

    def python(self, args, stdin=None, timeout=60, **start_args):
        process = self.start(args, **start_args)
        try:
            process.stdout, process.stderr = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Result(process)

    def run_op(self, spec, *args, flags_dest=None, env=None, **python_args):
        """Runs `guild.op_main` and returns its result."""
        env = dict(env or {})
        if flags_dest is not None:
            env["FLAGS_DEST"] = flags_dest
        return self.python(["-um", "guild.op_main", spec, *args], env=env, **python_args)

    def run_script(self, source, *args, **op_args):
        """Runs `source` as the operation `train`."""
        self.write("train.py", source)
        return self.run_op("train", *args, **op_args)

    def check_out(self, expected, result):
        self.assertEqual((0, "", expected), (result.code, result.err, result.out))
