from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from protolint.model import v0, v1
from protolint.model.net import Net
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.model.solver import Solver
    from protolint.syntax.tree import Field

    Nets = Callable[[str], Net]

CASES = os.path.join(os.path.dirname(__file__), "caffe_nets.jsonl")
ABORTS = {
    "input-shape-missing",
    "net-mixes-layer-formats",
    "v0-layer-type",
    "v0-padding-connections",
    "v0-padding-consumer",
}
with open(CASES, encoding="utf-8") as lines:
    ROWS = [json.loads(line) for line in lines]


def plain(value: Any) -> Any:
    """Return a message as plain dicts, to be compared at a glance."""
    if isinstance(value, Message):
        return {name: plain(item) for name, item in value.values.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def layers(net: Net) -> list[dict[str, Any]]:
    return [plain(layer.message) for layer in net.layers]


def rules(net: Net | Solver) -> list[str]:
    return [problem.rule for problem in net.problems]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_upgrade_refuses_what_caffe_s_does(row: dict[str, Any], net_of: Nets) -> None:
    found = ABORTS.intersection(rules(net_of(row["text"])))
    assert bool(found) == (row["refused"] == "upgrade")


def test_every_old_type_is_known() -> None:
    schema = load_bvlc()
    assert list(v1.TYPES) != []
    assert set(v1.TYPES) == set(schema.enums["V1LayerParameter.LayerType"].values)
    assert set(v1.SOLVER_TYPES) == set(schema.enums["SolverParameter.SolverType"].values)


def test_the_tables_name_fields_of_the_schema() -> None:
    messages = load_bvlc().messages
    layer, old = messages["LayerParameter"].fields, messages["V0LayerParameter"].fields
    for fields in (v0.ANY_TYPE, *v0.BY_TYPE.values()):
        for name, (message, field) in fields.items():
            assert name in old
            assert not field or field in messages[layer[message].type_name].fields
    assert set(v0.BY_TYPE) <= set(v0.TYPES)
    for message in v1.TRANSFORMED.values():
        assert set(v1.TRANSFORMS) <= set(messages[layer[message].type_name].fields)


def test_v1_params_are_gathered_from_four_lists(net_of: Nets) -> None:
    text = (
        'layers { name: "c" type: CONVOLUTION bottom: "x" top: "c" param: "w" '
        "blob_share_mode: PERMISSIVE blobs_lr: 1 blobs_lr: 2 weight_decay: 0 "
        "convolution_param { num_output: 3 } include { phase: TRAIN } loss_weight: 2 }"
    )
    (layer,) = net_of(text).layers
    assert plain(layer.message) == {
        "name": "c",
        "type": "Convolution",
        "bottom": ["x"],
        "top": ["c"],
        "convolution_param": {"num_output": 3},
        "include": [{"phase": "TRAIN"}],
        "loss_weight": [2.0],
        "param": [
            {"name": "w", "share_mode": "PERMISSIVE", "lr_mult": 1.0, "decay_mult": 0.0},
            {"lr_mult": 2.0},
        ],
    }
    second = layer.message.values["param"][1].nodes["lr_mult"]
    assert text[second.start : second.end] == "blobs_lr: 2"
    assert layer.has("param")
    assert layer.read("convolution_param").read("kernel_size") == []
    node = layer.type_node()
    assert text[node.start : node.end] == "type: CONVOLUTION"


def test_a_v1_layer_without_type_points_at_its_block(net_of: Nets) -> None:
    text = 'layers { name: "d" top: "d" }'
    (layer,) = net_of(text).layers
    node = layer.type_node()
    assert (layer.type, text[node.start : node.end]) == ("", "layers")


def test_unreadable_v1_fields_stay_unknown(net_of: Nets) -> None:
    net = net_of('layers { name: "c" type: CONVOLUTION blobs_lr: "two" }')
    assert isinstance(net.layers[0].has("param"), Unknown)


def test_v1_data_fields_move_to_transform_param(net_of: Nets) -> None:
    text = (
        'layers { name: "d" type: DATA top: "x" data_param { source: "db" scale: 0.5 mirror: true }'
        " transform_param { scale: 2 mean_value: 1 } }"
    )
    net = net_of(text)
    assert layers(net)[0]["data_param"] == {"source": "db"}
    assert layers(net)[0]["transform_param"] == {"scale": 0.5, "mean_value": [1.0], "mirror": True}
    (fault,) = net.problems
    assert (fault.rule, text[fault.start : fault.end]) == (
        "transform-param-overwritten",
        "scale: 2",
    )
    assert [text[mark.start : mark.end] for mark in fault.marks] == ["scale: 0.5"]
    written = net.message.values["layers"][0]
    assert written.values["data_param"].values["scale"] == 0.5


def test_data_fields_of_today_s_format_do_not_move(net_of: Nets) -> None:
    net = net_of('layer { name: "d" type: "Data" top: "x" data_param { source: "db" scale: 0.5 } }')
    assert "transform_param" not in layers(net)[0]


def test_mixed_formats_are_refused_and_kept_in_text_order(net_of: Nets) -> None:
    text = 'layer { name: "a" type: "ReLU" }\nlayers { name: "b" type: RELU }\nlayer { name: "c" }'
    net = net_of(text)
    assert rules(net) == ["net-mixes-layer-formats"]
    assert text[net.problems[0].start : net.problems[0].end] == "layers"
    assert [layer.name for layer in net.layers] == ["a", "b", "c"]


V0 = """input: "x" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 9
layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "x" top: "xp" }
layers { layer { name: "conv1" type: "conv" num_output: 4 kernelsize: 3 stride: 2 biasterm: false
  weight_filler { type: "xavier" } blobs_lr: 1 weight_decay: 0.5 } bottom: "xp" top: "c" }
layers { layer { name: "pool1" type: "pool" pool: AVE kernelsize: 2 } bottom: "c" top: "p" }
layers { layer { name: "d" type: "data" source: "db" batchsize: 7 meanfile: "m" } top: "i" }
layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.25 } bottom: "p" top: "p" }
"""


def test_v0_layers_get_their_fields_by_type(net_of: Nets) -> None:
    net = net_of(V0)
    assert net.problems == []
    given, conv, pool, data, drop = layers(net)
    assert given["input_param"] == {"shape": [{"dim": [1, 3, 8, 9]}]}
    assert conv == {
        "name": "conv1",
        "type": "Convolution",
        "bottom": ["x"],
        "top": ["c"],
        "convolution_param": {
            "num_output": 4,
            "kernel_size": [3],
            "stride": [2],
            "bias_term": False,
            "weight_filler": {"type": "xavier"},
            "pad": [2],
        },
        "param": [{"lr_mult": 1.0, "decay_mult": 0.5}],
    }
    assert pool["pooling_param"] == {"pool": "AVE", "kernel_size": 2}
    assert data["data_param"] == {"source": "db", "batch_size": 7}
    assert data["transform_param"] == {"mean_file": "m"}
    assert (drop["type"], drop["dropout_param"]) == ("Dropout", {"dropout_ratio": 0.25})
    parameter = net.layers[1].message.values["convolution_param"]
    assert V0[parameter.nodes["pad"][0].start :].startswith("pad: 2")
    assert V0[net.layers[1].bottom_node(0).start :].startswith('bottom: "x" top: "xp"')


def test_v0_takes_every_layer_for_v0(net_of: Nets) -> None:
    net = net_of(
        'input: "x" input_shape { dim: 2 } debug_info: true layer { name: "gone" }\n'
        'layers { layer { name: "r" type: "relu" num_output: 5 } bottom: "x" top: "y"'
        " include { phase: TEST } }\n"
        'layers { name: "s" type: SIGMOID bottom: "y" top: "z" }'
    )
    assert layers(net) == [
        {"name": "r", "type": "ReLU", "bottom": ["x"], "top": ["y"]},
        {"bottom": ["y"], "top": ["z"]},
    ]
    assert rules(net) == [
        "v0-drops-net-field",
        "v0-drops-net-field",
        "v0-drops-net-field",
        "v0-parameter-of-other-type",
        "v0-drops-layer-field",
        "v0-drops-v1-layer",
        "input-without-shape",
    ]
    assert [problem.args["name"] for problem in net.problems[:3]] == [
        "layer",
        "input_shape",
        "debug_info",
    ]


def test_a_padding_that_cannot_be_read_is_not_known_behind_it_either(net_of: Nets) -> None:
    padding = 'layers { layer { name: "p" type: "padding" pad: "two" } bottom: "x" top: "xp" }\n'
    read = 'layers { layer { name: "c" type: "conv" kernelsize: 3 } bottom: "xp" top: "y" }'
    net = net_of(f'input: "x" input_dim: [1, 3, 8, 8] {padding}{read}')
    assert isinstance(net.layers[1].read("convolution_param"), Unknown)


def test_a_padding_layer_without_reader_or_input(net_of: Nets) -> None:
    text = 'layers { layer { name: "p" type: "padding" pad: 1 } bottom: "nope" top: "xp" }\n'
    net = net_of(text)
    assert (rules(net), net.layers) == (["unknown-bottom"], [])
    read = 'layers { layer { name: "c" type: "conv" } bottom: "xp" top: "y" }'
    net = net_of(text + read)
    assert (net.problems, [layer.bottoms for layer in net.layers]) == ([], [["nope"]])


@pytest.mark.parametrize(
    ("text", "shapes", "expected"),
    [
        ('input: "a" input_shape { dim: 2 dim: 3 }', [[2, 3]], []),
        ('input: "a" input_shape { dim: 2 } input_dim: 1', [[2]], ["input-dim-unused"]),
        (
            'input: "a" input: "b" input_dim: [1, 2, 3, 4, 5, 6, 7, 8]',
            [[1, 2, 3, 4], [5, 6, 7, 8]],
            [],
        ),
        ('input: "a" input_dim: [1, 2, 3, 4, 5]', [[1, 2, 3, 4]], ["input-shape-surplus"]),
        ('input: "a" input_shape { } input_shape { dim: 1 }', [[]], ["input-shape-surplus"]),
        ('input: "a" input_dim: 1', [None], ["input-dim-missing"]),
        ('input: "a" input: "b" input_shape { dim: 4 }', [[4], None], ["input-shape-missing"]),
        ('input: "a"', None, ["input-without-shape"]),
        ("input_dim: 1", None, ["input-shape-without-input"]),
        ('input: "a" input_dim: "x"', None, []),
        ('inputt: "a" input_dim: 1', None, []),
    ],
)
def test_net_level_inputs(
    text: str, shapes: list[list[int] | None] | None, expected: list[str], net_of: Nets
) -> None:
    net = net_of(text + ' layer { name: "r" type: "ReLU" bottom: "a" top: "r" }')
    assert rules(net) == expected
    if shapes is None:
        assert [layer.type for layer in net.layers] == ["ReLU"]
        return
    layer = net.layers[0]
    assert (layer.name, layer.type) == ("input", "Input")
    assert text[layer.top_node(0).start :].startswith('input: "a"')
    for shape, dims in zip(layer.read("input_param").read("shape"), shapes, strict=True):
        found = shape.read("dim")
        assert isinstance(found, Unknown) if dims is None else found == dims


def test_batch_norm_rates_are_forced_to_zero(net_of: Nets) -> None:
    head = 'layer { name: "b" type: "BatchNorm" bottom: "x" top: "b" '
    text = head + "param { lr_mult: 1 } param { } param { lr_mult: 0 decay_mult: 0 } }"
    net = net_of(text)
    assert layers(net)[0]["param"] == [{"lr_mult": 0.0, "decay_mult": 0.0}] * 3
    assert [text[p.start : p.end] for p in net.problems] == ["lr_mult: 1"]
    assert rules(net) == ["batch-norm-rate-ignored"]
    two = net_of(head + "param { lr_mult: 1 } param { } }")
    assert (layers(two)[0]["param"], two.problems) == ([{"lr_mult": 1.0}, {}], [])
    other = net_of(text.replace("BatchNorm", "Scale"))
    assert (layers(other)[0]["param"][0], other.problems) == ({"lr_mult": 1.0}, [])


def test_an_inline_net_is_not_upgraded(solver_of: Callable[[str], Solver]) -> None:
    solver = solver_of(
        'net_param { input: "x" input_shape { dim: 1 } layers { name: "a" type: RELU }'
        ' layer { name: "b" type: "BatchNorm" param { } param { } param { } } }'
    )
    net = Net(solver.message.values["net_param"], upgrade=False)
    assert layers(net) == [{"name": "b", "type": "BatchNorm", "param": [{}, {}, {}]}]
    assert [(p.rule, p.args["name"]) for p in net.problems] == [
        ("inline-net-not-upgraded", "layers"),
        ("inline-net-not-upgraded", "input"),
    ]
    assert list(net.ignored_inputs) == ["x"]


def test_solver_type(solver_of: Callable[[str], Solver]) -> None:
    text = "solver_type: ADAGRAD"
    old = solver_of(text)
    assert (old.read("type"), old.has("type"), old.problems) == ("AdaGrad", True, [])
    node: Field = old.message.nodes["type"]
    assert text[node.start : node.end] == text
    assert solver_of("base_lr: 1").read("type") == "SGD"
    both = solver_of('type: "Adam" solver_type: ADAM')
    assert (both.read("type"), rules(both)) == ("Adam", ["type-and-solver-type"])


def nodes_lie_inside(message: Message) -> None:
    """Every value of an upgraded message has a node, and every node lies in the text."""
    for name, value in message.values.items():
        node = message.nodes[name]
        if isinstance(value, list):
            assert len(value) == len(node)
        for place in node if isinstance(node, list) else [node]:
            assert 0 <= place.start < place.end
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Message):
                nodes_lie_inside(part)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_upgraded_nodes_match_their_values(row: dict[str, Any], net_of: Nets) -> None:
    text = row["text"]
    for layer in net_of(text).layers:
        nodes_lie_inside(layer.message)


def test_the_message_as_written_is_left_alone() -> None:
    binder = Binder(load_bvlc())
    for row in ROWS:
        message = binder.bind(parse(row["text"]), "NetParameter", [])
        before = plain(message)
        Net(message)
        assert plain(message) == before
