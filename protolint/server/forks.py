"""Which Caffes have what is not BVLC's, in words."""

from __future__ import annotations

from functools import cache

from protolint.layers import LAYER_TYPES


@cache
def owners_of_type(name: str) -> str:
    """Return the dialects that have a layer type; empty for BVLC's and for what nobody has."""
    if name in LAYER_TYPES:
        return ""
    from protolint.schema.dialects import listed  # noqa: PLC0415  (most texts are BVLC's)
    from protolint.schema.needs import having_type  # noqa: PLC0415  (as above)

    return listed(having_type(name))


@cache
def owners_of_field(message: str, name: str) -> str:
    """Return the dialects that have a field; empty for BVLC's and for what nobody has."""
    from protolint.schema.dialects import listed  # noqa: PLC0415  (most texts are BVLC's)
    from protolint.schema.needs import having_field  # noqa: PLC0415  (as above)

    who = frozenset().union(*(names for _, names in having_field(message, name)))
    return "" if "bvlc" in who else listed(who)


@cache
def all_types() -> tuple[str, ...]:
    """Return the layer types that only forks have, those of the best known first."""
    from protolint.schema.dialects import dialects  # noqa: PLC0415  (not at the start)

    return tuple(dict.fromkeys(name for d in dialects().values() for name in sorted(d.types)))


def first_with(name: str) -> frozenset[str]:
    """Return the best known dialect that has a layer type of forks; nothing where none has it."""
    from protolint.schema.dialects import in_order  # noqa: PLC0415  (few texts have such types)
    from protolint.schema.needs import having_type  # noqa: PLC0415  (as above)

    return frozenset(dialect.name for dialect in in_order(having_type(name))[:1])
