"""Facts of a layer: what its own text decides, and what its place in the net adds."""

from __future__ import annotations

from itertools import islice
from math import isfinite, prod

from protolint.analysis import pooling
from protolint.analysis.graph import MOST_STEPS, UNKNOWN, Graph, graph
from protolint.analysis.shapes import shapes
from protolint.layers import Refused, layer_type, normalise
from protolint.layers.convolution import Window, window
from protolint.layers.fields import real, section
from protolint.model.state import NetState, lets_in
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from protolint.layers import Dim, Shape
    from protolint.model.layer import Layer
    from protolint.model.net import Net

_TRANSFORMATIONS = ("scale", "mean_file", "crop_size", "mirror")
_READ_BY_ALL = ("transform_param", "loss_param")
"""Shared by many types, and given to others by habit: the rule on foreign parameters leaves them
to rules of their own."""


class InState(NamedTuple):
    """A layer as part of a net that is built for a state."""

    net: Net
    layer: Layer
    state: NetState


def foreign_params(place: InState) -> list[str]:
    """Return the parameter messages that are written and that the layer's type does not read.

    Nothing is known of a type that Caffe does not have, nor of who reads the messages of forks.
    """
    kind = layer_type(place.layer)
    written = [name for name in place.layer.message.values if name.endswith("_param")]
    if kind is None or not written:
        return []
    read = {*_READ_BY_ALL, *(name.partition(".")[0] for name in kind.reads)}
    foreign = [name for name in written if name not in read]
    if not foreign:
        return []
    known = load_bvlc().messages["LayerParameter"].fields
    return [name for name in foreign if name in known]


def nonfinite(place: InState) -> list[str]:
    """Return the fields that are written as inf or nan, as paths such as ``power_param.scale``."""
    return list(_nonfinite(place.layer.message, ""))


def _nonfinite(message: Message, prefix: str) -> Iterator[str]:
    for name, value in message.values.items():
        first = value[0] if type(value) is list and value else value
        if type(first) is float:
            if not all(map(isfinite, value if type(value) is list else (value,))):
                yield prefix + name
        elif type(first) is Message:
            yield from _nonfinite(first, f"{prefix}{name}.")


def old_transform(place: InState) -> list[str]:
    """Return the transformations that are written in data_param or image_data_param."""
    return [
        name
        for field in ("data_param", "image_data_param")
        if isinstance(param := place.layer.message.values.get(field), Message)
        for name in _TRANSFORMATIONS
        if param.has(name) is True
    ]


def trains(place: InState) -> bool:
    """Return whether the layer is built for training, be the file meant for it or not."""
    return lets_in(NetState("TRAIN"), place.layer.message)


def bottom_types(place: InState) -> list[str]:
    """Return the type of the layer that makes each bottom, ``""`` where none does.

    Layers that leave values as they are (Split, Reshape, Flatten, …) are looked through.
    """
    found = graph(place.net, place.state)
    step = found.order[found.steps[id(place.layer)]]
    return [_maker(found, version) for version in step.bottoms]


_TRANSPARENT = ("Split", "Reshape", "Flatten", "Slice", "Crop", "Permute", "Reorg")


def _maker(found: Graph, version: int) -> str:
    for _ in range(MOST_STEPS):
        if version == UNKNOWN:
            break
        step = found.order[found.producers[version]]
        if step.layer.type not in _TRANSPARENT or not step.bottoms:
            return step.layer.type
        version = step.bottoms[0]
    return ""


def in_training(place: InState) -> bool:
    """Return whether the net computes a loss in training, and the layer is part of it there.

    Equal for all layers that are alike, since it asks the net as a whole.
    """
    return is_trained(place.net) and trains(place)


def is_trained(net: Net) -> bool:
    """Return whether the net computes a loss where it is built for training."""
    known: bool | None = net.facts.get("is trained")
    if known is None:
        train = NetState("TRAIN")
        known = net.facts["is trained"] = any(
            (_is_loss(layer) or any(layer.message.values.get("loss_weight", ())))
            and lets_in(train, layer.message)
            for layer in reversed(net.layers)  # which end with a loss, as a rule
        )
    return known


def _is_loss(layer: Layer) -> bool:
    kind = layer_type(layer)
    return layer.type.endswith("Loss") if kind is None else kind.loss


def has_recurrent(net: Net) -> bool:
    """Return whether some layer is recurrent, so that blobs may have time as their first axis."""
    return any(layer.type in ("LSTM", "RNN") for layer in net.layers)


def built_for(place: InState) -> str:
    """Return the phase that the net is built for."""
    return place.state.phase


def ignored(place: InState) -> list[str]:
    """Return which of transform_param and loss_param are written and not read by the type."""
    kind, values = layer_type(place.layer), place.layer.message.values
    written = [name for name in _READ_BY_ALL if name in values]
    if kind is None or not written:
        return []
    read = {path.partition(".")[0] for path in kind.reads}
    return [name for name in written if name not in read]


def bottom_shapes(place: InState) -> list[list[int | Unknown] | Unknown]:
    """Return the sizes of each bottom."""
    bottoms, _ = shapes(place.net, place.state).of_layer(place.layer)
    names = place.layer.bottoms
    return [_sizes(shape, name) for shape, name in zip(bottoms, names, strict=True)]


def top_shapes(place: InState) -> list[list[int | Unknown] | Unknown]:
    """Return the sizes of each top; none where Caffe does not build the layer."""
    _, built = shapes(place.net, place.state).of_layer(place.layer)
    if built is None:
        return []
    pairs = zip(built.tops, place.layer.tops, strict=False)
    return [_sizes(shape, name) for shape, name in pairs]


def values_from(start: int) -> Callable[[InState], list[int | Unknown]]:
    """Return the fact that is how many values each bottom has on its axes from ``start`` on.

    It is 1 where there are no such axes.
    """

    def fact(place: InState) -> list[int | Unknown]:
        bottoms, _ = shapes(place.net, place.state).of_layer(place.layer)
        return [
            _unknown_size(name)
            if shape is None or None in shape[start:]
            else _product(shape[start:])
            for shape, name in zip(bottoms, place.layer.bottoms, strict=True)
        ]

    return fact


def _product(sizes: tuple[Dim, ...]) -> int:
    return prod(size for size in sizes if size is not None)


def _sizes(shape: Shape, blob: str) -> list[int | Unknown] | Unknown:
    if shape is None:
        return _unknown_size(blob)
    return [_unknown_size(blob) if size is None else size for size in shape]


def _unknown_size(blob: str) -> Unknown:
    return unknown(f"the size of blob {blob!r} is not known")


def conv_window(place: InState) -> Window | None:
    """Return kernel, stride, pad and dilation of a 2-D convolution; ``None`` if Caffe refuses."""
    try:
        return window(section(place.layer.message, "convolution_param"), 2)
    except Refused:
        return None


def conv_option(name: str, axis: int) -> Callable[[Window | None], int | Unknown]:
    """Return the fact that is an option of a window on an axis (0 height, 1 width)."""

    def fact(found: Window | None) -> int | Unknown:
        value = None if found is None else getattr(found, name)[axis]
        return unknown(f"the {name} cannot be read") if value is None else value

    return fact


def exceeds_input(place: InState) -> bool:
    """Return whether a 2-D kernel is larger than its padded input, and Caffe takes it all the same.

    Not where a size is not known, nor for maps of one value, which stand for sizes given later.
    """
    found = shapes(place.net, place.state)
    built = found.built[found.graph.steps[id(place.layer)]]
    if built is None or 1 not in (built.tops[0] or ())[2:]:
        return False  # a kernel that exceeds its input makes one output
    bottoms = found.bottoms[found.graph.steps[id(place.layer)]]
    sizes = bottoms[0] if bottoms else None
    if sizes is None or len(sizes) != 4:
        return False
    for axis, size in enumerate(sizes[2:]):
        if size is None or size == 1:
            continue
        if place.layer.type == "Pooling":
            extent, pad = pooling.option("kernel", axis)(place), pooling.option("pad", axis)(place)
        else:
            conv = conv_window(place)
            extent = None if conv is None else conv.extent(axis)
            pad = None if conv is None else conv.pad[axis]
        if isinstance(extent, int) and isinstance(pad, int) and extent > size + 2 * pad:
            return True
    return False


FILLED = {
    "Convolution": "convolution_param",
    "Deconvolution": "convolution_param",
    "InnerProduct": "inner_product_param",
    "Embed": "embed_param",
    "LSTM": "recurrent_param",
    "RNN": "recurrent_param",
}
"""Type → the message that holds its weight_filler and bias_filler."""


def filler_param(place: InState) -> str:
    """Return the message that holds weight_filler and bias_filler, ``""`` for types without."""
    return FILLED.get(place.layer.type, "")


def filler_type(name: str) -> Callable[[InState], str | Unknown]:
    """Return the fact that is the type of a filler, ``""`` where it is not written."""

    def fact(place: InState) -> str | Unknown:
        param = place.layer.read(filler_param(place))
        written = param if isinstance(param, Unknown) else param.has(name)
        if written is False:
            return ""
        kind: str | Unknown = (
            written if isinstance(written, Unknown) else param.read(name).read("type")
        )
        return kind

    return fact


def reader_types(place: InState) -> list[str]:
    """Return the types of the layers that read the first top as this layer makes it."""
    found = shapes(place.net, place.state)
    blobs = found.graph
    tops = blobs.order[blobs.steps[id(place.layer)]].tops
    return [blobs.order[reader].layer.type for reader in blobs.readers[tops[0]]] if tops else []


def scales_itself(place: InState) -> bool:
    """Return whether a BatchNorm has a scale and shift of its own, or may have."""
    return normalise.scales_itself(place.layer.message) is not False


def without_eps(place: InState) -> bool:
    """Return whether a fork's BN adds nothing to the variance that it divides by."""
    eps = real(section(place.layer.message, "bn_param"), "eps")
    return eps is not None and eps <= 0


def labels_ignored(place: InState) -> list[int]:
    """Return the labels that losses on the same label blob (bottom 1) ignore."""
    found = graph(place.net, place.state)
    step = found.order[found.steps[id(place.layer)]]
    if len(step.bottoms) < 2 or step.bottoms[1] == UNKNOWN:
        return []
    key = ("ignored", id(found), step.bottoms[1])
    if key not in place.net.facts:
        ignored = dict.fromkeys(_ignored(found, step.bottoms[1]))
        place.net.facts[key] = list(islice(ignored, _MOST_LABELS))
    labels: list[int] = place.net.facts[key]
    return labels


_MOST_LABELS = 20
"""Labels ignored on one blob that are told of; there is hardly ever more than one."""


def _ignored(found: Graph, label: int) -> Iterator[int]:
    """Yield the labels that losses ignore whose label blob is this version."""
    for reader in dict.fromkeys(found.readers[label]):
        other = found.order[reader]
        param = other.layer.message.values.get("loss_param")
        if (
            other.layer.type.endswith("Loss")
            and label in other.bottoms[1:]
            and isinstance(param, Message)
            and "ignore_label" in param.values
        ):
            yield param.values["ignore_label"]
