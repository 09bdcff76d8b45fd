"""``protolint`` and ``python -m protolint``."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # as type checkers know it; typing is slow to import
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly from the first moment on.

    Garbage is not collected, and the process ends without taking down what it has made: a run is
    short and keeps nearly all of it.
    """
    gc.disable()
    try:
        _run(sys.argv[1:])
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        _flush()
        os._exit(ended.code or 0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:  # noqa: BLE001  (told in full; Python itself would end with 1)
        from traceback import format_exc  # noqa: PLC0415  (slow to import)

        sys.stderr.write(f"protolint: internal fault, please report it\n{format_exc()}")
        sys.exit(2)


def _clean_up_at_sigterm() -> None:
    import signal  # noqa: PLC0415  (slow to import)

    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: object) -> NoReturn:
    """End as a shell reports it, but not before a file that is being written is taken away."""
    sys.exit(128 + number)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # closed, or its reader is gone: told before
            continue


def _run(words: list[str]) -> None:
    # What is imported takes long enough to be interrupted.
    kept_at = None
    if words[:1] == ["check"]:
        from protolint import kept, seen  # noqa: PLC0415  (as above)
        from protolint.commands import terminal  # noqa: PLC0415  (as above)

        kept_at = kept.place(words[1:], terminal.terminal())
        if kept_at is not None:
            known = kept.load(kept_at)
            if known is not None:
                terminal.end_bytes(*known)
            seen.record()
    _clean_up_at_sigterm()  # printing what was kept leaves nothing behind
    if words[1:] and words[0] == "check" and not any(word.startswith("-") for word in words):
        # Nothing but paths, the commonest call, which needs no click: a fifth faster.
        from protolint.commands import checking  # noqa: PLC0415

        checking.run(words[1:], kept_at=kept_at)
    from protolint import cli  # noqa: PLC0415

    cli.main(prog_name="protolint", obj=kept_at)


if __name__ == "__main__":
    main()
