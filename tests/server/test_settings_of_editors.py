"""What an editor sends as settings."""

from __future__ import annotations

import pytest

from protolint.server.settings import Settings, read


def test_settings_are_read_with_and_without_their_key():
    sent = {
        "inlayHints": {"shapes": False},
        "delay": 500,
        "configuration": "p.toml",
        "dialect": "ssd",
    }
    expected = Settings(shapes=False, delay=0.5, configuration="p.toml", dialect="ssd")
    assert read(sent) == (expected, [])
    assert read({"protolint": sent}) == (expected, [])


def test_hints_are_switched_off_together():
    assert read({"inlayHints": False})[0] == Settings(shapes=False, parameters=False)


@pytest.mark.parametrize("value", [None, {}, {"protolint": {}}])
def test_nothing_set_is_the_defaults(value):
    assert read(value) == (Settings(), [])


@pytest.mark.parametrize(
    "value",
    [
        [],
        "x",
        {"delay": "soon"},
        {"delay": -1},
        {"delay": True},
        {"inlayHints": {"colour": True}},
        {"inlayHints": {"shapes": 1}},
        {"configuration": 3},
        {"dialect": "sdd"},
        {"unknown": 1},
    ],
)
def test_what_is_wrong_is_told_and_counts_for_nothing(value):
    found, wrong = read(value)
    assert found == Settings()
    assert len(wrong) == 1
