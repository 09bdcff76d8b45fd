"""Facts of a layer about gradients and losses that its own text decides."""

from __future__ import annotations

from protolint.layers import in_place, is_in_place, layer_type
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.layer_facts import InState


def in_place_result(place: InState) -> str:
    """Return what a layer does whose top is its bottom, in the words of ``layers.InPlace``.

    It is ``""`` where the layer is not in place, or where nothing is known of it.
    """
    kind = layer_type(place.layer)
    if kind is None or not is_in_place(place.layer.message):
        return ""
    return in_place(kind, place.layer.message) or ""
