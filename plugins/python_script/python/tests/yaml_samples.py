"""Generated YAML with the values that Guild AI 0.9.0 gives it; run by the reference's Python.

`python yaml_samples.py SEED COUNT` writes a pickled list of (text, value) to stdout, with `FAILS`
in place of a value where decoding fails.
"""

import datetime
import pickle
import random
import sys

FAILS = "<decoding fails>"
PIECES = (
    "a b y n yes NULL ~ 1 0 9 0x1 017 _ . e E + - : [ ] { } , # ? &a *a ! !!str !!int !!float "
    "!!set !!null !!bool !!seq !!map !!timestamp | > % @ ` --- ... = << \\n \\x41 '' ' \" \\ "
    "2020-01-02 T12:30:00 Z .inf .nan 1:30 / %41 !< ("
).split() + [" ", "  ", "\n", "\n  ", "\t", " #", ": ", "- ", "? ", ", ", "\n- ", "\n---", ">-\n "]
PIECES += ["%YAML 1.1", "%TAG ! a", "\xe9", "\u2028", "\x85", "\r", "\ufeff", "\0"]
STRINGS = (
    "0x10 017 0o17 1_000 1:30 ~ yes y N on Off null None nan .NaN inf 1e3 1e-3 1.0e-05 1.5E+3 -.5 "
    "+1 0b11 0_8 08 ._ 0x_ 1. 1.e5 1__0.5 -1:30.5 12:60 #x @x %x `x *x &x !x |x >x -x ?x :x "
    "- -- --- ... = << [1,2 {a [] {} [1,] {a:1} {a} 'x \"x 'it''s' 2001-02-30 2020-1-2 "
    "2020-01-02T03:04:05.6+01:30 99999999999999999999 0.1234567890123456789 1e400 -0 -0.0"
).split() + ["", " ", "a: b", "a : b", "a: b: c", "- 1", "- - 1", "[1, 2", "? a", ": a", "a #b"]


class Samples:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def soup(self):
        count = self.random.randint(1, self.random.choice((3, 6, 12)))
        return "".join(self.random.choice(PIECES) for _ in range(count))

    def number_like(self):
        count = self.random.randint(1, 9)
        return "".join(self.random.choice("0123456789_.eE+-:xbTZ 2-") for _ in range(count))

    def edited(self, text):
        for _ in range(self.random.randint(1, 3)):
            start = self.random.randint(0, len(text))
            end = start + self.random.randint(0, 2)
            text = text[:start] + self.random.choice(PIECES) + text[end:]
        return text

    def value(self, depth=3):
        kind = self.random.random()
        if depth and kind < 0.2:
            return [self.value(depth - 1) for _ in range(self.random.randint(0, 6))]
        if depth and kind < 0.35:
            return {self.key(): self.value(depth - 1) for _ in range(self.random.randint(0, 5))}
        return self.random.choice((self.text, self.text, self.number, self.constant, self.time))()

    def key(self):
        if self.random.random() < 0.1:
            return "x" * self.random.randint(100, 140)  # beyond 128, not a simple key
        return self.random.choice((self.text, self.number, self.constant))()

    def text(self):
        pick = self.random.choice
        size = self.random.randint(0, 40)
        kind = self.random.randint(0, 4)
        if kind == 0:
            return self.soup()
        if kind == 1:
            return pick(STRINGS)
        if kind == 2:
            words = (
                "".join(pick("abcdef:,#'\"\xe9") for _ in range(self.random.randint(0, 9)))
                for _ in range(size)
            )
            return " ".join(words)
        if kind == 3:
            ranges = ((0, 0x2FF), (0x2000, 0x2040), (0, 0xD7FF), (0x10000, 0x10FFFF))
            return "".join(chr(self.random.randint(*pick(ranges))) for _ in range(size))
        return "".join(pick("ab \n\t'\"\\:#-") for _ in range(3 * size))

    def number(self):
        if self.random.random() < 0.5:
            return self.random.randint(-(10 ** self.random.randint(1, 30)), 10**20)
        return self.random.uniform(-1, 1) * 10 ** self.random.randint(-30, 30)

    def constant(self):
        inf = float("inf")
        return self.random.choice((True, False, None, inf, -inf, inf - inf, 0.0, -0.0, 1e16, 1e22))

    def time(self):
        numbers = self.random.randint
        date = datetime.date(numbers(1, 9999), numbers(1, 12), numbers(1, 28))
        if self.random.random() < 0.5:
            return date
        zone = datetime.timezone(datetime.timedelta(minutes=numbers(-700, 700)))
        zone = self.random.choice((None, datetime.timezone.utc, zone))
        micros = self.random.choice((0, 100, 123456))
        time = datetime.time(numbers(0, 23), numbers(0, 59), numbers(0, 59), micros, zone)
        return datetime.datetime.combine(date, time)


def texts(seed, count):
    from guild.yaml_util import encode_yaml

    samples = Samples(seed)
    yield from STRINGS
    for _ in range(count):
        # As the host passes a flag, as a user might type one, and in between.
        try:
            dumped = encode_yaml(samples.value(), default_flow_style=True)
        except Exception:
            continue  # PyYAML cannot write what it could not read
        yield dumped
        yield samples.edited(dumped)
        yield samples.soup()
        yield samples.number_like()


def main(seed, count):
    from guild.yaml_util import decode_yaml

    results = []
    for text in texts(seed, count):
        try:
            value = decode_yaml(text)
        except Exception:
            value = FAILS
        results.append((text, value))
    pickle.dump(results, sys.stdout.buffer, protocol=4)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
