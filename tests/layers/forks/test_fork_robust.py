"""Every description copes with bottoms and parameters of any kind, under each of its dialects."""

from __future__ import annotations

from itertools import product

import pytest
from fork_nets import layer, net
from test_fork_table import KINDS

from protolint.layers import Fault, Setup, set_up
from protolint.layers.counts import counts
from protolint.schema.dialects import dialects

SHAPES = (None, (), (3,), (2, 8), (2, 8, 6, 6), (2, 8, 4, 6, 6), (None,) * 4, (0, 8, 6, 6))


def _message(kind: str, dialect: str):
    return net(layer(kind, "a", "", "b"), dialect).layers[0].message


@pytest.mark.parametrize("name", KINDS)
def test_any_bottoms(name) -> None:
    kind = KINDS[name]
    for dialect in dialects().values():
        if name not in dialect.types:
            continue
        message = _message(name, dialect.name)
        (bottoms, most), (tops, most_tops) = counts(kind, message)
        least = max(tops, 1)
        for number in range(bottoms, min(most or bottoms + 2, bottoms + 2) + 1):
            for shape, other in product(SHAPES, SHAPES):
                given = (shape, *(other,) * (number - 1))[:number]
                for wanted in range(least, min(most_tops or least + 2, least + 2) + 1):
                    built = set_up(kind, Setup(message, given, wanted))
                    assert isinstance(built, Fault) or len(built.tops) == wanted


@pytest.mark.parametrize("name", KINDS)
def test_parameters_that_cannot_be_read_refuse_nothing(name) -> None:
    kind = KINDS[name]
    for dialect in dialects().values():
        if name not in dialect.types:
            continue
        message = _message(name, dialect.name)
        for read in kind.reads:
            message.lose(read)
        (bottoms, _), (tops, _) = counts(kind, message)
        built = set_up(kind, Setup(message, (None,) * bottoms, max(tops, 1)))
        assert not isinstance(built, Fault)
