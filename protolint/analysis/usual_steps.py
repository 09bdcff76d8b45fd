"""How large a step published nets take, by solver type.

A *step* is what the gradient of a loss that is a mean is multiplied by: for SGD and Nesterov the
rate over 1 - momentum, for the other types the rate itself, since they divide by the size of past
gradients.
"""

from __future__ import annotations

from protolint.typing import NamedTuple


class Usual(NamedTuple):
    """The step of published nets of a kind; ``of`` completes "where … is usual for"."""

    step: float
    of: str
    source: str


PLAIN = Usual(
    0.1,
    "SGD without BatchNorm",
    "rate 0.01 and momentum 0.9: AlexNet (Krizhevsky 2012), CaffeNet, GoogLeNet (Szegedy 2015), "
    "VGG (Simonyan 2015); SqueezeNet takes 0.4, Network in Network 1",
)
NORMALISED = Usual(
    1.0,
    "SGD with BatchNorm",
    "rate 0.1 and momentum 0.9: ResNet (He 2016), Inception-BN (Ioffe 2015) 0.45",
)
TUNED = Usual(
    0.1,
    "SGD on weights from a file",
    "rate 0.001 and momentum 0.9 give 0.01: Fast R-CNN (Girshick 2015), DeepLab (Chen 2015); "
    "0.01 is the most that is published",
)
ADAPTIVE = {
    "Adam": Usual(0.01, "Adam", "0.001 (Kingma 2015) is the default of the paper; up to 0.01"),
    "RMSProp": Usual(0.01, "RMSProp", "0.001 (Tieleman 2012), Inception v3 0.045 with an eps of 1"),
    "AdaGrad": Usual(0.1, "AdaGrad", "0.01 to 0.1: the steps shrink by themselves"),
    "AdaDelta": Usual(1.0, "AdaDelta", "1 (Zeiler 2012): the type sets its own step"),
}

MARGIN = 20.0
"""How many times the usual step is still left alone: published nets are up to ten times apart."""

BATCH = 256
"""The batch that the table is about; a larger one allows a step as much larger (Goyal 2017)."""

LARGEST_BATCH = 8192
"""The largest that trains so, which a net that is not read is taken to have."""
