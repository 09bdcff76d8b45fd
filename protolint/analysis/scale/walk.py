"""The predicted scale of every blob of a net in one state."""

from __future__ import annotations

from protolint.analysis.scale.moments import Moments, ratio
from protolint.analysis.scale.transfer import FIRST_ONLY, NORMALISERS, TRANSFER, Place
from protolint.analysis.shapes import shapes
from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from protolint.analysis.shapes import Shapes
    from protolint.analysis.wiring import Step
    from protolint.model.net import Net
    from protolint.model.state import NetState


class Scale(NamedTuple):
    """The moments of a blob, and where its scale begins.

    ``origin`` is the version (see ``Graph``) of the input, or of the last normalisation, from which
    ``gain`` is counted: the deviation of the signal here over that there.
    """

    moments: Moments
    origin: int
    start: float

    @property
    def gain(self) -> float:
        """By how much the signal has grown since its origin."""
        return ratio(self.moments.signal, self.start)


def scales(net: Net, state: NetState) -> list[Scale | Unknown]:
    """Return the scale of each version of the graph before the first iteration, computed once."""
    key = ("scales", id(net.for_state(state)))
    found: list[Scale | Unknown] | None = net.facts.get(key)
    if found is None:
        found = net.facts[key] = _walk(shapes(net, state))
    return found


def _walk(built: Shapes) -> list[Scale | Unknown]:
    found: list[Scale | Unknown] = [unknown("its layer is not built")] * len(built.blobs)
    for at, step in enumerate(built.graph.order):
        for version, scale in zip(step.tops, _tops(built, at, step, found), strict=True):
            found[version] = scale
    return found


def _tops(
    built: Shapes, at: int, step: Step, found: list[Scale | Unknown]
) -> list[Scale | Unknown]:
    layer, versions, tops = step
    made = built.built[at]
    transfer = TRANSFER.get(layer.type)
    count = len(tops)
    if made is None or _is_blurred(layer.message):
        return [unknown(f'layer "{layer.name}" is not understood')] * count
    if transfer is None:
        return [unknown(f'nothing is predicted of {layer.type} layers ("{layer.name}")')] * count
    bottoms: list[Scale] = []
    for version in versions[:1] if layer.type in FIRST_ONLY else versions:
        scale = found[version] if version >= 0 else unknown("a bottom has no producer")
        if isinstance(scale, Unknown):
            if layer.type not in NORMALISERS:
                return [scale] * count
        else:
            bottoms.append(scale)
    place = Place(layer.message, built.bottoms[at], made, count)
    result = transfer(place, [scale.moments for scale in bottoms])
    loudest = max(bottoms, key=lambda scale: scale.moments.signal, default=None)
    scales_: list[Scale | Unknown] = []
    for index, version in enumerate(tops):
        moments = result.tops[min(index, len(result.tops) - 1)]
        if isinstance(moments, Unknown):
            scales_.append(_at(moments, layer.name))
        elif result.fresh or loudest is None:
            scales_.append(Scale(moments, version, moments.signal))
        else:
            scales_.append(Scale(moments, loudest.origin, loudest.start))
    return scales_


def _is_blurred(message: Message) -> bool:
    """Return whether some field of a layer could not be read, at any depth."""
    if message.lost:
        return True
    for value in message.values.values():
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, Message) and _is_blurred(part):
                return True
    return False


def _at(reason: Unknown, layer: str) -> Unknown:
    return unknown(*(f'{text} (layer "{layer}")' for text in reason.reasons))
