"""Time of a proof for max_iter 10^3 and 10^9: it must not grow with the iterations.

Run: python benchmarks/bench_schedule.py
Exits with 1 when the ratio of a line exceeds the limit. Lines marked * have more to find in the
long run (an underflow that the short one does not reach, restarts, cycles): their time may grow
with the logarithm of max_iter and is held to an absolute limit.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from protolint.analysis.schedule import Settings, make, prove

LIMIT = 1.5
LIMIT_MICROSECONDS = 5000
SHORT, LONG = 10**3, 10**9

SOLVERS: dict[str, dict[str, Any]] = {
    "fixed": {},
    "step": {"gamma": 0.1, "stepsize": 100},
    "step, 10^9 drops": {"gamma": 0.999, "stepsize": 1},
    "step, growing": {"gamma": 1.5, "stepsize": 100},
    "step, alternating *": {"dialect": "nvidia", "gamma": -0.5, "stepsize": 10},
    "exp": {"gamma": 0.99},
    "exp, slow": {"gamma": 0.9999},
    "exp, growing": {"gamma": 1.01},
    "inv": {"gamma": 1e-4, "power": 0.75},
    "inv, steep *": {"gamma": 10.0, "power": 5.0},
    "multistep": {"gamma": 0.1, "stepvalue": [200, 500, 800]},
    "poly": {"power": 0.9},
    "poly, steep *": {"power": 20.0},
    "sigmoid": {"gamma": 0.1, "stepsize": 500},
    "sigmoid, late *": {"gamma": 0.5, "stepsize": 5000},
    "sigmoid_inv": {"dialect": "mycaffe", "gamma": 0.1, "stepsize": 500},
    "exp10": {"dialect": "yjxiong", "stepsize": 100},
    "cosine": {"dialect": "makefile-frcnn"},
    "triangular": {"dialect": "makefile-frcnn", "stepsize": 50, "max_lr": 0.1},
    "triangular from 0": {
        "dialect": "makefile-frcnn",
        "base_lr": 0.0,
        "stepsize": 50,
        "max_lr": 0.1,
    },
    "triangular2": {"dialect": "makefile-frcnn", "stepsize": 50, "max_lr": 0.1},
    "sgdr": {"dialect": "jolibrain"},
    "sgdr, doubled periods *": {"dialect": "jolibrain", "period": 100},
    "sgdr, equal periods *": {"dialect": "jolibrain", "period": 100, "p_mult": 1.0},
    "multifixed": {"dialect": "intel", "stagelr": [0.1, 0.01], "stageiter": [500, 800]},
    "plateau": {"dialect": "intel", "gamma": 0.1, "plateau_winsize": [200, 300, 400]},
    "poly after a ramp": {
        "dialect": "nvidia",
        "power": 2.0,
        "rampup_interval": 100,
        "min_lr": 1e-5,
    },
    "step after a ramp": {
        "dialect": "intel",
        "gamma": 0.1,
        "stepsize": 200,
        "warmup_iter": 100,
        "warmup_start_lr": 1e-3,
    },
}


def settings(name: str, max_iter: int) -> Settings:
    policy = name.split(",", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    fields: dict[str, Any] = {"lr_policy": policy, "base_lr": 0.01, "max_iter": max_iter}
    return make(**fields | SOLVERS[name])


def best(solver: Settings) -> float:
    """Return the least time of a proof, in microseconds."""
    times = []
    for _ in range(60):
        begin = time.perf_counter()
        prove(solver)
        times.append(time.perf_counter() - begin)
    return min(times) * 1e6


def main() -> int:
    print(f"{'solver':26}{'10^3 (us)':>12}{'10^9 (us)':>12}{'ratio':>8}")
    ratios, times = [], []
    for name in SOLVERS:
        short, long = best(settings(name, SHORT)), best(settings(name, LONG))
        print(f"{name:26}{short:12.0f}{long:12.0f}{long / short:8.2f}")
        if name.endswith("*"):
            times.append(long)
        else:
            ratios.append(long / short)
    print(f"worst ratio {max(ratios):.2f}, limit {LIMIT}")
    print(f"worst of *: {max(times):.0f} us, limit {LIMIT_MICROSECONDS} us")
    return int(max(ratios) > LIMIT or max(times) > LIMIT_MICROSECONDS)


if __name__ == "__main__":
    sys.exit(main())
