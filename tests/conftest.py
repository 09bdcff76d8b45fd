"""What every test may use: golden files; and no test is judged by its time."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("all", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("all")

# A shell without job control has what runs in its background ignore Ctrl-C, and so would what the
# tests run and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the tests produce into the golden files, to be reviewed as a diff",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str | os.PathLike[str], str], None]:
    """Return ``golden(path, text)``: the file must hold the text, or is rewritten on request.

    A relative path is relative to the folder of the test. Line ends are compared as they are.
    """
    update = request.config.getoption("--update-golden")

    def compare(path: str | os.PathLike[str], text: str) -> None:
        path = os.path.join(request.path.parent, path)
        if update:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        if not os.path.exists(path):
            pytest.fail(f"no golden file {path}: make it with --update-golden", pytrace=False)
        with open(path, encoding="utf-8", newline="") as file:
            expected = file.read()
        assert text == expected

    return compare
