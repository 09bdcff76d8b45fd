"""A solver as a rule author sees it."""

from __future__ import annotations

from protolint.model.state import NetState, Phase, solver_state
from protolint.model.upgrade import upgrade_solver
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from protolint.problem import Problem
    from protolint.schema.message import Message
    from protolint.syntax.tree import Field
    from protolint.values import Unknown

_TRAIN = ("net", "net_param", "train_net", "train_net_param")
_TEST = ("test_net_param", "test_net")
_GENERIC = ("net", "net_param")


class NetReference(NamedTuple):
    """A net that a solver names, by path or inline: the ``number``-th (from 0) of ``field``."""

    field: str
    number: int
    source: str | Message
    node: Field


class NetUse(NamedTuple):
    """A net that a solver builds, with the state that the solver sets over the net's own."""

    reference: NetReference
    phase: Phase
    state: Message | None

    def net_state(self, own: Message | None) -> NetState:
        """Return the state the net is built in, given the net's own `state`."""
        return solver_state(self.phase, own, self.state)


class Solver:
    """A solver whose `type` is given in the current form; ``message`` is its ``SolverParameter``.

    ``problems`` is what the upgrade found.
    """

    __slots__ = ("facts", "message", "path", "problems")

    def __init__(self, message: Message, path: str = "") -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.message = upgrade_solver(message, self.problems)
        self.facts: dict[Any, Any] = {}

    def read(self, name: str) -> Any:
        """Return a field's value, as ``Message.read`` does."""
        return self.message.read(name)

    def has(self, name: str) -> bool | Unknown:
        """Return whether a field is set, as ``Message.has`` does."""
        return self.message.has(name)

    def nets(self) -> list[NetReference]:
        """Return every net the solver names, in the order of the text."""
        named = [
            reference
            for field in (*_TRAIN, *_TEST)
            for reference in _references(self.message, field)
        ]
        return sorted(named, key=lambda reference: reference.node.start)

    def uses(self) -> list[NetUse]:
        """Return the nets that Caffe builds: the train net, then the test nets in Caffe's order.

        Test nets are all `test_net_param`, then all `test_net`, then one more of `net` or
        `net_param` for each `test_iter` that is left; the i-th takes the i-th `test_state`
        (solver.cpp, InitTestNets).
        """
        message = self.message
        values = message.values
        trains = [r for field in _TRAIN for r in _references(message, field)]
        uses = [NetUse(r, "TRAIN", values.get("train_state")) for r in trains[:1]]
        tests = [r for field in _TEST for r in _references(message, field)]
        for field in _GENERIC:
            for reference in _references(message, field):
                tests += [reference] * (len(values.get("test_iter", ())) - len(tests))
        states = values.get("test_state", ())
        for index, reference in enumerate(tests):
            state = states[index] if index < len(states) else None
            uses.append(NetUse(reference, "TEST", state))
        return uses


def _references(message: Message, field: str) -> list[NetReference]:
    value = message.values.get(field)
    if value is None:
        return []
    node = message.nodes[field]
    values, nodes = (value, node) if isinstance(value, list) else ([value], [node])
    return [
        NetReference(field, number, source, place)
        for number, (source, place) in enumerate(zip(values, nodes, strict=True))
    ]
