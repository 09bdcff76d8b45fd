"""Layers without a name of their own. Caffe finds weights by it, and does not ask for one."""

from __future__ import annotations

from protolint.analysis.graph import merge
from protolint.analysis.shapes import shapes
from protolint.model.place import mark, problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.analysis.shapes import Shapes
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem


def name_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return the layers whose name is another's or missing, each once with its phases."""
    return merge((state, list(_problems(shapes(net, state)))) for state in states)


def _problems(found: Shapes) -> Iterator[Problem]:
    order = found.graph.order
    names = [step.layer.name for step in order]
    if "" not in names and len(set(names)) == len(names):
        return
    first: dict[str, int] = {}
    owners: dict[str, int] = {}
    for at, ((layer, _, _), built) in enumerate(zip(order, found.built, strict=True)):
        name = layer.name
        weighs = built is not None and bool(built.params)
        earlier = first.setdefault(name, at)
        owner = owners.setdefault(name, at) if weighs else at
        if "name" in layer.message.lost or layer.doubtful:
            continue
        args: dict[str, object] = {"layer": name, "type": layer.type}
        if owner != at:
            other = order[owner].layer
            marks = (mark(other.name_node(), "weights of this name are these"),)
            rule = "repeated-name-of-weights"
            yield problem(rule, layer.name_node(), args, marks=marks, layer=name)
        elif earlier != at and name and not order[earlier].layer.doubtful:
            other = order[earlier].layer
            args["earlier_type"] = other.type
            marks = (mark(other.name_node(), "the first layer of this name"),)
            yield problem("duplicate-layer-name", layer.name_node(), args, marks=marks, layer=name)
        elif earlier == at and not name:
            count = names.count("")
            args["layers"] = "1 layer has" if count == 1 else f"{count} layers have"
            yield problem("unnamed-layer", layer.type_node(), args)
