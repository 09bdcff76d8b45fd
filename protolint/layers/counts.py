"""How many bottoms, tops, loss weights and parameter blocks a layer may have."""

from __future__ import annotations

from protolint.layers.fields import in_place, length
from protolint.layers.specification import Built, Counts, LayerType, refuse, refuse_if
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message


def counts(kind: LayerType, layer: Message) -> tuple[Counts, Counts]:
    """Return the numbers of bottoms and of tops that the layer may have."""
    bottoms, tops = kind.bottoms, kind.tops
    return (
        bottoms if isinstance(bottoms, tuple) else bottoms(layer),
        tops if isinstance(tops, tuple) else tops(layer),
    )


def tops_made(kind: LayerType, layer: Message, tops: int) -> int:
    """Return the number of tops after those that lack are created, as loss layers do."""
    return max(tops, counts(kind, layer)[1][0]) if kind.auto_top else tops


def check_arity(kind: LayerType, layer: Message, bottoms: int, tops: int) -> None:
    """Refuse a wrong number of bottoms or tops. Source: Layer::CheckBlobCounts, in its order."""
    allowed = counts(kind, layer)
    at = ("bottom", "top")
    for what, found, (least, most) in zip(at, (bottoms, tops), allowed, strict=True):
        wrong = found < least or (most is not None and found > most)
        refuse_if(
            wrong and length(layer, what) is not None,
            f"wrong-{what}-count",
            (what, most) if most is not None and found > most else (),
            type=kind.name,
            expected=_expected(found, least, most),
            found=found,
        )
    refuse_if(
        kind.equal_counts and bottoms != tops,
        "bottom-and-top-counts-differ",
        (),
        type=kind.name,
        bottoms=bottoms,
        tops=tops,
    )


def _expected(found: int, least: int, most: int | None) -> str:
    if least == most:
        return f"exactly {least}"
    return f"at least {least}" if found < least else f"at most {most}"


def check_in_place(kind: LayerType, layer: Message) -> None:
    """Refuse a layer whose top is its bottom where Caffe does."""
    refuse_if(
        kind.in_place == "abort" and in_place(layer), "in-place-refused", ("top", 0), type=kind.name
    )


def check_propagate_down(layer: Message, bottoms: int) -> None:
    """Refuse a number of ``propagate_down`` other than 0 or one per bottom."""
    found = length(layer, "propagate_down")
    refuse_if(
        bool(found) and found != bottoms,
        "wrong-propagate-down-count",
        ("propagate_down", 0),
        found=found,
        bottoms=bottoms,
    )


def check_loss_weights(kind: LayerType, layer: Message, tops: int) -> None:
    """Refuse a number of loss weights other than 0 or one per top; a loss has one by itself."""
    found = length(layer, "loss_weight")
    given = 1 if kind.loss and found == 0 else found
    at = ("loss_weight", 0) if found else ("top", 1)
    wrong = bool(given) and given != tops
    refuse_if(wrong, "wrong-loss-weight-count", at, found=given, tops=tops)


def check_params(kind: LayerType, layer: Message, built: Built) -> None:
    """Refuse more ``param`` blocks than the layer has parameter blobs."""
    found = length(layer, "param")
    if found is not None and built.params is not None and found > len(built.params):
        blobs = len(built.params)
        at = ("param", blobs)
        refuse("too-many-param-blocks", at, type=kind.name, found=found, blobs=blobs)
