from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.analysis.graph import UNKNOWN, graph, graph_problems
from protolint.model.net import Net
from protolint.model.serve import missing_blobs, states
from protolint.model.state import NetState
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse

BINDER = Binder(load_bvlc())
CORPUS = os.environ.get("PROTOLINT_CORPUS", "")
CASES = os.path.join(os.path.dirname(__file__), "..", "model", "caffe_nets.jsonl")
TRAIN, TEST = NetState("TRAIN"), NetState("TEST")
DUPLICATE = {"duplicate-top", "in-place-index", "in-place-on-shared-blob"}
REFUSED = {"unknown-bottom", "include-and-exclude", *DUPLICATE}
with open(CASES, encoding="utf-8") as lines:
    ROWS = [json.loads(line) for line in lines]


def net_of(text: str) -> Net:
    return Net(BINDER.bind(parse(text), "NetParameter", []))


def refused(net: Net, *given_states: NetState) -> set[str]:
    problems = [*net.problems, *graph_problems(net, given_states)]
    return REFUSED.intersection(problem.rule for problem in problems)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_caffe_refuses(row: dict[str, Any]) -> None:
    net = net_of(row["text"])
    if row["state"] is None:
        found = refused(net, TRAIN, TEST)
    else:
        phase, level, stages = row["state"]
        found = refused(net, NetState(phase, level, tuple(stages)))
    if row["refused"] == "duplicate":
        assert found <= DUPLICATE
        assert found
    else:
        assert found == ({row["refused"]} & REFUSED)


@pytest.mark.parametrize("row", [r for r in ROWS if r["blobs"]], ids=lambda row: row["id"])
def test_the_blobs_are_caffe_s(row: dict[str, Any]) -> None:
    phase, level, stages = row["state"]
    names = set(graph(net_of(row["text"]), NetState(phase, level, tuple(stages))).names)
    # Caffe's list leaves out blobs with the names of split copies.
    assert {name for name in names if "_split_" not in name} == set(row["blobs"])


class Plain(NamedTuple):
    """A layer for the naive model of Caffe below."""

    bottoms: list[str]
    tops: list[str]
    weights: list[int]

    def text(self, index: int) -> str:
        fields = [f'bottom: "{blob}"' for blob in self.bottoms]
        fields += [f'top: "{blob}"' for blob in self.tops]
        fields += [f"loss_weight: {weight}" for weight in self.weights]
        return f'layer {{ name: "l{index}" {" ".join(fields)} }}\n'


def caffe_refuses(layers: list[Plain]) -> tuple[str, int] | None:
    """Return the first refusal: split insertion by renaming, then blobs appended by name."""
    last: dict[str, tuple[int, int]] = {}
    sources: dict[tuple[int, int], tuple[int, int]] = {}
    uses: Counter[tuple[int, int]] = Counter()
    for at, layer in enumerate(layers):
        for index, blob in enumerate(layer.bottoms):
            if blob not in last:
                return "unknown-bottom", at
            sources[at, index] = last[blob]
            uses[last[blob]] += 1
        for index, blob in enumerate(layer.tops):
            last[blob] = (at, index)
        for blob, weight in zip(layer.tops, layer.weights, strict=False):
            uses[last[blob]] += weight != 0
    made: set[str] = set()
    for at, layer in enumerate(layers):
        bottoms = [
            blob if uses[sources[at, index]] < 2 else f"{blob} copied from {sources[at, index]}"
            for index, blob in enumerate(layer.bottoms)
        ]
        for index, blob in enumerate(layer.tops):
            if index < len(bottoms) and bottoms[index] == blob:
                continue
            if blob in made:
                return "duplicate", at
            made.add(blob)
    return None


BLOBS = st.sampled_from("abc")
LAYERS = st.lists(
    st.builds(
        Plain,
        st.lists(BLOBS, max_size=2),
        st.lists(BLOBS, max_size=2),
        st.lists(st.integers(0, 1), max_size=2),
    ),
    max_size=7,
)


@settings(max_examples=400, deadline=None)
@given(LAYERS)
def test_a_naive_model_of_caffe_refuses_the_same(layers: list[Plain]) -> None:
    net = net_of("".join(layer.text(index) for index, layer in enumerate(layers)))
    found = graph(net, TEST)
    first = caffe_refuses(layers)
    problems = {(p.rule, p.layer) for p in found.problems}
    if first is None:
        assert not problems
    elif first[0] == "unknown-bottom":
        assert ("unknown-bottom", f"l{first[1]}") in problems
    else:
        assert {layer for _, layer in problems} >= {f"l{first[1]}"}
        assert not any(int(str(layer)[1:]) < first[1] for _, layer in problems)
        assert "unknown-bottom" not in {rule for rule, _ in problems}
    unknown = {p.args["blob"] for p in found.problems if p.rule == "unknown-bottom"}
    assert unknown == missing_blobs(net.layers)


@settings(max_examples=100, deadline=None)
@given(LAYERS)
def test_the_tables_agree_with_each_other(layers: list[Plain]) -> None:
    net = net_of("".join(layer.text(index) for index, layer in enumerate(layers)))
    found = graph(net, TEST)
    read: Counter[int] = Counter()
    for at, step in enumerate(found.order):
        for blob, version in zip(step.layer.bottoms, step.bottoms, strict=True):
            if version != UNKNOWN:
                assert found.names[version] == blob
                assert found.producers[version] < at
                assert at in found.readers[version]
                read[version] += 1
        for blob, version in zip(step.layer.tops, step.tops, strict=True):
            assert (found.names[version], found.producers[version]) == (blob, at)
            before = found.in_place[version]
            assert before == UNKNOWN or before in step.bottoms
    assert [len(readers) for readers in found.readers] == [read[v] for v in range(len(found.names))]
    assert all(not found.readers[version] for version in found.outputs)


RELU = 'layer {{ name: "{}" type: "ReLU" bottom: "{}" top: "{}" {} }}\n'
DATA = 'layer { name: "data" type: "DummyData" top: "data" }\n'


def only(text: str, *given_states: NetState) -> tuple[str, str, list[str]]:
    (problem,) = graph_problems(net_of(text), given_states or (TRAIN, TEST))
    marks = [text[mark.start : mark.end] for mark in problem.marks]
    return text[problem.start : problem.end], problem.label, marks


def test_an_unknown_bottom_names_the_nearest_blob() -> None:
    text = DATA + RELU.format("conv1", "data", "conv1", "") + RELU.format("r", "conv_1", "r", "")
    assert only(text) == ('bottom: "conv_1"', 'did you mean "conv1"?', ['top: "conv1"'])


def test_an_unknown_bottom_that_is_made_below() -> None:
    text = RELU.format("r", "data", "r", "") + DATA
    assert only(text) == ('bottom: "data"', 'made below, by "data"', ['top: "data"'])


def test_an_unknown_bottom_that_its_own_layer_makes() -> None:
    assert only(RELU.format("r", "x", "x", "")) == (
        'bottom: "x"',
        "the layer makes it itself",
        [],
    )


def test_an_unknown_bottom_that_the_other_phase_makes() -> None:
    text = DATA + RELU.format("a", "data", "a", "include { phase: TRAIN }")
    text += RELU.format("b", "a", "b", "")
    assert only(text) == ('bottom: "a"', 'made by "a", only in phase TRAIN', ['top: "a"'])
    (problem,) = graph_problems(net_of(text), (TRAIN, TEST))
    assert (problem.phases, problem.layer, problem.args["states"]) == (("TEST",), "b", "")


def test_an_unknown_bottom_with_a_stage() -> None:
    text = DATA + RELU.format("a", "data", "a", 'exclude { stage: "s" }')
    text += RELU.format("b", "a", "b", "")
    with_stage = NetState("TEST", 0, ("s",))
    (problem,) = graph_problems(net_of(text), (TRAIN, TEST, with_stage))
    assert (problem.phases, problem.args["states"]) == (("TEST",), "TEST, stage s")


def test_what_stands_behind_an_unknown_bottom_is_not_blamed() -> None:
    text = RELU.format("a", "nope", "a", "") + RELU.format("b", "a", "b", "")
    text += RELU.format("c", "nope", "c", "")
    assert only(text) == (
        'bottom: "nope"',
        "no layer above makes this blob",
        ['bottom: "nope"'],
    )
    found = graph(net_of(text), TEST)
    assert [step.bottoms for step in found.order] == [[UNKNOWN], [0], [UNKNOWN]]


def test_an_input_that_caffe_ignores() -> None:
    text = 'input: "x"\n' + RELU.format("r", "x", "r", "")
    assert only(text) == (
        'bottom: "x"',
        "Caffe ignores the `input` of this name",
        ['input: "x"'],
    )


@pytest.mark.parametrize(
    "broken",
    [
        'layer { name: "d" top: data }',
        'layer { name: "d" topp: "data" }',
        'layer { name: "d" top: "other" includ { phase: TRAIN } }',
        'layr { name: "d" top: "data" }',
    ],
)
def test_what_could_not_be_read_may_make_the_blob(broken: str) -> None:
    assert not graph(net_of(broken + RELU.format("r", "data", "r", "")), TEST).problems


def test_a_layer_with_unreadable_rules_makes_no_duplicate() -> None:
    data = 'layer { name: "d" top: "data" include { phase: %s } }'
    assert not graph_problems(net_of(data % "TRAIN" + data % '"TEST"'), (TRAIN, TEST))
    assert not graph_problems(net_of(data % '"TRAIN"' + data % "TEST"), (TRAIN, TEST))


def test_a_blob_made_twice() -> None:
    text = DATA + RELU.format("a", "data", "y", "") + RELU.format("b", "data", "y", "")
    assert only(text) == ('top: "y"', "", ['top: "y"'])


def test_in_place_on_the_wrong_index() -> None:
    text = DATA + 'layer { name: "e" top: "e" }\nlayer { bottom: "e" bottom: "data" top: "data" }'
    label = "top 0, while the bottom of that name is number 1"
    assert only(text) == ('top: "data"', label, ['bottom: "data"'])


def test_in_place_on_a_blob_that_others_read() -> None:
    text = DATA + RELU.format("a", "data", "a", "") + RELU.format("b", "data", "data", "")
    assert only(text) == ('top: "data"', "", ['bottom: "data"'])
    text = DATA + 'layer { name: "e" bottom: "data" bottom: "data" top: "data" }'
    assert only(text) == ('top: "data"', "", ['bottom: "data"'])
    text = DATA.replace(" }", " loss_weight: 1 }") + RELU.format("b", "data", "data", "")
    assert only(text) == ('top: "data"', "", ["loss_weight: 1"])


def test_in_place_chains_are_versions_of_one_blob() -> None:
    text = DATA + RELU.format("a", "data", "data", "") + RELU.format("b", "data", "data", "")
    text += RELU.format("c", "data", "c", "")
    found = graph(net_of(text), TEST)
    assert not found.problems
    assert found.names == ["data", "data", "data", "c"]
    assert found.in_place == [UNKNOWN, 0, 1, UNKNOWN]
    assert found.readers == [[1], [2], [3], []]
    assert found.outputs == [3]


def test_states_with_the_same_layers_share_a_graph() -> None:
    net = net_of(DATA)
    assert graph(net, TRAIN) is graph(net, TEST)


needs_corpus = pytest.mark.skipif(not CORPUS, reason="PROTOLINT_CORPUS is not set")


def corpus_nets() -> dict[str, Net]:
    with open(os.path.join(CORPUS, "manifest.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    nets = {}
    for row in rows:
        if row["kind"] == "net":
            path = os.path.join(CORPUS, "files", row["blob"] + ".prototxt")
            with open(path, encoding="utf-8", errors="replace") as file:
                nets[row["blob"]] = net_of(file.read())
    return nets


@needs_corpus
def test_the_corpus_pinned_is_caffe_s() -> None:
    with open(os.path.join(CORPUS, "caffe.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    nets = corpus_nets()
    seen: Counter[str] = Counter()
    for row in rows:
        if row["what"] != "net" or row["ok"] is None:
            continue
        state = NetState(row["phase"])
        net = nets[row["file"]]
        found = refused(net, state)
        if row["ok"]:
            assert not found, row["file"]
            # The top that Caffe gives to a loss layer without one is no blob of the text.
            blobs = set(row["blobs"]) - {"(automatic)"}
            assert set(graph(net, state).names) == blobs, row["file"]
            seen["built"] += 1
        elif row["stage"] == "init:splits":
            (problem, *_) = graph_problems(net, [state])
            assert f"'{problem.args['blob']}' (layer '{problem.layer}'" in row["fatal"]
            seen["refused"] += 1
    assert seen["built"] > 300
    assert seen["refused"] > 5


@needs_corpus
def test_no_file_of_the_corpus_is_blamed_for_a_state_it_does_not_serve() -> None:
    blamed = {name: refused(net, *states(net).states) for name, net in corpus_nets().items()}
    assert {name: found for name, found in blamed.items() if found} == {}
