"""A little of each fuzz target with every test run: its seeds, and some changed ones."""

from __future__ import annotations

import random
import shutil
import tempfile

import pytest

from tests.fuzz import differential, seeds
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_no_fault(target: str) -> None:
    rnd, texts = random.Random(1), seeds.of(target)
    for text in rnd.sample(texts, min(len(texts), 40)):
        TARGETS[target](text.encode())
        TARGETS[target](mutated(text, rnd, texts).encode("utf-8", "surrogatepass"))


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")
def test_texts_are_read_as_cpp_reads_them() -> None:
    with tempfile.TemporaryDirectory() as folder:
        peer = differential.build(folder)
        if peer is None:
            pytest.skip("libprotobuf's headers are not installed")
        cases = list(differential.texts(random.Random(2), 1000))
        answers = list(differential.ask(peer, cases))
    assert any(answers)
    for (name, data), theirs in zip(cases, answers, strict=True):
        assert not differential.compare(name, data, theirs), data
