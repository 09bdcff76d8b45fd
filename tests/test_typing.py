"""What stands in for ``typing`` makes what ``typing`` makes."""

import copy
import pickle
import typing

import pytest

from protolint import typing as ours


class Ours(ours.NamedTuple):
    """A place."""

    start: int
    end: "int | None" = None
    marks: "tuple[str, ...]" = ()

    @property
    def size(self):
        return (self.end or self.start) - self.start

    @classmethod
    def empty(cls, at):
        return cls(at, end=at)


class Theirs(typing.NamedTuple):
    """A place."""

    start: int
    end: "int | None" = None
    marks: "tuple[str, ...]" = ()


@pytest.mark.parametrize(
    "read",
    [
        lambda kind: kind._fields,
        lambda kind: kind._field_defaults,
        lambda kind: kind.__match_args__,
        lambda kind: kind.__bases__,
        lambda kind: kind.__module__,
        lambda kind: kind.__doc__,
        lambda kind: set(kind.__annotations__),
        lambda kind: kind(1),
        lambda kind: kind(1, marks=("a",)),
        lambda kind: kind(1, 2)._replace(end=3),
        lambda kind: kind(1, 2)._asdict(),
        lambda kind: kind._make([1, 2, ()]),
        lambda kind: repr(kind(1)).partition("(")[2],
        lambda kind: hasattr(kind(1), "__dict__"),
        lambda kind: copy.copy(kind(1)),
    ],
)
def test_a_named_tuple_is_what_typing_makes(read):
    assert read(Ours) == read(Theirs)


@pytest.mark.parametrize("arguments", [{}, {"strat": 1}, {"start": 1, "ends": 2}])
def test_wrong_arguments_are_told_as_typing_tells_them(arguments):
    with pytest.raises(TypeError) as told:
        Ours(**arguments)
    with pytest.raises(TypeError) as expected:
        Theirs(**arguments)
    assert str(told.value) == str(expected.value).replace("Theirs", "Ours")


def test_methods_and_pickles_work():
    place = Ours.empty(4)
    assert type(place) is Ours
    assert (place, place.size, Ours(1, 3).size) == ((4, 4, ()), 0, 2)
    assert type(pickle.loads(pickle.dumps(place))) is Ours  # noqa: S301
