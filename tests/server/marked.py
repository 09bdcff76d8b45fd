"""Documents for tests: `|` in a text marks the cursor."""

from __future__ import annotations

from protolint.server.snapshot import Snapshot

NET = """\
name: "n"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [2, 3, 8, 8] } } }
layer {
  name: "conv"
  type: "Convolution"
  bottom: "data"
  top: "conv"
  param { name: "w" }
  convolution_param { num_output: 4 kernel_size: 3 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer {
  name: "twin"
  type: "Convolution"
  bottom: "data"
  top: "twin"
  param { name: "w" }
  convolution_param { num_output: 4 kernel_size: 3 }
}
layer { name: "sum" type: "Eltwise" bottom: "conv" bottom: "twin" top: "sum" }
"""

DATA_BY_PHASE = """\
layer {
  name: "d" type: "DummyData" top: "d" include { phase: TRAIN }
  dummy_data_param { shape { dim: 2 } }
}
layer {
  name: "d" type: "DummyData" top: "d" include { phase: TEST }
  dummy_data_param { shape { dim: 1 } }
}
"""


def marked(text):
    """Return a text without its mark, and the offset of the mark."""
    before, mark, behind = text.partition("|")
    assert mark, "no | in the text"
    return before + behind, len(before)


def snapshot(text, path="net.prototxt", **more):
    return Snapshot(path, text, **more)


def at(text, path="net.prototxt", **more):
    """Return a document and the offset of the mark in it."""
    plain, offset = marked(text)
    return snapshot(plain, path, **more), offset


def in_net(marked_part):
    """Return ``NET`` with a part of it marked, and the offset of the mark."""
    part = marked_part.replace("|", "", 1)
    assert NET.count(part) == 1, part
    return at(NET.replace(part, marked_part))


def pieces(text, spans):
    return [text[start:end] for start, end in spans]
