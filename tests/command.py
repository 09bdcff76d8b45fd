"""The command as a user has it: a process with arguments, streams, and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SOUND_NET = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "relu" type: "ReLU" bottom: "data" top: "out" }
"""
SOUND_SOLVER = """\
net: "net.prototxt"
base_lr: 0.01
lr_policy: "fixed"
max_iter: 100
snapshot_prefix: "s"
"""
BROKEN_NET = SOUND_NET.replace('bottom: "data"', 'bottom: "dta"')


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def environment(**changes):
    """Return an environment that finds this protolint and says nothing about colours."""
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "TERM")}
    paths = [ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    return base | {"PYTHONPATH": os.pathsep.join(paths), "TERM": "xterm"} | changes


def signalled(*args, cwd, after, number):
    """Run Python in a folder, send it a signal after some seconds, and return code, out and err."""
    with subprocess.Popen(
        [sys.executable, *args],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        time.sleep(after)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    return process.returncode, out, err


def protolint(*args, cwd, text="", env=None, preexec=None):
    """Run ``protolint`` in a folder with ``text`` as its standard input."""
    data = text if isinstance(text, bytes) else text.encode()
    env = env or environment()
    if preexec is not None:  # on a full disk Python leaves bytecode cut short
        env = env | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "protolint", *args],
        cwd=cwd,
        input=data,
        capture_output=True,
        env=env,
        preexec_fn=preexec,
        check=False,
        timeout=120,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def write(folder, **files):
    """Write ``name.prototxt`` for each keyword; return the paths in order."""
    paths = []
    for name, text in files.items():
        path = os.path.join(folder, f"{name}.prototxt")
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths
