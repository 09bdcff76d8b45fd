"""A net that is built for two batches has the shapes that it has built for either alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.analysis.shapes import shapes
from protolint.model.net import Net
from protolint.model.state import NetState
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse

LAYERS = (
    (
        'type: "Convolution" convolution_param {{ num_output: {a} kernel_size: {b} stride: {c} '
        "pad: {d} group: {e} }}"
    ),
    'type: "Convolution" convolution_param {{ num_output: {a} kernel_size: {b} axis: {d} }}',
    'type: "Pooling" pooling_param {{ kernel_size: {b} stride: {c} pad: {d} pool: AVE }}',
    'type: "Pooling" pooling_param {{ global_pooling: true }}',
    'type: "BatchNorm"',
    'type: "LRN"',
    'type: "ReLU"',
    'type: "Dropout"',
    'type: "Eltwise" bottom: "data"',
    'type: "InnerProduct" inner_product_param {{ num_output: {a} axis: {d} }}',
    'type: "Reshape" reshape_param {{ shape {{ dim: {a} dim: -1 }} }}',
)
TRAIN, TEST = NetState("TRAIN"), NetState("TEST")


def _net(text: str) -> Net:
    document = parse(text)
    assert document.problems == []
    return Net(Binder(load_bvlc()).bind(document, "NetParameter", []))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return a net whose data has one batch in training and another in tests."""
    channels, size = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    rest = f"dim: {channels}" + f" dim: {size}" * draw(st.sampled_from([0, 1, 2, 2, 2]))
    text = "".join(
        f'layer {{ name: "{phase}" type: "DummyData" top: "data" include {{ phase: {phase} }} '
        f"dummy_data_param {{ shape {{ dim: {draw(st.integers(0, 5))} {rest} }} }} }}\n"
        for phase in ("TRAIN", "TEST")
    )
    below = "data"
    for number in range(draw(st.integers(1, 5))):
        names = {name: draw(st.integers(0 if name == "d" else 1, 4)) for name in "abcde"}
        layer = draw(st.sampled_from(LAYERS)).format(**names)
        text += f'layer {{ name: "l{number}" bottom: "{below}" top: "l{number}" {layer} }}\n'
        below = f"l{number}"
    return text


@settings(max_examples=300)
@given(texts())
def test_two_batches_are_as_each_alone(text: str) -> None:
    both = _net(text)
    for state in (TRAIN, TEST):
        found, alone = shapes(both, state), shapes(_net(text), state)
        assert found.blobs == alone.blobs
        assert found.built == alone.built
        assert found.problems == alone.problems
