"""From a text to the same in today's format, or to the reason why there is none."""

from __future__ import annotations

from bisect import bisect_right

from protolint.model.kind import document_kind
from protolint.model.upgrade import is_v0_net, upgrade_layers, upgrade_solver
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax.foreign import named
from protolint.syntax.parser import parse
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.upgrade.changes import Change, dropping, insertion, make
from protolint.upgrade.inputs import NAMES, input_changes
from protolint.upgrade.parts import parts, words
from protolint.upgrade.v0 import v0_changes
from protolint.upgrade.v1 import v1_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from protolint.problem import Problem
    from protolint.syntax.tree import Document

_STOPS = (
    "input-dim-missing",  # Caffe reads past the end: what the input's shape is, nobody knows
    "input-shape-missing",
    "net-mixes-layer-formats",
    "unknown-bottom",  # of a padding layer; the upgrade looks at no other
    "v0-layer-type",
    "v0-padding-connections",
    "v0-padding-consumer",
)
"""Why Caffe itself does not upgrade a net."""

_LOST = (
    "input-dim-unused",
    "input-shape-surplus",
    "input-without-shape",
    "transform-param-overwritten",
    "v0-drops-layer-field",
    "v0-drops-net-field",
    "v0-drops-v1-layer",
    "v0-parameter-of-other-type",
)
"""What Caffe drops when it upgrades."""

_V0_DROPS = ("layer", "input_shape", "state", "debug_info")


class Refused(ValueError):  # noqa: N818  (a state of a text, told to its author)
    """A text that cannot be upgraded; ``problems`` say why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].rule)
        self.problems = problems


class Upgraded(NamedTuple):
    """A text in today's format, and what of the old one Caffe drops, and so did we."""

    text: str
    dropped: list[Problem]


def upgrade_text(text: str) -> str:
    """Return a net or solver in today's format. Raises ``Refused``."""
    return upgrade(text).text


def upgrade(text: str) -> Upgraded:
    """Rewrite what Caffe upgrades when it reads a net or solver, and leave all else as it is.

    The result reads as what Caffe makes of the text, and no comment is lost. A text that needs no
    upgrade, or is neither net nor solver, is returned as it is. Raises ``Refused`` for a text that
    Caffe cannot parse or does not upgrade.
    """
    document = parse(text)
    if document.problems:
        raise Refused(named(document))
    kind = document_kind(document)
    if kind == "solver":
        return _solver(document)
    return _net(document) if kind == "net" else Upgraded(text, [])


def _solver(document: Document) -> Upgraded:
    if all(field.name != "solver_type" for field in document.fields):
        return Upgraded(document.text, [])
    problems: list[Problem] = []
    message = Binder(load_bvlc()).bind(document, "SolverParameter", problems)
    if "solver_type" not in message.values:
        raise Refused(problems)
    problems = []
    upgraded = upgrade_solver(message, problems)
    if problems:
        raise Refused(problems)
    node = message.nodes["solver_type"]
    changes = [
        Change(node.start, node.start + len(node.name), "type"),
        Change(node.value_start, node.end, f'"{upgraded.values["type"]}"'),
    ]
    return Upgraded(make(document, changes), [])


def _net(document: Document) -> Upgraded:
    misfits: list[Problem] = []
    message = Binder(load_bvlc()).bind(document, "NetParameter", misfits)
    problems: list[Problem] = []
    before = message.values.get("layer", [])
    old = any(field.name in ("layers", "input") for field in document.fields)
    layers = upgrade_layers(message, problems)
    if not old and all(new is was for new, was in zip(layers, before, strict=True)):
        return Upgraded(document.text, [])
    stops = [problem for problem in problems if problem.rule in _STOPS]
    if stops := [*_in_the_way(document, message, layers, misfits), *stops]:
        raise Refused(stops)
    text = make(document, _changes(document, message, layers))
    _compare(text, layers, len(misfits))
    return Upgraded(text, [problem for problem in problems if problem.rule in _LOST])


def _in_the_way(
    document: Document, net: Message, layers: list[Message], misfits: list[Problem]
) -> list[Problem]:
    """Return what does not fit the schema where something is to be rewritten.

    Elsewhere it may stay: a layer in today's format is the fork's that it is written for.
    """
    old = ("layers", *NAMES)
    if any("layer" in layer.nodes for layer in net.values.get("layers", ())) or net.lost & {*old}:
        return misfits
    unchanged = {id(layer) for layer in layers}
    rewritten = [field for field in document.fields if field.name in old]
    for layer in net.values.get("layer", ()):
        if id(layer) not in unchanged:
            rewritten += (param.node for param in layer.values["param"])
    rewritten.sort(key=lambda field: field.start)
    starts = [field.start for field in rewritten]

    def is_rewritten(place: int) -> bool:
        number = bisect_right(starts, place) - 1
        return number >= 0 and place < rewritten[number].end

    return [misfit for misfit in misfits if is_rewritten(misfit.start)]


def _changes(document: Document, net: Message, layers: list[Message]) -> Iterator[Change]:
    """Yield what makes of a net's text that of the upgraded ``layers``."""
    own = parts(document, document.fields, 0)
    made = layers[0] if layers and layers[0].node.name == "input" else None
    old: list[Message] = net.values.get("layers", [])
    is_v0 = bool(old) and is_v0_net(net)
    drops = [part for part in own if is_v0 and part.field.name in _V0_DROPS]
    for part in drops:
        yield dropping(document, part, words(document, part.field.start, part.end))
    if any(part.field.name in NAMES and part not in drops for part in own):
        yield from input_changes(document, [part for part in own if part not in drops], made)
    if is_v0:
        yield from v0_changes(document, own, old, [layer for layer in layers if layer is not made])
        return
    for part in own:
        if part.field.name == "layers":
            start = part.field.start
            yield Change(start, start + len("layers"), "layer")
    for layer in old:
        yield from v1_changes(document, layer)
    for layer, was in zip(layers[made is not None :], net.values.get("layer", ()), strict=False):
        if layer is not was:
            yield from _statistics(document, was)


def _statistics(document: Document, layer: Message) -> Iterator[Change]:
    """Yield what sets the rates of batch statistics to 0, as they are whatever is written."""
    for param in layer.values["param"]:
        missing = []
        for name in ("lr_mult", "decay_mult"):
            if name not in param.values:
                missing.append(f"{name}: 0")
            elif param.values[name]:
                node = param.nodes[name]
                yield Change(node.value_start, node.end, "0")
        if missing:
            yield insertion(document.text, param.node, missing)


def _compare(text: str, layers: list[Message], misfits: int) -> None:
    """Raise ``AssertionError`` if a text does not hold these layers: then we are at fault."""
    problems: list[Problem] = []
    net = Binder(load_bvlc()).bind(parse(text), "NetParameter", problems)
    found = [_values(layer) for layer in net.values.get("layer", ())]
    if (
        len(problems) != misfits
        or "layers" in net.values
        or found != [_values(layer) for layer in layers]
    ):
        raise AssertionError("the upgraded text is not what the upgrade should give")


def _values(value: Any) -> Any:
    """Return a value to compare; NaN is equal to itself."""
    if type(value) is Message:
        return {name: _values(inner) for name, inner in value.values.items()}
    return [_values(inner) for inner in value] if type(value) is list else repr(value)
