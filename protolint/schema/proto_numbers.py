"""The numbers and names that a message or enum of a proto2 file sets aside."""

from __future__ import annotations

from protolint.schema.proto_syntax import error_at, of_kind, unquote, whole
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

MAX_FIELD_NUMBER = 2**29 - 1
_PROTOBUFS_OWN = (19000, 19999)


class Numbers(NamedTuple):
    """Ranges, both ends included: ``reserved``, and ``extensions`` for fields of other files."""

    of_enum: bool
    reserved: list[tuple[int, int]]
    extensions: list[tuple[int, int]]
    names: frozenset[str]

    def refuse(self, name: str, number: int, place: Any) -> None:
        """Raise ``ProtoFileError`` for a name or a number that is set aside."""
        if name in self.names:
            raise error_at(f"the name {name} is reserved", place)
        if _within(number, self.reserved):
            raise error_at(f"the number {number} is reserved", place)
        if _within(number, self.extensions):
            raise error_at(f"the number {number} is for extensions", place)
        if not self.of_enum and _within(number, [_PROTOBUFS_OWN]):
            raise error_at(f"protobuf keeps {number} for itself, as all of 19000..19999", place)

    def for_extensions(self, number: int) -> bool:
        """Return whether an extension may have that number."""
        return _within(number, self.extensions) and not _within(number, [_PROTOBUFS_OWN])


def numbers_of(body: Any) -> Numbers:
    """Return what the body of a message or enum sets aside. Raises ``ProtoFileError``."""
    of_enum = body.data == "enum_body"
    found: dict[str, list[tuple[int, int]]] = {"reserved": [], "extensions": []}
    names: set[str] = set()
    seen: list[tuple[int, int]] = []
    for kind, ranges in found.items():
        for item in of_kind(body, kind):
            names.update(unquote(s).decode("utf-8", "replace") for s in of_kind(item, "strings"))
            for tree in of_kind(item, "range"):
                low, high = _range(tree, of_enum=of_enum)
                if any(low <= end and start <= high for start, end in seen):
                    raise error_at("this range overlaps with another one", tree.meta)
                seen.append((low, high))
                ranges.append((low, high))
    return Numbers(of_enum, found["reserved"], found["extensions"], frozenset(names))


def _range(tree: Any, *, of_enum: bool) -> tuple[int, int]:
    first, last = tree.children[0], tree.children[-1]
    least, most = (-(2**31), 2**31 - 1) if of_enum else (1, MAX_FIELD_NUMBER)
    low = whole(*first.children)
    high = most if isinstance(last, str) else whole(*last.children)
    if low < least or high > most:
        raise error_at(f"numbers are in {least}..{most}", tree.meta)
    if low > high:
        raise error_at("this range ends before it begins", tree.meta)
    return low, high


def _within(number: int, ranges: list[tuple[int, int]]) -> bool:
    return any(low <= number <= high for low, high in ranges)
