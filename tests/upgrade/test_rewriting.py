from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import event, given
from old_nets import v0_nets, v1_nets

from protolint.model.upgrade import upgrade_layers
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.upgrade import Refused, upgrade, upgrade_text

HERE = os.path.dirname(__file__)
PROBES = os.path.join(HERE, "..", "facts", "probes.jsonl")
CASES = os.path.join(HERE, "..", "model", "caffe_nets.jsonl")
STOPS = {
    "input-dim-missing",
    "input-shape-missing",
    "net-mixes-layer-formats",
    "unknown-bottom",
    "v0-layer-type",
    "v0-padding-connections",
    "v0-padding-consumer",
}

binder = Binder(load_bvlc())


def plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {name: plain(item) for name, item in value.values.items()}
    return [plain(item) for item in value] if isinstance(value, list) else repr(value)


def comments(text: str) -> Counter[str]:
    return Counter(text[c.start : c.end].rstrip() for c in parse(text).comments)


def check_upgrade(text: str, *, well_formed: bool = True) -> str | None:
    """Assert that a net's text is upgraded as the model upgrades it; ``None`` if it is refused."""
    problems: list[Any] = []
    net = binder.bind(parse(text), "NetParameter", problems)
    if well_formed:
        assert problems == []
    problems = []
    layers = upgrade_layers(net, problems)
    try:
        after = upgrade_text(text)
    except Refused:
        assert not well_formed or STOPS & {problem.rule for problem in problems}
        return None
    assert not STOPS & {problem.rule for problem in problems}
    misfits: list[Any] = []
    new = binder.bind(parse(after), "NetParameter", misfits)
    assert not (misfits and well_formed)
    assert [plain(layer) for layer in new.values.get("layer", [])] == list(map(plain, layers))
    assert {"layers", "input"}.isdisjoint(new.values)
    assert upgrade_text(after) == after
    return after


@given(v1_nets())
def test_v1_nets(text: str) -> None:
    after = check_upgrade(text)
    event(f"refused: {after is None}")
    if after is not None:
        assert comments(after) == comments(text)


@given(v0_nets())
def test_v0_nets(text: str) -> None:
    after = check_upgrade(text)
    event(f"refused: {after is None}")
    if after is not None:
        assert comments(after) == comments(text)


def rows(path: str) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_nets_that_caffe_was_given() -> None:
    seen: Counter[str] = Counter()
    texts = [row["text"] for row in rows(PROBES) if row["what"] == "net" and row["stage"] != "read"]
    for text in dict.fromkeys(texts + [row["text"] for row in rows(CASES)]):
        after = check_upgrade(text, well_formed=False)
        kind = "refused" if after is None else "same" if after == text else "upgraded"
        seen[kind] += 1
        if after is not None:
            assert comments(after) == comments(text)
    assert min(seen["refused"], seen["upgraded"], seen["same"]) >= 7


# How it looks.

CASES_OF_TEXT = {
    "a V1 layer": (
        """\
# above
layers {  # head
  name: "c" type: CONVOLUTION # kind
  # rates
  blobs_lr: 1 # of weights
  blobs_lr: 2
  bottom: "x"; top: "y"
  # decay
  weight_decay: 1
  weight_decay: 0
  convolution_param {num_output: 3}
  # below
}
""",
        """\
# above
layer {  # head
  name: "c" type: "Convolution" # kind
  # rates
  param {
    lr_mult: 1 # of weights
    # decay
    decay_mult: 1
  }
  param {
    lr_mult: 2
    decay_mult: 0
  }
  bottom: "x"; top: "y"
  convolution_param {num_output: 3}
  # below
}
""",
    ),
    "on one line": (
        'layers { name: "r" type: TANH blobs_lr: 1 top: "y" }\n',
        'layer { name: "r" type: "TanH" param { lr_mult: 1 } top: "y" }\n',
    ),
    "four blanks": (
        "layers {\n    type: RELU\n    param: 'w'\n}\n",
        'layer {\n    type: "ReLU"\n    param {\n        name: "w"\n    }\n}\n',
    ),
    "data that is transformed": (
        """\
layers {
  type: DATA
  data_param {
    source: "db"
    # by half
    scale: 0.5 # yes
    mirror: true
  } # data
}
layers {
  type: DATA
  transform_param { scale: 2 }
  data_param { scale: 0.5 mirror: true batch_size: 3 }
}
""",
        """\
layer {
  type: "Data"
  data_param {
    source: "db"
  } # data
  transform_param {
    # by half
    scale: 0.5 # yes
    mirror: true
  }
}
layer {
  type: "Data"
  transform_param { scale: 0.5 mirror: true }
  data_param { batch_size: 3 }
}
""",
    ),
    "inputs": (
        """\
# a net
input: "x" # data
input_dim: 1
input_dim: 3
input_dim: 8
input_dim: 9
name: "n"
""",
        """\
# a net
layer {
  name: "input"
  type: "Input"
  top: "x" # data
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 9 } }
}
name: "n"
""",
    ),
    "inputs behind a layer": (
        """\
# first
layer { name: "a" }

input: "x"
input_shape { dim: 1 }

input: "y"
input_shape {
  dim: 2 # two
}

layer { name: "b" }
""",
        """\
layer {
  name: "input"
  type: "Input"
  top: "x"
  top: "y"
  input_param {
    shape { dim: 1 }
    shape {
      dim: 2 # two
    }
  }
}
# first
layer { name: "a" }

layer { name: "b" }
""",
    ),
    "a V0 net": (
        """\
# padding
layers {
  layer { name: "pad1" type: "padding" pad: 2 # two
  # inner
  }
  bottom: "x" # from x
  top: "pad1"
}
# convolution
layers { # head
  layer {
    name: "c" # name
    type: "conv"
    num_output: 4
    weight_filler {
      std: 0.01 # small
    }
    blobs_lr: 1.
    weight_decay: 0.
    dropout_ratio: 0.5 # odd
  }
  bottom: "pad1"
  top: "c"
  # tail
}
layers { layer { name: "r" type: "relu" } bottom: "c" top: "c" }
""",
        """\
# padding
# inner
# convolution
layer {
  # head
  name: "c" # name
  type: "Convolution"
  bottom: "x" # from x
  top: "c"
  param {
    lr_mult: 1.
    decay_mult: 0.
  }
  convolution_param {
    num_output: 4
    weight_filler {
      std: 0.01 # small
    }
    pad: 2 # two
  }
  # odd
  # tail
}
layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
""",
    ),
    "statistics": (
        """\
layer {
  type: "BatchNorm"
  param { lr_mult: 1 # one
  }
  param {
  }
  param { lr_mult: 0 decay_mult: 0. }
}
""",
        """\
layer {
  type: "BatchNorm"
  param { lr_mult: 0 # one
    decay_mult: 0
  }
  param {
    lr_mult: 0
    decay_mult: 0
  }
  param { lr_mult: 0 decay_mult: 0. }
}
""",
    ),
    "a solver": (
        "base_lr: 1 # x\nsolver_type : ADAGRAD # y\nnet: 'n'",
        "base_lr: 1 # x\ntype : \"AdaGrad\" # y\nnet: 'n'",
    ),
    "line ends": (
        "layers {\r\n  type: RELU\r\n  blobs_lr: 1\r\n}\r\n",
        'layer {\r\n  type: "ReLU"\r\n  param {\r\n    lr_mult: 1\r\n  }\r\n}\r\n',
    ),
}


@pytest.mark.parametrize("case", CASES_OF_TEXT)
def test_how_it_looks(case: str) -> None:
    before, after = CASES_OF_TEXT[case]
    assert upgrade_text(before) == after
    assert upgrade_text(after) == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        'layer  {name :"a"}',
        'base_lr: 1 type: "SGD"',
        'net_param { input: "x" layers { type: RELU } } base_lr: 1',
        'layer { type: "Fork" fork_param { a: 1 } }',
        'item { name: "none" id: 0 }',
        "input_dim: 1",
    ],
)
def test_what_is_up_to_date_stays(text: str) -> None:
    assert upgrade_text(text) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("layers { type: RELU", "unclosed-block"),
        ('layers { type: "RELU" }', "quoted-enum"),
        ('layer { name: "a" } layers { type: RELU }', "net-mixes-layer-formats"),
        ("layers { layer { type: 'odd' } }", "v0-layer-type"),
        ("solver_type: ADAM type: 'Adam' base_lr: 1", "type-and-solver-type"),
        ("solver_type: 'ADAM' base_lr: 1", "quoted-enum"),
        ('input: "x" input_dim: 1 layer { name: "a" }', "input-dim-missing"),
    ],
)
def test_what_caffe_refuses_is_refused(text: str, rule: str) -> None:
    with pytest.raises(Refused) as caught:
        upgrade(text)
    assert rule in [problem.rule for problem in caught.value.problems]


def test_fields_of_a_fork_are_no_obstacle_elsewhere() -> None:
    text = 'input: "x" input_shape { dim: 1 }\nlayer { type: "Fork" fork_param { a: 1 } }\n'
    assert upgrade_text(text).endswith('}\nlayer { type: "Fork" fork_param { a: 1 } }\n')
    with pytest.raises(Refused):
        upgrade('layers { name: "a" fork_param { a: 1 } }')


def test_what_caffe_drops_is_told() -> None:
    text = "layers { layer { type: 'relu' pad: 1 } include { phase: TRAIN } } debug_info: true"
    new, dropped = upgrade(text)
    assert new == 'layer { type: "ReLU" }\n'
    assert [problem.rule for problem in dropped] == [
        "v0-drops-net-field",
        "v0-parameter-of-other-type",
        "v0-drops-layer-field",
    ]


def test_long_nets_are_upgraded_in_time() -> None:
    layer = 'layers { name: "a" type: CONVOLUTION blobs_lr: 1 # x\n blobs_lr: 2\n }\n'
    assert upgrade_text(layer * 3_000).count("param {") == 6_000
    old = 'layers { layer { name: "a" type: "conv" blobs_lr: 1 # x\n num_output: 2 } top: "a" }\n'
    assert upgrade_text(old * 3_000).count("# x") == 3_000
    statistics = 'layer { type: "BatchNorm" param {} param {} param {} } '
    assert upgrade_text(statistics * 3_000).count("lr_mult: 0") == 9_000
