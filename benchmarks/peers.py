"""Linters of other languages, and files as long as a net for them to read.

They are looked for beside this interpreter, in ``$PROTOLINT_BENCH/bin`` if that is set, and then on
the path; one that is not there is left out. ``pip install -e .[bench]`` brings them.
"""

from __future__ import annotations

import os
import shutil
import sys

_RESOURCE = """\
  Bucket{number}:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: bucket-{number}
      Tags:
        - Key: number
          Value: "{number}"
"""
_FUNCTION = '''\
def scaled_{number}(value: int, factor: int = {number}) -> int:
    """Return a value scaled."""
    result = value * factor
    if result > {number}:
        return result - {number}
    return result


'''


def commands(folder: str, lines: int) -> dict[str, list[str] | None]:
    """Write the files into a folder and return what reads them; ``None`` for a peer that lacks."""
    resources = "".join(_RESOURCE.format(number=n) for n in range(lines // 7))
    functions = "".join(_FUNCTION.format(number=n) for n in range(lines // 8))
    template = 'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n' + resources
    yaml, python = os.path.join(folder, "peer.yaml"), os.path.join(folder, "peer.py")
    for path, text in ((yaml, "---\n" + template), (python, functions.rstrip() + "\n")):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    return {
        "yamllint": _with("yamllint", yaml),
        "cfn-lint": _with("cfn-lint", "--ignore-checks", "E3010", "--", yaml),
        "ruff": _with("ruff", "check", "--isolated", "--no-cache", python),
    }


def _with(name: str, *arguments: str) -> list[str] | None:
    folders = [os.path.dirname(sys.executable), os.environ.get("PATH", "")]
    if "PROTOLINT_BENCH" in os.environ:
        folders.insert(0, os.path.join(os.environ["PROTOLINT_BENCH"], "bin"))
    found = shutil.which(name, path=os.pathsep.join(folders))
    return None if found is None else [found, *arguments]
