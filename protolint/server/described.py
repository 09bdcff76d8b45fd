"""Pages of Markdown about what the schema, the layers and the rules know."""

from __future__ import annotations

import inspect

from protolint.engine.expression.template import show
from protolint.schema.misfit import kind_name
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from protolint.layers import LayerType
    from protolint.schema.types import EnumType, FieldType, MessageType, Schema


def field_page(owner: MessageType, field: FieldType, schema: Schema) -> str:
    """Return what there is to say of a field of a message."""
    takes = kind_name(field)
    if field.kind not in ("enum", "message"):
        takes = f"{takes} ({field.kind})"
    if field.label != "optional":
        takes += f", {field.label}"
    lines = [f"**`{field.name}`** of {owner.name}: {takes}", _sentence(field.doc)]
    if field.deprecated:
        lines.append("*Deprecated.*")
    if isinstance(field.default, Unknown):
        lines.append("Its default depends on the Caffe")
    elif field.label != "repeated" and field.kind != "message":
        how = "default" if field.explicit_default else "absent, it is"
        lines.append(
            f"{how.capitalize()}{':' if field.explicit_default else ''} `{_default(field)}`"
        )
    if field.kind == "enum":
        lines.append(values_of(schema.enums[field.type_name]))
    elif field.kind == "message":
        lines.append(_sentence(schema.messages[field.type_name].doc))
    return "\n\n".join(line for line in lines if line)


def values_of(enum: EnumType) -> str:
    """Return the names of an enum's values, and what the enum is for."""
    names = ", ".join(f"`{name}`" for name in enum.values)
    return f"{_sentence(enum.doc)} One of {names}".strip()


def layer_page(kind: LayerType) -> str:
    """Return what there is to say of a layer type."""
    lines = [
        f"**{kind.name}** layer: {_counted(kind.bottoms, 'bottom')}, {_counted(kind.tops, 'top')}"
    ]
    doc = inspect.getdoc(kind.shape)
    if doc:
        lines.append(doc)
    if kind.reads:
        lines.append("Reads " + ", ".join(f"`{name}`" for name in kind.reads))
    if kind.loss:
        lines.append("A loss: its first top has the loss weight 1")
    return "\n\n".join(lines)


def _counted(counts: object, what: str) -> str:
    """Say how many blobs there may be; a function of the layer says nothing of the type."""
    if not isinstance(counts, tuple):
        return f"{what}s by its parameters"
    least, most = counts
    if most is None:
        return f"{least} or more {what}s"
    if least == most:
        return f"{least or 'no'} {what}{'s' * (least != 1)}"
    return f"{least} to {most} {what}s"


def _default(field: FieldType) -> str:
    if isinstance(field.default, bool):
        return "true" if field.default else "false"
    if isinstance(field.default, str) and field.kind != "enum":
        return f'"{field.default}"'
    return show(field.default)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
