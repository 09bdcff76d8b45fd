"""Include and exclude blocks that cannot mean what they say: no state meets them, or every one."""

from __future__ import annotations

from protolint.model.place import problem
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.problem import Problem
    from protolint.schema.message import Message
    from protolint.syntax.tree import Field


_EMPTY = {"include": "empty-include", "exclude": "empty-exclude"}
"""Field → the rule about a block of it without conditions."""


class _Block(NamedTuple):
    """One include or exclude block of a layer."""

    layer: Layer
    field: str
    rule: Message
    node: Field


def membership_problems(net: Net) -> Iterator[Problem]:
    """Yield the include and exclude blocks that are always or never met, or read as they are not.

    Caffe builds a layer where one of its include blocks is met in all conditions, or where none of
    its exclude blocks is (Net::StateMeetsRule).
    """
    for layer in net.ruled():
        blocks = [block for field in ("include", "exclude") for block in _blocks(layer, field)]
        for block in blocks:
            yield from _of_block(block)
        yield from _alternatives([block for block in blocks if block.field == "include"])


def _blocks(layer: Layer, field: str) -> list[_Block]:
    rules = layer.message.values.get(field, ())
    nodes = layer.message.nodes.get(field, ())
    pairs = zip(rules, nodes, strict=True)
    return [_Block(layer, field, rule, node) for rule, node in pairs if not rule.lost]


def _of_block(block: _Block) -> Iterator[Problem]:
    values, nodes = block.rule.values, block.rule.nodes
    name = block.layer.name
    if not values:
        yield problem(_EMPTY[block.field], block.node, {"layer": name}, layer=name)
    conflict = _conflict(block.rule)
    if conflict:
        args = {"layer": name, "field": block.field, "conflict": conflict}
        yield problem("rule-never-met", block.node, args, layer=name)
    for field in ("stage", "not_stage"):
        for stage, node in zip(values.get(field, ()), nodes.get(field, ()), strict=True):
            if not stage:
                yield problem("empty-stage-name", node, {"layer": name, "field": field}, layer=name)


def _conflict(rule: Message) -> str:
    """Return the two conditions of a block that exclude each other, in words."""
    values = rule.values
    low, high = values.get("min_level"), values.get("max_level")
    if low is not None and high is not None and low > high:
        return f"min_level {low} and max_level {high}"
    both = [stage for stage in values.get("stage", ()) if stage in values.get("not_stage", ())]
    return f'stage "{both[0]}" and not_stage "{both[0]}"' if both else ""


def _alternatives(blocks: list[_Block]) -> Iterator[Problem]:
    """Yield include blocks of which one names only the phase and another no phase at all."""
    phase = next((block for block in blocks if set(block.rule.values) == {"phase"}), None)
    other = next(
        (block for block in blocks if block.rule.values and "phase" not in block.rule.values), None
    )
    if phase is None or other is None:
        return
    args = {"layer": phase.layer.name, "phase": phase.rule.values["phase"]}
    yield problem("include-alternatives", other.node, args, layer=phase.layer.name)
