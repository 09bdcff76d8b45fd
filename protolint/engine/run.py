"""Evaluates the rules about a solver or a net and everything in it."""

from __future__ import annotations

from protolint.analysis import layer_facts
from protolint.analysis.alike import alike
from protolint.analysis.layer_facts import InState
from protolint.analysis.shapes import shapes
from protolint.engine.diagnose import Span, from_rule, span
from protolint.engine.facts import layer_record, net_record
from protolint.engine.records import NoRecord
from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from protolint.diagnostic import Diagnostic
    from protolint.engine.catalogue import Catalogue, Entry, Evaluator
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.solver import Solver
    from protolint.model.state import NetState
    from protolint.syntax.source import LineIndex


class Run:
    """One document under the rules; collects diagnostics, with ``undecided`` ones among them."""

    def __init__(
        self, catalogue: Catalogue, path: str, lines: LineIndex, *, undecided: bool = True
    ) -> None:
        self.catalogue = catalogue
        self.path = path
        self.lines = lines
        self.undecided = undecided
        self.diagnostics: list[Diagnostic] = []
        self.faults: list[str] = []
        parts = {name: catalogue.concerning(name) for name in _SUBJECTS.values()}
        self._of_text = {name: rules.of_text for name, rules in parts.items()}
        self._steady = {
            name: [*rules.shaped, *rules.steady, *rules.phased]
            for name, rules in parts.items()
            if rules.shaped or rules.steady or rules.phased
        }
        # Layers that no rule has anything to say of: as written, by the number that alike() gives;
        # as built, by the phase and their Shapes.cases; altogether, by the number and all cases.
        self._clean: set[Any] = set()
        # What has to be looked at in each of the layers that are alike: whether parts, which rules.
        self._has_parts: dict[int, bool] = {}
        self._open: dict[int, tuple[list[Entry], list[Entry]]] = {}

    def solver(self, solver: Solver) -> None:
        """Evaluate the rules about a solver."""
        from protolint.engine import solver_facts  # noqa: PLC0415  (slow to import)

        scope = {
            "solver": solver_facts.solver_record(solver),
            "lr": solver_facts.lr_record(solver),
        }
        self._evaluate(
            self.catalogue.concerning("solver").all(), scope, _first_field(solver.message)
        )

    def net(self, net: Net, states: list[NetState], solver: Solver | None = None) -> None:
        """Evaluate the rules about a net, its layers, and their fillers and param blocks.

        A rule that does not depend on the phase is evaluated once a layer, any other once for each
        state that the layer is part of; one that depends only on what is written in a layer is not
        evaluated again for a layer like one that it found nothing in.
        """
        self._has_parts.clear()
        self._open.clear()
        if net.memory is None:
            self._clean = set()
        else:  # what a rule says of a layer may depend on whether the net is trained at all
            about = self.catalogue, layer_facts.is_trained(net), *states
            self._clean = net.memory.silent.setdefault(about, set())
        scope: dict[str, Any] = {"net": net_record(net), "lr": NoRecord("no solver is given")}
        if solver is not None:
            from protolint.engine import solver_facts  # noqa: PLC0415  (slow to import)

            scope["lr"] = solver_facts.lr_record(solver)
        self._evaluate(self.catalogue.concerning("net").all(), scope, _first_field(net.message))
        ids = list(map(id, net.layers))
        # By layer its number, and its case in each state; ``None`` where it is not part of the net.
        of_layers = [alike(net)]
        for state in states:
            found = shapes(net, state)
            of_layers.append(dict(zip(found.graph.steps, found.cases, strict=True)))
        keys = zip(*(map(known.get, ids) for known in of_layers), strict=True)
        for layer, key in zip(net.layers, keys, strict=True):
            if key in self._clean:
                continue
            number, *cases = key
            within = [
                (state, case) for state, case in zip(states, cases, strict=True) if case is not None
            ]
            if within and self._layer(net, layer, number, within, scope):
                self._clean.add(key)

    def _layer(
        self,
        net: Net,
        layer: Layer,
        number: int,
        within: list[tuple[NetState, int]],
        net_scope: Mapping[str, Any],
    ) -> bool:
        """Evaluate the rules about a layer in the states it is part of, as the case it is there.

        Returns whether nothing need be evaluated for another layer that is the same cases there.
        """
        rules = self.catalogue.concerning("layer", layer.type)
        is_new = number not in self._clean
        new_shaped = (
            [(s, (s.phase, case)) for s, case in within if (s.phase, case) not in self._clean]
            if rules.shaped
            else []
        )
        of_parts = self._has_parts.get(number)
        if of_parts is None:
            of_parts = any(kind in self._steady for kind, _ in _parts(layer.message))
            self._has_parts[number] = of_parts
        steady, phased = self._open.get(number) or (rules.steady, rules.phased)
        if not (is_new or new_shaped or of_parts or steady or phased):
            return True
        told = self._told()
        states = [state for state, _ in within]
        parts = list(_parts(layer.message)) if is_new or of_parts else []
        where = span(layer.node)
        phases = tuple(dict.fromkeys([state.phase for state in states]))
        scope = {**net_scope, "layer": layer_record(InState(net, layer, states[0]))}
        if number not in self._open:
            steady, phased = self._applying(steady, scope), self._applying(phased, scope)
            self._open[number] = steady, phased
        if is_new:
            before = self._told()
            self._evaluate(rules.of_text, scope, where, layer.name, phases)
            self._parts(self._of_text, parts, layer, scope, phases)
            if before == self._told():
                self._clean.add(number)
        self._evaluate(steady, scope, where, layer.name, phases)
        self._parts(self._steady, parts, layer, scope, phases)
        for state, key in new_shaped:
            scope["layer"] = layer_record(InState(net, layer, state))
            before = self._told()
            self._evaluate(rules.shaped, scope, where, layer.name, (state.phase,))
            if before == self._told():
                self._clean.add(key)
        if phased:
            for state in states:
                scope["layer"] = layer_record(InState(net, layer, state))
                self._evaluate(phased, scope, where, layer.name, (state.phase,))
        return not (of_parts or steady or phased) and told == self._told()

    def _applying(self, rules: list[Entry], scope: Mapping[str, Any]) -> list[Entry]:
        """Return the rules that what is written in a layer does not rule out at once."""
        return [entry for entry in rules if not entry[0].begins_with_text or _may(entry[1], scope)]

    def _told(self) -> int:
        """Return how much has been found, undecided rules and failed ones included."""
        return len(self.diagnostics) + len(self.faults)

    def _parts(
        self,
        rules: Mapping[str, list[Entry]],
        parts: list[tuple[str, Message]],
        layer: Layer,
        scope: Mapping[str, Any],
        phases: tuple[str, ...],
    ) -> None:
        for subject, part in parts:
            if subject in rules:
                of_part = {**scope, subject: part}
                self._evaluate(rules[subject], of_part, span(part.node), layer.name, phases)

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
                if reasons and not self.undecided:
                    continue
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


def _may(when: Evaluator, scope: Mapping[str, Any]) -> bool:
    try:
        return when(scope) is not False
    except Exception:  # noqa: BLE001  (told when the rule is evaluated)
        return True


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
