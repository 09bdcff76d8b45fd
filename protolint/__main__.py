"""``python -m protolint``."""

from protolint.cli import main

main(prog_name="protolint")
