"""A static analyser for Caffe's solver and net prototxt files.

>>> import protolint
>>> protolint.check("solver.prototxt")  # doctest: +SKIP
(Diagnostic(code='SLV003', name='poly-without-max-iter', severity='error', …),)
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from protolint.diagnostic import Diagnostic, Phase

__all__ = ["__version__", "check"]

__version__ = "0.1.0"


def check(
    *paths: str | PathLike[str],
    dialect: str = "auto",
    phase: Phase | None = None,
    follow: bool = True,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    config: bool | str | PathLike[str] = False,
    schema: str | PathLike[str] | None = None,
) -> tuple[Diagnostic, ...]:
    """Check solvers, nets and folders of them, and the nets that solvers name.

    ``dialect`` is ``"auto"`` for the Caffe that files are written for, or names dialects, joined by
    commas, that files are held to; ``schema`` is the path of a caffe.proto that takes its place.
    With ``phase`` nets are checked as Caffe builds them in that phase, otherwise in every phase
    that they serve; without ``follow`` only the given files are read. ``select`` and ``ignore``
    take codes, prefixes of codes, and names of rules. With ``config`` the configuration of each
    file holds too, or the file that it names for all of them.

    Returns frozen diagnostics; what is wrong with a file, even that it cannot be read, is one.
    Raises ``ValueError`` for a code, dialect or phase that does not exist, ``RuntimeError`` when a
    rule fails, which is a fault of protolint.
    """
    from os import fspath  # noqa: PLC0415  (`import protolint` alone costs next to nothing)

    from protolint import pipeline  # noqa: PLC0415  (as above)

    options = pipeline.Options(dialect, phase, follow, tuple(select), tuple(ignore))
    options = options._replace(schema=None if schema is None else fspath(schema))
    given = [name for name, value in (("phase", phase), ("schema", schema)) if value is not None]
    given += ["dialect"] if dialect != "auto" else []
    file = None if isinstance(config, bool) else fspath(config)
    found = pipeline.Configurations(options, given, file=file, isolated=config is False)
    outcome = pipeline.check_paths([fspath(path) for path in paths], found)
    if outcome.faults:
        raise RuntimeError("\n".join(outcome.faults))
    return outcome.diagnostics
