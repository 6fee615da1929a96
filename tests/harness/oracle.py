# Guild AI 0.9.0, its modules loaded once for many commands: each is a fork of this process.
import importlib
import json
import os
import sys

for module in ["main", "main_bootstrap", "model", "op_dep", "resolver", "run_manifest", "commands.run_impl"]:
    importlib.import_module("guild." + module)

for line in sys.stdin:
    job = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.chdir(job["cwd"])
        os.environ.update(job["env"])
        os.environ["PWD"] = job["cwd"]
        for fd, name in enumerate(["/dev/null", job["stdout"], job["stderr"]]):
            mode = os.O_WRONLY | os.O_CREAT if fd else os.O_RDONLY
            os.dup2(os.open(name, mode), fd)
        sys.argv = ["guild"] + job["args"]
        sys.exit(sys.modules["guild.main_bootstrap"].main())
    status = os.waitpid(pid, 0)[1]
    print(os.waitstatus_to_exitcode(status), flush=True)
