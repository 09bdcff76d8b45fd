"""The words in which a layer type is described."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal, NoReturn, TypeAlias

    from protolint.schema.message import Message

Dim: TypeAlias = int | None
"""The size of an axis; ``None`` where it is not known."""

Shape: TypeAlias = tuple[Dim, ...] | None
"""The sizes of a blob's axes; ``None`` where not even their number is known."""

Counts: TypeAlias = tuple[int, int | None]
"""The fewest and the most blobs that a layer takes; ``None``: any number."""

InPlace: TypeAlias = 'Literal["ok", "forward", "bad", "abort"]'
"""What a layer does whose top is its own bottom: all is right, only the forward pass is right, not
even that is, or Caffe refuses to build it."""

Path: TypeAlias = tuple[str | int, ...]


class Setup(NamedTuple):
    """What a layer is built from.

    ``layer`` is a V2 ``LayerParameter`` after Caffe's upgrades, ``bottoms`` the shapes of its
    bottoms and ``tops`` the number of its tops. ``datum`` is the shape (channels, height, width) of
    one record of a source that is not read.
    """

    layer: Message
    bottoms: tuple[Shape, ...]
    tops: int
    datum: Shape = None


class Built(NamedTuple):
    """What a layer is once it is built: shapes of its tops and of its parameter blobs.

    ``params`` is ``None`` where their number is not known. ``macs`` are the multiply-adds of
    convolutions, inner products and recurrent layers in one forward pass.
    """

    tops: tuple[Shape, ...]
    params: tuple[Shape, ...] | None = ()
    macs: int | None = 0


class Fault(NamedTuple):
    """Why Caffe would not build a layer.

    ``rule`` names what is wrong and ``args`` the numbers that its message speaks of. ``path``
    leads from the layer to the field at fault, e.g. ``("convolution_param", "group")`` or
    ``("bottom", 1)``; where its end is not written, the longest part that is written is meant, and
    ``()`` is the layer's type. ``effect`` is ``"crash"`` where the process dies without a message.
    """

    rule: str
    path: Path
    args: Mapping[str, object]
    effect: Literal["abort", "crash"] = "abort"


class Refused(Exception):  # noqa: N818  # not an error of the program: an answer
    """Raised by a description where Caffe would refuse the layer."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def refuse(rule: str, path: Path, **args: object) -> NoReturn:
    """End the description of a layer that Caffe aborts on."""
    raise Refused(Fault(rule, path, args))


def refuse_if(condition: bool | None, rule: str, path: Path, **args: object) -> None:
    """Refuse when the condition holds; ``None`` means that it is not known, and refuses nothing."""
    if condition:
        raise Refused(Fault(rule, path, args))


def crash_if(condition: bool | None, rule: str, path: Path, **args: object) -> None:
    """Refuse like ``refuse_if`` where Caffe dies of a signal."""
    if condition:
        raise Refused(Fault(rule, path, args, "crash"))


class LayerType(NamedTuple):
    """One layer type.

    Where a property depends on the layer's parameters, it is a function of the layer.
    ``auto_top`` says that missing tops are created without a name, ``keeps_top`` that the backward
    pass reads the layer's own top, which no later layer may overwrite, and ``shares_memory`` that
    the tops are the bottom's memory. ``reads`` are the parameter messages that the layer evaluates,
    dotted where only one field of a message counts. ``shape`` checks and computes in Caffe's order;
    it raises ``Refused``.
    """

    name: str
    bottoms: Counts | Callable[[Message], Counts]
    tops: Counts | Callable[[Message], Counts]
    shape: Callable[[Setup], Built]
    reads: tuple[str, ...] = ()
    in_place: InPlace | Callable[[Message], InPlace] | None = None
    keeps_top: bool | Callable[[Message], bool] = False
    shares_memory: bool | Callable[[Message], bool] = False
    equal_counts: bool = False
    auto_top: bool = False
    loss: bool = False


def tops_from(setup: Setup, *shapes: Shape) -> tuple[Shape, ...]:
    """Return a shape for each top: the first ones as given, further ones unknown."""
    return (*shapes, *(None,) * setup.tops)[: setup.tops]


ONE: Counts = (1, 1)
TWO: Counts = (2, 2)
NONE: Counts = (0, 0)
SOME: Counts = (1, None)
