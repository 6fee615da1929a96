"""Runs commands of Guild AI 0.9.0 without paying for its start each time.

Reads requests and writes answers, a line of JSON each. Guild is imported once, and each command
runs in a fork of that state, so that no command sees what another one left in memory.

request: {"args": [...], "cwd": "...", "env": {...}, "columns": null or a terminal's width}
answer:  {"code": 0, "out": "...", "err": "..."}
"""

import fcntl
import json
import os
import pty
import struct
import sys
import tempfile
import termios

import guild.main
import guild.commands.run_impl
import guild.commands.runs_impl
import guild.index
import guild.tfevent


def run_child(request, out, err):
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    os.environ["PWD"] = request["cwd"]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    # Guild looks at the streams, not at the descriptors.
    sys.stdout = open(1, "w", closefd=False)
    sys.stderr = open(2, "w", closefd=False)
    sys.argv = ["guild"] + request["args"]
    code = 0
    try:
        guild.main.main()
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 99
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def read_all(fd):
    parts = []
    while True:
        try:
            part = os.read(fd, 65536)
        except OSError:  # how a terminal ends
            part = b""
        if not part:
            return b"".join(parts).decode().replace("\r\n", "\n")
        parts.append(part)


def answer(request):
    err = tempfile.TemporaryFile()
    if request.get("columns"):
        reader, out = pty.openpty()
        size = struct.pack("HHHH", 24, request["columns"], 0, 0)
        fcntl.ioctl(out, termios.TIOCSWINSZ, size)
    else:
        reader, out = os.pipe()
    pid = os.fork()
    if pid == 0:
        run_child(request, out, err.fileno())
    os.close(out)
    text = read_all(reader)
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    err.seek(0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "out": text,
        "err": err.read().decode(),
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
