"""Texts that are nearly prototxt: sound ones after a few changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

PIECES = [
    *"{}<>[]:,;=.-/\\\"'#\n\t \x00\x7fé",
    *(
        "layer {",
        "layers {",
        "}\n",
        ": {",
        "[1, 2]",
        "[ ]",
        "[a.b]: 1",
        "[a.b/c] { }",
        "name: ",
        "type: ",
    ),
    *(
        '"a"',
        "'b'",
        '"\\n"',
        '"\\x41"',
        '"\\400"',
        '"\\u00e9"',
        '"\\q"',
        '"a" "b"',
        '"',
        "TRAIN",
        "MAX",
    ),
    *(
        "0",
        "-1",
        "- 1",
        "010",
        "08",
        "0x1F",
        "0x",
        "1e39",
        "1e-50",
        "1.5f",
        "1F",
        ".5",
        "5.",
        "1e5",
        "1e",
    ),
    *(
        "inf",
        "-inf",
        "nan",
        "-nan",
        "infinity",
        "true",
        "True",
        "t",
        "f",
        "1_0",
        "18446744073709551616",
    ),
    *(
        "4294967296",
        "2147483648",
        "-2147483649",
        "3",
        "999999999999999999999999",
        "0.1e400",
        "# c\n",
        "/* */",
    ),
    *(
        "phase: TEST",
        "dim: 0",
        "group: 0",
        "axis: -5",
        "lr_policy: ",
        "gamma: inf",
        "include { phase: TRAIN }",
    ),
    *(
        'bottom: "x"',
        'top: "data"',
        'input: "data"',
        "stride: 0",
        "kernel_size: 0",
        "num_output: 0",
        "param { }",
    ),
    *(
        'type: "Slice"',
        'type: "Reshape"',
        'type: "LSTM"',
        'type: "Concat"',
        "type: CONVOLUTION",
        "loss_weight: 1",
    ),
]
"""What is put in: what the format is made of, numbers at its limits, and fields that matter."""

_NUMBER = re.compile(r"(?<![\w.])-?\d[\w.]*")
_STRING = re.compile(r'"[^"\n]*"')
_WORD = re.compile(r"\b[A-Za-z_]\w*")


def mutated(text: str, rnd: random.Random, others: Sequence[str]) -> str:
    """Return the text after one to three changes; parts of the other texts are put in, too."""
    for _ in range(rnd.choice((1, 1, 2, 3))):
        at = rnd.randrange(len(text) + 1)
        change = rnd.randrange(8)
        if change <= 1:
            text = text[:at] + rnd.choice(PIECES) + text[at:]
        elif change == 2:
            text = text[:at] + text[at + rnd.randint(1, 20) :]
        elif change == 3:
            text = _swapped(text, rnd, _NUMBER)
        elif change == 4:
            text = _swapped(text, rnd, _STRING)
        elif change == 5:
            text = _swapped(text, rnd, _WORD)
        elif change == 6:
            other = rnd.choice(others)
            begin = rnd.randrange(len(other) + 1)
            text = text[:at] + other[begin : begin + rnd.randint(1, 120)] + text[at:]
        else:
            end = at + rnd.randint(1, 60)
            to = rnd.randrange(len(text) + 1)
            text = text[:to] + text[at:end] + text[to:]
    return text


def _swapped(text: str, rnd: random.Random, pattern: re.Pattern[str]) -> str:
    """Return the text with a random piece, or another of its own, for one match of the pattern."""
    found = list(pattern.finditer(text))
    if not found:
        return text
    old = rnd.choice(found)
    new = rnd.choice(found)[0] if rnd.randrange(3) else rnd.choice(PIECES)
    return text[: old.start()] + new + text[old.end() :]
