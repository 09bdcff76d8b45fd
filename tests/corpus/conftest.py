"""The corpus: real files that are not part of the project, and what real Caffe did with each."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

import pytest


class Corpus(NamedTuple):
    """The folder of files, and Caffe's rows by (file, what, phase)."""

    files: str
    rows: dict

    def path(self, name):
        return os.path.join(self.files, f"{name}.prototxt")


@pytest.fixture(scope="session")
def corpus():
    root = os.environ.get("PROTOLINT_CORPUS")
    if not root:
        pytest.skip("PROTOLINT_CORPUS is not set")
    with open(os.path.join(root, "caffe.jsonl"), encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    keyed = {(row["file"], row["what"], row.get("phase")): row for row in rows}
    return Corpus(os.path.join(root, "files"), keyed)
