"""What Python's json module reads and writes.

One line per case: {"input", "value": dumps of the parsed input, "indent4", "indent2"}, or
{"input", "error": true} for a text that json.loads refuses. Floats come from random bit patterns as
well as from the places where repr changes its layout.
"""

import json
import math
import random
import struct
from pathlib import Path

from generate.golden import Case

SEED = 1
FILE = "config/json_text.jsonl"

ACCEPTED = [
    "null", " true ", "false", "0", "-0", "-0.0", "1", "1.0", "1e5", "1E+5", "1e-5", "-12.5e3", "1e999",
    "NaN", "Infinity", "-Infinity", '""', '"a/b"', '"\\u00e9\\n\\t\\r\\b\\f\\/\\\\\\""', '"é € 😀"',
    '"\\ud83d\\ude00"', '"\x7f"', "[]", "{}", "[[], {}]", '{"a": {"b": [1, 2.0, null]}, "c": {}}',
    '{"b": 1, "a": 2, "b": 3}', "[1 , 2\n,\t3]", "9223372036854775807", "-9223372036854775808", '"a b"',
]
REFUSED = [
    "", " ", "nul", "True", "None", "01", "+1", "1.", ".5", "-", "1e", "0x10", "1_000", "'a'", '"a', '"\t"',
    '"\\x"', '"\\u12"', "[1,]", "[1 2]", "[", "{", '{"a"}', '{"a":}', '{"a":1,}', "{a: 1}", "{1: 2}", "1 2",
    "[1]]", "nan", "yes", "a/b",
]


def floats() -> list[str]:
    generator = random.Random(SEED)
    numbers = [1e16, 1e15, 123456789012345678.0, 9999999999999998.0, 1e-4, 1e-5, 0.00012345, 5e-324, 1.7976931348623157e308,
               0.1, 1 / 3, 100.0, 123456.789, 2.0**53, 2.0**63, 1e22, 1e23, 1.5e-7]
    while len(numbers) < 400:
        number = struct.unpack("<d", generator.randbytes(8))[0]
        if math.isfinite(number):
            numbers.append(number)
    numbers += [generator.uniform(-1, 1) * 10 ** generator.randint(-7, 18) for _ in range(300)]
    return [repr(number) for number in numbers]


def make(root: Path) -> None:
    lines = []
    for text in ACCEPTED + ["[" + ", ".join(floats()) + "]"]:
        value = json.loads(text)
        lines.append(
            {
                "input": text,
                "value": json.dumps(value),
                "indent4": json.dumps(value, indent=4),
                "indent2": json.dumps(value, indent=2),
            }
        )
    for text in REFUSED:
        try:
            json.loads(text)
        except ValueError:
            lines.append({"input": text, "error": True})
        else:
            raise AssertionError(f"{text!r} is accepted")
    (root / FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))


def cases() -> list[Case]:
    return [
        Case(
            name="config/json_text",
            files=[FILE],
            seed=SEED,
            catches="a number or string written other than Python's json writes it",
            make=make,
        )
    ]
