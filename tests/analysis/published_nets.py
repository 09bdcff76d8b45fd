"""Well-known nets as prototxt, written from their papers' tables."""

from __future__ import annotations

from typing import Any


class Text:
    """A net that grows layer by layer; each method returns the blob it makes."""

    def __init__(self, side: int) -> None:
        self.layers: list[str] = []
        self.add("Input", "data", [], f"input_param {{ shape {{ {dims(1, 3, side, side)} }} }}")

    def add(self, kind: str, name: str, bottoms: list[str], text: str = "", top: str = "") -> str:
        blobs = "".join(f' bottom: "{bottom}"' for bottom in bottoms)
        top = top or name
        self.layers.append(f'layer {{ name: "{name}" type: "{kind}"{blobs} top: "{top}" {text} }}')
        return top

    def conv(self, name: str, bottom: str, outputs: int, kernel: int, **more: Any) -> str:
        fields = "".join(f" {field}: {value}" for field, value in more.items())
        text = f"convolution_param {{ num_output: {outputs} kernel_size: {kernel}{fields} }}"
        return self.add("Convolution", name, [bottom], text)

    def relu(self, bottom: str) -> str:
        return self.add("ReLU", f"{bottom}/relu", [bottom], top=bottom)

    def pool(self, name: str, bottom: str, kernel: int, stride: int, pad: int = 0) -> str:
        text = f"pooling_param {{ kernel_size: {kernel} stride: {stride} pad: {pad} }}"
        return self.add("Pooling", name, [bottom], text)

    def average(self, name: str, bottom: str) -> str:
        return self.add(
            "Pooling", name, [bottom], "pooling_param { pool: AVE global_pooling: true }"
        )

    def linear(self, name: str, bottom: str, outputs: int) -> str:
        text = f"inner_product_param {{ num_output: {outputs} }}"
        return self.add("InnerProduct", name, [bottom], text)

    def done(self) -> str:
        return "\n".join(self.layers) + "\n"


def dims(*sizes: int) -> str:
    return " ".join(f"dim: {size}" for size in sizes)


def alexnet() -> str:
    """Krizhevsky, Sutskever, Hinton 2012, with two groups where there were two devices."""
    net = Text(227)
    blob = net.relu(net.conv("conv1", "data", 96, 11, stride=4))
    blob = net.add("LRN", "norm1", [net.pool("pool1", blob, 3, 2)])
    blob = net.relu(net.conv("conv2", blob, 256, 5, pad=2, group=2))
    blob = net.add("LRN", "norm2", [net.pool("pool2", blob, 3, 2)])
    blob = net.relu(net.conv("conv3", blob, 384, 3, pad=1))
    blob = net.relu(net.conv("conv4", blob, 384, 3, pad=1, group=2))
    blob = net.relu(net.conv("conv5", blob, 256, 3, pad=1, group=2))
    blob = net.pool("pool5", blob, 3, 2)
    for name in ("fc6", "fc7"):
        blob = net.relu(net.linear(name, blob, 4096))
        net.add("Dropout", f"{name}/drop", [blob], top=blob)
    net.linear("fc8", blob, 1000)
    return net.done()


def vgg_16() -> str:
    """Simonyan, Zisserman 2014, configuration D."""
    net = Text(224)
    blob = "data"
    for block, (number, outputs) in enumerate(
        ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1
    ):
        for index in range(1, number + 1):
            blob = net.relu(net.conv(f"conv{block}_{index}", blob, outputs, 3, pad=1))
        blob = net.pool(f"pool{block}", blob, 2, 2)
    for name, outputs in (("fc6", 4096), ("fc7", 4096), ("fc8", 1000)):
        blob = net.linear(name, blob, outputs)
    return net.done()


_INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Szegedy et al. 2014, table 1: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection."""


def googlenet() -> str:
    """Szegedy et al. 2014, without the two auxiliary classifiers."""
    net = Text(224)
    blob = net.relu(net.conv("conv1", "data", 64, 7, stride=2, pad=3))
    blob = net.add("LRN", "norm1", [net.pool("pool1", blob, 3, 2)])
    blob = net.relu(net.conv("conv2/reduce", blob, 64, 1))
    blob = net.relu(net.conv("conv2", blob, 192, 3, pad=1))
    blob = net.pool("pool2", net.add("LRN", "norm2", [blob]), 3, 2)
    for name, (one, reduce3, three, reduce5, five, project) in _INCEPTION.items():
        branches = [
            net.relu(net.conv(f"{name}/1x1", blob, one, 1)),
            net.relu(
                net.conv(
                    f"{name}/3x3",
                    net.relu(net.conv(f"{name}/3x3_reduce", blob, reduce3, 1)),
                    three,
                    3,
                    pad=1,
                )
            ),
            net.relu(
                net.conv(
                    f"{name}/5x5",
                    net.relu(net.conv(f"{name}/5x5_reduce", blob, reduce5, 1)),
                    five,
                    5,
                    pad=2,
                )
            ),
            net.relu(
                net.conv(f"{name}/project", net.pool(f"{name}/pool", blob, 3, 1, 1), project, 1)
            ),
        ]
        blob = net.add("Concat", f"{name}/output", branches)
        if name in ("3b", "4e"):
            blob = net.pool(f"pool{name}", blob, 3, 2)
    net.linear("classifier", net.average("pool5", blob), 1000)
    return net.done()


def _normalised(net: Text, name: str, bottom: str, outputs: int, kernel: int, **more: int) -> str:
    """Add a convolution without bias, then BatchNorm and Scale in place."""
    blob = net.conv(name, bottom, outputs, kernel, bias_term="false", **more)
    net.add("BatchNorm", f"{name}/bn", [blob], top=blob)
    return net.add("Scale", f"{name}/scale", [blob], "scale_param { bias_term: true }", top=blob)


def resnet_50() -> str:
    """He et al. 2015; the stride is that of the first 1×1 convolution of a stage."""
    net = Text(224)
    blob = net.relu(_normalised(net, "conv1", "data", 64, 7, stride=2, pad=3))
    blob = net.pool("pool1", blob, 3, 2)
    for stage, blocks, width in ((2, 3, 64), (3, 4, 128), (4, 6, 256), (5, 3, 512)):
        for block in range(blocks):
            name = f"res{stage}{'abcdef'[block]}"
            stride = 2 if stage > 2 and block == 0 else 1
            short = blob
            if block == 0:
                short = _normalised(net, f"{name}/short", blob, 4 * width, 1, stride=stride)
            long = net.relu(_normalised(net, f"{name}/1", blob, width, 1, stride=stride))
            long = net.relu(_normalised(net, f"{name}/2", long, width, 3, pad=1))
            long = _normalised(net, f"{name}/3", long, 4 * width, 1)
            blob = net.relu(net.add("Eltwise", name, [short, long]))
    net.linear("fc1000", net.average("pool5", blob), 1000)
    return net.done()


def _fire(net: Text, number: int, bottom: str, squeeze: int, expand: int) -> str:
    name = f"fire{number}"
    blob = net.relu(net.conv(f"{name}/squeeze", bottom, squeeze, 1))
    branches = [
        net.relu(net.conv(f"{name}/expand1", blob, expand, 1)),
        net.relu(net.conv(f"{name}/expand3", blob, expand, 3, pad=1)),
    ]
    return net.add("Concat", f"{name}/concat", branches)


def squeezenet(version: str) -> str:
    """Iandola et al. 2016, table 1 (1.0); 1.1 pools earlier and begins with 64 kernels of 3×3."""
    early = version == "1.1"
    net = Text(227)
    first, kernel = (64, 3) if early else (96, 7)
    blob = net.pool("pool1", net.relu(net.conv("conv1", "data", first, kernel, stride=2)), 3, 2)
    for number in range(2, 10):
        squeeze = 16 * ((number - 2) // 2 + 1)
        blob = _fire(net, number, blob, squeeze, 4 * squeeze)
        if number in ((3, 5) if early else (4, 8)):
            blob = net.pool(f"pool{number}", blob, 3, 2)
    net.average("pool10", net.relu(net.conv("conv10", blob, 1000, 1)))
    return net.done()
