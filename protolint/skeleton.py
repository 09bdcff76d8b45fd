"""The file that an own rule begins as: sound, commented, and with examples that pass."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

ABOUT = ("solver", "net", "layer")
"""What a rule can begin with; ``docs/expressions.md`` has all subjects."""


def text(name: str, code: str, about: str) -> str:
    """Return the text of a rule file."""
    return _FILE.format(name=name, code=code, about=about, **_PARTS[about])


def free_code(letters: str, taken: Container[str]) -> str | None:
    """Return the first code with those letters that no rule has."""
    codes = (f"{letters}{number:03}" for number in range(1, 1000))
    return next((code for code in codes if code not in taken), None)


_FILE = """\
# An own rule of protolint. `protolint rule test` on this file runs the examples at its end.
# The tutorial is docs/writing-rules.md; the language of `when` and `require`, docs/expressions.md.

id       = "{name}"  # the name of the file; reads after "allow"
code     = "{code}"  # three capitals and three digits, of no other rule
summary  = '{summary}'
severity = "warning"  # error, warning, or info: told where it is selected
effect   = "none"  # what Caffe does: abort, nonfinite, ignored, surprise, none
since    = "1"

# What the rule is about: it is asked once for each solver, net, layer, … .
# "layer:Pooling,Convolution" is asked of layers of these types only.
subject  = "{subject}"

# It fires where `when` is true and `require` is false; either may be left out. What the text does
# not decide never fires.
when     = '{when}'
require  = '{require}'

# Where it points: the first of these that is written.
at       = {at}

# What it says; `{{…}}` shows a value.
message  = '{message}'
help     = '{help}'

# Each example is a test: the marked line is where the rule must point, with its severity.
[[bad]]
{bad}
# In a good example the rule must be silent.
[[good]]
{good}"""

_SOLVER = {
    "summary": "a momentum of more than 0.95",
    "subject": "solver",
    "when": 'solver.type == "SGD"',
    "require": "solver.momentum <= 0.95",
    "at": "'solver.momentum'",
    "message": "momentum is {solver.momentum}",
    "help": "0.9 is what most nets are trained with",
    "bad": """\
solver = '''
base_lr: 0.01
lr_policy: "fixed"
momentum: 0.99  # warning
'''
""",
    "good": """\
solver = '''
base_lr: 0.01
lr_policy: "fixed"
momentum: 0.9
'''
""",
}

_NET = {
    "summary": "a net without a name",
    "subject": "net",
    "when": "size(net.layer) > 0",
    "require": "has(net.name)",
    "at": "['net.name', 'net.layer']",
    "message": "the net has no name",
    "help": 'begin the file with `name: "…"`',
    "bad": """\
net = '''
layer {  # warning
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
'''
""",
    "good": """\
net = '''
name: "small"
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
'''
""",
}

_LAYER = {
    "summary": "a fully connected layer with more than 4096 outputs",
    "subject": "layer:InnerProduct",
    "when": "has(layer.inner_product_param.num_output)",
    "require": "layer.inner_product_param.num_output <= 4096",
    "at": "'layer.inner_product_param.num_output'",
    "message": "num_output is {layer.inner_product_param.num_output}",
    "help": "4096 is enough for the nets we train",
    "bad": """\
net = '''
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
layer {
  name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
  inner_product_param { num_output: 8192 }  # warning
}
'''
""",
    "good": """\
net = '''
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
layer {
  name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
  inner_product_param { num_output: 1000 }
}
'''
""",
}

_PARTS = {"solver": _SOLVER, "net": _NET, "layer": _LAYER}
