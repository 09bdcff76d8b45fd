"""Evaluates the rules about a solver or a net and everything in it."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from protolint.analysis.layer_facts import InState
from protolint.engine.diagnose import Span, from_rule, span
from protolint.engine.facts import layer_record, lr_record, net_record, no_lr_record, solver_record
from protolint.schema.message import Message
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from protolint.diagnostic import Diagnostic
    from protolint.engine.catalogue import Catalogue
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
        self._evaluate("solver", "", scope, _first_field(solver.message))

    def net(self, net: Net, states: list[NetState], solver: Solver | None = None) -> None:
        """Evaluate the rules about a net, its layers, and their fillers and param blocks.

        A rule that does not depend on the phase is evaluated once a layer, any other once for each
        state that the layer is part of.
        """
        lr = no_lr_record() if solver is None else lr_record(solver)
        scope: dict[str, Any] = {"net": net_record(net), "lr": lr}
        self._evaluate("net", "", scope, _first_field(net.message))
        members = [(state, {id(layer) for layer in net.for_state(state)}) for state in states]
        for layer in net.layers:
            within = [state for state, layers in members if id(layer) in layers]
            if within:
                self._layer(net, layer, within, scope)

    def _layer(
        self, net: Net, layer: Layer, states: list[NetState], net_scope: Mapping[str, Any]
    ) -> None:
        where = span(layer.node)
        phases = tuple(dict.fromkeys(state.phase for state in states))
        scope = {**net_scope, "layer": layer_record(InState(net, layer, states[0]))}
        kind = layer.type if isinstance(layer.type, str) else ""
        self._evaluate("layer", kind, scope, where, layer.name, phases, phased=False)
        if any(rule.phased for rule, _, _ in self.catalogue.concerning("layer", kind)):
            for state in states:
                scope["layer"] = layer_record(InState(net, layer, state))
                self._evaluate("layer", kind, scope, where, layer.name, (state.phase,), phased=True)
        for subject, message_type in _PARTS:
            if self.catalogue.concerning(subject):
                for part in _parts(layer.message, message_type):
                    scope[subject] = part
                    self._evaluate(subject, "", scope, span(part.node), layer.name, phases)

    def _evaluate(
        self,
        subject: str,
        kind: str,
        scope: Mapping[str, Any],
        anchor: Span,
        layer: str | None = None,
        phases: tuple[str, ...] = (),
        *,
        phased: bool | None = None,
    ) -> None:
        for rule, when, require in self.catalogue.concerning(subject, kind):
            if phased is not None and rule.phased is not phased:
                continue
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
                self.faults.append(f"{self.path}: rule {rule.name}\n{traceback.format_exc()}")
                continue
            self.diagnostics.append(found)


_PARTS = (("filler", "FillerParameter"), ("param", "ParamSpec"))


def _parts(message: Message, kind: str) -> Iterator[Message]:
    """Yield the messages of a type that are written in a layer, at any depth."""
    for value in message.values.values():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, Message):
                if item.type.name == kind:
                    yield item
                else:
                    yield from _parts(item, kind)


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
