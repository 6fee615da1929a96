"""The decoding of flag values, by example and against PyYAML as Guild AI 0.9.0 uses it."""

import datetime
import os
import pickle
import random
import subprocess
import sys
import unittest

from operation_case import ORACLE_PYTHON, PYTHON_DIR, needs_oracle
from yaml_samples import FAILS

sys.path.insert(0, PYTHON_DIR)

from guild import flags_dest, yaml_value  # noqa: E402


def decoded(text, decode=flags_dest.decode_value):
    try:
        return decode(text)
    except ValueError:
        return FAILS


def same(a, b):
    """Equality that tells 1 from True and 0.0 from -0.0, and where nan is nan."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and same(list(a.items()), list(b.items()))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, datetime.datetime):
        return (a, a.utcoffset()) == (b, b.utcoffset())
    return a == b if isinstance(a, set) else repr(a) == repr(b)


class ExamplesTest(unittest.TestCase):
    def check(self, text, expected):
        for decode in (flags_dest.decode_value, yaml_value.load):
            value = decoded(text, decode)
            self.assertTrue(same(expected, value), "%r: %r, not %r" % (text, value, expected))

    def test_words(self):
        for word in ("yes", "Yes", "YES", "on", "true", "True"):
            self.check(word, True)
        for word in ("no", "No", "off", "OFF", "false"):
            self.check(word, False)
        for word in ("", "~", "null", "Null", "NULL", " ", "#x"):
            self.check(word, None)
        for word in "y n yEs None none nan inf -inf TRue a/b-c.d _1".split() + ["a b"]:
            self.check(word, word)

    def test_numbers(self):
        for text, value in (
            ("1", 1), ("-1", -1), ("+1", 1), ("-0", 0), ("0x10", 16), ("017", 15), ("0b11", 3),
            ("1_000", 1000), ("1:30", 90), ("-1:30", -90), ("9" * 30, int("9" * 30)),
            ("1.5", 1.5), ("-0.0", -0.0), ("1e-3", 0.001), ("1e3", 1000.0), ("1.0e-05", 1e-5),
            ("1.5E+3", 1500.0), ("1.", 1.0), (".5", 0.5), ("1:30.5", 90.5), ("1_0.5", 10.5),
            (".inf", float("inf")), ("-.INF", -float("inf")), (".nan", float("nan")),
        ):  # fmt: skip
            self.check(text, value)
        for text in ("-.5", "08", "0o17", "1.2.3", "1e", "e3", ".e3", "1,5", "0x", "12:60", "1-2"):
            self.check(text, text)

    def test_dates(self):
        self.check("2020-01-02", datetime.date(2020, 1, 2))
        zone = datetime.timezone(datetime.timedelta(hours=-1, minutes=-30))
        time = datetime.datetime(2020, 1, 2, 3, 4, 5, 600000)
        self.check("2020-01-02 03:04:05.6", time)
        self.check("2020-1-2t3:04:05.6 -1:30", time.replace(tzinfo=zone))
        self.check("2020-01-02T03:04:05.6Z", time.replace(tzinfo=datetime.timezone.utc))
        self.check("2020-1-2", "2020-1-2")

    def test_quoted(self):
        self.check("'1'", "1")
        self.check("''", "")
        self.check("'it''s'", "it's")
        self.check("'a\n\n  b\n  c'", "a\nb c")
        text = '"a\\n\\\\\\"\\x41\\u00e9\\U0001F600\\  \\\n  \\ b"'
        self.check(text, 'a\n\\"A\xe9\U0001f600   b')
        self.check('"a\n  b"', "a b")

    def test_collections(self):
        self.check("[]", [])
        self.check("[1, a b, '2', [x], null]", [1, "a b", "2", ["x"], None])
        self.check("[1,2]", [1, 2])
        self.check("[1, 2,\n  3]", [1, 2, 3])
        self.check("{}", {})
        self.check("{a: 1, b: {c: [x, 'y']}, 3: true}", {"a": 1, "b": {"c": ["x", "y"]}, 3: True})
        self.check("{a, b: }", {"a": None, "b": None})
        self.check("{? long : 1}", {"long": 1})
        self.check("[a: b]", [{"a": "b"}])
        self.check("{<<: {a: 1, b: 1}, b: 2}", {"a": 1, "b": 2})
        self.check("[&x [1], *x]", [[1], [1]])
        self.assertEqual(1, len(decoded("{.nan: 1, .nan: 2}")))

    def test_block_style(self):
        self.check("a: b", {"a": "b"})
        self.check("- 1", [1])
        self.check("a:\n- 1\n- b: c\n  d: |\n   x\n   y\n", {"a": [1, {"b": "c", "d": "x\ny\n"}]})

    def test_failing(self):
        for text in (
            "[1, 2", "{a", "'x", '"x', "@x", "`x", "%x", "*x", "!x", "a: b: c", "]", "<<", "=",
            "2001-02-30", "0x_", "._", "{[1]: 2}", "--- a\n--- b", "\x00", "\ud800", '"\\z"',
        ):  # fmt: skip
            self.check(text, FAILS)

    def test_deep_nesting_is_an_error_of_the_value(self):
        self.check("[" * 5000 + "]" * 5000, FAILS)


@needs_oracle
class DifferentialTest(unittest.TestCase):
    def test_same_as_guild_ai(self):
        seed = int(os.getenv("YAML_SEED", random.randrange(10**6)))
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "yaml_samples.py")
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        output = subprocess.check_output([ORACLE_PYTHON, "-B", script, str(seed), "2500"], env=env)
        samples = pickle.loads(output)
        self.assertGreater(len(samples), 8000)
        differences = []
        for text, expected in samples:
            for decode in (flags_dest.decode_value, yaml_value.load):
                value = decoded(text, decode)
                if not same(expected, value):
                    differences.append((decode.__name__, text, expected, value))
        self.assertEqual([], differences[:3], "%s; YAML_SEED=%s" % (len(differences), seed))


if __name__ == "__main__":
    unittest.main()
