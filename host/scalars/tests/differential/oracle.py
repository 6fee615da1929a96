"""What Guild AI 0.9.0 makes of lines and event files. Reads a JSON request, prints a JSON answer."""

import json
import logging
import os
import struct
import sys

import numpy as np

from guild import index, summary, tfevent, tensorboard_util

np.seterr(all="ignore")
request = json.load(open(sys.argv[1], encoding="utf-8"))


class Writer:
    def __init__(self):
        self.scalars = []

    def add_scalar(self, tag, val, step=None):
        bits = np.float32(val).tobytes().hex()
        step = int(step) if step is not None else 0
        if not -(2**63) <= step < 2**63:
            raise ValueError("what protobuf says of such a step")
        self.scalars.append([tag or "", bits, step])

    def flush(self):
        pass


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        text = record.getMessage()
        if text not in self.texts:
            self.texts.append(text)


def lines(case):
    """The scalars of each line, up to the first one that fails, and the warnings."""
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    logging.getLogger("guild").addHandler(warnings)
    try:
        scalars = summary.OutputScalars(case["config"], None, case["ignore"])
        scalars._writer = Writer()
        found = []
        for line in case["lines"]:
            scalars._writer.scalars = []
            try:
                scalars.write(bytes.fromhex(line))
            except Exception as e:
                found.append(None)
                break
            found.append(scalars._writer.scalars)
        return {"found": found, "warnings": warnings.texts}
    finally:
        logging.getLogger().removeHandler(warnings)
        logging.getLogger("guild").removeHandler(warnings)


def write(files):
    """Event files as TensorBoard's writers make them."""
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2
    from tensorboard.plugins.scalar import summary as scalar_v1
    from tensorboard.plugins.scalar import metadata
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util import tensor_util

    for file in files:
        writer = EventFileWriter(file["dir"])
        for kind, tag, value, step in file["scalars"]:
            if kind == "simple":
                values = [summary_pb2.Summary.Value(tag=tag, simple_value=value)]
            elif kind == "v2":
                values = [
                    summary_pb2.Summary.Value(
                        tag=tag,
                        tensor=tensor_util.make_tensor_proto(np.float32(value)),
                        metadata=metadata.create_summary_metadata("", "a description"),
                    )
                ]
            elif kind == "double":
                values = [
                    summary_pb2.Summary.Value(
                        tag=tag, tensor=tensor_util.make_tensor_proto(np.float64(value))
                    )
                ]
            elif kind == "content":
                content = struct.pack("<f", value)
                tensor = tensor_pb2.TensorProto(dtype=1, tensor_content=content)
                values = [summary_pb2.Summary.Value(tag=tag, tensor=tensor)]
            elif kind == "vector":
                tensor = tensor_util.make_tensor_proto(np.array([value, 1.0, 2.0], np.float32))
                values = [summary_pb2.Summary.Value(tag=tag, tensor=tensor)]
            elif kind == "text":
                tensor = tensor_util.make_tensor_proto("text")
                values = [summary_pb2.Summary.Value(tag=tag, tensor=tensor)]
            elif kind == "int":
                tensor = tensor_util.make_tensor_proto(np.int64(1))
                values = [summary_pb2.Summary.Value(tag=tag, tensor=tensor)]
            elif kind == "image":
                image = summary_pb2.Summary.Image(height=1, width=1, encoded_image_string=b"x" * 99)
                values = [summary_pb2.Summary.Value(tag=tag, image=image)]
            elif kind == "pair":
                values = [
                    summary_pb2.Summary.Value(tag=tag + name, simple_value=value)
                    for name in ("/x", "/y")
                ]
            event = event_pb2.Event(
                wall_time=1.5, step=step, summary=summary_pb2.Summary(value=values)
            )
            writer.add_event(event)
        writer.close()
        cut = file.get("cut")
        if cut:
            names = (entry.path for entry in os.scandir(file["dir"]) if entry.is_file())
            name = sorted(names)[-1]
            os.truncate(name, max(0, os.path.getsize(name) - cut))


def guild_write(files):
    """Event files as Guild AI's output scalars make them."""
    for file in files:
        with summary.SummaryWriter(file["dir"]) as writer:
            for tag, value, step in file["scalars"]:
                writer.add_scalar(tag, value, step)


def bits(value):
    if value is None:
        value = float("nan")
    text = struct.pack(">d", value).hex()
    return "nan" if value != value else text


def scalars(run_dir):
    """What the index holds of a run, as it comes back from the database."""

    class Run:
        id = "run"
        path = run_dir

    db = index.RunIndex(os.path.join(request["home"], run_dir.replace("/", "_")))
    db.refresh([Run], ["scalar"])
    found = []
    for s in db.run_scalars(Run):
        row = [s["prefix"], s["tag"]]
        for name in ("first", "last", "min", "max"):
            row += [bits(s[name + "_val"]), s[name + "_step"]]
        row += [bits(s["avg_val"]), bits(s["total"]), s["count"]]
        found.append(row)
    return found


write(request.get("write", []))
guild_write(request.get("guild_write", []))
answer = {
    "lines": [lines(case) for case in request.get("lines", [])],
    "scalars": [scalars(run_dir) for run_dir in request.get("runs", [])],
}
print(json.dumps(answer))
