"""A file that is checked again after an edit is told what a first check would tell."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint import pipeline
from protolint.edited import Session
from protolint.engine import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

SOLVER = """\
net: "net.prototxt"
base_lr: 0.01
lr_policy: "step"
gamma: 0.1
stepsize: 100
max_iter: 1000
momentum: 0.9
type: "SGD"
"""

NET = """\
name: "a"
layer {
  name: "data" type: "Data" top: "data" top: "label"
  include { phase: TRAIN }
  data_param { source: "train" batch_size: 4 }
  transform_param { crop_size: 12 }
}
layer {
  name: "data" type: "Data" top: "data" top: "label"
  include { phase: TEST }
  data_param { source: "test" batch_size: 2 }
  transform_param { crop_size: 12 }
}
layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"
  top: "conv1"
  param { lr_mult: 1 }
  convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: "xavier" } }
}
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer {
  name: "pool1"
  type: "Pooling"
  bottom: "conv1"
  top: "pool1"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 }
}
layer {
  name: "fc"
  type: "InnerProduct"
  bottom: "pool1"
  top: "fc"
  inner_product_param { num_output: 10 weight_filler { type: "gaussian" std: 0.01 } }
}
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
"""


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work where the solver's net is a file, so that it is followed; its text is read elsewhere."""
    folder, before = tmp_path_factory.mktemp("edited"), os.getcwd()
    (folder / "net.prototxt").write_text(NET)
    os.chdir(folder)
    yield
    os.chdir(before)


def _examples() -> list[str]:
    found = [NET]
    for path in catalogue.rule_paths():
        if os.path.basename(os.path.dirname(path)) in ("graph", "shape", "schema", "net", "layer"):
            with open(path, "rb") as file:
                rule = tomllib.load(file)
            found += [
                text["net"]
                for text in (*rule.get("bad", ()), *rule.get("good", ()))
                if "net" in text
            ]
    return found


_PIECES = ("1", "0", "-", '"', "x", " ", "\n", "{", "}", "#", ": ", "TEST", "conv1", "label", "")
_EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(_PIECES)), min_size=1, max_size=6
)
_OPTIONS = pipeline.Options(select=("",))


def _told(texts: dict[str, str], session: Session | None) -> object:
    paths = ["solver.prototxt", "net.prototxt"]
    read = lambda path: texts[os.path.basename(path)].encode()  # noqa: E731
    outcome = pipeline.check_paths(paths, _OPTIONS, read, session=session)
    assert not outcome.faults
    told = [found._replace(fix=None) for found in outcome.diagnostics]
    return told, outcome.notes


@settings(max_examples=150)
@given(st.sampled_from(_examples()), _EDITS)
def test_it_is_told_what_a_first_check_tells(
    text: str, edits: list[tuple[float, int, str]]
) -> None:
    session = Session()
    texts = {"solver.prototxt": SOLVER, "net.prototxt": text}
    for where, removed, added in edits:
        assert _told(texts, session) == _told(texts, None)
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
        texts["net.prototxt"] = text
    assert _told(texts, session) == _told(texts, None)


def test_a_fix_is_for_the_text_as_it_is() -> None:
    session = Session()
    texts = {"net.prototxt": NET}
    for old, new in (
        ("num_output: 10", "num_outptu: 10"),
        ('name: "relu1"', 'name: "relu1" # longer'),
        ("kernel_size: 3", "kernel_siz: 3"),
        ("batch_size: 2", "batch_size: 2222"),
        ("stride: 2", "strid: 2"),
    ):
        texts["net.prototxt"] = texts["net.prototxt"].replace(old, new)
        read = lambda _: texts["net.prototxt"].encode()  # noqa: E731
        fresh = pipeline.check_paths(["net.prototxt"], _OPTIONS, read).diagnostics
        again = pipeline.check_paths(["net.prototxt"], _OPTIONS, read, session=session).diagnostics
        assert [found.fix for found in again] == [found.fix for found in fresh]
        assert any(found.fix for found in again)


_BLOBS = st.sampled_from(("data", "a", "b", "c", "conv1"))
_LAYERS = st.lists(
    st.tuples(
        st.sampled_from(("Eltwise", "ReLU", "Split", "EuclideanLoss")),
        st.lists(_BLOBS, max_size=2),
        st.lists(_BLOBS, max_size=2),
        st.sampled_from(("", "", "loss_weight: 1 ", "include { phase: TRAIN } ")),
    ),
    min_size=1,
    max_size=8,
)
_RENAMINGS = st.lists(
    st.tuples(st.integers(0, 7), st.booleans(), st.integers(0, 1), _BLOBS | st.none()), max_size=5
)
"""Of which layer, whether of its tops, which; and the new name, or none for a name left out."""


@settings(max_examples=150)
@given(_LAYERS, _RENAMINGS)
def test_blobs_under_other_names_are_wired_as_in_a_first_check(
    layers: list[tuple[str, list[str], list[str], str]],
    renamings: list[tuple[int, bool, int, str | None]],
) -> None:
    session = Session()
    texts = {"solver.prototxt": SOLVER, "net.prototxt": _written(layers)}
    for at, of_tops, index, name in renamings:
        assert _told(texts, session) == _told(texts, None)
        _, bottoms, tops, _ = layers[at % len(layers)]
        names = tops if of_tops else bottoms
        if names:
            names[index % len(names) : index % len(names) + 1] = [name] if name else []
        texts["net.prototxt"] = _written(layers)
    assert _told(texts, session) == _told(texts, None)


def _written(layers: list[tuple[str, list[str], list[str], str]]) -> str:
    blocks = ['layer { name: "data" type: "Input" top: "data" }']
    for number, (type_, bottoms, tops, more) in enumerate(layers):
        names = [f'bottom: "{name}"' for name in bottoms] + [f'top: "{name}"' for name in tops]
        blocks.append(f'layer {{ name: "l{number}" type: "{type_}" {more}{" ".join(names)} }}')
    return "\n".join(blocks)


_PRIOR = """\
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 12 dim: 8 dim: 8 } } }
layer { name: "prior" type: "PriorBox" bottom: "x" bottom: "x" top: "prior"
  prior_box_param { min_size%s: 30 variance: 0.1 variance: 0.2 } }
"""
_NAMELESS = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "x" type: "MVN" %s mvn_param { across_channels: true } }
"""


@pytest.mark.parametrize(
    "texts",
    [
        # A field of no schema, and one that is broken.
        [_PRIOR % "", _PRIOR % "1", _PRIOR % "-1"],
        # A layer that loses its last blob.
        [_NAMELESS % 'bottom: "data" top: "y"', _NAMELESS % 'bottom: "data"', _NAMELESS % ""],
    ],
)
def test_these_edits_too_are_told_as_in_a_first_check(texts: list[str]) -> None:
    session = Session()
    for text in texts:
        files = {"solver.prototxt": SOLVER, "net.prototxt": text}
        assert _told(files, session) == _told(files, None)
