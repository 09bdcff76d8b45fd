"""Evaluates the rules about a solver or a net and everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protolint.analysis.layer_facts import InState
from protolint.engine.diagnose import Span, from_rule, span
from protolint.engine.facts import layer_record, lr_record, net_record, no_lr_record, solver_record
from protolint.schema.message import Message
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from protolint.diagnostic import Diagnostic
    from protolint.engine.catalogue import Catalogue, Entry
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.solver import Solver
    from protolint.model.state import NetState
    from protolint.syntax.source import LineIndex


class Run:
    """One document under the rules; collects diagnostics, undecided ones among them."""

    def __init__(self, catalogue: Catalogue, path: str, lines: LineIndex) -> None:
        self.catalogue = catalogue
        self.path = path
        self.lines = lines
        self.diagnostics: list[Diagnostic] = []
        self.faults: list[str] = []

    def solver(self, solver: Solver) -> None:
        """Evaluate the rules about a solver."""
        scope = {"solver": solver_record(solver), "lr": lr_record(solver)}
        self._evaluate(self.catalogue.concerning("solver"), scope, _first_field(solver.message))

    def net(self, net: Net, states: list[NetState], solver: Solver | None = None) -> None:
        """Evaluate the rules about a net, its layers, and their fillers and param blocks.

        A rule that does not depend on the phase is evaluated once a layer, any other once for each
        state that the layer is part of.
        """
        lr = no_lr_record() if solver is None else lr_record(solver)
        scope: dict[str, Any] = {"net": net_record(net), "lr": lr}
        self._evaluate(self.catalogue.concerning("net"), scope, _first_field(net.message))
        members = [(state, {id(layer) for layer in net.for_state(state)}) for state in states]
        for layer in net.layers:
            within = [state for state, layers in members if id(layer) in layers]
            if within:
                self._layer(net, layer, within, scope)

    def _layer(
        self, net: Net, layer: Layer, states: list[NetState], net_scope: Mapping[str, Any]
    ) -> None:
        where = span(layer.node)
        phases = tuple(dict.fromkeys([state.phase for state in states]))
        records = [layer_record(InState(net, layer, state)) for state in states]
        scope = {**net_scope, "layer": records[0]}
        kind = layer.type if isinstance(layer.type, str) else ""
        steady, phased = self.catalogue.of_layer(kind)
        self._evaluate(steady, scope, where, layer.name, phases)
        if phased:
            for state, record in zip(states, records, strict=True):
                scope["layer"] = record
                self._evaluate(phased, scope, where, layer.name, (state.phase,))
        for subject, part in _parts(layer.message):
            rules = self.catalogue.concerning(subject)
            if rules:
                scope[subject] = part
                self._evaluate(rules, scope, span(part.node), layer.name, phases)

    def _evaluate(
        self,
        rules: list[Entry],
        scope: Mapping[str, Any],
        anchor: Span,
        layer: str | None = None,
        phases: tuple[str, ...] = (),
    ) -> None:
        for rule, when, require in rules:
            try:
                applies = when(scope)
                if applies is False:
                    continue
                holds = require(scope)
                if holds is True:
                    continue
                reasons: frozenset[str] = frozenset()
                for answer in (applies, holds):
                    if isinstance(answer, Unknown):
                        reasons |= answer.reasons
                found = from_rule(
                    rule,
                    scope,
                    anchor,
                    self.path,
                    self.lines,
                    layer=layer,
                    phases=phases,
                    reasons=tuple(sorted(reasons)),
                )
            except Exception:  # noqa: BLE001  (a rule that fails costs its own finding only)
                import traceback  # noqa: PLC0415  (slow to import, and needed for faults only)

                self.faults.append(f"{self.path}: rule {rule.name}\n{traceback.format_exc()}")
                continue
            self.diagnostics.append(found)


_SUBJECTS = {"FillerParameter": "filler", "ParamSpec": "param"}
"""Types of messages within a layer that rules are about, and what rules call them."""


def _parts(message: Message) -> Iterator[tuple[str, Message]]:
    """Yield the messages that are written in a layer, at any depth, and that rules are about."""
    for value in message.values.values():
        # A field repeats one type, so the first element speaks for all.
        first = value[0] if type(value) is list and value else value
        if type(first) is not Message:
            continue
        subject = _SUBJECTS.get(first.type.name)
        for item in value if first is not value else (value,):
            if subject:
                yield subject, item
            else:
                yield from _parts(item)


def _first_field(message: Message) -> Span:
    fields = message.node.value
    return span(fields[0]) if isinstance(fields, list) and fields else (0, 0)


def merge_phases(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Join findings that differ in nothing but the phase they hold in."""
    merged: dict[Diagnostic, list[Any]] = {}
    for diagnostic in diagnostics:
        merged.setdefault(diagnostic._replace(phases=()), []).extend(diagnostic.phases)
    return [
        diagnostic._replace(phases=tuple(p for p in ("TRAIN", "TEST") if p in phases))
        for diagnostic, phases in merged.items()
    ]
