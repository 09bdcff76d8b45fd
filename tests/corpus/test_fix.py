"""Fixes of real files: none does harm, and none is left for a second run."""

from __future__ import annotations

import os
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
