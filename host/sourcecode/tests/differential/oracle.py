"""Answers of Guild AI 0.9.0 for the tests in differential.rs.

Reads a JSON object from standard input and writes one to standard output:

- "fnmatch": [[name, pattern], ...] -> [bool, ...]
- "text": [path, ...] -> [true | false | "crash", ...]
- "rules": [{SourceRule fields}, ...] -> [str, ...]
- "projects": [{"dir", "run_dir", "dest", "rules", "ignore", "base"}, ...] -> what was copied
"""

import fnmatch
import json
import logging
import os
import stat
import sys

import chardet

from guild import config, file_util, op_util, run_manifest, run_util, util
from guild.plugins import python_script

config.set_cwd(os.getcwd())

warnings = []


class Collect(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())


log = logging.getLogger("guild")
log.setLevel(logging.WARNING)
log.addHandler(Collect())
log.propagate = False


def rule(spec):
    keys = {"type", "sentinel", "size_gt", "size_lt", "max_matches"}
    attrs = {name.replace("-", "_"): value for name, value in spec.items()}
    return file_util.FileSelectRule(
        attrs["include"],
        attrs["patterns"],
        **{name: value for name, value in attrs.items() if name in keys},
    )


def is_text(path):
    try:
        return util.is_text_file(path)
    except TypeError:
        return "crash"


def is_text_without_guess(path):
    """As with the chardet of 0.9.0's time, which has no confidence in no encoding."""
    detect = chardet.detect

    def unsure(sample):
        found = detect(sample)
        return dict(found, confidence=0.0) if found["encoding"] is None else found

    chardet.detect = unsure
    try:
        return util.is_text_file(path)
    finally:
        chardet.detect = detect


class Run:
    """Enough of a run for the functions that are asked."""

    def __init__(self, dir):
        self.dir = dir
        self.attrs = {}

    def get(self, name, default=None):
        return self.attrs.get(name, default)

    def write_attr(self, name, value):
        self.attrs[name] = value


def project(spec):
    os.chdir(spec["dir"])
    warnings.clear()
    root = os.path.join(spec["dir"], spec["root"]) if spec["root"] else spec["dir"]
    base = []
    if spec["base"]:
        base = op_util._try_vcs_select_rules(root)
        base = base or (
            op_util._base_default_select_rules()
            + python_script._python_sourcecode_select_rules()
        )
    rules = base + [rule(r) for r in spec["rules"]]
    select = file_util.FileSelect(root, rules)
    run = Run(spec["run_dir"])
    os.makedirs(os.path.join(run.dir, ".guild"))
    op_util.copy_sourcecode(
        spec["dir"],
        select,
        os.path.join(run.dir, spec["dest"]),
        ignore=spec["ignore"],
        handler_cls=op_util.sourcecode_manifest_logger_cls(run.dir),
    )
    op_util.write_sourcecode_digest(run)
    op_util.write_vcs_commit(run, spec["dir"])
    with open(run_manifest.run_manifest_path(run.dir), encoding="utf-8") as f:
        lines = f.read()
    files = run_util.sourcecode_files(run)
    return {
        "rules": [str(r) for r in rules],
        "manifest": lines,
        "modes": [stat.S_IMODE(os.stat(os.path.join(run.dir, f)).st_mode) for f in files],
        "digest": run.get("sourcecode_digest"),
        "vcs_commit": run.get("vcs_commit"),
        "warnings": list(warnings),
    }


request = json.load(sys.stdin)
answer = {
    "fnmatch": [fnmatch.fnmatch(*args) for args in request.get("fnmatch", [])],
    "text": [[is_text(path), is_text_without_guess(path)] for path in request.get("text", [])],
    "rules": [str(rule(spec)) for spec in request.get("rules", [])],
    "projects": [project(spec) for spec in request.get("projects", [])],
}
json.dump(answer, sys.stdout)
