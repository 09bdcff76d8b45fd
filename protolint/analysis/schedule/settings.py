"""What a learning-rate schedule is computed from, and what is known of the forks."""

from __future__ import annotations

from protolint.single import single
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown

if TYPE_CHECKING:
    from typing import Any

_STOCK = ("fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid")


class Dialect(NamedTuple):
    """What sets a fork's schedule apart.

    ``checked``: it refuses a negative gamma and a stepsize that is not positive (BVLC since the
    end of 2017). ``prefix``: the fields of its warm-up and of what else applies to every policy.
    ``shifted``: policies that count their iterations from the end of the warm-up.
    """

    policies: tuple[str, ...]
    checked: bool = False
    prefix: tuple[str, ...] = ()
    shifted: tuple[str, ...] = ()


_PLATEAU = Dialect((*_STOCK, "plateau"))
_MULTIFIXED = Dialect((*_STOCK, "multifixed"))

DIALECTS: dict[str, Dialect] = {
    "bvlc": Dialect(_STOCK, checked=True),
    "nvidia": Dialect(_STOCK, prefix=("rampup_interval", "rampup_lr", "base_lr", "min_lr")),
    "intel": Dialect(
        (*_STOCK, "plateau", "multifixed"), prefix=("warmup_iter", "warmup_start_lr", "base_lr")
    ),
    "jolibrain": Dialect(
        (*_STOCK, "plateau", "sgdr"),
        checked=True,
        prefix=("warmup_iter", "warmup_start_lr", "base_lr"),
    ),
    "makefile-frcnn": Dialect(
        (*_STOCK, "cosine", "triangular", "triangular2"),
        prefix=("warm_up_iters", "warm_up_method", "warm_up_factor", "warm_up_power", "base_lr"),
        shifted=("exp", "inv", "poly", "cosine"),
    ),
    "tsn": Dialect((*_STOCK, "exp10")),
    "mycaffe": Dialect((*_STOCK, "sigmoid_inv"), checked=True),
    "yolo9000": _MULTIFIXED,
    "yolo": _MULTIFIXED,
    "ssd": _PLATEAU,
    "pvanet": _PLATEAU,
    "refinedet": _PLATEAU,
    "sstd": _PLATEAU,
    "synopsys": _PLATEAU,
}
"""The forks whose schedules differ from stock; any other name is stock without the checks."""

STOCK = Dialect(_STOCK)

POLICIES: dict[str, tuple[str, ...]] = {
    policy: tuple(name for name, dialect in DIALECTS.items() if policy in dialect.policies)
    for policy in dict.fromkeys(p for dialect in DIALECTS.values() for p in dialect.policies)
}
"""Policy → the dialects that know it."""

READS: dict[str, tuple[str, ...]] = {
    "fixed": ("base_lr",),
    "step": ("base_lr", "gamma", "stepsize"),
    "exp": ("base_lr", "gamma"),
    "inv": ("base_lr", "gamma", "power"),
    "multistep": ("base_lr", "gamma", "stepvalue"),
    "poly": ("base_lr", "power", "max_iter"),
    "sigmoid": ("base_lr", "gamma", "stepsize"),
    "sigmoid_inv": ("base_lr", "gamma", "stepsize"),
    "exp10": ("base_lr", "stepsize"),
    "cosine": ("base_lr", "max_iter"),
    "triangular": ("base_lr", "max_lr", "stepsize", "start_lr_policy"),
    "triangular2": ("base_lr", "max_lr", "stepsize", "start_lr_policy"),
    "sgdr": ("base_lr", "min_lr", "period", "p_mult", "lr_mult", "max_iter"),
    "multifixed": ("stagelr", "stageiter"),
    "plateau": ("base_lr", "gamma", "plateau_winsize"),
}
"""Policy → the solver fields it reads; the others have no effect on the rate."""

CHECKS: dict[str, tuple[str, ...]] = {
    "step": ("stepsize", "gamma"),
    "exp": ("gamma",),
    "inv": ("gamma",),
    "multistep": ("gamma",),
    "sigmoid": ("gamma", "stepsize"),
    "sigmoid_inv": ("gamma", "stepsize"),
}
"""Policy → what a checked dialect tests at an update, in order: stepsize > 0, gamma >= 0."""

DEFAULTS: dict[str, dict[str, Any]] = {"jolibrain": {"min_lr": single(1e-6)}}
"""Dialect → fields whose default differs from that in ``Settings``."""


class Settings(NamedTuple):
    """A solver's schedule as Caffe reads it; the defaults are those of an absent field.

    Floats hold single-precision values, integers are 32 bits wide, repeated fields are tuples.
    Any field may be ``Unknown``. ``make`` rounds and fills in a fork's own defaults.
    """

    lr_policy: str | Unknown = ""
    base_lr: float | Unknown = 0.0
    gamma: float | Unknown = 0.0
    power: float | Unknown = 0.0
    stepsize: int | Unknown = 0
    stepvalue: tuple[int, ...] | Unknown = ()
    max_iter: int | Unknown = 0
    dialect: str | Unknown = "bvlc"
    # NVIDIA
    rampup_interval: int | Unknown = 0
    rampup_lr: float | Unknown = 0.0
    min_lr: float | Unknown = 0.0  # jolibrain's sgdr too
    # intel, jolibrain
    warmup_iter: int | Unknown = 0
    warmup_start_lr: float | Unknown = 0.0
    stagelr: tuple[float, ...] | Unknown = ()
    stageiter: tuple[int, ...] | Unknown = ()
    plateau_winsize: tuple[int, ...] | Unknown = ()
    # jolibrain
    period: int | Unknown = -1
    p_mult: float | Unknown = 2.0
    lr_mult: float | Unknown = single(0.8)
    # makefile/frcnn
    warm_up_iters: int | Unknown = 500
    warm_up_factor: float | Unknown = single(0.33)
    warm_up_method: str | Unknown = "linear"
    warm_up_power: int | Unknown = 4
    start_lr_policy: int | Unknown = 0
    max_lr: float | Unknown = 0.0


def make(dialect: str = "bvlc", **fields: Any) -> Settings:
    """Return settings from plain values: floats rounded to single, lists made tuples.

    Raises ``TypeError`` for a field that no schedule reads.
    """
    values = DEFAULTS.get(dialect, {}) | fields
    return Settings(dialect=dialect, **{name: _plain(name, v) for name, v in values.items()})


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Unknown):
        return value
    if name == "stagelr":
        return tuple(single(rate) for rate in value)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(Settings._field_defaults.get(name), float):
        return single(value)
    return value
