"""What a text is, by its fields and never by its file's name."""

from __future__ import annotations

from protolint.schema.misfit import nearest
from protolint.syntax.tree import Document, Field
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

Kind: TypeAlias = 'Literal["solver", "net", "label map", "empty", "other"]'

_NET = frozenset(
    (
        "name",
        "input",
        "input_dim",
        "input_shape",
        "force_backward",
        "state",
        "layer",
        "layers",
    )
)
_SOLVER = frozenset(
    (
        "average_loss",
        "base_lr",
        "clip_gradients",
        "delta",
        "device_id",
        "display",
        "gamma",
        "iter_size",
        "layer_wise_reduce",
        "lr_policy",
        "max_iter",
        "momentum",
        "momentum2",
        "net",
        "net_param",
        "power",
        "random_seed",
        "regularization_type",
        "rms_decay",
        "snapshot",
        "snapshot_after_train",
        "snapshot_diff",
        "snapshot_format",
        "snapshot_prefix",
        "solver_mode",
        "solver_type",
        "stepsize",
        "stepvalue",
        "test_compute_loss",
        "test_initialization",
        "test_interval",
        "test_iter",
        "test_net",
        "test_net_param",
        "test_state",
        "train_net",
        "train_net_param",
        "train_state",
        "type",
        "weight_decay",
        "weights",
    )
)
"""Top-level fields that only one of the two messages has (both have `debug_info`)."""

_IN_LAYER = frozenset(("bottom", "top", "type", "include", "convolution_param"))
_IN_ITEM = frozenset(("name", "id", "label", "display_name"))


def document_kind(document: Document) -> Kind:
    """Return what the text is meant to be.

    One layer block makes a net, whatever stands around it; otherwise most names win, so that a
    misspelt or fork-only field does not decide. A text without any field is ``"empty"``, which
    Caffe takes for a net, unless it holds something that cannot be read: that is ``"other"``.
    """
    fields = document.fields
    if not fields:
        return "other" if document.problems else "empty"
    net = solver = 0
    for field in fields:
        name = field.name
        block = type(field.value) is list
        if block and name in ("layer", "layers"):
            return "net"
        if block and name == "item" and _IN_ITEM.issuperset(_names(field)):
            return "label map"
        if name in _SOLVER:
            solver += 1
        elif name in _NET or (block and not _IN_LAYER.isdisjoint(_names(field))):
            net += 1
    if not net and not solver:
        return _guess(fields)
    return "solver" if solver >= net else "net"


def _names(block: Field) -> set[str]:
    return {field.name for field in block.value or () if type(field) is Field}


def _guess(fields: list[Field]) -> Kind:
    """Judge a text whose every field is misspelt or unheard of."""
    for field in fields:
        for near in nearest(field.name, _SOLVER | _NET):
            return "solver" if near in _SOLVER else "net"
    return "other"
