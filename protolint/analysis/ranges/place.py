"""What a transfer function is given of its layer, and the hazards it reports."""

from __future__ import annotations

from math import isfinite

from protolint.analysis.ranges.rounding import FLT_MAX
from protolint.analysis.ranges.value import NONE, Reasons, Value, unknown
from protolint.layers.fields import real
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias, TypeVar

    from protolint.layers import Shape
    from protolint.model.layer import Layer
    from protolint.schema.message import Message

    Kind = Literal[
        "log",  # the logarithm of a number that is 0 or negative
        "negative-base",  # a broken power of a negative number
        "zero-base",  # a negative power of 0
        "zero-gradient",  # a power whose derivative Caffe computes as 0/0 where its base is 0
        "exp",  # e to the power of more than 88.72
        "length",  # a division by the root of a sum of squares that is 0
        "lrn",  # a negative power of a sum that is 0 or negative
        "variance",  # a division by the deviation of values that do not vary
        "pool",  # an average over no input
        "overflow",  # numbers of known size, too large for single precision when they are combined
        "dropout",  # 0 times infinity
        "matrix",  # weights of an InfogainLoss that are 0 or negative
        "target",  # a target of a cross entropy outside 0 to 1
    ]
    _T = TypeVar("_T")

Weights: TypeAlias = 'Literal["initial", "any", "ordinary"]'
"""What is taken of weights and of inputs whose values no text tells.

``initial``: weights are what their fillers give, inputs any finite numbers. ``any``: weights are
any finite numbers too. ``ordinary``: what is not known is below ``ORDINARY`` in magnitude, and so
are the outputs of layers with learned weights.
"""

ORDINARY = 1e6


class Hazard(NamedTuple):
    """An operation of a layer that is not finite on some numbers.

    ``step`` is the layer's index in the graph's order and ``argument`` what the operation is done
    on. ``sure`` says that it happens whatever the input and the weights assumed, ``reached`` that
    an ordinary input or ordinary weights bring it about; else it is not known whether it can be,
    for want of what ``why`` names.
    """

    kind: Kind
    step: int
    argument: Value
    sure: bool
    reached: bool
    why: Reasons = NONE


class Lost(Exception):  # noqa: N818  # not an error of the program: an answer
    """Raised where a field that is needed cannot be read."""


class Place(NamedTuple):
    """A layer under the interpretation.

    ``bottoms`` and ``shapes`` are the values and shapes of its bottoms, ``versions`` which versions
    of the graph they are; ``outs`` the shapes of its tops and ``params`` the shapes of its
    parameters, ``None`` where they are not known; ``owners`` whose parameters they are where they
    are shared, by place. ``hazards`` is what the layer's function adds to.
    """

    step: int
    layer: Layer
    bottoms: tuple[Value, ...]
    shapes: tuple[Shape, ...]
    versions: tuple[int, ...]
    outs: tuple[Shape, ...]
    params: tuple[Shape, ...] | None
    owners: dict[int, tuple[Layer, int]]
    phase: str
    weights: Weights
    backward: bool
    hazards: list[Hazard]

    @property
    def limit(self) -> float:
        """The largest magnitude that is assumed of numbers that no text tells."""
        return ORDINARY if self.weights == "ordinary" else FLT_MAX

    def free(self) -> Value:
        """Return the value of what learned weights make, in so far as it is finite."""
        return Value(-self.limit, self.limit, free=True)

    def unknown(self, reason: str) -> Value:
        """Return the value of finite numbers that no text tells."""
        return unknown(reason, self.limit)

    def warn(
        self,
        kind: Kind,
        argument: Value,
        *,
        sure: bool,
        reached: bool = False,
        why: Reasons = NONE,
    ) -> None:
        """Report that the operation may meet numbers on which it is not finite."""
        reached = sure or reached
        if not reached and not why:
            why = frozenset(("how large the values are depends on what is learned",))
        self.hazards.append(Hazard(kind, self.step, argument, sure, reached, why))


def need(value: _T | None) -> _T:
    """Return what is known; raises ``Lost`` for a field that cannot be read."""
    if value is None:
        raise Lost
    return value


def number(message: Message | None, name: str) -> float:
    """Return a field that is a finite number; raises ``Lost`` for any other."""
    value = need(real(message, name))
    if not isfinite(value):
        raise Lost
    return value


def size_text(place: Place, index: int = 0) -> str:
    """Return the name of a bottom for a reason."""
    bottoms: Any = place.layer.bottoms
    return f"blob {bottoms[index]!r}" if index < len(bottoms) else "a blob"
