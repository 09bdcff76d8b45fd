"""A net as a rule author sees it."""

from __future__ import annotations

from protolint.model.layer import Layer
from protolint.model.place import mark, problem
from protolint.model.state import NetState, lets_in
from protolint.model.upgrade import inline_layers, is_v0_net, upgrade_layers
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from protolint.model.memory import Memory
    from protolint.problem import Problem
    from protolint.schema.message import Message
    from protolint.syntax.tree import Field
    from protolint.values import Unknown


class Net:
    """A net in the current format, with its layers in file order.

    ``message`` is the ``NetParameter`` as written; ``layers`` are what Caffe makes of its layers,
    of every state; ``problems`` is what the upgrade found. ``ignored_inputs`` maps blobs that the
    text names as `input` but Caffe does not provide to where it does, and ``state`` is the net's
    own `state` where Caffe reads it. ``facts`` keeps what analyses found, each under its own key.
    An inline net of a solver is given with ``upgrade=False``.

    ``datum`` and ``inputs`` are what the user says of data that no file tells: the shape (channels,
    height, width) of one record of the sources, and the shapes of blobs by name; ``ranges`` are
    between which two numbers the elements of such blobs are. ``declared`` are
    the descriptions of layer types that the user declares, for ``layers`` to read. With a
    ``memory`` what was found out about the layers is kept there for the next net with some of the
    same ones, read by the same schema and with the same ``datum`` and ``declared``.
    """

    __slots__ = (
        "_by_rules",
        "_by_state",
        "_ruled",
        "datum",
        "declared",
        "facts",
        "ignored_inputs",
        "inputs",
        "layers",
        "memory",
        "message",
        "path",
        "problems",
        "ranges",
        "state",
    )

    def __init__(
        self,
        message: Message,
        path: str = "",
        *,
        upgrade: bool = True,
        datum: tuple[int | None, ...] | None = None,
        inputs: Mapping[str, tuple[int | None, ...] | None] | None = None,
        declared: Mapping[str, Any] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.message = message
        self.path = path
        self.datum = datum
        self.inputs = inputs or {}
        self.declared = declared or {}
        self.ranges = ranges or {}
        self.memory = memory
        self.problems: list[Problem] = []
        upgraded = (upgrade_layers if upgrade else inline_layers)(message, self.problems)
        self.layers = memory.known(upgraded) if memory else list(map(Layer, upgraded))
        self.ignored_inputs = _ignored_inputs(message, self.layers)
        self.state: Message | None = message.values.get("state")
        if upgrade and "layers" in message.values and is_v0_net(message):
            self.state = None
        self.facts: dict[Any, Any] = {}
        self._ruled = [index for index, layer in enumerate(self.layers) if layer.ruled]
        self._by_rules: dict[tuple[int, ...], list[Layer]] = {(): self.layers}
        self._by_state: dict[NetState, list[Layer]] = {}
        for index in self._ruled:
            _check_rules(self.layers[index], self.problems)

    def for_state(self, state: NetState) -> list[Layer]:
        """Return the layers built in a state, in file order.

        States that build the same layers get the same list, so that its identity tells what was
        already analysed. The list must not be changed.
        """
        known = self._by_state.get(state)
        if known is not None:
            return known
        layers, on = self.layers, frozenset(state.stages)
        out = tuple([i for i in self._ruled if not lets_in(state, layers[i].message, on)])
        found = self._by_rules.get(out)
        if found is None:
            outside = set(out)
            found = [layer for i, layer in enumerate(layers) if i not in outside]
            self._by_rules[out] = found
        self._by_state[state] = found
        return found

    def ruled(self) -> list[Layer]:
        """Return the layers with include or exclude rules, in file order."""
        return [self.layers[index] for index in self._ruled]

    def read(self, name: str) -> Any:
        """Return a field of the net as written, as ``Message.read`` does."""
        return self.message.read(name)

    def has(self, name: str) -> bool | Unknown:
        """Return whether a field is written, as ``Message.has`` does."""
        return self.message.has(name)


def _check_rules(layer: Layer, problems: list[Problem]) -> None:
    nodes = layer.message.nodes
    if nodes.get("include") and nodes.get("exclude"):
        first, second = sorted((nodes["include"][0], nodes["exclude"][0]), key=_start)
        args = {"layer": layer.name, "first": first.name, "second": second.name}
        marks = (mark(first, f"the first `{first.name}`"),)
        problems.append(problem("include-and-exclude", second, args, marks=marks, layer=layer.name))


def _start(node: Field) -> int:
    return node.start


def _ignored_inputs(message: Message, layers: list[Layer]) -> dict[str, Field]:
    names = message.values.get("input")
    if not names:
        return {}
    given = set(layers[0].tops if layers and layers[0].node.name == "input" else ())
    nodes = message.nodes["input"]
    return {name: node for name, node in zip(names, nodes, strict=True) if name not in given}
