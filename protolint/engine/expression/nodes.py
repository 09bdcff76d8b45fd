"""Nodes of a parsed expression: plain lists, so that they can be kept as JSON.

A node is ``[op, start, end, operands, *details]``: ``start`` and ``end`` are offsets in code points
into the text, ``operands`` is a list of nodes, and the details depend on the operation:

======================================== ======================= ==============================
op                                       operands                details
======================================== ======================= ==============================
``bool`` ``int`` ``double`` ``string``                           value
``name``                                                         name
``list``                                 the elements
``select`` ``has``                       object                  name, offset of name
``index``                                list, index
``call``                                 the arguments           name
``method``                               object, the arguments   name, offset of name
``matches``                              string                  pattern
``macro``                                list, body              macro, its offset, variable
``!`` ``-``                              one
``+ - * / % == != < <= > >= in && ||``   two
``?:``                                   condition, then, else
======================================== ======================= ==============================
"""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, TypeAlias

Node: TypeAlias = "list[Any]"


def paths(node: Node) -> list[tuple[str, ...]]:
    """Return what the expression reads, as paths that start at a variable of the environment.

    ``layer.param[0].lr_mult > lr.at(3)`` reads ``("layer", "param")`` and ``("lr",)``: a path
    ends where it is indexed or called. Each path is given once, in the order of the text.
    """
    found: dict[tuple[str, ...], None] = {}
    _collect(node, frozenset(), found)
    return list(found)


def chain(node: Node) -> tuple[str, ...] | None:
    """Return the names of a node such as ``layer.pooling_param.stride``, else ``None``."""
    names: list[str] = []
    while node[0] == "select":
        names.append(node[4])
        node = node[3][0]
    if node[0] != "name":
        return None
    names.append(node[4])
    return tuple(reversed(names))


def _collect(node: Node, bound: frozenset[str], found: dict[tuple[str, ...], None]) -> None:
    # What has() asks about is read like the member itself.
    path = chain(["select", *node[1:]] if node[0] == "has" else node)
    if path is not None:
        if path[0] not in bound:
            found[path] = None
    elif node[0] == "macro":
        items, body = node[3]
        _collect(items, bound, found)
        _collect(body, bound | {node[6]}, found)
    else:
        for operand in node[3]:
            _collect(operand, bound, found)
