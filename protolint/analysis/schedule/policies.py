"""What each policy makes of an iteration, in the types and the order of Caffe's arithmetic.

The seven policies of BVLC are exact: ``step``, ``exp`` and ``multistep`` compute the power and the
product in double and round once, the others are single precision throughout. The formulas of the
forks are known, their types are not: there C++'s conversions are followed (float with int is
float; a double constant, ``pow(float, int)`` and ``cos(pi * x)`` are double).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator

from protolint.analysis.schedule.float32 import cos_double, divide, expf, pow_double, powf
from protolint.analysis.schedule.settings import CHECKS, DIALECTS, POLICIES, READS, STOCK, Settings
from protolint.single import single
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Interval, Unknown, unknown

if TYPE_CHECKING:
    from typing import Any

Rate = Callable[[int], float]

FOREVER = 2**31 - 1
MAX_RESTARTS = 1000
PLATEAU_REASON = "the loss decides when a plateau ends"


class Abort(NamedTuple):
    """Caffe ends with an error at ``iteration``, at the update, because of ``field``.

    ``dialects`` are those that know an unknown policy.
    """

    reason: str
    field: str
    iteration: int = 0
    dialects: tuple[str, ...] = ()


class Phase(NamedTuple):
    """A formula and the first iteration at which it holds; it holds until the next phase."""

    name: str
    first: int
    rate: Rate


class Plan(NamedTuple):
    """The formulas of a schedule in order, and how far they reach.

    From ``abort.iteration`` on there is no rate; after ``horizon`` it is not known, because of
    ``reason``. ``drops`` are a plateau's (earliest iteration, rate), see ``plateau``.
    """

    phases: tuple[Phase, ...]
    abort: Abort | None = None
    horizon: int = FOREVER
    reason: str = ""
    drops: tuple[tuple[int, float], ...] = ()


def rate_at(settings: Settings, iteration: int) -> float | Interval | Abort | Unknown:
    """Return the rate of one iteration, counted from 0, of a run that starts at iteration 0.

    A float is the single-precision rate, NaN and infinities included (NaN has no sign here).
    ``Abort`` says that Caffe has ended by then, ``Interval`` that the loss decides (plateau), and
    ``Unknown`` which fields or facts are missing. Takes O(number of stepvalues).
    """
    return next(rates(settings, (iteration,)))


def rates(
    settings: Settings, iterations: Iterable[int]
) -> Iterator[float | Interval | Abort | Unknown]:
    """Yield what ``rate_at`` returns for each iteration, in the order asked."""
    made = plan(settings)
    for iteration in iterations:
        yield made if isinstance(made, Unknown) else evaluate(made, iteration)


def evaluate(made: Plan, iteration: int) -> float | Interval | Abort | Unknown:
    """Return the rate of one iteration of a plan; see ``rate_at``."""
    if made.abort and iteration >= made.abort.iteration:
        return made.abort
    if iteration > made.horizon:
        return unknown(made.reason)
    phase = [phase for phase in made.phases if phase.first <= iteration][-1]
    if phase.name != "plateau":
        return phase.rate(iteration)
    return bounds([rate for first, rate in made.drops if first <= iteration])


def bounds(values: list[float]) -> float | Interval:
    """Return the range of a plateau's possible rates, or the one rate that is possible."""
    if any(math.isnan(value) for value in values):
        return Interval(-math.inf, math.inf, frozenset((PLATEAU_REASON,)))
    low, high = min(values), max(values)
    return low if low == high else Interval(low, high, frozenset((PLATEAU_REASON,)))


def reads(settings: Settings) -> tuple[str, ...]:
    """Return the fields that this schedule depends on."""
    dialect = DIALECTS.get(str(settings.dialect), STOCK)
    known = settings.lr_policy in dialect.policies
    return dialect.prefix + (READS[str(settings.lr_policy)] if known else ())


def plan(settings: Settings) -> Plan | Unknown:
    """Return the formulas of a schedule, or what is missing to tell them."""
    missing = _missing(settings, ("dialect", "lr_policy")) or _missing(settings, reads(settings))
    if missing:
        return Unknown(missing)
    s: Any = settings  # every field read from here on is known
    dialect = DIALECTS.get(s.dialect, STOCK)
    start, warm = warm_up_length(s), _warm_up(s)
    if isinstance(warm, Unknown):
        return warm
    if s.dialect == "nvidia" and not s.min_lr >= 0:
        return Plan((), Abort("min_lr is negative", "min_lr"))
    if s.lr_policy not in dialect.policies:
        known = POLICIES.get(s.lr_policy, ())
        reason = f'lr_policy "{s.lr_policy}" is unknown'
        return Plan(warm, Abort(reason, "lr_policy", start, known))
    abort = _abort(s, start, checked=dialect.checked)
    if abort:
        first = abort.iteration
        idle = (Phase("fixed", start, lambda _: s.base_lr),) if first > start else ()
        return Plan((*warm, *idle), abort)
    if s.lr_policy == "plateau":
        drops = plateau(s, start)
        return Plan((*warm, Phase("plateau", start, lambda _: math.nan)), drops=drops)
    made = _FORMULAS[s.lr_policy](s, shift_of(s))
    horizon, reason = FOREVER, ""
    if isinstance(made, Unknown):
        return made
    if s.lr_policy == "sgdr":
        horizon, reason = restarts(s).horizon, "how further sgdr periods are rounded is not known"
    main = _finish(s, made)
    return Plan((*warm, Phase(s.lr_policy, start, main)), horizon=horizon, reason=reason)


def _missing(s: Settings, fields: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for field in fields:
        value = getattr(s, field)
        items = value if type(value) is tuple else (value,)
        for item in items:
            if isinstance(item, Unknown):
                found |= item.reasons or {f"{field} is unknown"}
    return frozenset(found)


def _abort(s: Any, start: int, *, checked: bool) -> Abort | None:
    """Return how the policy itself ends the run, tested in the order in which Caffe tests."""
    policy = s.lr_policy
    for field in CHECKS.get(policy, ()) if checked else ():
        if field == "stepsize" and s.stepsize <= 0:
            return Abort("stepsize is not positive", field, start)
        if field == "gamma" and not s.gamma >= 0:
            return Abort("gamma is negative", field, start)
    if s.stepsize == 0 and policy == "step":
        return Abort("integer division by stepsize 0", "stepsize", start)
    if s.stepsize == 0 and policy in ("triangular", "triangular2"):
        first = max(start, s.start_lr_policy + 1)
        return Abort("integer division by stepsize 0", "stepsize", first)
    if s.dialect == "nvidia" and policy == "poly" and not s.base_lr >= s.min_lr:
        return Abort("base_lr is less than min_lr", "min_lr", start)
    if policy == "multifixed" and len(s.stagelr) != len(s.stageiter):
        return Abort("stagelr and stageiter differ in number", "stagelr", start)
    if policy == "multifixed" and not s.stagelr:
        return Abort("stagelr is empty", "stagelr", start)
    return None


def _finish(s: Any, rate: Rate) -> Rate:
    """Apply what a fork does to the rate of every policy."""
    if s.dialect == "nvidia":
        least: float = s.min_lr

        def at_least(i: int) -> float:
            return max(rate(i), least)  # NaN comes first, and stays

        return at_least
    if s.dialect == "mycaffe":

        def not_negative(i: int) -> float:
            value = rate(i)
            return 0.0 if value <= 0 else value

        return not_negative
    return rate


# Warm-up: a phase before any policy.


def warm_up_length(s: Any) -> int:
    """Return the first iteration after the warm-up."""
    field = {
        "nvidia": "rampup_interval",
        "intel": "warmup_iter",
        "jolibrain": "warmup_iter",
        "makefile-frcnn": "warm_up_iters",
    }.get(s.dialect)
    return max(0, getattr(s, field)) if field else 0


def shift_of(s: Any) -> int:
    """Return the iteration from which the policy counts."""
    shifted = s.lr_policy in DIALECTS.get(s.dialect, STOCK).shifted
    return int(s.warm_up_iters) if shifted else 0


def _warm_up(s: Any) -> tuple[Phase, ...] | Unknown:
    """Return the warm-up's phase, if there is one."""
    if warm_up_length(s) == 0:
        return ()
    if s.dialect == "nvidia":
        return (Phase("quadratic ramp", 0, _finish(s, quadratic_ramp(s))),)
    if s.dialect != "makefile-frcnn":
        return (Phase("linear ramp", 0, linear_ramp(s)),)
    if s.warm_up_method not in _WARM_UPS:
        return unknown(f'what warm_up_method "{s.warm_up_method}" does is not known')
    name, formula = _WARM_UPS[s.warm_up_method]
    return (Phase(name, 0, formula(s)),)


def quadratic_ramp(s: Any) -> Rate:
    """NVIDIA: rampup_lr + (base_lr - rampup_lr) (i / rampup_interval)^2."""
    start, interval = s.rampup_lr, single(s.rampup_interval)
    rise = single(s.base_lr - start)

    def rate(i: int) -> float:
        a = single(single(i) / interval)
        return single(start + single(rise * single(a * a)))

    return rate


def linear_ramp(s: Any) -> Rate:
    """intel, jolibrain: (i base_lr + (warmup_iter - i) warmup_start_lr) / warmup_iter."""
    base, start, length = s.base_lr, s.warmup_start_lr, s.warmup_iter

    def rate(i: int) -> float:
        total = single(single(single(i) * base) + single(single(length - i) * start))
        return single(total / single(length))

    return rate


def factor_ramp(s: Any) -> Rate:
    """makefile/frcnn's linear warm-up: base_lr (f (1 - a) + a), a = i / warm_up_iters."""
    base, factor, length = s.base_lr, s.warm_up_factor, single(s.warm_up_iters)

    def rate(i: int) -> float:
        a = single(single(i) / length)
        return single(base * single(single(factor * single(1 - a)) + a))

    return rate


def factor_constant(s: Any) -> Rate:
    """makefile/frcnn's constant warm-up: base_lr f."""
    value = single(s.base_lr * s.warm_up_factor)
    return lambda _: value


def power_ramp(s: Any) -> Rate:
    """makefile/frcnn's exp warm-up: base_lr a^warm_up_power, a = i / warm_up_iters."""
    base, power, length = s.base_lr, s.warm_up_power, single(s.warm_up_iters)
    return lambda i: single(base * pow_double(single(single(i) / length), power))


_WARM_UPS: dict[str, tuple[str, Callable[[Any], Rate]]] = {
    "linear": ("factor ramp", factor_ramp),
    "constant": ("fixed", factor_constant),
    "exp": ("power ramp", power_ramp),
}


# The policies. Each takes the settings and the iteration from which it counts.


def fixed(s: Any, _shift: int) -> Rate:
    """Return base_lr at every iteration."""
    base = single(s.base_lr)
    return lambda _: base


def step(s: Any, _shift: int) -> Rate:
    """base_lr gamma^(i / stepsize), integer division toward zero, in double."""
    base, gamma, size = s.base_lr, s.gamma, abs(s.stepsize)
    sign = 1 if s.stepsize > 0 else -1
    return lambda i: single(base * pow_double(gamma, sign * (i // size)))


def exp(s: Any, shift: int) -> Rate:
    """base_lr gamma^i, in double."""
    base, gamma = s.base_lr, s.gamma
    return lambda i: single(base * pow_double(gamma, i - shift))


def inv_inner(s: Any, shift: int) -> Rate:
    """1 + gamma i, what ``inv`` raises to -power."""
    gamma = s.gamma
    return lambda i: single(1 + single(gamma * single(i - shift)))


def inv(s: Any, shift: int) -> Rate:
    """base_lr (1 + gamma i)^-power, in single."""
    base, power, inner = s.base_lr, -s.power, inv_inner(s, shift)
    return lambda i: single(base * powf(inner(i), power))


def drop_iterations(s: Any) -> list[int]:
    """Return the iterations at which multistep drops.

    The step count rises by at most one an iteration and looks at one stepvalue only, so a
    stepvalue that is not above its predecessor drops one iteration after it. It stands still
    during a warm-up (an assumption: forks take the one branch or the other).
    """
    drops: list[int] = []
    earliest = warm_up_length(s)
    for value in s.stepvalue:
        drops.append(max(value, earliest))
        earliest = drops[-1] + 1
    return drops


def multistep(s: Any, _shift: int) -> Rate:
    """base_lr gamma^(number of drops so far), in double."""
    base, gamma, drops = s.base_lr, s.gamma, drop_iterations(s)
    return lambda i: single(base * pow_double(gamma, bisect_right(drops, i)))


def poly_inner(s: Any, shift: int) -> Rate:
    """1 - i / max_iter, what ``poly`` raises to power; NVIDIA takes max_iter < 1 as 1."""
    end = max(s.max_iter, 1) if s.dialect == "nvidia" else s.max_iter
    length = single(end - shift)
    return lambda i: single(1 - single(divide(single(i - shift), length)))


def poly(s: Any, shift: int) -> Rate:
    """base_lr (1 - i / max_iter)^power in single; NVIDIA's ends at min_lr instead of 0."""
    base, power, inner = s.base_lr, s.power, poly_inner(s, shift)
    if s.dialect == "nvidia":
        least, fall = s.min_lr, single(base - s.min_lr)
        return lambda i: single(single(fall * powf(inner(i), power)) + least)
    return lambda i: single(base * powf(inner(i), power))


def _sigmoid_inner(s: Any) -> Rate:
    gamma, centre = -s.gamma, single(s.stepsize)

    def rate(i: int) -> float:
        return single(1 / single(1 + expf(single(gamma * single(single(i) - centre)))))

    return rate


def sigmoid(s: Any, _shift: int) -> Rate | Unknown:
    """base_lr / (1 + e^(-gamma (i - stepsize))), in single."""
    base, inner = s.base_lr, _sigmoid_inner(s)
    if _mycaffe_overflows(s):
        return unknown(_MYCAFFE_OVERFLOW)
    return lambda i: single(base * inner(i))


def sigmoid_inv(s: Any, _shift: int) -> Rate | Unknown:
    """base_lr (1 - 1 / (1 + e^(-gamma (i - stepsize)))), in single."""
    base, inner = s.base_lr, _sigmoid_inner(s)
    if _mycaffe_overflows(s):
        return unknown(_MYCAFFE_OVERFLOW)
    return lambda i: single(base * single(1 - inner(i)))


_MYCAFFE_OVERFLOW = "MyCaffe's rate is not known where the sigmoid's exponential overflows"


def _mycaffe_overflows(s: Any) -> bool:
    """MyCaffe replaces an overflowing exponential; at iteration 0 it is largest."""
    return s.dialect == "mycaffe" and not single(s.gamma * single(s.stepsize)) < 88


def exp10_inner(s: Any) -> Rate:
    """-i / stepsize, the exponent of ``exp10``."""
    size = single(s.stepsize)
    return lambda i: single(divide(-single(i), size))


def exp10(s: Any, _shift: int) -> Rate:
    """tsn: base_lr 10^(-i / stepsize), real division; the power in double."""
    base, inner = s.base_lr, exp10_inner(s)
    return lambda i: single(base * pow_double(10.0, inner(i)))


def cosine_inner(s: Any, shift: int) -> Rate:
    """Return i / max_iter counted from the warm-up's end, in half turns."""
    length = single(s.max_iter - shift)
    return lambda i: single(divide(single(i - shift), length))


def cosine(s: Any, shift: int) -> Rate:
    """makefile/frcnn: base_lr (1 + cos(pi i / max_iter)) / 2, the cosine in double."""
    base, inner = s.base_lr, cosine_inner(s, shift)
    return lambda i: single(base * (1 + cos_double(math.pi * inner(i))) / 2)


def _triangle(s: Any, height: Callable[[float, int], float]) -> Rate | Unknown:
    """base_lr + (max_lr - base_lr) height(distance of i from the cycle's foot, cycle from 0)."""
    base, size, start = single(s.base_lr), s.stepsize, s.start_lr_policy
    rise, half = single(s.max_lr - base), single(size)
    if size < 0:
        return unknown("how a negative stepsize divides in a triangular policy is not known")
    if not math.isfinite(rise):
        return unknown("max_lr - base_lr is not finite")

    def rate(i: int) -> float:
        if i <= start:
            return base
        cycle, offset = divmod(i - start, 2 * size)
        away = abs(single(single(offset - size) / half))
        return single(base + single(rise * max(0.0, height(single(1 - away), cycle))))

    return rate


def triangular(s: Any, _shift: int) -> Rate | Unknown:
    """makefile/frcnn: up from base_lr towards max_lr and down, peaks falling as 1/cycle."""
    return _triangle(s, lambda up, cycle: single(up / single(cycle + 1)))


def triangular2(s: Any, _shift: int) -> Rate | Unknown:
    """makefile/frcnn: up from base_lr towards max_lr and down, the peak halved every cycle."""
    return _triangle(s, lambda up, cycle: single(min(1.0, up / pow_double(2.0, cycle))))


class Restarts(NamedTuple):
    """Where sgdr's cycles begin and how long they are.

    After the last of ``starts`` its period repeats for ever if ``repeats``; else nothing is known
    after ``horizon``.
    """

    starts: tuple[int, ...]
    periods: tuple[int, ...]
    repeats: bool
    horizon: int


def restarts(s: Any) -> Restarts:
    """Return sgdr's cycles: a period is p_mult times the last, rounded down (an assumption)."""
    period = s.period if s.period > 0 else s.max_iter
    starts, periods = [0], [period]
    while starts[-1] + periods[-1] <= FOREVER:
        end = starts[-1] + periods[-1]
        if s.p_mult == 1:
            return Restarts(tuple(starts), tuple(periods), repeats=True, horizon=FOREVER)
        longer = single(single(periods[-1]) * s.p_mult)
        if len(starts) == MAX_RESTARTS or not s.p_mult > 1:
            return Restarts(tuple(starts), tuple(periods), repeats=False, horizon=end - 1)
        if int(min(longer, FOREVER)) == periods[-1]:
            return Restarts(tuple(starts), tuple(periods), repeats=True, horizon=FOREVER)
        starts.append(end)
        periods.append(int(min(longer, FOREVER)))
    return Restarts(tuple(starts), tuple(periods), repeats=False, horizon=FOREVER)


def sgdr_peak(s: Any, cycle: int) -> float:
    """Return the rate with which a cycle begins: base_lr lr_mult^cycle.

    The fork multiplies once a restart, which may differ in the last place after many restarts.
    """
    return single(s.base_lr * pow_double(s.lr_mult, cycle))


def sgdr(s: Any, _shift: int) -> Rate | Unknown:
    """jolibrain: min_lr + (peak - min_lr) (1 + cos(pi j / period)) / 2, j counted in the cycle."""
    if s.period <= 0 and s.max_iter <= 0:
        return unknown("sgdr has neither a period nor max_iter")
    if not (math.isfinite(s.base_lr) and math.isfinite(s.min_lr) and 0 <= s.lr_mult < math.inf):
        return unknown("sgdr with a base_lr, min_lr or lr_mult outside its range is not modelled")
    course, least = restarts(s), s.min_lr
    if s.lr_mult > 1 and course.repeats and course.periods[-1] > 2**23:
        return unknown("sgdr whose peaks rise in periods above 2^23 is not modelled")

    def rate(i: int) -> float:
        cycle = bisect_right(course.starts, i) - 1
        offset, period = i - course.starts[cycle], course.periods[cycle]
        if course.repeats and offset >= period:
            cycle, offset = cycle + offset // period, offset % period
        swing = 1 + cos_double(math.pi * single(single(offset) / single(period)))
        return single(least + 0.5 * (sgdr_peak(s, cycle) - least) * swing)

    return rate


def stage_ends(stageiter: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return (stage, its last iteration) for the stages of multifixed that are ever reached.

    The stage is the first whose stageiter is not below the iteration, so one whose stageiter does
    not exceed all earlier ones is skipped. The last stage has no end.
    """
    ends: list[tuple[int, int]] = []
    for stage, end in enumerate(stageiter):
        if end > (ends[-1][1] if ends else -1):
            ends.append((stage, end))
    return ends


def multifixed(s: Any, _shift: int) -> Rate:
    """Return stagelr of the stage that the iteration is in."""
    ends = stage_ends(s.stageiter)
    lasts = [end for _, end in ends]
    values = [single(s.stagelr[stage]) for stage, _ in ends] + [single(s.stagelr[-1])]

    def rate(i: int) -> float:
        return values[bisect_left(lasts, i)]

    return rate


def plateau(s: Any, start: int) -> tuple[tuple[int, float], ...]:
    """Return (earliest iteration, rate) of each drop that the loss can bring about.

    base_lr gamma^n after n drops. A drop needs a window of iterations without a new minimum of
    the loss since the last event, the start included, and at most one happens an iteration.
    """
    drops = [(start, single(s.base_lr))]
    earliest = start
    event = 0
    for n, window in enumerate(s.plateau_winsize, 1):
        event = max(event + window, earliest)
        earliest = event + 1
        drops.append((event, single(s.base_lr * pow_double(s.gamma, n))))
    return tuple(drops)


_FORMULAS: dict[str, Callable[[Any, int], Rate | Unknown]] = {
    "fixed": fixed,
    "step": step,
    "exp": exp,
    "inv": inv,
    "multistep": multistep,
    "poly": poly,
    "sigmoid": sigmoid,
    "sigmoid_inv": sigmoid_inv,
    "exp10": exp10,
    "cosine": cosine,
    "triangular": triangular,
    "triangular2": triangular2,
    "sgdr": sgdr,
    "multifixed": multifixed,
}
