"""Which pooling windows read nothing, and what they give: against the values Caffe computed."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runner import bound

from protolint import pipeline
from protolint.layers import LAYER_TYPES, Built, Fault, Setup, set_up, windows
from protolint.layers.pooling import first_empty, pooled

PROBES = os.path.join(os.path.dirname(__file__), "..", "facts", "probes.jsonl")
LOWEST = -3.4e38

with open(PROBES, encoding="utf-8") as file:
    ROWS = [
        row
        for row in map(json.loads, file)
        if row["what"] == "forward" and row["stage"] == "done" and '"Pooling"' in row["text"]
    ]


def _pool(options: str, shape: tuple[int | None, ...] | None, tops: int = 1) -> Setup:
    text = (
        f'layer {{ name: "p" type: "Pooling" bottom: "x" top: "y" pooling_param {{ {options} }} }}'
    )
    (layer,) = bound(text).read("layer")
    return Setup(layer, (shape,), tops)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_values_of_caffe(row: dict) -> None:  # type: ignore[type-arg]  # JSON
    net = bound(row["text"])
    layers = net.read("layer")
    (pool,) = (layer for layer in layers if layer.read("type") == "Pooling")
    source = layers[0].values.get("input_param") or layers[0].values["dummy_data_param"]
    size = list(source.read("shape")[0].read("dim"))
    w = windows(Setup(pool, ((1, 1, *size[2:]),), 1))
    values = row["values"]["p"]
    out_h, out_w = w.out
    assert out_h is not None
    assert out_w is not None
    rows, columns = (0 if empty is None else 1 for empty in w.empty)
    cells = rows * out_w + columns * out_h - rows * columns
    assert values["nan"] == (cells if "nan" in w.gives else 0)
    assert (values["min"] is not None and values["min"] < LOWEST) == ("lowest" in w.gives)


def test_there_are_rows() -> None:
    assert len(ROWS) >= 12


@pytest.mark.parametrize(
    ("options", "size", "out", "empty", "gives"),
    [
        ("pool: AVE kernel_size: 1 stride: 3", 6, 3, 2, "nan"),
        ("pool: AVE kernel_size: 1 stride: 3", 5, 3, 2, "zero"),
        ("pool: AVE kernel_size: 2 stride: 4", 8, 3, 2, "nan"),
        ("pool: MAX kernel_size: 1 stride: 3", 5, 3, 2, "lowest"),
        ("pool: AVE kernel_size: 1 stride: 3 round_mode: FLOOR", 6, 2, None, None),
        ("pool: AVE kernel_size: 3 stride: 5 pad: 1", 8, 2, None, None),
        ("pool: AVE kernel_size: 3 stride: 2", 7, 3, None, None),
    ],
)
def test_windows(options: str, size: int, out: int, empty: int | None, gives: str | None) -> None:
    w = windows(_pool(options, (1, 3, size, 200)))
    assert (w.out[0], w.empty[0], w.gives[0]) == (out, empty, gives)
    assert w.reads[0] is (empty is None)


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(0, 8), st.booleans())
def test_only_the_last_window_can_be_empty(
    size: int, kernel: int, stride: int, pad: int, floor: bool
) -> None:
    pad = min(pad, kernel - 1)
    out = pooled(size, kernel, stride, pad, floor=floor, clip=pad > 0)
    empty = [at for at in range(out) if at * stride - pad >= size]
    assert empty == ([] if first_empty(size, stride, pad, out) is None else [out - 1])
    assert not empty or (stride > kernel and pad == 0 and not floor)


def test_global_pooling_makes_one_window_of_any_size() -> None:
    built = set_up(LAYER_TYPES["Pooling"], _pool("global_pooling: true", (8, 16, None, None)))
    assert built == Built(((8, 16, 1, 1),))


def test_a_second_top_only_of_maxima() -> None:
    kind = LAYER_TYPES["Pooling"]
    assert isinstance(set_up(kind, _pool("kernel_size: 2", (1, 1, 4, 4), 2)), Built)
    fault = set_up(kind, _pool("pool: AVE kernel_size: 2", (1, 1, 4, 4), 2))
    assert isinstance(fault, Fault)
    assert fault.rule == "wrong-top-count"


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 90))
def test_sizes_that_leave_a_window_empty(kernel: int, more: int, size: int) -> None:
    stride = kernel + more
    w = windows(_pool(f"pool: AVE kernel_size: {kernel} stride: {stride}", (1, 1, size, 7)))
    assert (w.reads[0] is False) == (size % stride == 0 or size % stride > kernel)
    assert (w.gives[0] == "nan") == (size % stride == 0)


@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 8), st.integers(1, 90), st.booleans())
def test_padding_floor_and_small_strides_leave_none_empty(
    kernel: int, stride: int, pad: int, size: int, floor: bool
) -> None:
    pad = min(pad, kernel - 1)
    mode = "round_mode: FLOOR" if floor else ""
    pool = _pool(
        f"pool: MAX kernel_size: {kernel} stride: {stride} pad: {pad} {mode}", (1, 1, size, size)
    )
    if size + 2 * pad >= kernel and (pad or floor or stride <= kernel):
        assert windows(pool).reads == (True, True)


def test_a_bottom_that_cannot_be_read(tmp_path):
    """Found by fuzzing: the blob whose size is not known was named, and there was none."""
    path = tmp_path / "net.prototxt"
    path.write_text(
        'layer { name: "p" type: "Pooling" botto1.5fm: "data" top: "p"\n'
        "  pooling_param { pool: MAX kernel_size: 3 stride: 5 } }\n"
    )
    outcome = pipeline.check_paths([str(path)])
    assert outcome.faults == ()
    assert [d.code for d in outcome.diagnostics] != []
