"""No feature raises, whatever the text and wherever the cursor."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked import NET, snapshot

from protolint import pipeline
from protolint.server import (
    actions,
    completion,
    definition,
    folding,
    formatting,
    hover,
    inlay,
    links,
    rename,
    rule_files,
    selection,
    semantic,
    symbols,
)
from protolint.server.positions import Lines

SOLVER = """\
net: "net.prototxt"  # protolint: ignore[SLV003]
base_lr: 0.01
lr_policy: "step"
gamma: 0.1
stepsize: 100
max_iter: 1000
train_net_param { layer { name: "a" type: "ReLU" bottom: "x" top: "y" param: "w" } }
"""
OLD = """\
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" blobs_lr: 1 param: "w"
  convolution_param { num_output: 2 kernel_size: 3 } }
layers { layer { name: "r" type: "relu" } bottom: "c" top: "c" }
"""
SCRAPS = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    ":",
    "#",
    "\\",
    "<",
    ">",
    "\n",
    "\r",
    "\f",
    "ä",
    "😀",
    "layer {",
    "top: ",
    " ",
]


@st.composite
def broken(draw):
    """A text with some of it cut out and scraps put in."""
    text = draw(st.sampled_from([NET, SOLVER, OLD, ""]))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 30))
        text = text[:at] + draw(st.sampled_from(SCRAPS)) + text[at + cut :]
    return text


def everything(text, offset, path="net.prototxt"):
    """Ask everything, and hold what is answered to the text."""
    document = snapshot(text, path)
    spans = [(item.start, item.end) for item in completion.completion(document, offset)]
    completion.completion(document, offset, snippets=False)
    found = hover.hover(document, offset)
    spans += [found.span] if found else []
    places = definition.definition(document, offset) + definition.references(document, offset)
    spans += [place.span for place in places if place.path is None]
    spans += [place.span for place in definition.highlights(document, offset)]
    spans += [span for span in [rename.prepare(document, offset)] if span]
    try:
        renamed = rename.rename(document, offset, "new name")
    except rename.RefusedError:
        renamed = None
    spans += renamed.spans if renamed else []
    grown = selection.selections(document, offset)
    assert all(a <= c and d <= b for (a, b), (c, d) in pairwise(grown))
    spans += grown
    parts = symbols.symbols(document)
    assert all(s.span[0] <= s.at[0] <= s.at[1] <= s.span[1] for s in parts)
    spans += [part.span for part in parts]
    coloured = semantic.tokens(document)
    assert all(a.end <= b.start for a, b in pairwise(coloured))
    spans += [token[:2] for token in coloured]
    spans += [fold[:2] for fold in folding.folds(document)]
    spans += [(hint.offset, hint.offset) for hint in inlay.hints(document, 0, len(text))]
    spans += [link.span for link in links.links(document)]
    spans += [edit[:2] for edit in formatting.formatting(document) or ()]
    for start, end in spans:
        assert 0 <= start <= end <= len(text)


@settings(max_examples=150, deadline=None)
@given(text=broken(), data=st.data(), name=st.sampled_from(["net.prototxt", "solver.prototxt"]))
def test_no_feature_raises(text, data, name):
    everything(text, data.draw(st.integers(0, len(text))), name)


@settings(max_examples=60, deadline=None)
@given(text=broken())
def test_no_action_raises(text):
    found = pipeline.check_paths(["net.prototxt"], read=lambda _: text.encode()).diagnostics
    for action in actions.actions(Lines(text), found, (0, len(text))):
        for start, end, _ in action.edits:
            assert 0 <= start <= end <= len(text)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60), data=st.data())
def test_no_feature_raises_on_any_text(text, data):
    offset = data.draw(st.integers(0, len(text)))
    everything(text.encode("utf-8", "replace").decode(), min(offset, len(text)))
    rule_files.completion(text, offset)
    rule_files.hover(text, offset)


def test_no_feature_raises_on_real_files():
    root = os.environ.get("PROTOLINT_CORPUS")
    if not root:
        pytest.skip("PROTOLINT_CORPUS is not set")
    folder = os.path.join(root, "files")
    for number, name in enumerate(sorted(os.listdir(folder))[::9]):
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        everything(text, (number * 977) % (len(text) + 1), name)
