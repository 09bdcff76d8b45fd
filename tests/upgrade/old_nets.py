"""Nets in the formats of 2013 and 2014, in any layout, with comments at any place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from protolint.model import v0, v1

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[str]], str]

_BETWEEN = st.one_of(
    st.just(" "),
    st.just("\n"),
    st.sampled_from(["\n\n", "\r\n", "\t", " ; ", ",\n", " # a\n", "\n# b\n", "\n  # c\n\n# d\n"]),
    st.sampled_from([" # e\n# f\n", " # g\n, ", "; # h\n"]),
)
_NUMBER = st.sampled_from(["0", "1", "2.5", "1e-3", "nan", "- 1"])
_NAME = st.sampled_from(['"a"', "'b'", '"a" "b"', '"a" # s\n "b"'])
_BLOCK = st.sampled_from(["{}", "<>", ":{}"])


def _joined(draw: Draw, fields: list[str]) -> str:
    return "".join(field + draw(_BETWEEN) for field in fields)


def _block(draw: Draw, name: str, fields: list[str]) -> str:
    braces = draw(_BLOCK)
    head = draw(st.sampled_from(["", " ", "\n", " # in\n"]))
    inner = draw(st.sampled_from(["", " ", "\n", " # first\n"])) + _joined(draw, fields)
    return f"{name}{head}{braces[:-1]}{inner}{braces[-1]}"


def _repeated(draw: st.DrawFn, name: str, values: st.SearchStrategy[str]) -> list[str]:
    """Return some values of a field, in one list or on their own."""
    found = draw(st.lists(values, max_size=3))
    if not found and draw(st.booleans()):
        return draw(st.sampled_from([[], [], [f"{name}: [ # empty\n]"], [f"{name}: []"]]))
    if found and draw(st.integers(0, 4)) == 0:
        between = draw(st.sampled_from([",", ", ", " # l\n, "]))
        return [f"{name}: [{between.join(found)}]"]
    return [f"{name}: {value}" for value in found]


def _some(draw: st.DrawFn, *fields: str) -> list[str]:
    return [field for field in fields if draw(st.booleans())]


def _params(draw: st.DrawFn) -> list[str]:
    return _repeated(draw, "blobs_lr", _NUMBER) + _repeated(draw, "weight_decay", _NUMBER)


_DATA = ("scale: 0.5", "mean_file: 'm'", "crop_size: 0x10", "mirror: true", 'source: "s"')


@st.composite
def _v1_layer(draw: st.DrawFn) -> str:
    fields = _some(draw, f"name: {draw(_NAME)}", "include { phase: TRAIN }", "loss_weight: 2")
    if draw(st.integers(0, 5)):
        kinds = [*v1.TYPES, *["DATA", "IMAGE_DATA", "WINDOW_DATA"] * 8, "5"]
        fields.append(f"type: {draw(st.sampled_from(kinds))}")
    fields += _repeated(draw, "bottom", _NAME) + _repeated(draw, "top", _NAME) + _params(draw)
    fields += _repeated(draw, "param", _NAME)
    fields += _repeated(draw, "blob_share_mode", st.sampled_from(["STRICT", "PERMISSIVE"]))
    for name in ("data_param", "image_data_param", "transform_param"):
        if draw(st.booleans()):
            only = _DATA[:4] if name == "transform_param" else _DATA
            fields.append(_block(draw, name, draw(st.permutations(_some(draw, *only)))))
    return _block(draw, "layers", draw(st.permutations(fields)))


def _inputs(draw: st.DrawFn, *, shapes: bool) -> list[str]:
    count = draw(st.integers(0, 2))
    names = ["input: 'x'", 'input: "y"'][:count]
    if count and draw(st.integers(0, 5)) == 0:
        return names
    if shapes and draw(st.booleans()):
        more = draw(st.integers(0, 1))
        dims = [_block(draw, "input_shape", ["dim: 1", "dim: 3"]) for _ in range(count + more)]
        return draw(st.permutations(names + dims))
    dims = [f"input_dim: {number}" for number in range(4 * count + draw(st.integers(0, 1)))]
    return names + dims if draw(st.booleans()) else dims + names


@st.composite
def v1_nets(draw: st.DrawFn) -> str:
    """Return a net of V1 layers."""
    layers = draw(st.lists(_v1_layer(), max_size=3))
    fields = _some(draw, 'name: "net"', "force_backward: true") + layers
    at = draw(st.integers(0, len(fields)))
    fields[at:at] = _inputs(draw, shapes=True)
    return _joined(draw, fields)


_V0_VALUES = {
    "biasterm": "false",
    "weight_filler": '{ type: "xavier" # w\n }',
    "bias_filler": "< >",
    "pool": "AVE",
    "source": '"s"',
    "meanfile": "'m'",
    "mirror": "true",
    "shuffle_images": "true",
    "det_crop_mode": '"square"',
    "hdf5_output_param": '{ file_name: "f" }',
    "scale": "0.5",
}


@st.composite
def _v0_layer(draw: st.DrawFn, bottom: str, top: str) -> str:
    kind = draw(st.sampled_from([*v0.TYPES, *["conv", "pool"] * 8]))
    fields = {**v0.ANY_TYPE, **v0.BY_TYPE.get(kind, {}), "num_output": ("", "")}
    inner = [f"{name}: {_V0_VALUES.get(name, '3')}" for name in fields]
    inner = [field.replace(": {", " {").replace(": <", " <") for field in _some(draw, *inner)]
    inner += [f"name: {draw(_NAME)}", f"type: '{kind}'", *_params(draw)]
    fields = [_block(draw, "layer", draw(st.permutations(inner)))]
    fields += [f"bottom: {bottom}", f"top: {top}", *_some(draw, "include { phase: TEST # i\n}")]
    return _block(draw, "layers", draw(st.permutations(fields)))


def _padding(draw: st.DrawFn, number: int) -> str:
    """Return a padding layer, and what may read it."""
    inner = ['type: "padding"', *_some(draw, "pad: 2", 'name: "pad"', "stride: 1")]
    fields = [_block(draw, "layer", inner), 'bottom: "x"', f'top: "pad{number}"']
    return _block(draw, "layers", fields)


@st.composite
def v0_nets(draw: st.DrawFn) -> str:
    """Return a net of V0 layers, with V1 layers among them that lose all but their blobs."""
    fields = ['input: "x" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8']
    fields += _some(draw, "debug_info: true", 'layer { name: "gone" # g\n }', "input_shape {}")
    for number in range(draw(st.integers(1, 3))):
        bottom = '"x"'
        if draw(st.booleans()):
            fields.append(_padding(draw, number))
            bottom = f'"pad{number}"'
        fields += draw(st.lists(_v0_layer(bottom, f'"top{number}"'), min_size=1, max_size=2))
    fields += draw(st.lists(_v1_layer(), max_size=1))
    return _joined(draw, fields)
