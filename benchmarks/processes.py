"""Runs whole processes and says what CPU time and memory they took. Needs a POSIX system."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time

Command = list[str]

_FINDINGS = (4, 6)
"""Exit codes of cfn-lint after warnings, beside those that all linters have."""

_PEER = """\
from google.protobuf import descriptor_pool
from google.protobuf.internal import builder

DESCRIPTOR = descriptor_pool.Default().AddSerializedFile({serialized!r})
builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, globals())
builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, "caffe_pb2", globals())
"""

_WRITE_PEER = """\
import sys
from protolint.schema.bvlc import load_bvlc
from protolint.schema.descriptors import file_descriptor
serialized = file_descriptor(load_bvlc()).SerializeToString()
open(sys.argv[1], "w").write({peer!r}.format(serialized=serialized))
"""

_READ_BY_PEER = """\
import sys
sys.path.insert(0, sys.argv[1])
import caffe_pb2
from google.protobuf import text_format
text_format.Parse(open(sys.argv[2], encoding="utf-8").read(), caffe_pb2.NetParameter())
"""

_COMMAND = "import re, sys; from protolint.__main__ import main; sys.exit(main())"
"""What pip makes of the entry point, the import of ``re`` among it."""

_PEAK = """\
import os, runpy, sys
sys.argv = sys.argv[1:]
def leave(code):
    raise SystemExit(code)
os._exit = leave  # the figure is asked for once the run has ended
try:
    if sys.argv:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit:
    pass
sys.stdout.flush()
for line in open("/proc/self/status"):
    if line.startswith("VmHWM:"):
        print(int(line.split()[1]) * 1024)
"""


def install(folder: str) -> str:
    """Put the package of the checkout into a folder as a wheel has it, and return the folder."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    package = os.path.join(folder, "protolint")
    left_out = shutil.ignore_patterns("__pycache__", "_compiled")
    shutil.copytree(os.path.join(root, "protolint"), package, ignore=left_out)
    for data in ("rules", "grammars"):
        shutil.copytree(os.path.join(root, data), os.path.join(package, data))
    write = "import sys; from protolint import artefacts; artefacts.write(sys.argv[1])"
    environment = os.environ | {"PYTHONPATH": folder}
    compiled = os.path.join(package, "_compiled")
    subprocess.run(python(write, compiled), check=True, env=environment, cwd=folder)
    return folder


def wall(command: Command, environment: dict[str, str]) -> float:
    """Return the seconds on the clock that a command takes."""
    begin = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begin


def python(code: str, *arguments: str) -> Command:
    """Return the command that runs code in this interpreter."""
    return [sys.executable, "-c", code, *arguments]


def check(*arguments: str) -> Command:
    """Return the command that checks files."""
    return python(_COMMAND, "check", *arguments)


def anew(path: str) -> Command:
    """Return the command that checks a file though a report of it is kept."""
    return python(f"import os; os.environ['PROTOLINT_NO_CACHE'] = '1'; {_COMMAND}", "check", path)


def write_peer(folder: str, environment: dict[str, str]) -> None:
    """Write the module that protoc would generate from the schema into a folder."""
    path = os.path.join(folder, "caffe_pb2.py")
    subprocess.run(python(_WRITE_PEER.format(peer=_PEER), path), check=True, env=environment)


def peer(folder: str, path: str) -> Command:
    """Return the command that reads a net with the generated module and ``text_format``."""
    return python(_READ_BY_PEER, folder, path)


def seconds(command: Command, environment: dict[str, str]) -> float:
    """Return the CPU time, user and system, of a whole process. Raises when it fails."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, *_FINDINGS):
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def medians(
    commands: dict[str, Command], rounds: int, environment: dict[str, str]
) -> dict[str, float]:
    """Return the CPU seconds of each command, medians of interleaved rounds after a warm-up."""
    for command in commands.values():
        seconds(command, environment)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command, environment))
    return {name: statistics.median(found) for name, found in times.items()}


def peak_memory(environment: dict[str, str], *arguments: str) -> int:
    """Return the peak bytes of an interpreter that runs ``-m`` with the arguments, if any.

    The process asks the kernel itself: what a parent learns of a child includes the parent.
    """
    command = python(_PEAK, *arguments)
    found = subprocess.run(
        command, check=True, env=environment, capture_output=True, encoding="utf-8"
    )
    return int(found.stdout.split()[-1])
