from __future__ import annotations

import pytest
from faults import Told, net_of, one, told

from protolint.analysis.forward import forward_problems

BOTH = ("TRAIN", "TEST")
INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { %s } } }\n'
IMAGE = INPUT % "dim: 2 dim: 3 dim: 8 dim: 8"


def found(text: str) -> list[Told]:
    return told(text, forward_problems)


def test_an_empty_blob_is_told_where_it_is_touched_first() -> None:
    text = INPUT % "dim: 0 dim: 3" + one("f", "Flatten", "x", "f")
    assert found(text) == []
    text += one("r", "ReLU", "f", "r") + one("s", "ReLU", "r", "s")
    assert found(text) == [Told("empty-blob-touched", 'bottom: "f"', (), BOTH)]
    assert found(text.replace("dim: 0", "dim: 1")) == []


def test_phases_are_those_in_which_the_layer_is_built() -> None:
    text = INPUT % "dim: 0" + one("r", "ReLU", "x", "r", "include { phase: TEST }")
    assert [fault.phases for fault in found(text)] == [("TEST",)]


@pytest.mark.parametrize(
    ("layer", "rule", "text"),
    [
        (
            one("l", "Pooling", "x", "y", "pooling_param { kernel_size: 2 pool: STOCHASTIC }"),
            "pool-stochastic-on-cpu",
            "pool: STOCHASTIC",
        ),
        (
            one(
                "l",
                "Deconvolution",
                "x",
                "y",
                "convolution_param { num_output: 1 kernel_size: 2 stride_h: 1 }",
            ),
            "deconv-stride-zero",
            "stride_h: 1",
        ),
        (
            (
                'layer { name: "l" type: "Eltwise" bottom: "x" bottom: "x" top: "y" '
                "eltwise_param { operation: PROD stable_prod_grad: false } }"
            ),
            "unstable-product-gradient",
            "stable_prod_grad: false",
        ),
        (
            (
                'layer { name: "l" type: "Data" top: "y" data_param { source: "s" batch_size: 1 '
                "prefetch: 0 } }"
            ),
            "prefetch-zero",
            "prefetch: 0",
        ),
    ],
)
def test_what_is_checked_when_the_layer_runs(layer: str, rule: str, text: str) -> None:
    assert found(IMAGE + layer) == [Told(rule, text, (), BOTH)]


def test_more_axes_than_a_loss_reads() -> None:
    loss = 'layer { name: "l" type: "EuclideanLoss" bottom: "x" bottom: "x" top: "l" }\n'
    assert found(IMAGE + loss) == []
    five = INPUT % ("dim: 2 " * 5)
    assert found(five + loss) == [Told("more-than-four-axes-read", 'bottom: "x"', (), BOTH)]


def test_two_batches_for_one_file() -> None:
    text = INPUT % "dim: 2" + (INPUT % "dim: 3").replace('"x"', '"y"')
    text += 'layer { name: "o" type: "HDF5Output" bottom: "x" bottom: "y" }\n'
    assert found(text) == [Told("hdf5-output-batch-differs", 'bottom: "y"', (), BOTH)]


def test_unknown_shapes_are_not_empty() -> None:
    text = 'layer { name: "d" type: "Data" top: "x" data_param { source: "s" batch_size: 1 } }\n'
    assert forward_problems(net_of(text + one("r", "ReLU", "x", "r")), []) == []
    assert found(text + one("r", "ReLU", "x", "r")) == []
