"""Value ranges: what the numbers of every blob can be, by abstract interpretation.

``ranges(net, state, weights)`` walks a net in file order and gives each blob a ``Value``: an
interval of single precision, whether elements may be NaN, and for each end whether ordinary numbers
reach it. One module per family of layer types has a transfer function a type; what an operation
cannot take (a logarithm of 0, a negative power of 0) is reported as a ``Hazard`` of its layer.
"""

from protolint.analysis.ranges.place import ORDINARY, Hazard, Weights
from protolint.analysis.ranges.run import FUNCTIONS, Ranges, ranges
from protolint.analysis.ranges.value import Value

__all__ = [
    "FUNCTIONS",
    "ORDINARY",
    "Hazard",
    "Ranges",
    "Value",
    "Weights",
    "ranges",
]
