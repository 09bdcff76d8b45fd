"""Texts in formats of the past rewritten in today's, as Caffe upgrades what it has read."""

from __future__ import annotations

from protolint.upgrade.rewrite import Refused, Upgraded, upgrade, upgrade_text

__all__ = ["Refused", "Upgraded", "upgrade", "upgrade_text"]
