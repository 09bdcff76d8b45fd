"""Nets of forks as prototxt, and the shapes that protolint gives their blobs and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from protolint.analysis.shapes import shapes
from protolint.model.net import Net
from protolint.model.state import NetState
from protolint.schema.bind import Binder
from protolint.schema.dialects import dialect_schema
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from protolint.layers import Shape
    from protolint.problem import Problem


class Made(NamedTuple):
    """Shapes by blob, parameter shapes by layer, and what is refused."""

    blobs: dict[str, Shape]
    params: dict[str, tuple[Shape, ...] | None]
    problems: list[Problem]


def net(text: str, *dialects: str, datum: Shape = None, misfits: int = 0) -> Net:
    problems: list[Problem] = []
    document = parse(text)
    message = Binder(dialect_schema(frozenset(dialects))).bind(document, "NetParameter", problems)
    assert len(document.problems + problems) == misfits
    return Net(message, datum=datum)


def made(text: str, *dialects: str, **more: Any) -> Made:
    found = shapes(net(text, *dialects, **more), NetState("TRAIN"))
    return Made(
        dict(zip(found.graph.names, found.blobs, strict=True)),
        {
            step.layer.name: built.params
            for step, built in zip(found.graph.order, found.built, strict=True)
            if built is not None
        },
        found.problems,
    )


def dims(*sizes: int) -> str:
    return " ".join(f"dim: {size}" for size in sizes)


def source(name: str, *sizes: int) -> str:
    shape = f"input_param {{ shape {{ {dims(*sizes)} }} }}"
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" {shape} }}\n'


def layer(kind: str, bottoms: str = "", text: str = "", top: str = "y") -> str:
    blobs = "".join(f' bottom: "{bottom}"' for bottom in bottoms.split())
    tops = "".join(f' top: "{blob}"' for blob in top.split())
    name = top.split(maxsplit=1)[0] if top else kind
    return f'layer {{ name: "{name}" type: "{kind}"{blobs}{tops} {text} }}\n'


def conv(name: str, bottom: str, outputs: int, kernel: int = 3, **more: Any) -> str:
    fields = "".join(f" {field}: {value}" for field, value in more.items())
    text = f"convolution_param {{ num_output: {outputs} kernel_size: {kernel}{fields} }}"
    return layer("Convolution", bottom, text, name)


def ssd300(classes: int = 21) -> str:
    """Liu et al. 2016 on VGG-16: six maps of 4, 6, 6, 6, 4 and 4 boxes a cell."""
    lines = [
        layer(
            "AnnotatedData",
            text=(
                "data_param { batch_size: 8 } annotated_data_param { anno_type: BBOX } "
                "transform_param { resize_param { resize_mode: WARP height: 300 width: 300 } }"
            ),
            top="data label",
        )
    ]
    blob = "data"
    for stage, (count, outputs) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for at in range(1, count + 1):
            lines.append(conv(f"conv{stage}_{at}", blob, outputs, pad=1))
            blob = f"conv{stage}_{at}"
        window = "kernel_size: 3 stride: 1 pad: 1" if stage == 5 else "kernel_size: 2 stride: 2"
        lines.append(layer("Pooling", blob, f"pooling_param {{ {window} }}", f"pool{stage}"))
        blob = f"pool{stage}"
    lines.append(conv("fc6", blob, 1024, pad=6, dilation=6))
    lines.append(conv("fc7", "fc6", 1024, 1))
    blob = "fc7"
    for stage, (inner, outputs, more) in enumerate(
        (
            (256, 512, {"pad": 1, "stride": 2}),
            (128, 256, {"pad": 1, "stride": 2}),
            (128, 256, {}),
            (128, 256, {}),
        ),
        6,
    ):
        lines.append(conv(f"conv{stage}_1", blob, inner, 1))
        lines.append(conv(f"conv{stage}_2", f"conv{stage}_1", outputs, **more))
        blob = f"conv{stage}_2"
    norm = "norm_param { across_spatial: false channel_shared: false }"
    lines.append(layer("Normalize", "conv4_3", norm, "conv4_3_norm"))
    maps = ("conv4_3_norm", "fc7", "conv6_2", "conv7_2", "conv8_2", "conv9_2")
    for name, ratios in zip(maps, ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,)), strict=True):
        boxes = 2 + 2 * len(ratios)
        for what, each in (("loc", 4), ("conf", classes)):
            made_ = f"{name}_mbox_{what}"
            lines.append(conv(made_, name, boxes * each, pad=1))
            order = "permute_param { order: 0 order: 2 order: 3 order: 1 }"
            lines.append(layer("Permute", made_, order, f"{made_}_perm"))
            flat = "flatten_param { axis: 1 }"
            lines.append(layer("Flatten", f"{made_}_perm", flat, f"{made_}_flat"))
        listed = " ".join(f"aspect_ratio: {ratio}" for ratio in ratios)
        prior = f"prior_box_param {{ min_size: 30 max_size: 60 {listed} variance: 0.1 }}"
        lines.append(layer("PriorBox", f"{name} data", prior, f"{name}_mbox_priorbox"))
    for what, axis in (("loc_flat", 1), ("conf_flat", 1), ("priorbox", 2)):
        short = what.removesuffix("_flat")
        bottoms = " ".join(f"{name}_mbox_{what}" for name in maps)
        lines.append(layer("Concat", bottoms, f"concat_param {{ axis: {axis} }}", f"mbox_{short}"))
    loss = (
        f"multibox_loss_param {{ num_classes: {classes} }} propagate_down: true "
        "propagate_down: true propagate_down: false propagate_down: false"
    )
    bottoms = "mbox_loc mbox_conf mbox_priorbox"
    lines.append(layer("MultiBoxLoss", f"{bottoms} label", loss, "mbox_loss"))
    return "".join(lines)
