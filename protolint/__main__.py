"""``protolint`` and ``python -m protolint``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly from the first moment on."""
    try:
        from protolint import cli  # noqa: PLC0415  (the import takes long enough to be interrupted)

        cli.main(prog_name="protolint")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
