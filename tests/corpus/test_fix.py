"""Fixes of real files: none does harm, and none is left for a second run."""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest

from protolint import fixing, pipeline
from protolint.config.finder import Configurations


def _fix(path, read, *, unsafe):
    options = pipeline.Options(follow=False, select=("",), unsafe_fixes=unsafe)
    found = fixing.fix([path], Configurations(options, isolated=True), read)
    assert not found.outcome.faults
    return found


def _errors(outcome):
    return Counter(
        (d.code, d.message, d.layer) for d in outcome.diagnostics if d.severity == "error"
    )


@pytest.mark.parametrize("unsafe", [False, True])
def test_every_fix_of_a_real_file_does_no_harm(corpus, unsafe):
    fixed = Counter()
    for name in sorted(os.listdir(corpus.files)):
        path = os.path.join(corpus.files, name)
        options = pipeline.Options(follow=False, select=("",))
        before = pipeline.check_paths([path], options)
        found = _fix(path, pipeline.files.read, unsafe=unsafe)
        assert not _errors(found.outcome) - _errors(before)
        if not found.changed:
            continue
        ((_, data),) = found.changed.items()
        assert _fix(path, lambda _, data=data: data, unsafe=unsafe).changed == {}
        fixed.update(d.name for d in before.diagnostics if d.fix and (unsafe or d.fix.safe))
    assert fixed["deprecated-field"] > 50
    assert (fixed["filler-std-unread"] > 500) == unsafe


def test_what_caffe_accepts_is_not_fixed_unasked(corpus):
    """Safe fixes, of the rules that are on, are for what is broken."""
    for (name, what, phase), row in corpus.rows.items():
        if row["ok"] and what != "lr" and phase != "TEST":
            outcome = pipeline.check_paths([corpus.path(name)], pipeline.Options(follow=False))
            assert [d for d in outcome.diagnostics if d.fix is not None and d.fix.safe] == []


_WORD = r"[a-z_]{4,}(?=\s*[:{])"
_SLIPS = {
    "letter left out": (_WORD, lambda word: word[0] + word[2:]),
    "letter twice": (_WORD, lambda word: word[:2] + word[1:]),
    "letters swapped": (_WORD, lambda word: word[:-2] + word[-1] + word[-2]),
    "colon": (r"(?<=[a-z]):(?= +[-\d.\"A-Z])", lambda _: ""),
    "equals": (r"(?<=[a-z]): ", lambda _: " = "),
    "quoted enum": (r"(?<=: )[A-Z_]{3,}(?=\s)", lambda word: f'"{word}"'),
    "enum in small letters": (r"(?<=: )[A-Z_]{3,}(?=\s)", str.lower),
    "string without quotes": (r"(?<=: )\"\w+\"", lambda string: string[1:-1]),
    "string with one quote": (r"(?<=: )\"\w+\"(?=\s*\n)", lambda string: string[1:]),
    "typographic quotes": (r"(?<=: )\"\w+\"", lambda string: f"“{string[1:-1]}”"),
    "quoted number": (r"(?<=: )[\d.]+(?=\s)", lambda number: f'"{number}"'),
    "no-break space": (r"(?<=:) ", lambda _: "\u00a0"),
    "type in small letters": (r"(?<=type: )\"[A-Z]\w+\"", str.lower),
}


@pytest.mark.parametrize("slip", _SLIPS)
def test_a_slip_in_a_sound_file_is_undone(corpus, slip):
    """One slip a file, in the middle of it; no fix may make of it anything but what was there."""
    pattern, damage = _SLIPS[slip]
    sound = sorted({key[0] for key, row in corpus.rows.items() if row["ok"] and key[1] != "lr"})
    undone = Counter()
    for name in sound[::6]:
        path = corpus.path(name)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read()
        # What a comment says is left alone, and so is an odd character beside it.
        code = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), text)
        places = list(re.finditer(pattern, code))
        if not places or "\udc80" <= max(text) <= "\udcff":
            continue
        place = places[len(places) // 2]
        damaged = text[: place.start()] + damage(place[0]) + text[place.end() :]
        options = pipeline.Options(follow=False)
        data = damaged.encode()
        found = fixing.fix([path], Configurations(options, isolated=True), lambda _, d=data: d)
        fixed = found.changed.get(path, data).decode()
        assert fixed == damaged or re.sub(r" *: *", ": ", fixed) == re.sub(r" *: *", ": ", text)
        undone[fixed != damaged] += 1
    assert undone[True] > 10
    assert undone[False] <= 0.1 * undone[True]
