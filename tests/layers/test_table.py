"""The tables as a whole: every type of the facts is there, every fault is worded."""

from __future__ import annotations

import ast
import os
from glob import glob

import protolint.layers
from protolint.engine import catalogue
from protolint.layers import LAYER_TYPES
from protolint.schema.bvlc import load_bvlc

FOLDER = os.path.dirname(protolint.layers.__file__)

TYPES = """
AbsVal Accuracy ArgMax BNLL BatchNorm BatchReindex Bias Clip Concat ContrastiveLoss Convolution Crop
Data Deconvolution Dropout DummyData ELU Eltwise Embed EuclideanLoss Exp Filter Flatten HDF5Data
HDF5Output HingeLoss Im2col ImageData InfogainLoss InnerProduct Input LRN LSTM LSTMUnit Log MVN
MemoryData MultinomialLogisticLoss PReLU Parameter Pooling Power Python RNN ReLU Reduction Reshape
SPP Scale Sigmoid SigmoidCrossEntropyLoss Silence Slice Softmax SoftmaxWithLoss Split Swish TanH
Threshold Tile WindowData
"""


def test_every_type_of_caffe_is_described() -> None:
    assert sorted(LAYER_TYPES) == sorted(TYPES.split())
    assert len(LAYER_TYPES) == 61


def test_what_is_read_exists_in_the_schema() -> None:
    schema = load_bvlc()
    layer = schema.messages["LayerParameter"]
    for kind in LAYER_TYPES.values():
        for name in kind.reads:
            message, _, field = name.partition(".")
            assert message in layer.fields, name
            fields = schema.messages[layer.fields[message].type_name].fields
            assert not field or field in fields, name


def _refusals() -> list[tuple[str, set[str]]]:
    """Return every call that refuses with a rule written out, with the names of its arguments."""
    found = []
    for path in sorted(glob(os.path.join(FOLDER, "**", "*.py"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in ("refuse", "refuse_if", "crash_if"):
                continue
            rule = node.args[0 if node.func.id == "refuse" else 1]
            if isinstance(rule, ast.Constant):
                found.append((str(rule.value), {str(k.arg) for k in node.keywords}))
    return found


def test_every_refusal_is_worded_and_its_numbers_are_given() -> None:
    refusals = _refusals()
    assert len(refusals) > 100
    rules = catalogue.load().rules
    for rule, given in refusals:
        worded = rules[rule].wording
        texts = (*worded.message, *worded.label, *worded.help, *worded.caffe)
        wanted = {part[4] for part in texts if not isinstance(part, str)}
        assert wanted <= given | {"layer", "type"}, rule
