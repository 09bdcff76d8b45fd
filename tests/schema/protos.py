"""Proto files made at random: what hypothesis draws becomes text that protoc accepts."""

from __future__ import annotations

from hypothesis import strategies as st

INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "sfixed32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "sint64": (-(2**63), 2**63 - 1),
    "sfixed64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "fixed32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "fixed64": (0, 2**64 - 1),
}
SCALARS = (*INTEGERS, "float", "double", "bool", "string", "bytes")
_NAMES = ("weights", "x", "optional", "message", "group", "enum", "to", "max", "reserved", "syntax")


@st.composite
def files(draw: st.DrawFn) -> str:
    """Draw a file of a few enums and messages, nested, with fields of every type and default."""
    package = draw(st.sampled_from(["", "caffe", "a.b"]))
    lines = ['syntax = "proto2";']
    if package:
        lines.append(f"package {package};")
    enums = [f"E{n}" for n in range(draw(st.integers(1, 2)))]
    for number, name in enumerate(enums):
        lines.append(_enum(draw, name, f"T{number}"))
    messages = [f"M{n}" for n in range(draw(st.integers(1, 3)))]
    prefixes = ["", f".{package}." if package else "."]
    for name in messages:
        nested = draw(st.integers(0, 2))
        types = [
            *(p + m for p in prefixes for m in messages),
            *(f"{name}.In{n}" for n in range(nested)),
        ]
        inner = [
            f"message In{n} {{\n{_fields(draw, [*types, f'In{n}'], enums)}\n}}"
            for n in range(nested)
        ]
        inner.append(_enum(draw, "Kind", "K"))
        body = _fields(draw, types, [*enums, "Kind", f"{name}.Kind"])
        lines.append(f"message {name} {{  // {name}\n{body}\n" + "\n".join(inner) + "\n}")
    return "\n".join(lines) + "\n"


def _enum(draw: st.DrawFn, name: str, prefix: str) -> str:
    """Write an enum; its values are known as ``<prefix>0``, ``<prefix>1``, …"""
    numbers = draw(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=2, max_size=3, unique=True))
    values = [f"{prefix}{at} = {number};" for at, number in enumerate(numbers)]
    return f"enum {name} {{ {' '.join(values)} }}"


def _fields(draw: st.DrawFn, messages: list[str], enums: list[str]) -> str:
    names = draw(st.lists(st.sampled_from(_NAMES), max_size=5, unique=True))
    numbers = draw(
        st.lists(
            st.integers(1, 18999) | st.integers(20000, 2**29 - 1),
            min_size=len(names),
            max_size=len(names),
            unique=True,
        )
    )
    return "\n".join(
        f"  {_field(draw, name, number, messages, enums)}"
        for name, number in zip(names, numbers, strict=True)
    )


def _field(draw: st.DrawFn, name: str, number: int, messages: list[str], enums: list[str]) -> str:
    kind = draw(st.sampled_from([*SCALARS, *messages, *enums]))
    label = draw(st.sampled_from(["optional", "required", "repeated"]))
    options = []
    is_message = kind in messages
    if label == "repeated":
        if not is_message and kind not in ("string", "bytes") and draw(st.booleans()):
            options.append(f"packed = {draw(st.sampled_from(['true', 'false']))}")
    elif not is_message and draw(st.booleans()):
        options.append(f"default = {_default(draw, kind)}")
    if draw(st.booleans()):
        options.append("deprecated = true")
    written = f"{number}" if draw(st.booleans()) else f"{number:#x}"
    listed = f" [{', '.join(options)}]" if options else ""
    return f"{label} {kind} {name} = {written}{listed};"


def _default(draw: st.DrawFn, kind: str) -> str:
    if kind in INTEGERS:
        number = draw(st.integers(*INTEGERS[kind]))
        sign, size = "-" if number < 0 else "", abs(number)
        return sign + draw(st.sampled_from([f"{size}", f"{size:#x}", f"0{size:o}"]))
    if kind in ("float", "double"):
        width = 32 if kind == "float" else 64
        number = draw(st.floats(width=width, allow_nan=False))
        spelt = draw(st.sampled_from([f"{number!r}", f"{number:.3e}", f"{number:.9g}", "inf"]))
        return spelt if draw(st.booleans()) else draw(st.sampled_from(["nan", "-inf", "0", "1."]))
    if kind == "bool":
        return draw(st.sampled_from(["true", "false"]))
    if kind == "string":
        return _quoted(draw(st.text(max_size=6)))
    if kind == "bytes":
        return '"' + "".join(f"\\{byte:03o}" for byte in draw(st.binary(max_size=6))) + '"'
    return {"E0": "T0", "E1": "T1"}.get(kind, "K") + draw(st.sampled_from("01"))


def _quoted(text: str) -> str:
    shown = "".join(
        c if c.isprintable() and c not in "\"\\'" else "".join(f"\\x{b:02x}" for b in c.encode())
        for c in text
    )
    return f"'{shown}'" if len(text) % 2 else f'"{shown}"'
