"""Answers what Guild AI 0.9.0 makes of texts: one JSON request a line, one answer a line."""

import datetime
import json
import sys

from guild import filter as filterlib
from guild.query import qparse
from guild.timerange import parser as timerange_parser

RUN = json.loads(sys.argv[1])
NOW = datetime.datetime.fromisoformat(sys.argv[2])


class Run:
    def get_attr(self, name):
        return RUN["attrs"].get(name)

    def get_flag(self, name):
        return RUN["flags"].get(name)

    def get_scalar(self, key):
        return {"last_val": RUN["scalars"][key]} if key in RUN["scalars"] else None


def answer(kind, text):
    try:
        if kind == "filter":
            return {"passes": bool(filter_parser.parse(text)(Run()))}
        if kind == "columns":
            return {"columns": [str(c) for c in columns_parser.parse(f"select {text}").cols]}
        start, end = times_parser.parse(text)(NOW)
        return {"range": [t and t.isoformat() for t in (start, end)]}
    except (Exception, SystemExit) as e:
        return {"error": str(e)}


filter_parser = filterlib.parser()
columns_parser = qparse.parser()
times_parser = timerange_parser()
for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))), flush=True)
