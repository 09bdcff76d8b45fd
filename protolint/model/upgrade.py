"""What Caffe makes of a text in an older format before it looks at it.

Follows ReadNetParamsFromTextFileOrDie and ReadSolverParamsFromTextFileOrDie, in their order. The
messages that come out are in the current format, and their ``nodes`` are the fields as written.
"""

from __future__ import annotations

from protolint.model.inputs import input_layer
from protolint.model.place import mark, problem
from protolint.model.v1 import SOLVER_TYPES
from protolint.schema.message import clone
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.problem import Problem
    from protolint.schema.message import Message
    from protolint.syntax.tree import Field

_NET_FIELDS_LOST = ("input_shape", "state", "debug_info")
"""Net-level fields that the V0 upgrade does not carry over."""


def upgrade_layers(net: Message, problems: list[Problem]) -> list[Message]:
    """Return the ``LayerParameter`` messages that Caffe reads from a net file, in its order.

    A net that mixes `layer` with `layers` is refused by Caffe; its layers are given in the order of
    the text, so that the rest can still be looked at.
    """
    layers: list[Message] = net.values.get("layer", [])
    old: list[Message] = net.values.get("layers", [])
    is_v0 = old and is_v0_net(net)
    if is_v0:
        _report_lost(net, problems)
        from protolint.model.from_v0 import from_v0  # noqa: PLC0415  (few nets are as old)

        layers = from_v0(net, problems)
    elif old:
        from protolint.model.from_v1 import from_v1  # noqa: PLC0415  (as above)

        upgraded = [from_v1(layer, problems) for layer in old]
        if layers:
            problems.append(_mixed(net))
            layers = sorted(layers + upgraded, key=_start)
        else:
            layers = upgraded
    inputs = input_layer(net, problems, shapes=not is_v0)
    if inputs is not None:
        layers = [inputs, *layers]
    return [_batch_norm(layer, problems) if _has_statistics(layer) else layer for layer in layers]


def is_v0_net(net: Message) -> bool:
    """Return whether a layer is written as `layers { layer { … } }`, which makes all of them V0."""
    return any("layer" in layer.nodes for layer in net.values.get("layers", ()))


def inline_layers(net: Message, problems: list[Problem]) -> list[Message]:
    """Return the layers of a net that is written inside a solver, which Caffe does not upgrade."""
    for name in ("layers", "input"):
        if name in net.values:
            count = len(net.values[name])
            args = {"name": name, "count": count}
            problems.append(problem("inline-net-not-upgraded", net.nodes[name][0], args))
    layers: list[Message] = net.values.get("layer", [])
    return layers


def upgrade_solver(solver: Message, problems: list[Problem]) -> Message:
    """Return the solver with the enum `solver_type` turned into the string `type`."""
    if "solver_type" not in solver.values:
        return solver
    node = solver.nodes["solver_type"]
    if "type" in solver.values:
        args = {"type": solver.values["type"], "solver_type": solver.values["solver_type"]}
        marks = (mark(solver.nodes["type"], "the current form"),)
        alike = SOLVER_TYPES[solver.values["solver_type"]] == solver.values["type"]
        found = problem("type-and-solver-type", node, args, marks=marks)
        problems.append(found._replace(sure=alike))
        return solver
    upgraded = clone(solver)
    upgraded.nodes["type"] = node
    if solver.values["solver_type"] in SOLVER_TYPES:
        upgraded.values["type"] = SOLVER_TYPES[solver.values["solver_type"]]
    else:  # a fork's
        upgraded.lose("type")
    return upgraded


def _start(layer: Message) -> int:
    return layer.node.start


def _mixed(net: Message) -> Problem:
    new, old = net.nodes["layer"], net.nodes["layers"]
    first, second = (new, old) if new[0].start < old[0].start else (old, new)
    args = {"layer": len(new), "layers": len(old)}
    marks = (mark(first[0], f"the first `{first[0].name}`"),)
    return problem("net-mixes-layer-formats", second[0], args, marks=marks)


def _report_lost(net: Message, problems: list[Problem]) -> None:
    """Report what a net loses because one of its layers is V0."""
    cause = next(layer for layer in net.values["layers"] if "layer" in layer.nodes)
    marks = (mark(cause.nodes["layer"], "this layer is V0, and so is the net"),)
    for name in ("layer", *_NET_FIELDS_LOST):
        node: Field | list[Field] | None = net.nodes.get(name)
        if not node:
            continue
        first, count = (node[0], len(node)) if isinstance(node, list) else (node, 1)
        args = {"name": name, "count": count}
        problems.append(problem("v0-drops-net-field", first, args, marks=marks))


def _has_statistics(layer: Message) -> bool:
    values = layer.values
    return values.get("type") == "BatchNorm" and len(values.get("param", ())) == 3


def _batch_norm(layer: Message, problems: list[Problem]) -> Message:
    """Set lr_mult and decay_mult of the three statistics to 0, whatever is written."""
    written = layer.values["param"]
    zeroed = [_zeroed(param, layer, problems) for param in written]
    if zeroed == written:
        return layer
    upgraded = clone(layer)
    upgraded.values["param"] = zeroed
    return upgraded


def _zeroed(param: Message, layer: Message, problems: list[Problem]) -> Message:
    if param.values.get("lr_mult") == param.values.get("decay_mult") == 0:
        return param
    zeroed = clone(param)
    for name in ("lr_mult", "decay_mult"):
        node = param.nodes.get(name, param.node)
        if param.values.get(name):
            owner = layer.values.get("name", "")
            args = {"name": name, "value": param.values[name], "layer": owner}
            problems.append(problem("batch-norm-rate-ignored", node, args, layer=owner))
        zeroed.values[name] = 0.0
        zeroed.nodes[name] = node
    return zeroed
